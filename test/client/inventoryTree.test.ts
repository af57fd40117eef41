import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  filterRows,
  type Grouping,
  type GroupNode,
  groupings,
  inventoryTree,
  type TreeNode,
} from '../../client/inventoryTree.ts';
import type { InventoryRowData } from '../../server/protocol/messages.ts';

let last = 0;

function row(given: Partial<InventoryRowData>): InventoryRowData {
  last += 1;
  const path = given.path ?? '';
  return {
    id: `row${last}`,
    state: 'inCode',
    label: 'AWS secret key',
    kind: 'key',
    provider: 'AWS',
    store: '',
    reference: '',
    detail: '',
    uri: path === '' ? '' : `file:///w/${path}`,
    path,
    folder: 'file:///w',
    ...given,
  };
}

function at(line: number): Partial<InventoryRowData> {
  return { range: { start: { line: line - 1, character: 4 }, end: { line: line - 1, character: 9 } } };
}

const stored = { store: 'keychain', kind: 'token', provider: 'GitHub', reference: 'ref+keychain://app/TOKEN' } as const;

const rows = [
  row({ ...stored, state: 'stored', label: 'TOKEN', path: '.env.schema', ...at(4), owner: 'platform' }),
  row({ path: 'config.ts', ...at(12), confidence: 'high' }),
  row({ path: 'config.ts', ...at(3), confidence: 'medium', label: 'Password', kind: 'password', provider: '' }),
  row({ path: 'a.py', ...at(1), confidence: 'certain', label: 'GitHub token', kind: 'token', provider: 'GitHub' }),
  row({ ...stored, state: 'unused', label: 'OLD', reference: 'ref+keychain://app/OLD' }),
  row({
    state: 'missing',
    label: 'DB',
    store: 'vault',
    kind: 'password',
    detail: 'Not there.',
    path: '.env.schema',
    ...at(5),
  }),
];

/** The tree as text, one line a node. */
function draw(nodes: readonly TreeNode[], indent = ''): readonly string[] {
  return nodes.flatMap(node => [
    `${indent}${node.label}${node.description === '' ? '' : ` (${node.description})`}`,
    ...(node.type === 'group' ? draw(node.children(), `${indent}  `) : []),
  ]);
}

function check(grouping: Grouping, filter: string, expected: string): void {
  assert.equal(draw(inventoryTree(rows, grouping, filter)).join('\n'), expected.trim());
}

void test('by state, in the order of urgency; rows by file and line', () => {
  check(
    'state',
    '',
    `
In Code (3)
  GitHub token (a.py:1)
  Password (config.ts:3)
  AWS secret key (config.ts:12)
Referenced, Missing Here (1)
  DB (.env.schema:5 · Vault)
Referenced and Stored (1)
  TOKEN (.env.schema:4 · Keychain)
Stored, Unused (1)
  OLD (Keychain)`,
  );
});

void test('by kind, store and file', () => {
  check(
    'kind',
    'config.ts',
    `
Key (1)
  AWS secret key (config.ts:12)
Password (1)
  Password (config.ts:3)`,
  );
  check(
    'store',
    'token',
    `
Not Stored (1)
  GitHub token (a.py:1)
Keychain (2)
  OLD (Keychain)
  TOKEN (.env.schema:4 · Keychain)`,
  );
  check(
    'file',
    '',
    `
In No File (1)
  OLD (Keychain)
.env.schema (2)
  TOKEN (.env.schema:4 · Keychain)
  DB (.env.schema:5 · Vault)
a.py (1)
  GitHub token (a.py:1)
config.ts (2)
  Password (config.ts:3)
  AWS secret key (config.ts:12)`,
  );
});

void test('every word of a filter must stand in a row, in any case', () => {
  const labels = (filter: string) => filterRows(rows, filter).map(({ label }) => label);
  assert.deepEqual(
    labels('  '),
    rows.map(({ label }) => label),
  );
  assert.deepEqual(labels('GITHUB certain'), ['GitHub token']);
  assert.deepEqual(labels('missing'), ['DB']);
  assert.deepEqual(labels('platform'), ['TOKEN']);
  assert.deepEqual(labels('github nothing'), []);
});

void test('a screen reader hears what, how sure and where', () => {
  const [code, missing] = inventoryTree(rows, 'state', '');
  assert.equal(code?.accessibilityLabel, 'In Code, 3 secrets');
  assert.deepEqual(labelsOf(code), [
    'GitHub token, GitHub token, certain, a.py line 1',
    'Password, password, medium, config.ts line 3',
    'AWS secret key, AWS key, high, config.ts line 12',
  ]);
  assert.deepEqual(labelsOf(missing), ['DB, missing here, Vault, .env.schema line 5']);
});

function labelsOf(group: GroupNode | undefined): readonly string[] {
  return group?.children().map(node => node.accessibilityLabel) ?? [];
}

void test('ids stay over a refresh and are never shared', () => {
  for (const grouping of groupings) {
    const ids = (nodes: readonly TreeNode[]): string[] =>
      nodes.flatMap(node => [node.id, ...(node.type === 'group' ? ids(node.children()) : [])]);
    const first = ids(inventoryTree(rows, grouping, ''));
    assert.deepEqual(ids(inventoryTree([...rows], grouping, '')), first);
    assert.equal(new Set(first).size, first.length);
  }
});

void test('files of one name in two folders are two groups', () => {
  const two = ['file:///a', 'file:///b'].map(folder => row({ folder, path: 'config.ts', uri: `${folder}/config.ts` }));
  assert.equal(inventoryTree(two, 'file', '').length, 2);
});

void test('10,000 rows are divided by file, lazily, each looked at a few times', () => {
  let reads = 0;
  const many = Array.from(
    { length: 10_000 },
    (_, index) =>
      new Proxy(row({ path: `src/file${index % 400}.ts`, ...at(index + 1) }), {
        get: (target, key) => {
          reads++;
          return Reflect.get(target, key);
        },
      }),
  );
  const [group] = inventoryTree(many, 'state', '');
  const files = group?.children() ?? [];
  const divided = reads;
  assert.equal(files.length, 400);
  assert.ok(files.every(node => node.type === 'group' && !node.open));
  assert.equal(files[0]?.type === 'group' && files[0].children().length, 25);
  assert.ok(divided <= 60 * many.length, `${divided} reads`);
  assert.ok(reads - divided <= 100 * 25, `${reads - divided} reads for the 25 rows of one file`);
});
