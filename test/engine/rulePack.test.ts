import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readRulePack } from '../../server/engine/rulePack.ts';

/** A pack, the problems it must have (`path: start of message`), and how many rules are left. */
function check(pack: unknown, problems: readonly string[], rules: number): void {
  const read = readRulePack(pack, true);
  const shown = read.problems.map(problem => `${problem.severity} ${problem.path.join('.')}: ${problem.message}`);
  assert.equal(shown.length, problems.length, shown.join('\n'));
  problems.forEach((problem, index) => {
    assert.ok(shown[index]?.startsWith(problem), `${shown[index]} should start with ${problem}`);
  });
  assert.equal(read.pack.rules.length, rules);
}

test('a rule needs an id and a pattern; the rest has defaults', () => {
  const { pack, problems } = readRulePack({ rules: [{ id: 'acme', pattern: 'acme_[a-z]{20}' }] }, true);
  assert.deepEqual(problems, []);
  assert.deepEqual(pack.rules, [
    {
      id: 'acme',
      title: 'acme',
      description: '',
      provider: '',
      kind: 'token',
      confidence: 'high',
      severity: 'warning',
      keywords: ['acme_'],
      pattern: 'acme_[a-z]{20}',
      context: [],
      report: true,
      expires: '',
      rotate: '',
      documentation: '',
      foreign: true,
    },
  ]);
});

test('a bad rule is left out and told at its place; the others stay', () => {
  const good = { id: 'good', pattern: 'good_[a-z]{20}' };
  check(
    { rules: [{ id: 'a', pattern: 'a(?=b)' }, good] },
    ['error rules.0.pattern: This pattern is not RE2 syntax: look-ahead'],
    1,
  );
  check({ rules: [good, good] }, ['error rules.1.id: Another rule'], 1);
  check(
    { rules: [{ pattern: 'abc' }, 7, null] },
    ['error rules.0: A rule needs an `id`', 'error rules.1:', 'error rules.2:'],
    0,
  );
  check({ rules: [{ id: 'a' }] }, ['error rules.0: A rule needs a `pattern`'], 0);
  check({ rules: [{ ...good, kind: 'thing' }] }, ['error rules.0.kind: `kind` is one of'], 1);
  check(
    { rules: [{ ...good, colour: 1 }], more: 2 },
    ['warning more: Unknown key', 'warning rules.0.colour: Unknown key'],
    1,
  );
  check({ rules: [{ id: 'a', pattern: '[a-z]{30}' }] }, ['warning rules.0.pattern: Nothing in this pattern'], 1);
  check({ rules: [{ id: 'a', pattern: 'x*' }] }, ['error rules.0.pattern: This pattern matches the empty text'], 0);
  check({ rules: [{ ...good, documentation: 'javascript:alert(1)' }] }, ['warning rules.0.documentation'], 1);
  check({ rules: [{ ...good, examples: ['one', 2] }] }, ['warning rules.0.examples'], 1);
  check({ rules: {} }, ['error rules: `rules` is a list'], 0);
  check([], ['error : A rule pack is a map'], 0);
  check(undefined, [], 0);
});

test('rules of earlier packs are changed, disabled, allowed', () => {
  const { pack, problems } = readRulePack(
    {
      rules: [
        { id: 'github-*', severity: 'hint' },
        { id: 'x', severity: 'off' },
      ],
      disable: ['jwt', 'stripe-*'],
      allow: [{ paths: ['test/**'], rules: ['jwt'], reason: 'made up' }, {}],
    },
    true,
  );
  assert.deepEqual(pack.changes, [{ id: 'github-*', severity: 'hint' }]);
  assert.deepEqual(pack.disable, ['jwt', 'stripe-*']);
  assert.deepEqual(pack.allow, [{ paths: ['test/**'], rules: ['jwt'], reason: 'made up' }]);
  assert.deepEqual(
    problems.map(problem => problem.path),
    [
      ['rules', 1, 'severity'],
      ['allow', 1],
    ],
  );
  assert.match(problems[0]?.message ?? '', /disable/);
});

test('any value is read without a throw', () => {
  fc.assert(
    fc.property(fc.anything({ maxDepth: 4 }), value => {
      readRulePack(value, true);
      readRulePack({ rules: [value], disable: value, allow: [value] }, false);
    }),
    { seed: 3, numRuns: 300 },
  );
});
