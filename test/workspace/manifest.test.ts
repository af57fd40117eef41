import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { parseReference } from '../../server/engine/reference.ts';
import {
  findManifests,
  locateManifest,
  type ManifestEntry,
  readManifest,
  withEntry,
} from '../../server/workspace/manifest.ts';
import { tempFolder } from '../support/tempFolder.ts';

const reference = (text: string) => parseReference(text)!;
const keychain = (name: string) => `ref+keychain://shop/${name}`;

/** `name=written` and the metadata of each entry. */
function brief({ name, written, reference: read, kind, owner, purpose, expires }: ManifestEntry): string {
  const metadata = Object.entries({ kind, owner, purpose, expires }).filter(([, value]) => value !== undefined);
  return [`${name}=${read ? written : 'no reference'}`, ...metadata.map(([key, value]) => `${key}:${value}`)].join(' ');
}

/** A manifest, its entries, and the start of each problem's message. */
const rows: readonly (readonly [string, readonly string[], readonly RegExp[]])[] = [
  ['', [], []],
  [`A="${keychain('A')}"`, ['A=ref+keychain://shop/A'], []],
  [
    `\uFEFF# owner: x\r\nA="${keychain('A')}"\r\nB='${keychain('B')}'\r\n`,
    ['A=ref+keychain://shop/A owner:x', 'B=ref+keychain://shop/B'],
    [],
  ],
  [
    `# Live key\n# owner: payments; purpose: charges: cards; expires: 2027-01-31; kind: token; review: 90d\n# @docs(https://example.com)\nexport A = "ref+vault://secret/db#/password" # trailing`,
    ['A=ref+vault://secret/db#/password kind:token owner:payments purpose:charges: cards expires:2027-01-31'],
    [],
  ],
  [
    `# owner: header\n# ---\nA="${keychain('A')}"\n\n# owner: far\n\nB="${keychain('B')}"`,
    ['A=ref+keychain://shop/A', 'B=ref+keychain://shop/B'],
    [],
  ],
  [
    'A=ref+vault://secret/db#/password',
    ['A=ref+vault://secret/db#/password'],
    [/^Put this reference in double quotes/],
  ],
  [
    `A="${keychain('A')}"\nA="${keychain('B')}"`,
    ['A=ref+keychain://shop/A', 'A=ref+keychain://shop/B'],
    [/^A stands here twice/],
  ],
  [`1A="${keychain('A')}"\nB-C=`, [], [/^The name/, /^The name/]],
  ['A=plain', ['A=no reference'], [/^A holds a value/]],
  [
    '# @public\nPORT=3000\n# @sensitive=false\nHOST=localhost\nEMPTY=\nE2=""',
    ['PORT=no reference', 'HOST=no reference', 'EMPTY=no reference', 'E2=no reference'],
    [],
  ],
  [
    '# @defaultSensitive=false\n# ---\nPORT=3000\n# @sensitive\nA=x',
    ['PORT=no reference', 'A=no reference'],
    [/^A holds a value/],
  ],
  [
    'A="op://vault/item/field"\nB=op(op://a/b)\nC=${OTHER}',
    ['A=op://vault/item/field', 'B=no reference', 'C=no reference'],
    [],
  ],
  ['A="ref+keychain"', ['A=no reference'], [/^The reference of A/]],
  ['words\nmore words\n=x\n\nelse', [], [/^This is no comment/, /^This is no comment/]],
  ['A="unclosed', ['A=no reference'], [/^A holds a value/]],
];

test('reads entries, metadata and problems', () => {
  for (const [text, entries, problems] of rows) {
    const read = readManifest(text);
    assert.deepEqual(read.entries.map(brief), entries, text);
    assert.equal(
      read.problems.length,
      problems.length,
      `${text}\n${read.problems.map(problem => problem.message).join('\n')}`,
    );
    for (const [index, pattern] of problems.entries()) assert.match(read.problems[index]!.message, pattern);
    for (const entry of read.entries) assert.equal(text.slice(entry.valueStart, entry.valueEnd), entry.written);
  }
});

test('a problem never holds the value', () => {
  const value = `hunter${'2'.repeat(6)}`;
  const read = readManifest(`PASSWORD=${value}\nOTHER="${value}#${value}`);
  assert.equal(JSON.stringify(read.problems).includes(value), false);
});

/** Before, name and reference of the new entry, after. */
const edits: readonly (readonly [string, string, string, string])[] = [
  [`# keep\n\nA="x" # y\n`, 'B', keychain('B'), `# keep\n\nA="x" # y\n\nB="${keychain('B')}"\n`],
  [`A="x"`, 'B', keychain('B'), `A="x"\n\nB="${keychain('B')}"\n`],
  [`A="x"\n\n`, 'B', keychain('B'), `A="x"\n\nB="${keychain('B')}"\n`],
  [`A="x"\r\n`, 'B', keychain('B'), `A="x"\r\n\r\nB="${keychain('B')}"\r\n`],
  [`A="x"\n# c\n`, 'B', keychain('B'), `A="x"\n# c\n\nB="${keychain('B')}"\n`],
  [
    `# c\nexport A = 'x'  # y\nB="z"\n`,
    'A',
    'ref+vault://secret/a#/value',
    `# c\nexport A = "ref+vault://secret/a#/value"  # y\nB="z"\n`,
  ],
  [`A=\nB=1`, 'A', keychain('A'), `A="${keychain('A')}"\nB=1`],
  [`A=ref+vault://s/d#/k\n`, 'A', keychain('A'), `A="${keychain('A')}"\n`],
  [`A=1\nA=2\n`, 'A', keychain('A'), `A=1\nA="${keychain('A')}"\n`],
];

test('adds and replaces entries without touching anything else', () => {
  for (const [before, name, text, after] of edits) {
    assert.equal(withEntry(before, { name, reference: reference(text) }), after, before);
  }
});

test('begins an empty manifest with a header, and writes metadata in a comment', () => {
  const entry = {
    name: 'A',
    reference: reference(keychain('A')),
    kind: 'token',
    owner: 'a; b\nc',
    expires: '2027-01-31',
  };
  const text = withEntry('', entry);
  assert.match(
    text,
    /^# Names and references[\s\S]*\n# ---\n\n# owner: a, b c; expires: 2027-01-31; kind: token\nA="ref\+keychain:\/\/shop\/A"\n$/,
  );
  assert.deepEqual(readManifest(text).entries.map(brief), [
    'A=ref+keychain://shop/A kind:token owner:a, b c expires:2027-01-31',
  ]);
  assert.deepEqual(readManifest(text).problems, []);
  assert.deepEqual(
    readManifest(withEntry(text, { ...entry, name: 'B' })).entries.map(entry => entry.name),
    ['A', 'B'],
  );
});

test('the nearest manifest upward counts, never one above the root', async context => {
  const folder = await tempFolder(context, {
    '.env.schema': '',
    'repo/apps/shop/.env.schema': '',
    'repo/apps/shop/src/deep/a.ts': '',
    'repo/apps/other/a.ts': '',
    'repo/apps/shop/.gitignore': 'src/\n',
    'repo/apps/shop/src/.env.schema.bak': '',
  });
  const root = join(folder, 'repo');
  const shop = join(root, 'apps/shop');
  assert.deepEqual(await locateManifest(join(shop, 'src/deep/a.ts'), root), {
    file: join(shop, '.env.schema'),
    exists: true,
  });
  assert.deepEqual(await locateManifest(shop, root), { file: join(shop, '.env.schema'), exists: true });
  await mkdir(join(root, 'apps/nested/.git'), { recursive: true });
  assert.deepEqual(await locateManifest(join(root, 'apps/nested/src/a.ts'), root), {
    file: join(root, 'apps/nested/.env.schema'),
    exists: false,
  });
  assert.deepEqual(await locateManifest(join(root, 'apps/other/a.ts'), root), {
    file: join(root, '.env.schema'),
    exists: false,
  });
  assert.deepEqual(await locateManifest(join(folder, 'out/a.ts'), root), {
    file: join(root, '.env.schema'),
    exists: false,
  });
  assert.deepEqual(await findManifests(root, new AbortController().signal), [join(shop, '.env.schema')]);
});
