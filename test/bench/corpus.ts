import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join } from 'node:path';
import { type Confidence, confidences } from '../../server/engine/detector.ts';
import { cliProgram } from '../support/commandLine.ts';

/**
 * A labelled text, a JSON object a line. A positive's `secret` (or one of `any_of`) must be found; of a negative of the scope `any` nothing
 * may be, on its `line` when it has one. Tags `fake-looking` and `identifier` take a positive out of the count.
 */
interface Example {
  readonly label: 'positive' | 'negative';
  readonly path: string;
  readonly text: string;
  readonly secret?: string;
  readonly any_of?: readonly string[];
  readonly line?: number;
  readonly scope?: string;
  readonly source: string;
  readonly provider?: string;
  readonly kind?: string;
  readonly tags?: readonly string[];
}

interface Found {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly endLine: number;
  readonly confidence: Confidence;
}

/** How sure the surest finding is that counts for an example; undefined when there is none. */
interface Answer {
  readonly example: Example;
  readonly surest: Confidence | undefined;
}

/** Recall and precision of the command line on a file of labelled examples, by source, kind, tier, setting and provider. */
export function measureCorpus(file: string): void {
  const examples = readFileSync(file, 'utf8')
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => JSON.parse(line) as Example)
    .filter(counts);
  const answers = answersOf(examples);
  const reported = answers.map(answer => ({ ...answer, surest: atLeast(answer.surest, 'medium') }));
  console.log(`${examples.length} examples, at the default confidence (medium):\n`);
  table('', [['all', reported]]);
  const positives = reported.filter(({ example }) => example.label === 'positive');
  const providers = grouped(positives, ({ provider }) => provider ?? '');
  const mean = providers.reduce((sum, [, group]) => sum + recallOf(group), 0) / providers.length;
  console.log(`mean of ${providers.length} providers: recall ${share(mean)}\n`);
  table(
    'source',
    grouped(reported, ({ source }) => source),
  );
  table(
    'kind',
    grouped(positives, ({ kind }) => kind ?? ''),
  );
  table(
    'setting',
    grouped(reported, ({ path }) => settingOf(path)).filter(([, group]) => group.length >= 10),
  );
  tierTable(answers);
  console.log('provider: found of how many');
  const lines = providers.map(([name, group]) => `${name || 'none'} ${group.filter(isFound).length}/${group.length}`);
  for (let at = 0; at < lines.length; at += 4)
    console.log(
      lines
        .slice(at, at + 4)
        .map(line => line.padEnd(36))
        .join('')
        .trimEnd(),
    );
}

function counts({ label, scope, tags = [] }: Example): boolean {
  return label === 'positive' ? !tags.includes('fake-looking') && !tags.includes('identifier') : scope === 'any';
}

/** Each example in a folder of its own, one scan of all. */
function answersOf(examples: readonly Example[]): readonly Answer[] {
  const tree = mkdtempSync(join(tmpdir(), 'keysweep-corpus-'));
  try {
    examples.forEach(({ path, text }, index) => {
      const place = join(tree, String(index), basename(path.replaceAll('\\', '/')) || 'example.txt');
      mkdirSync(dirname(place));
      writeFileSync(place, text);
    });
    const args = [cliProgram, 'scan', '.', '--format', 'json', '--no-ignore', '--confidence', 'low'];
    const { findings } = JSON.parse(outputOf(args, tree)) as { readonly findings: readonly Found[] };
    const byExample = Map.groupBy(findings, ({ path }) => Number(path.split('/')[0]));
    return examples.map((example, index) => {
      const meant = (byExample.get(index) ?? []).filter(found => isMeant(example, found));
      const places = meant.map(({ confidence }) => confidences.indexOf(confidence));
      return { example, surest: confidences[Math.min(...places)] };
    });
  } finally {
    rmSync(tree, { recursive: true });
  }
}

function outputOf(args: readonly string[], cwd: string): string {
  try {
    return execFileSync(process.execPath, args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 30 });
  } catch (error) {
    // Exit code 1: something was found.
    return String((error as { readonly stdout?: unknown }).stdout);
  }
}

function isMeant({ label, text, secret, any_of: anyOf = [], line }: Example, found: Found): boolean {
  if (label === 'negative') return line === undefined || line === null || (found.line <= line && line <= found.endLine);
  const wanted = anyOf.length > 0 ? anyOf : secret === undefined ? [] : [secret];
  if (wanted.length === 0) return true;
  return wanted.some(value => {
    for (let at = text.indexOf(value); at >= 0; at = text.indexOf(value, at + 1))
      if (found.start < at + value.length && at < found.end) return true;
    return false;
  });
}

function atLeast(confidence: Confidence | undefined, least: Confidence): Confidence | undefined {
  return confidence !== undefined && confidences.indexOf(confidence) <= confidences.indexOf(least)
    ? confidence
    : undefined;
}

const isFound = ({ surest }: Answer): boolean => surest !== undefined;

function recallOf(positives: readonly Answer[]): number {
  return positives.filter(isFound).length / positives.length;
}

function settingOf(path: string): string {
  const name = basename(path.replaceAll('\\', '/')).toLowerCase();
  return extname(name) || (name.startsWith('.') ? name : name.replace(/^.*(?=dockerfile|makefile)/, ''));
}

function grouped(
  answers: readonly Answer[],
  keyOf: (example: Example) => string,
): readonly (readonly [string, readonly Answer[]])[] {
  return [...Map.groupBy(answers, ({ example }) => keyOf(example))].sort(([a], [b]) => (a < b ? -1 : 1));
}

function table(head: string, groups: readonly (readonly [string, readonly Answer[]])[]): void {
  console.log(`${head.padEnd(24)} secrets  found recall  others flagged precision`);
  for (const [name, group] of groups) {
    const positives = group.filter(({ example }) => example.label === 'positive');
    const negatives = group.filter(({ example }) => example.label === 'negative');
    const hits = positives.filter(isFound).length;
    const wrong = negatives.filter(isFound).length;
    console.log(
      `${name.padEnd(24)} ${String(positives.length).padStart(7)} ${String(hits).padStart(6)} ${share(hits / positives.length).padStart(6)} ${String(negatives.length).padStart(7)} ${String(wrong).padStart(7)} ${share(hits / (hits + wrong)).padStart(9)}`,
    );
  }
  console.log('');
}

/** Of each tier by itself: how many of those that it is the surest finding of are secrets. */
function tierTable(answers: readonly Answer[]): void {
  console.log('tier       secrets  others precision   with all surer ones: recall precision');
  const positives = answers.filter(({ example }) => example.label === 'positive').length;
  let hits = 0;
  let wrong = 0;
  for (const tier of confidences) {
    const own = answers.filter(({ surest }) => surest === tier);
    const right = own.filter(({ example }) => example.label === 'positive').length;
    hits += right;
    wrong += own.length - right;
    console.log(
      `${tier.padEnd(10)} ${String(right).padStart(7)} ${String(own.length - right).padStart(7)} ${share(right / own.length).padStart(9)} ${share(hits / positives).padStart(27)} ${share(hits / (hits + wrong)).padStart(9)}`,
    );
  }
  console.log('');
}

const share = (number: number): string => (Number.isNaN(number) ? '-' : number.toFixed(3));
