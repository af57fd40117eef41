import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  createInventory,
  type FileFindings,
  type InventoryRow,
  inventoryRows,
  joinRows,
  type LocatedFinding,
} from '../../server/secrets/inventory.ts';
import { StoreError } from '../../server/stores/store.ts';
import { memoryStore, memoryStores } from '../support/memoryStore.ts';
import { tempFolder } from '../support/tempFolder.ts';

const signal = new AbortController().signal;

function located(fingerprint: string, over: Partial<LocatedFinding> = {}): LocatedFinding {
  const range = { start: { line: 1, character: 2 }, end: { line: 1, character: 9 } };
  const places = { start: 10, end: 17, range, parts: [], evidence: [] };
  const certainty = { kind: 'token', confidence: 'high', severity: 'error', guessable: false, hidden: false } as const;
  const names = { rule: 'shop-token', title: 'Shop token', provider: 'Shop', assigned: 'api.key', variable: 'API_KEY' };
  return { ...names, ...certainty, ...places, fingerprint, ...over };
}

function found(path: string, ...findings: readonly LocatedFinding[]): FileFindings {
  return { root: '/shop', path, findings, certificates: [] };
}

function brief(rows: readonly InventoryRow[]): readonly string[] {
  return rows.map(row => [row.state, row.label, row.path, row.reference, row.detail].filter(Boolean).join(' | '));
}

test('findings are owned per file, and every real change is announced', () => {
  const inventory = createInventory();
  let changes = 0;
  const listening = inventory.onChange(() => changes++);
  inventory.set('/shop/b.py', found('b.py', located('f1'), located('f2')));
  inventory.set('/shop/a.py', found('a.py', located('f1')));
  inventory.set('/shop/empty.py', found('empty.py'));
  assert.deepEqual(inventory.files(), ['/shop/a.py', '/shop/b.py']);
  assert.deepEqual([...inventory.holding('f1')].sort(), ['/shop/a.py', '/shop/b.py']);
  inventory.set('/shop/b.py', found('b.py', located('f2')));
  assert.deepEqual(inventory.holding('f1'), ['/shop/a.py']);
  inventory.set('/shop/a.py', found('a.py'));
  inventory.remove('/shop/nothing.py');
  assert.deepEqual([inventory.holding('f1'), inventory.get('/shop/a.py')], [[], undefined]);
  assert.equal(changes, 4);
  listening.dispose();
  inventory.remove('/shop/b.py');
  assert.equal(changes, 4);
});

test('rows join code, manifests and stores', async t => {
  const folder = await tempFolder(t, {
    '.env.schema':
      '# owner: payments; expires: 2031-01-31\nA="ref+keychain://shop/A"\nB="ref+keychain://shop/B"\nC="ref+nowhere://x/C"\n',
    'service/.env.schema': 'A="ref+keychain://shop/A"\nPORT=3000\n',
  });
  const store = memoryStore();
  store.values.set('shop/A', 'one').set('shop/OLD', 'left').set('other/X', 'theirs');
  const inventory = createInventory();
  inventory.set(join(folder, 'app.py'), {
    ...found('app.py', located('f1'), located('f2', { accepted: 'A test key.' }), located('f3', { hidden: true })),
    certificates: [
      {
        start: 0,
        end: 5,
        subject: 'CN=shop',
        issuer: 'CN=root',
        expires: Date.UTC(2030, 0, 2),
        range: located('').range,
      },
    ],
  });
  const manifests = ['.env.schema', 'service/.env.schema'].map(name => join(folder, name));
  const rows = await inventoryRows(inventory, [folder], manifests, memoryStores(store), signal);
  assert.deepEqual(brief(rows), [
    'inCode | API_KEY | app.py | Shop token',
    'accepted | API_KEY | app.py | A test key.',
    'certificate | CN=shop | app.py | Issued by CN=root',
    'stored | A | .env.schema | ref+keychain://shop/A',
    'missing | B | .env.schema | ref+keychain://shop/B | Not in Keychain here.',
    'missing | C | .env.schema | ref+nowhere://x/C | No store for nowhere is set up here.',
    'stored | A | service/.env.schema | ref+keychain://shop/A',
    'unused | OLD | ref+keychain://shop/OLD | Stored in Keychain; no manifest of this workspace names it.',
  ]);
  const [, , , a] = rows;
  assert.deepEqual([a?.owner, a?.expires, a?.range?.start.line], ['payments', '2031-01-31', 1]);
  assert.equal(new Set(rows.map(row => row.id)).size, rows.length);
});

test('a store that fails makes its names missing with the reason, and nothing unused', async t => {
  const folder = await tempFolder(t, { '.env.schema': 'A="ref+keychain://shop/A"\n' });
  const store = memoryStore();
  store.values.set('shop/OLD', 'left');
  store.problem = new StoreError('locked', 'The keychain is locked.', 'Unlock it.');
  const rows = await inventoryRows(
    createInventory(),
    [folder],
    [join(folder, '.env.schema')],
    memoryStores(store),
    signal,
  );
  assert.deepEqual(brief(rows), [
    'missing | A | .env.schema | ref+keychain://shop/A | The keychain is locked. Unlock it.',
  ]);
});

test('an entry of another repository is missing, as it is to a launch', async t => {
  const folder = await tempFolder(t, {
    'mine/.env.schema': 'A="ref+keychain://shop/A"\n',
    'theirs/.env.schema': 'A="ref+keychain://shop/A"\n',
  });
  const store = memoryStore();
  store.values.set('shop/A', 'one');
  const owned = { ...store, owners: async () => [join(folder, 'theirs')] };
  const manifests = ['mine', 'theirs'].map(name => join(folder, name, '.env.schema'));
  const rows = await inventoryRows(createInventory(), [folder], manifests, memoryStores(owned), signal);
  assert.deepEqual(brief(rows), [
    `missing | A | mine/.env.schema | ref+keychain://shop/A | Stored for ${join(folder, 'theirs')}; it may be used here once you allow it.`,
    'stored | A | theirs/.env.schema | ref+keychain://shop/A',
  ]);
});

test('a store that hangs is said to, and the others are listened to', async t => {
  const folder = await tempFolder(t, {
    '.env.schema': 'A="ref+keychain://shop/A"\nB="ref+vault://secret/shop/B#/value"\n',
  });
  const [keychain, vault] = [memoryStore(), memoryStore('vault')];
  keychain.values.set('shop/A', 'one').set('shop/OLD', 'left');
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const hang = () => {
    t.mock.timers.tick(60_000);
    return new Promise<never>(() => {});
  };
  const stores = memoryStores(keychain, { ...vault, has: hang, list: hang });
  const rows = await inventoryRows(createInventory(), [folder], [join(folder, '.env.schema')], stores, signal);
  assert.deepEqual(brief(rows), [
    'stored | A | .env.schema | ref+keychain://shop/A',
    'missing | B | .env.schema | ref+vault://secret/shop/B#/value | Vault did not answer in time.',
    'unused | OLD | ref+keychain://shop/OLD | Stored in Keychain; no manifest of this workspace names it.',
  ]);
});

test('the same value twice in a file has two rows with ids of their own', () => {
  const inventory = createInventory();
  inventory.set('/shop/a.py', found('a.py', located('f1'), located('f1', { start: 40, end: 47 })));
  const ids = joinRows(inventory, { rows: [] }).map(row => row.id);
  assert.equal(new Set(ids).size, 2);
});

test('ten thousand findings are ten thousand rows, each with an id of its own', () => {
  const inventory = createInventory();
  for (let file = 0; file < 1000; file++) {
    const findings = Array.from({ length: 10 }, (_, index) => located(`f${file}-${index}`, { start: index * 50 }));
    inventory.set(`/shop/${file}.py`, found(`${file}.py`, ...findings));
  }
  const ids = joinRows(inventory, { rows: [] }).map(row => row.id);
  assert.deepEqual([ids.length, new Set(ids).size], [10_000, 10_000]);
});
