// Runs the tests: node test/run.ts [unit | editor]. Without a word, all of them. Ends with one line over all suites.
import { execFileSync } from 'node:child_process';
import { globSync } from 'node:fs';
import { join, relative } from 'node:path';
import { finished } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { installEmbeddedEditor } from './editor/embeddedEditor.ts';
import { installPrerequisites } from './support/prerequisites.ts';
import { installToolchains } from './support/toolchains.ts';

const root = join(import.meta.dirname, '..');
const wanted = process.argv[2];

interface Suite {
  readonly name: string;
  readonly files: readonly string[];
  /** Files at once. */
  readonly concurrency: number;
}
const suites: readonly Suite[] = [
  { name: 'unit', files: ['*.test.ts', '!(editor|support|bench)/**/*.test.ts'], concurrency: 2 },
  { name: 'editor', files: ['editor/**/*.test.ts'], concurrency: 1 },
];

const chosen = suites.filter(suite => wanted === undefined || suite.name === wanted);
if (chosen.length === 0) {
  console.error(`There is no suite ${wanted}. Suites: ${suites.map(suite => suite.name).join(', ')}.`);
  process.exit(2);
}

const withEditor = chosen.some(suite => suite.name === 'editor');
let passed = 0;
let failed = 0;
try {
  installPrerequisites(withEditor);
  if (chosen.some(suite => suite.name === 'unit')) installToolchains();
  if (withEditor) await installEmbeddedEditor();
  execFileSync(process.execPath, ['build.ts'], { cwd: root, stdio: 'inherit' });
  for (const suite of chosen) await runSuite(suite);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  failed++;
}
if (passed === 0) failed = Math.max(failed, 1);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);

async function runSuite(suite: Suite): Promise<void> {
  const files = suite.files.flatMap(pattern => globSync(pattern, { cwd: import.meta.dirname })).sort();
  console.log(`\n${suite.name}: ${files.length} files`);
  if (files.length === 0) throw new Error(`The suite ${suite.name} has no tests.`);
  const events = run({
    cwd: root,
    files: files.map(file => join(import.meta.dirname, file)),
    concurrency: suite.concurrency,
  });
  events.on('test:summary', summary => {
    if (summary.file !== undefined) return;
    const { tests, passed: good, skipped, todo } = summary.counts;
    passed += good;
    failed += tests - good - skipped - todo;
  });
  events.on('test:pass', event => {
    if (typeof event.skip === 'string') console.log(`skipped: ${event.name}: ${event.skip}`);
  });
  events.on('test:fail', event => {
    if (event.nesting === 0) console.log(`failed: ${event.name} (${relative(root, event.file ?? '')})`);
  });
  const report = events.compose(new spec());
  report.pipe(process.stdout, { end: false });
  await finished(report);
}
