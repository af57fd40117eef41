import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRules } from '../../server/engine/detector.ts';
import { patternOfGlob, readRulePack } from '../../server/engine/rulePack.ts';
import { marked, plainHost, unmarked } from '../support/marked.ts';

const acme = { id: 'acme', pattern: 'acme_([a-z0-9]{6})', keywords: ['acme_'] };
const partner = { id: 'partner', pattern: 'partner_([a-z0-9]{4})', keywords: ['partner_'] };

/** Rules as a pack writes them (the first text alone: `acme` with these fields), and a marked text. */
function check(fields: Record<string, unknown> | readonly unknown[], text: string, path = 'src/app.ini'): void {
  const rules = isList(fields) ? fields : [{ ...acme, ...fields }];
  const { pack, problems } = readRulePack({ rules }, true);
  assert.deepEqual(problems, []);
  const exceptions = pack.allow.map((allow, index) => ({ ...allow.where, id: `allow ${index}` }));
  const detector = compileRules(pack.rules, plainHost, exceptions);
  assert.equal(marked(detector.detect({ text: unmarked(text), path })), text);
}

const isList = (value: Record<string, unknown> | readonly unknown[]): value is readonly unknown[] =>
  Array.isArray(value);

test('a rule looks only at its files', () => {
  check({ files: ['\\.tf$', '(?i)\\.HCL$'] }, 'a = acme_x1y2z3', 'main.py');
  check({ files: ['\\.tf$', '(?i)\\.HCL$'] }, 'a = acme_«x1y2z3»', 'infra/main.tf');
  check({ files: ['\\.tf$', '(?i)\\.HCL$'] }, 'a = acme_«x1y2z3»', 'main.hcl');
});

test('the group that holds the value is chosen by its number', () => {
  check({ pattern: '(acme)_(dev|live)_([a-z0-9]{6})', group: 3 }, 'acme_live_«x1y2z3»');
  check({ pattern: '(acme)_(dev|live)_([a-z0-9]{6})', group: 0 }, '«acme_live_x1y2z3»');
  check({ pattern: '(acme)_(dev|live)_([a-z0-9]{6})' }, '«acme»_live_x1y2z3');
});

test('keywords that may stand anywhere', () => {
  const far = '.\n'.repeat(2000);
  const rule = { pattern: '\\b[a-f0-9]{12}\\b', keywords: ['acme'] };
  check(rule, `acme${far}0a1b2c3d4e5f`);
  check({ ...rule, keywordsAnywhere: true }, `acme${far}«0a1b2c3d4e5f»`);
  check({ ...rule, keywordsAnywhere: true }, `«0a1b2c3d4e5f»${far}ACME`);
  check({ ...rule, keywordsAnywhere: true }, `${far}0a1b2c3d4e5f`);
});

test('exceptions: every condition that one names must hold, of each list one entry', () => {
  check({ except: [{ values: ['^x', '^q'] }] }, 'acme_x1y2z3 acme_«a1b2c3» acme_q1b2c3');
  check({ except: [{ matches: ['^acme_x'] }] }, 'acme_x1y2z3 acme_«a1b2c3»');
  check({ except: [{ lines: ['^test'] }] }, 'test acme_x1y2z3\nlive acme_«a1b2c3»\r\ntest acme_a1b2c3');
  check({ except: [{ words: ['Y2', 'b2'] }] }, 'acme_x1y2z3 acme_«a1c2c3»');
  check({ except: [{ files: ['^src/'] }] }, 'acme_x1y2z3');
  check({ except: [{ files: ['^src/'], values: ['^x'] }] }, 'acme_x1y2z3 acme_«a1b2c3»');
  check({ except: [{ files: ['^test/'], values: ['^x'] }] }, 'acme_«x1y2z3» acme_«a1b2c3»');
  check({ except: [{ values: ['^x'] }, { words: ['b2'] }] }, 'acme_x1y2z3 acme_a1b2c3 acme_«a1c2c3»');
});

test('an exception leaves the value to the next rule', () => {
  const wide = { id: 'wide', pattern: '[a-z]+_[a-z0-9]{6}', keywords: ['acme'], confidence: 'medium' };
  check([{ ...acme, except: [{ values: ['^x'] }] }, wide], '«acme_x1y2z3» acme_«a1b2c3»');
});

test('required rules: near enough, or anywhere', () => {
  const rules = (require: unknown, rest = {}) => [
    { ...acme, require: [require] },
    { ...partner, ...rest },
  ];
  check(rules({ rule: 'partner' }, { component: true }), `acme_«x1y2z3»${'\n'.repeat(9000)}partner_a1b2`);
  check(rules({ rule: 'partner' }, { component: true }), 'acme_x1y2z3');
  check(rules({ rule: 'partner' }), 'acme_«x1y2z3» partner_«a1b2»');
  check(rules({ rule: 'partner', lines: 2 }), 'acme_«x1y2z3»\n\npartner_«a1b2»');
  check(rules({ rule: 'partner', lines: 1 }), 'acme_x1y2z3\n\npartner_«a1b2»');
  check(rules({ rule: 'partner', columns: 3 }), '  acme_«x1y2z3»\npartner_«a1b2»');
  check(rules({ rule: 'partner', columns: 1 }), '  acme_x1y2z3\npartner_«a1b2»');
  check(rules({ rule: 'partner', lines: 0, columns: 20 }), 'acme_x1y2z3\npartner_«a1b2» acme_«x1y2z3»');
  check(rules({ rule: 'partner' }, { except: [{ values: ['a1'] }] }), 'acme_x1y2z3 partner_a1b2');
});

test('an edit far away decides whether a required rule and a keyword are there', () => {
  const rules = [
    { ...acme, require: [{ rule: 'partner' }] },
    { ...partner, component: true },
    { id: 'hex', pattern: '\\b[a-f0-9]{12}\\b', keywords: ['zebra'], keywordsAnywhere: true },
  ];
  const detector = compileRules(readRulePack({ rules }, true).pack.rules, plainHost);
  const text = `acme_x1y2z3 0a1b2c3d4e5f\n${'just a line\n'.repeat(20_000)}`;
  const before = detector.detect({ text, path: 'a.txt' });
  const edit = { start: text.length, end: text.length, text: 'partner_a1b2 zebra' };
  const after = detector.update(before, edit);
  assert.deepEqual([before.findings.length, after.findings.length], [0, 2]);
  assert.deepEqual(after, detector.detect(after.source));
});

test('globs as patterns', () => {
  const cases: Record<string, readonly [readonly string[], readonly string[]]> = {
    'test/**': [
      ['test', 'test/a', 'test/a/b.ts'],
      ['tests/a', 'src/test/a'],
    ],
    '**/fixtures/*.json': [
      ['fixtures/a.json', 'x/y/fixtures/b.json'],
      ['fixtures/x/a.json', 'afixtures/a.json'],
    ],
    './a.{ts,js}': [
      ['a.ts', 'a.js'],
      ['b/a.ts', 'a.tsx'],
    ],
    'src/?[!x].c': [['src/ab.c'], ['src/ax.c', 'src/a/.c']],
    'a,b.(c)': [['a,b.(c)'], ['a']],
  };
  for (const [glob, [good, bad]] of Object.entries(cases)) {
    const expression = new RegExp(patternOfGlob(glob));
    assert.deepEqual(
      [good.map(path => expression.test(path)), bad.map(path => expression.test(path))],
      [good.map(() => true), bad.map(() => false)],
      glob,
    );
  }
});
