import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { gradleCases, groovyCases, jenkinsCases } from '../support/rewriteCases/groovy.ts';
import { kotlinCases, kotlinScriptCases } from '../support/rewriteCases/kotlin.ts';
import { scalaCases } from '../support/rewriteCases/scala.ts';
import { checkRewrite, type RewriteCase } from '../support/rewritten.ts';
import { type Build, compile, testLanguage, writeProgram } from '../support/runPrograms.ts';
import { toolchains } from '../support/toolchains.ts';

/** Runs all programs in one machine: each is a class whose static fields may fail, too. */
const driver = (classes: readonly string[]) =>
  [
    'public class Run {',
    '  static void run(String name) {',
    '    try { Class.forName(name).getMethod("main", String[].class).invoke(null, (Object) new String[0]); }',
    '    catch (Throwable thrown) {',
    '      Throwable cause = thrown;',
    '      while (cause.getCause() != null) cause = cause.getCause();',
    '      System.out.println("### failed: " + cause);',
    '    }',
    '  }',
    '  public static void main(String[] args) {',
    ...classes.map((name, index) => `    System.out.println("### ${index}"); run("${name}");`),
    '  }',
    '}',
  ].join('\n');

/** In one process, cases with a value of their own need a name of their own. */
function apart(cases: readonly RewriteCase[]): readonly RewriteCase[] {
  return cases.map((each, index) =>
    each.refused || each.after !== undefined || each.marked.includes('«ab-12»')
      ? each
      : { ...each, name: `KEY_${index}` },
  );
}

const kotlin: Build = async (folder, texts) => {
  const files = texts.map((_, index) => join(folder, `c${index}`, 'a.kt'));
  for (const [index, text] of texts.entries()) await writeProgram(files[index] ?? '', `package c${index}\n${text}`);
  await compile(['kotlinc', '-Werror', '-include-runtime', '-d', join(folder, 'all.jar'), ...files], folder);
  await writeProgram(join(folder, 'Run.java'), driver(texts.map((_, index) => `c${index}.AKt`)));
  await compile(['javac', '-d', folder, join(folder, 'Run.java')], folder);
  return { all: ['java', '-cp', `${folder}:${join(folder, 'all.jar')}`, 'Run'] };
};

testLanguage(toolchains.kotlin, apart(kotlinCases), kotlin);

const scala: Build = async (folder, texts) => {
  const files = texts.map((_, index) => join(folder, `c${index}`, 'Main.scala'));
  for (const [index, text] of texts.entries()) await writeProgram(files[index] ?? '', `package c${index}\n${text}`);
  await compile(['scalac', '-Xfatal-warnings', '-deprecation', '-feature', '-Xlint', '-d', folder, ...files], folder);
  await writeProgram(join(folder, 'Run.java'), driver(texts.map((_, index) => `c${index}.Main`)));
  await compile(['javac', '-d', folder, join(folder, 'Run.java')], folder);
  return { all: ['scala', '-cp', folder, 'Run'] };
};

testLanguage(toolchains.scala, apart(scalaCases), scala);

const groovy: Build = async (folder, texts) => {
  for (const [index, text] of texts.entries()) await writeProgram(join(folder, `c${index}.groovy`), text);
  const lines = [
    `for (index in 0..<${texts.length}) {`,
    '  println "### $index"',
    '  try { new GroovyShell().evaluate(new File("c${index}.groovy")) } catch (Throwable thrown) {',
    '    def cause = thrown',
    '    while (cause.cause) cause = cause.cause',
    '    println "### failed: $cause"',
    '  }',
    '}',
  ];
  await writeProgram(join(folder, 'run.groovy'), lines.join('\n'));
  return { all: ['groovy', join(folder, 'run.groovy')] };
};

testLanguage(toolchains.groovy, apart(groovyCases), groovy);

test('rewrites build scripts, and leaves pipelines alone', () => {
  const cases = [...kotlinScriptCases, ...gradleCases, ...jenkinsCases];
  assert.equal(cases.filter(each => checkRewrite(each)).length, cases.filter(each => !each.refused).length);
});
