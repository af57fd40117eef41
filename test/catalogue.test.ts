import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compileRules } from '../server/engine/detector.ts';
import { plainHost } from './support/marked.ts';
import { ownRules } from './support/ownRules.ts';
import { readExample, sample } from './support/sample.ts';

const detector = compileRules(ownRules, plainHost);

/**
 * Every kind of credential that we know, and how it is found: `rule` (a rule of that id), `silent` (a rule that knows it and never reports it:
 * an identifier, or public by design), `example` (no rule of its own: a file and what of it must be found), `jwt` (told by these claims, or by
 * the name beside it), `none` (why not).
 */
const kinds = readFileSync(join(import.meta.dirname, 'catalogue.tsv'), 'utf8')
  .trimEnd()
  .split('\n')
  .slice(1)
  .map(line => {
    const [id = '', how = '', what = ''] = line.split('\t');
    return { id, how, what };
  });

test('every kind of credential is found, or says why not', () => {
  const byId = new Map(ownRules.map(rule => [rule.id, rule]));
  const wrong = kinds.flatMap(({ id, how, what }) => {
    if (how === 'rule') return byId.get(id)?.report === true ? [] : [`${id}: no rule reports it`];
    if (how === 'silent') return byId.get(id)?.report === false ? [] : [`${id}: no rule knows it silently`];
    if (how === 'none') return what.length > 10 ? [] : [`${id}: no reason`];
    if (how === 'jwt') return what === '' ? [] : missedToken(id, what);
    return how === 'example' ? missedExample(id, what) : [`${id}: unknown ${how}`];
  });
  assert.deepEqual(wrong, []);
});

test('every rule stands in the list of what is known', () => {
  const known = new Set(kinds.map(({ id }) => id));
  const shared = ownRules.filter(({ structure, provider }) => structure === undefined && provider !== '');
  const listed = shared.filter(({ id }) => known.has(id)).length;
  assert.ok(listed / shared.length > 0.95, shared.flatMap(({ id }) => (known.has(id) ? [] : [id])).join(', '));
});

function missedExample(id: string, what: string): string[] {
  const blank = what.indexOf(' ');
  const path = what.slice(0, blank);
  const recipe = what.slice(blank + 1);
  const { before, value, after } = readExample(recipe.replaceAll('\\n', '\n').replaceAll('\\\\"', '\\"'));
  const { findings } = detector.detect({ text: before + value + after, path });
  const end = before.length + value.length;
  const found = findings.filter(({ confidence }) => confidence !== 'low');
  return found.some(finding => finding.start < end && before.length < finding.end) ? [] : [`${id} in ${path}`];
}

function missedToken(id: string, claims: string): string[] {
  const token = sample(`{jwt:${claims}}`);
  const [finding] = detector.detect({ text: token, path: 'notes.txt' }).findings;
  return finding?.provider ? [] : [`${id}: ${JSON.stringify(finding?.rule)}`];
}
