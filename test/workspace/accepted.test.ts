import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Finding } from '../../server/engine/detector.ts';
import {
  type Accepted,
  acceptanceIn,
  acceptedFileName,
  acceptedHash,
  appendAccepted,
  readAccepted,
} from '../../server/workspace/accepted.ts';
import { sample } from '../support/sample.ts';
import { tempFolder } from '../support/tempFolder.ts';

const value = `tok_${'q8w7'.repeat(4)}`;
const hash = createHash('sha256').update(value).digest('hex');
const finding = {
  rule: 'acme-token',
  provider: 'Acme',
  assigned: 'acme.key',
  start: 0,
  end: 1,
  guessable: false,
} as Finding;
const entry: Accepted = {
  rule: 'acme-token',
  path: 'src/a.ts',
  assigned: 'acme.key',
  author: 'Ada Example <ada@example.com>',
  date: '2026-11-24',
  reason: 'A "test" key: revoked # long ago',
};

/** What the entry says otherwise, and whether it accepts the finding. */
const matches: readonly (readonly [Partial<Accepted>, boolean])[] = [
  [{}, true],
  [{ hash }, true],
  [{ hash: '0'.repeat(64) }, false],
  [{ rule: 'other' }, false],
  [{ path: 'src/b.ts' }, false],
  [{ assigned: '' }, false],
  [{ expires: '2026-11-24' }, true],
  [{ expires: '2026-11-23' }, false],
];

test('an entry accepts its rule, path and name until it expires', () => {
  for (const [change, accepts] of matches) {
    const file = { entries: [{ ...entry, ...change }], problems: [] };
    assert.equal(
      acceptanceIn(file, 'src/a.ts', `${value}\n`, '2026-11-24')({ ...finding, end: value.length }) !== undefined,
      accepts,
      JSON.stringify(change),
    );
  }
});

test('only what nobody can guess gets a hash', () => {
  assert.deepEqual(
    [acceptedHash(finding, value), acceptedHash({ ...finding, guessable: true }, value)],
    [hash, undefined],
  );
});

/** A file before an entry is added; what must still stand at its beginning. */
const befores: readonly (readonly [string | undefined, string])[] = [
  [undefined, '# Findings of Keysweep'],
  ['', '# Findings of Keysweep'],
  ['# ours\naccepted:\n', '# ours\naccepted:\n  - rule: acme-token\n'],
  ['# ours\r\naccepted: [] # none yet\r\n', '# ours\r\naccepted: # none yet\r\n  - rule: acme-token\r\n'],
  [
    'accepted:\n- rule: a # why\n  path: b\n  reason: c\n# the end',
    'accepted:\n- rule: a # why\n  path: b\n  reason: c\n# the end\n- rule: acme-token\n',
  ],
  [
    'accepted:\n    - rule: a\n      path: b\n      reason: c\n\n',
    'accepted:\n    - rule: a\n      path: b\n      reason: c\n\n    - rule: acme-token\n',
  ],
];

test('adds an entry and reads it back, the rest untouched', async context => {
  for (const [before, begin] of befores) {
    const root = await tempFolder(context, before === undefined ? {} : { [acceptedFileName]: before });
    const added = { ...entry, expires: '2027-01-31', hash };
    await appendAccepted(root, added);
    await appendAccepted(root, { ...entry, rule: 'second' });
    const text = await readFile(join(root, acceptedFileName), 'utf8');
    assert.equal(text.slice(0, begin.length), begin);
    const read = await readAccepted(root);
    assert.deepEqual([read.entries.slice(-2), read.problems], [[added, { ...entry, rule: 'second' }], []], text);
  }
});

test('does not touch a file that is no list of ours', async context => {
  for (const text of [
    'accepted: [ { rule: a, path: b, reason: c } ]\n',
    'accepted: 3\n',
    'other: 1\n',
    '- a\n',
    'accepted: [\n',
  ]) {
    const root = await tempFolder(context, { [acceptedFileName]: text });
    await assert.rejects(appendAccepted(root, entry), /Correct the file first/);
    assert.equal(await readFile(join(root, acceptedFileName), 'utf8'), text);
  }
});

test('reads the good entries of a bad file and says what is wrong with the others', async context => {
  const text = [
    'accepted:',
    '  - { rule: a, path: b, reason: c, expires: 2027-01-31 }',
    '  - { rule: a, reason: c }',
    '  - text',
    '  - { rule: a, path: b, reason: c, expires: soon }',
    '  - { rule: a, path: b, reason: c, hash: abc }',
    '  - { rule: d, path: e, reason: f }',
  ].join('\n');
  const read = await readAccepted(await tempFolder(context, { [acceptedFileName]: text }));
  assert.deepEqual(
    [read.entries.map(({ rule }) => rule), read.problems.map(({ line }) => line)],
    [
      ['a', 'd'],
      [2, 3, 4, 5],
    ],
  );
  assert.equal(read.entries[0]!.expires, '2027-01-31');
  const unreadable = await tempFolder(context);
  await mkdir(join(unreadable, acceptedFileName));
  assert.equal((await readAccepted(unreadable)).problems.length, 1);
  assert.deepEqual(await readAccepted(join(unreadable, 'missing')), { entries: [], problems: [] });
  await writeFile(join(unreadable, 'x'), '');
  assert.deepEqual(await readAccepted(join(unreadable, 'x')), { entries: [], problems: [] });
});

/** A text with the value where `«»` stands, and whether a marker allows it. */
const inline: readonly (readonly [string, boolean])[] = [
  ['key = "«»"', false],
  ['key = "«»" # keysweep:allow test fixture', true],
  ['// keysweep:allow: test fixture\nkey = "«»"', true],
  ['other() // keysweep:allow\nkey = "«»"', false],
  ['# keysweep:allow\n\nkey = "«»"', false],
  ['key = "«»" // gitleaks:allow', true],
  ['key = "«»" # betterleaks:allow', true],
  ['# gitleaks:allow\nkey = "«»"', false],
  ['key = "«»" # trufflehog:ignore', true],
  ['key = "«»" # kingfisher:ignore', true],
  ['# kingfisher:ignore\nkey = "«»"', true],
  ['key = "«»" # ggignore', true],
  ['key = "«»" # pragma: allowlist secret', true],
  ['key = "«»" /* pragma: whitelist secret */\r\nnext', true],
  ['key = "«»" pragma: allowlist secret', false],
  ['key = "«»" # pragma: allowlist secret and more', false],
  ['# pragma: allowlist nextline secret\nkey = "«»"', true],
  ['x # pragma: allowlist nextline secret\nkey = "«»"', false],
  ['key = "«»" // secretlint-disable-line', true],
  ['// secretlint-disable-next-line\r\nkey = "«»"', true],
  ['key = "«»" // secretlint-disable-line @secretlint/secretlint-rule-acme -- made up', true],
  ['key = "«»" // secretlint-disable-line @secretlint/secretlint-rule-npm', false],
  ['/* secretlint-disable */\nx\nkey = "«»"', true],
  ['/* secretlint-disable */\nx\n/* secretlint-enable */\nkey = "«»"', false],
  ['# secretlint-disable @secretlint/secretlint-rule-acme\n# secretlint-enable other\nkey = "«»"', true],
  ['# secretlint-disable @secretlint/secretlint-rule-npm\nkey = "«»"', false],
  ['key = "«»" # nosec', true],
  ['key = "«»"  # nosec B105, B303', true],
  ['key = "«»" # nosec B303', false],
  ['key := "«»" // #nosec G101 -- a test value', true],
  ['key := "«»" // nosecret', false],
  ['key = "«»" # nosemgrep', true],
  ['key = "«»" # nosemgrep: python.other-rule', false],
  ['key = "«gitleaks:allow»"', false],
  ['key = """«a\nb»""" # gitleaks:allow', true],
  ['«»', false],
];

const nothing = { entries: [], problems: [] };

test('honours inline markers of ours and of others', () => {
  for (const [marked, allowed] of inline) {
    const start = marked.indexOf('«');
    const end = marked.indexOf('»') - 1;
    const text = marked.replace(/[«»]/g, '');
    assert.equal(
      acceptanceIn(nothing, 'a', text, '2026-11-24')({ ...finding, start, end }) !== undefined,
      allowed,
      marked,
    );
  }
});

/** A file at the root, the finding's rule and line (1-based), and what it accepts. */
const foreign: readonly (readonly [
  string,
  string,
  Partial<Finding> & { readonly line?: number },
  string | undefined,
])[] = [
  ['.gitleaksignore', '# known\nsrc\\a.ts:acme-token:2\n', {}, 'Accepted in .gitleaksignore.'],
  ['.gitleaksignore', 'src/a.ts:acme-token:3', {}, undefined],
  ['.gitleaksignore', 'src/b.ts:acme-token:2', {}, undefined],
  ['.gitleaksignore', 'abc123:src/a.ts:acme-token:2', {}, undefined],
  [
    '.gitleaksignore',
    './src/a.ts:github-pat:2\r\n',
    { rule: 'github-personal-access-token' },
    'Accepted in .gitleaksignore.',
  ],
  ['.gitleaksignore', 'src/a.ts:github-pat:2', { rule: 'stripe-secret-key' }, undefined],
  ['.gitleaksignore', 'src/a.ts:github-pat:2', { rule: 'gitleaks.github-pat' }, 'Accepted in .gitleaksignore.'],
  // gitleaks knows it as generic, we know better; what gitleaks knows better is not what it means by generic.
  ['.gitleaksignore', 'src/a.ts:generic-api-key:2', { rule: 'acme-token' }, 'Accepted in .gitleaksignore.'],
  ['.gitleaksignore', 'src/a.ts:generic-api-key:2', { rule: 'stripe-secret-key' }, undefined],
  ['.betterleaksignore', 'src/a.ts:acme-token:2', {}, 'Accepted in .betterleaksignore.'],
  ['.betterleaksignore', digest('sha256', value), {}, 'Accepted in .betterleaksignore.'],
  ['.betterleaksignore', digest('sha256', `${value}x`), {}, undefined],
  ['.secrets.baseline', baseline('src/a.ts', value), {}, 'Accepted in .secrets.baseline.'],
  [
    '.secrets.baseline',
    baseline('src\\a.ts', value, false),
    {},
    'Accepted in .secrets.baseline, where an audit calls it no secret.',
  ],
  [
    '.secrets.baseline',
    baseline('src/a.ts', value, true),
    {},
    'Accepted in .secrets.baseline, where an audit calls it a real secret.',
  ],
  ['.secrets.baseline', baseline('src/b.ts', value), {}, undefined],
  ['.secrets.baseline', baseline('src/a.ts', `${value}x`), {}, undefined],
];

function digest(algorithm: string, text: string): string {
  return createHash(algorithm).update(text).digest('hex');
}

function baseline(path: string, secret: string, audited?: boolean): string {
  const entry = { type: 'Secret Keyword', filename: path, hashed_secret: digest('sha1', secret), line_number: 2 };
  return JSON.stringify({ version: '1.5.0', results: { [path]: [{ ...entry, is_secret: audited }] } });
}

test('honours the ignore files and baselines of other scanners', async context => {
  for (const [name, content, change, reason] of foreign) {
    const root = await tempFolder(context, { [name]: content });
    const read = await readAccepted(root);
    assert.deepEqual(read.problems, []);
    const text = `first\n${value}\n`;
    const found = { ...finding, ...change, start: 6, end: 6 + value.length };
    assert.equal(acceptanceIn(read, 'src/a.ts', text, '2026-11-24')(found), reason, `${name} ${content}`);
  }
});

test('an armoured key is known to detect-secrets by its first line', async context => {
  const root = await tempFolder(context, { '.secrets.baseline': baseline('k', 'BEGIN EC PRIVATE KEY') });
  const text = sample('{pem:ec}');
  const found = { ...finding, start: 0, end: text.length };
  const label = /-----(.*?)-----/.exec(text)?.[1] ?? '';
  const reason = acceptanceIn(await readAccepted(root), 'k', text, '2026-11-24')(found);
  assert.equal(reason !== undefined, label === 'BEGIN EC PRIVATE KEY');
});

test('detect-secrets may have hashed more or less than the value', async context => {
  const known: readonly (readonly [string, string, string])[] = [
    ['key = "', 'prefix.«»', '"'],
    ['key = ', '«»==', ' # x'],
    ['glpat-', '', ''],
  ];
  for (const [before, form, after] of known) {
    const secret = form === '' ? 'glpat' : form.replace('«»', value);
    const found = form === '' ? `${before}${value}` : value;
    const text = form === '' ? found : before + secret + after;
    const read = await readAccepted(await tempFolder(context, { '.secrets.baseline': baseline('a', secret) }));
    const start = text.indexOf(found);
    const at = { ...finding, start, end: start + found.length };
    assert.equal(acceptanceIn(read, 'a', text, '2026-11-24')(at), 'Accepted in .secrets.baseline.', secret);
  }
});

test('a broken baseline accepts nothing and is told', async context => {
  for (const text of ['{', '[]', '{"results": 1}']) {
    const { problems } = await readAccepted(await tempFolder(context, { '.secrets.baseline': text }));
    assert.match(problems[0]?.message ?? '', /^\.secrets\.baseline is no JSON/, text);
  }
  const odd = '{"results": {"a": 7, "b": [1, null, {"hashed_secret": 3}]}}';
  const { problems, foreign: read } = await readAccepted(await tempFolder(context, { '.secrets.baseline': odd }));
  assert.deepEqual([problems, read?.baseline.get('b')?.size], [[], 0]);
});
