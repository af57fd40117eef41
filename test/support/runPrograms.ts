import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { checkRewrite, type RewriteCase, type Rewritten } from './rewritten.ts';
import { tempFolder } from './tempFolder.ts';
import { missingToolchain, type Toolchain } from './toolchains.ts';

/** A case that was rewritten. */
export interface Program extends Rewritten {
  readonly title: string;
  readonly path: string;
  readonly survives: boolean;
}

/** A program and its arguments. */
export type Command = readonly [program: string, ...args: readonly string[]];

/**
 * How the programs of one folder run: each as a process of its own, or all in one, for languages that start slowly. That one prints
 * `### 0`, `### 1` ... on a line of its own before a case's output, and `### failed: MESSAGE` where the case threw. It has the values of all
 * cases in its environment, so cases of one name must then have one value; or it `sets` them itself, when `WITH_VALUES` is set.
 */
export type Runs = { readonly each: (index: number) => Command } | { readonly all: Command; readonly sets?: true };

/** Writes, and compiles with warnings as errors, the programs of one side. Throws with what the compiler said. */
export type Build = (folder: string, texts: readonly string[], programs: readonly Program[]) => Promise<Runs> | Runs;

interface Outcome {
  readonly out: string;
  readonly err: string;
  readonly failed: boolean;
}

/**
 * Two tests: the table, and that its programs run. Those are run as they were and as they are after the move, and must print the same
 * without a warning; and once more with the variable missing, when they must fail and name it. Without the toolchain the second is
 * skipped, with the reason.
 */
export function testLanguage(toolchain: Toolchain, cases: readonly RewriteCase[], build: Build): void {
  const checked = (report: (problem: string) => void) =>
    cases.flatMap((each): Program[] => {
      try {
        const done = checkRewrite(each);
        return done ? [{ ...done, title: each.title, path: each.path, survives: each.survives === true }] : [];
      } catch (error) {
        report(String(error));
        return [];
      }
    });
  test(`rewrites ${toolchain.language}`, () => {
    const problems: string[] = [];
    assert.ok(checked(problem => problems.push(problem)).length > 0);
    assert.equal(problems.join('\n\n'), '');
  });
  const reason = missingToolchain(toolchain);
  test(`runs ${toolchain.language} as before`, { skip: reason ?? false }, context =>
    runPrograms(context, checked(ignored), build),
  );
}

/** The other test says it. */
function ignored(): void {}

async function runPrograms(context: TestContext, programs: readonly Program[], build: Build): Promise<void> {
  const folder = await tempFolder(context);
  const side = async (name: 'before' | 'after') => {
    const home = join(folder, name);
    await mkdir(home);
    return {
      home,
      runs: await build(
        home,
        programs.map(each => each[name]),
        programs,
      ),
    };
  };
  const before = await side('before');
  const after = await side('after');
  const old = await outcomes(before.runs, before.home, programs, false);
  const moved = await outcomes(after.runs, after.home, programs, true);
  const missing = await outcomes(after.runs, after.home, programs, false);
  const problems = programs.flatMap((program, index) => {
    const problem = problemOf(program, old[index], moved[index], missing[index]);
    return problem === undefined ? [] : [`${program.title}: ${problem}\n${program.after}`];
  });
  assert.equal(problems.join('\n\n'), '');
}

function problemOf(
  { name, value, survives }: Program,
  old: Outcome | undefined,
  moved: Outcome | undefined,
  missing: Outcome | undefined,
): string | undefined {
  if (!old || !moved || !missing) return 'did not run';
  if (old.failed || old.err !== '' || old.out.trim() === '') return `is no good program before: ${old.out}${old.err}`;
  if (!isDeepStrictEqual(moved, old))
    return `ran otherwise: ${moved.failed ? 'failed ' : ''}${moved.out}${moved.err} and not ${old.out}`;
  if (!missing.failed && !survives) return `did not fail without the variable: ${missing.out}${missing.err}`;
  if (!`${missing.out}${missing.err}`.includes(name)) return `does not name the variable: ${missing.out}${missing.err}`;
  return missing.out.includes(value) ? 'has the value from elsewhere' : undefined;
}

async function outcomes(
  runs: Runs,
  folder: string,
  programs: readonly Program[],
  withValues: boolean,
): Promise<readonly Outcome[]> {
  const environment = (some: readonly Program[]) => {
    const values = new Map(some.map(({ name, value }) => [name, value]));
    for (const { name, value } of some)
      assert.equal(values.get(name), value, 'cases that run in one process and share a name share its value');
    return withValues ? Object.fromEntries(values) : {};
  };
  if ('all' in runs) {
    const values = runs.sets ? { ...(withValues && { WITH_VALUES: '1' }) } : environment(programs);
    const whole = await runCommand(runs.all, folder, values);
    assert.ok(!whole.failed && whole.err === '', `all run: ${whole.err}`);
    const parts = whole.out.split(/^### \d+\r?\n/m).slice(1);
    assert.equal(parts.length, programs.length, 'every case runs');
    return parts.map(out => ({ out, err: '', failed: /^### failed: /m.test(out) }));
  }
  const results: Outcome[] = [];
  const queue = programs.entries();
  const work = async () => {
    for (const [index, program] of queue)
      results[index] = await runCommand(runs.each(index), folder, environment([program]));
  };
  await Promise.all([work(), work()]);
  return results;
}

/** Nothing of this process's environment but what programs need to start. */
function runCommand(
  [program, ...args]: Command,
  cwd: string,
  environment: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const { PATH, HOME, JAVA_HOME } = process.env;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH, HOME, JAVA_HOME, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', ...environment },
      timeout: 120_000,
    });
    let out = '';
    let err = '';
    child.stdout.setEncoding('utf8').on('data', text => {
      out += text;
    });
    child.stderr.setEncoding('utf8').on('data', text => {
      err += text;
    });
    child.on('error', reject);
    child.on('close', code => resolve({ out, err, failed: code !== 0 }));
  });
}

/** Each program by an interpreter, which the file's name ends the command of. */
export function interpreted(...command: Command): Build {
  return async (folder, texts, programs) => {
    const files = programs.map(({ path }, index) => join(folder, String(index), path));
    for (const [index, text] of texts.entries()) await writeProgram(files[index] ?? '', text);
    return { each: index => [...command, files[index] ?? ''] };
  };
}

export async function writeProgram(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, text);
}

/** Compiles; throws with what the compiler said, warnings included. */
export async function compile(command: Command, folder: string): Promise<void> {
  const { out, err, failed } = await runCommand(command, folder, {});
  assert.ok(!failed, `${command[0]} failed:\n${out}${err}`);
}
