import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after as afterAll, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { goCases } from '../support/rewriteCases/go.ts';
import { javaCases } from '../support/rewriteCases/java.ts';
import { pythonCases, pythonPlaces } from '../support/rewriteCases/python.ts';
import { javascriptCases, typescriptCases } from '../support/rewriteCases/script.ts';
import { checkRewrite, type RewriteCase, type Rewritten, usualName } from '../support/rewritten.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
const folder = mkdtempSync(join(tmpdir(), 'keysweep-rewrite-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function write(path: string, text: string): string {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

interface Runnable extends Rewritten {
  readonly title: string;
  readonly path: string;
}

function runnable(cases: readonly RewriteCase[]): readonly Runnable[] {
  return cases.flatMap(each => {
    const done = checkRewrite(each);
    return done ? [{ ...done, title: each.title, path: each.path }] : [];
  });
}

/** Runs a command for both sides; each case prints its lines behind `### index`. Values go in by environment, one a case. */
function compare(cases: readonly Runnable[], run: (side: 'before' | 'after') => string): void {
  const parts = (output: string) => output.split(/^### \d+\r?\n/m).slice(1);
  const before = parts(run('before'));
  const after = parts(run('after'));
  assert.equal(before.length, cases.length, 'every case runs');
  for (const [index, each] of cases.entries()) {
    assert.ok((before[index] ?? '').trim() !== '', `${each.title} prints something`);
    assert.equal(after[index], before[index], `${each.title}\n${each.after}`);
  }
}

const driverValues = (cases: readonly Runnable[]) => JSON.stringify(cases.map(({ name, value }) => [name, value]));

function scripts(language: 'javascript' | 'typescript', cases: readonly RewriteCase[]): void {
  const programs = runnable(cases);
  const files = programs.map(({ path }, index) => `${index}${path.slice(path.indexOf('.'))}`);
  for (const side of ['before', 'after'] as const) {
    for (const [index, each] of programs.entries()) write(`${language}/${side}/${files[index]}`, each[side]);
    const lines = [
      `const values = ${driverValues(programs)};`,
      `const files = ${JSON.stringify(files)};`,
      'for (const [index, file] of files.entries()) {',
      "  console.log('### ' + index);",
      side === 'after' ? '  process.env[values[index][0]] = values[index][1];' : '',
      "  await import('./' + file);",
      '  delete process.env[values[index][0]];',
      '}',
    ];
    write(`${language}/${side}/run.mjs`, lines.join('\n'));
  }
  compare(programs, side =>
    execFileSync(process.execPath, [join(folder, language, side, 'run.mjs')], { encoding: 'utf8' }),
  );
  if (language === 'javascript') return;
  const options = {
    strict: true,
    noEmit: true,
    target: 'es2022',
    module: 'nodenext',
    types: ['node'],
    typeRoots: [join(root, 'node_modules/@types')],
    allowImportingTsExtensions: true,
    noUncheckedIndexedAccess: true,
    skipLibCheck: true,
  };
  write(
    `${language}/after/tsconfig.json`,
    JSON.stringify({ compilerOptions: options, include: ['*.ts', '*.mts', '*.cts'] }),
  );
  write(`${language}/after/package.json`, '{"type":"module"}');
  const checked = spawnSync(join(root, 'node_modules/.bin/tsc'), ['-p', join(folder, language, 'after')], {
    encoding: 'utf8',
  });
  assert.equal(checked.stdout, '', 'tsc --strict has nothing to say');
}

test('rewrites JavaScript, and it runs as before', () => scripts('javascript', javascriptCases));
test('rewrites TypeScript, and it runs and type-checks as before', () => scripts('typescript', typescriptCases));

test('rewrites Python, and it runs as before', { skip: !has('python3') }, () => {
  const programs = runnable([...pythonCases, ...pythonPlaces]);
  for (const side of ['before', 'after'] as const) {
    for (const [index, each] of programs.entries()) write(`python/${side}/${index}.py`, each[side]);
    write(
      `python/${side}/run.py`,
      [
        'import json, os, runpy, sys, warnings',
        "warnings.simplefilter('error')",
        'here = os.path.dirname(os.path.abspath(__file__))',
        `values = json.loads(${JSON.stringify(driverValues(programs))})`,
        'for index, (name, value) in enumerate(values):',
        "    print(f'### {index}', flush=True)",
        side === 'after' ? '    os.environ[name] = value' : '',
        "    runpy.run_path(os.path.join(here, f'{index}.py'), run_name='__main__')",
        '    os.environ.pop(name, None)',
      ].join('\n'),
    );
  }
  compare(programs, side => execFileSync('python3', [join(folder, 'python', side, 'run.py')], { encoding: 'utf8' }));
});

const go = ['/usr/local/go/bin/go', 'go'].find(has);

test('rewrites Go, and it runs, is formatted and vetted as before', { skip: go === undefined }, () => {
  const programs = runnable(goCases);
  write('go/go.mod', 'module x\n\ngo 1.21\n');
  for (const [index, each] of programs.entries()) write(`gofmt/${index}.go`, each.after);
  const formatted = execFileSync(join(dirname(String(go)), 'gofmt'), ['-l', join(folder, 'gofmt')], {
    encoding: 'utf8',
  });
  assert.deepEqual(
    formatted
      .split('\n')
      .filter(line => line !== '')
      .map(line => programs[Number(/(\d+)\.go$/.exec(line)?.[1])]?.after),
    [],
    'gofmt changes nothing',
  );
  for (const side of ['before', 'after'] as const) {
    for (const [index, each] of programs.entries()) {
      write(
        `go/${side}/c${index}/main.go`,
        each[side].replace(/^package main/m, `package c${index}`).replace('func main()', 'func Main()'),
      );
    }
    const calls = programs.map(({ name, value }, index) =>
      [
        `\tfmt.Println("### ${index}")`,
        side === 'after' ? `\tos.Setenv("${name}", ${JSON.stringify(value)})` : '',
        `\tc${index}.Main()`,
        `\tos.Unsetenv("${name}")`,
      ].join('\n'),
    );
    const imports = programs.map((_, index) => `\t"x/${side}/c${index}"`);
    // Package variables are filled before main: there the value must stand in the environment from the start.
    write(
      `go/${side}/main.go`,
      `package main\n\nimport (\n\t"fmt"\n\t"os"\n\n${imports.join('\n')}\n)\n\nfunc main() {\n${calls.join('\n')}\n}\n`,
    );
  }
  const same = new Set(programs.map(({ value }) => value));
  assert.equal(same.size, 1, 'all Go cases share one value, since package variables read it before main');
  const environment = { ...process.env, GOFLAGS: '-mod=mod', GOPROXY: 'off' };
  const vetted = spawnSync(String(go), ['vet', './after/...'], {
    cwd: join(folder, 'go'),
    encoding: 'utf8',
    env: environment,
  });
  assert.equal(vetted.stderr, '', 'go vet has nothing to say');
  execFileSync(String(go), ['build', '-o', join(folder, 'go/bin/'), './before', './after'], {
    cwd: join(folder, 'go'),
    env: environment,
  });
  compare(programs, side =>
    execFileSync(join(folder, 'go/bin', side), {
      encoding: 'utf8',
      env: { ...process.env, ...(side === 'after' ? { [usualName]: programs[0]?.value ?? '' } : {}) },
    }),
  );
});

test('rewrites Java, and it compiles without warning and runs as before', { skip: !has('javac') }, () => {
  const programs = runnable(javaCases);
  const same = new Set(programs.map(({ value }) => value));
  assert.equal(same.size, 1, 'all Java cases share one value, since a process cannot change its environment');
  for (const side of ['before', 'after'] as const) {
    const files = programs.map((each, index) =>
      write(`java/${side}/src/c${index}/Main.java`, `package c${index};\n${each[side].replace(/^\uFEFF/, '')}`),
    );
    const calls = programs.map((_, index) => `System.out.println("### ${index}"); c${index}.Main.main(args);`);
    files.push(
      write(
        `java/${side}/src/Run.java`,
        `public class Run { public static void main(String[] args) throws Exception { ${calls.join('\n')} } }`,
      ),
    );
    const compiled = spawnSync(
      'javac',
      ['-Xlint:all', '-Werror', '-encoding', 'UTF-8', '-d', join(folder, 'java', side, 'classes'), ...files],
      { encoding: 'utf8' },
    );
    assert.equal(compiled.stderr, '', `javac has nothing to say ${side}`);
  }
  compare(programs, side =>
    execFileSync('java', ['-Dfile.encoding=UTF-8', '-cp', join(folder, 'java', side, 'classes'), 'Run'], {
      encoding: 'utf8',
      env: { ...process.env, ...(side === 'after' ? { [usualName]: programs[0]?.value ?? '' } : {}) },
    }),
  );
});

test('a byte order mark before the package clause stays', () => {
  // Not in the table above: gofmt would take it out.
  const title = 'byte order mark';
  const marked = '\ufeffpackage main\n\nvar key = "«ab-12»"\n';
  const after = '\ufeffpackage main\n\nimport "os"\n\nvar key = os.Getenv("API_KEY")\n';
  checkRewrite({ title, path: 'a.go', marked, after });
});

function has(command: string): boolean {
  return command.includes('/') ? existsSync(command) : spawnSync(command, ['--version']).error === undefined;
}
