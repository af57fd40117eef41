import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { compileRules, type Detected } from '../server/engine/detector.ts';
import { type PackProblem, type Rule, readRulePack } from '../server/engine/rulePack.ts';
import { plainHost } from './support/marked.ts';
import { type Example, readExample } from './support/sample.ts';

interface Examples {
  readonly match: readonly string[];
  readonly miss: readonly string[];
}

interface Family {
  readonly name: string;
  readonly rules: readonly Rule[];
  readonly problems: readonly PackProblem[];
  readonly examples: ReadonlyMap<string, Examples>;
}

const folder = join(import.meta.dirname, '..', 'rules');
const families = readdirSync(folder)
  .filter(name => name.endsWith('.yaml'))
  .map(readFamily);
const rules = families.flatMap(family => family.rules);

const detector = compileRules(rules, plainHost);

function readFamily(name: string): Family {
  const content: { rules: { id: string; examples?: Partial<Examples> }[] } = parse(
    readFileSync(join(folder, name), 'utf8'),
  );
  const { pack, problems } = readRulePack(content, false);
  const examples = content.rules.map(({ id, examples }): [string, Examples] => [
    id,
    { match: examples?.match ?? [], miss: examples?.miss ?? [] },
  ]);
  return { name, rules: pack.rules, problems, examples: new Map(examples) };
}

/** A text that holds an example, and where in it the value stands. */
interface Setting {
  readonly path: string;
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** The places where people leave credentials: a program, a dotenv file, YAML. An example that brings its own text stands alone. */
function settingsOf({ name, before, value, after }: Example): readonly Setting[] {
  if (before !== '' || after !== '' || /\n.*\n/.test(value) === false) {
    if (before !== '' || after !== '') return [setting('notes.txt', before, value, after)];
    const identifier = /^\w+$/.test(name) ? name : 'value';
    const remark = identifier === name ? '' : `# ${name}\n`;
    return [
      setting('server.js', `const settings = { "${name}": "`, value, '" };\n'),
      setting('.env', `${remark}${identifier}=`, value, '\n'),
      setting('compose.yaml', `app:\n  "${name}": "`, value, '"\n'),
    ];
  }
  const lines = (margin: string): string => value.trimEnd().replaceAll('\n', `\n${margin}`);
  return [
    setting('server.js', `const ${name} = \``, value, '`;\n'),
    setting('.env', `${name}="`, value.trimEnd().replaceAll('\n', '\\n'), '"\n'),
    setting('compose.yaml', `app:\n  ${name}: |\n    `, lines('    '), '\n'),
  ];
}

function setting(path: string, before: string, value: string, after: string): Setting {
  return { path, text: before + value + after, start: before.length, end: before.length + value.length };
}

const shown = ({ findings }: Detected): string =>
  JSON.stringify(findings.map(({ rule, confidence, start, end }) => [rule, confidence, start, end]));

function checkMatch(rule: Rule, recipe: string): string[] {
  return settingsOf(readExample(recipe)).flatMap(({ path, text, start, end }) => {
    const detected = detector.detect({ text, path });
    const block = text.slice(start, end).trim().length > 0 && /\n|\\n/.test(text.slice(start, end));
    const found = detected.findings.some(finding =>
      finding.rule !== rule.id
        ? false
        : block
          ? finding.start < end && start < finding.end
          : finding.start === start && finding.end === end,
    );
    return found ? [] : [`${rule.id}: ${recipe} in ${path}: not at ${start}-${end} but ${shown(detected)}`];
  });
}

function checkMiss(rule: Rule, recipe: string): string[] {
  return settingsOf(readExample(recipe)).flatMap(({ path, text, start, end }) => {
    const detected = detector.detect({ text, path });
    const wrong = detected.findings.filter(
      finding =>
        finding.start < end &&
        start < finding.end &&
        (finding.rule === rule.id || (rule.provider !== '' && finding.provider === rule.provider)),
    );
    return wrong.length === 0 ? [] : [`${rule.id}: ${recipe} in ${path}: ${shown(detected)}`];
  });
}

function checkFacts(rule: Rule, { match, miss }: Examples): string[] {
  const says = [
    [rule.description === '', 'says nothing about what the credential can do'],
    [rule.title === rule.id, 'has no name'],
    [rule.report && match.length === 0, 'has no match'],
    [miss.length === 0, 'has no miss'],
    [rule.structure === undefined && rule.keywords.length === 0, 'has no keyword'],
    [!rule.report && match.length > 0 && rule.structure !== undefined, 'is never reported, so it cannot match'],
  ] as const;
  return says.flatMap(([wrong, what]) => (wrong ? [`${rule.id} ${what}`] : []));
}

describe('rules', () => {
  test('every rule is read without a problem', () => {
    const problems = families.flatMap(({ name, problems }) =>
      problems.map(({ path, message }) => `${name} ${path.join('.')}: ${message}`),
    );
    assert.deepEqual(problems, []);
  });

  test('ids are unique over all families', () => {
    const ids = rules.map(({ id }) => id);
    assert.deepEqual(
      ids.filter((id, index) => ids.indexOf(id) !== index),
      [],
    );
  });

  test('a pair names a rule that exists', () => {
    const ids = new Set(rules.map(({ id }) => id));
    assert.deepEqual(
      rules.filter(({ pair }) => pair && !ids.has(pair.rule)).map(({ id }) => id),
      [],
    );
  });

  for (const { name, rules, examples } of families) {
    const each = (check: (rule: Rule, examples: Examples) => string[]): string[] =>
      rules.flatMap(rule => check(rule, examples.get(rule.id) ?? { match: [], miss: [] }));
    describe(name, () => {
      test('says what a reader must know', () => assert.deepEqual(each(checkFacts), []));
      test('finds its matches', () =>
        assert.deepEqual(
          each((rule, { match }) => (rule.report ? match.flatMap(recipe => checkMatch(rule, recipe)) : [])),
          [],
        ));
      test('leaves its misses', () =>
        assert.deepEqual(
          each((rule, { miss }) => miss.flatMap(recipe => checkMiss(rule, recipe))),
          [],
        ));
    });
  }
});
