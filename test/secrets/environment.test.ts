import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { fillEnvironment, manifestsAbove, resolveEnvironment } from '../../server/secrets/environment.ts';
import { StoreError } from '../../server/stores/store.ts';
import { memoryStore, memoryStores } from '../support/memoryStore.ts';
import { tempFolder } from '../support/tempFolder.ts';

const signal = new AbortController().signal;

interface Case {
  readonly manifests: readonly string[];
  readonly keychain?: Readonly<Record<string, string>>;
  readonly only?: readonly string[];
  readonly current?: Readonly<Record<string, string>>;
  readonly problem?: StoreError;
  /** Names and values, or names and what their message must match. */
  readonly ready?: Readonly<Record<string, string>>;
  readonly missing?: Readonly<Record<string, RegExp>>;
}

const cases: Readonly<Record<string, Case>> = {
  'every name has its value': {
    manifests: ['A="ref+keychain://shop/A"\nB="ref+keychain://shop/B"\n'],
    keychain: { 'shop/A': 'one', 'shop/B': 'two' },
    ready: { A: 'one', B: 'two' },
  },
  'one missing name holds all back, and all that are missing are told': {
    manifests: ['A="ref+keychain://shop/A"\nB="ref+keychain://shop/B"\nC="ref+keychain://shop/C"\n'],
    keychain: { 'shop/B': 'two' },
    missing: { A: /Store it/, C: /Store it/ },
  },
  'the nearest manifest wins': {
    manifests: ['A="ref+keychain://near/A"\n', 'A="ref+keychain://far/A"\nB="ref+keychain://far/B"\n'],
    keychain: { 'near/A': 'near', 'far/A': 'far', 'far/B': 'b' },
    ready: { A: 'near', B: 'b' },
  },
  'a real value in the environment wins over a reference, an empty one does not': {
    manifests: ['A="ref+keychain://shop/A"\nB="ref+keychain://shop/B"\n'],
    keychain: { 'shop/B': 'two' },
    current: { A: 'mine', B: '' },
    ready: { B: 'two' },
  },
  'a reference in the environment is resolved': {
    manifests: [],
    keychain: { 'shop/X': 'ex' },
    current: { X: 'ref+keychain://shop/X', PATH: '/bin' },
    ready: { X: 'ex' },
  },
  'a store that nobody has here': {
    manifests: ['A="ref+elsewhere://shop/A"\n'],
    missing: { A: /store/i },
  },
  "another vendor's reference": {
    manifests: ['A="op://vault/item/field"\n'],
    missing: { A: /no store/i },
  },
  'a stored value that is itself a reference': {
    manifests: ['A="ref+keychain://shop/A"\n'],
    keychain: { 'shop/A': 'ref+keychain://shop/B' },
    missing: { A: /itself a reference/ },
  },
  'a stored value that no environment can carry': {
    manifests: ['A="ref+keychain://shop/A"\n'],
    keychain: { 'shop/A': 'one\0two' },
    missing: { A: /NUL/ },
  },
  'a locked store says so for every name': {
    manifests: ['A="ref+keychain://shop/A"\nB="ref+keychain://shop/B"\n'],
    problem: new StoreError('locked', 'The keychain is locked.', 'Unlock it.'),
    missing: { A: /^The keychain is locked\. Unlock it\.$/, B: /locked/ },
  },
  'only the names that are asked for': {
    manifests: ['A="ref+keychain://shop/A"\nB="ref+keychain://shop/B"\n'],
    keychain: { 'shop/A': 'one' },
    only: ['A'],
    ready: { A: 'one' },
  },
  'a name that is asked for and that nothing gives': {
    manifests: ['A="ref+keychain://shop/A"\n'],
    keychain: { 'shop/A': 'one' },
    current: { MINE: 'x' },
    only: ['A', 'B', 'MINE'],
    missing: { B: /No manifest here/ },
  },
  'public defaults and no manifest at all ask for nothing': { manifests: ['# @public\nPORT=3000\n'], ready: {} },
};

for (const [name, each] of Object.entries(cases)) {
  test(name, async t => {
    const texts = Object.fromEntries(each.manifests.map((text, index) => [`${index}/.env.schema`, text]));
    const folder = await tempFolder(t, texts);
    const store = memoryStore();
    for (const [path, value] of Object.entries(each.keychain ?? {})) store.values.set(path, value);
    store.problem = each.problem;
    const files = each.manifests.map((_, index) => join(folder, `${index}/.env.schema`));
    const environment = await resolveEnvironment(files, memoryStores(store), each.current ?? {}, each.only, signal);
    if (environment.kind === 'ready') {
      assert.deepEqual(fillEnvironment(environment.variables), each.ready);
    } else {
      const told = Object.fromEntries(environment.missing.map(({ name: missing, message }) => [missing, message]));
      assert.deepEqual(Object.keys(told), Object.keys(each.missing ?? {}));
      for (const [missing, pattern] of Object.entries(each.missing ?? {})) assert.match(told[missing] ?? '', pattern);
    }
  });
}

test('an entry of another folder is held back, and the folders it belongs to are told', async t => {
  const folder = await tempFolder(t, { 'mine/.env.schema': 'A="ref+keychain://shop/A"\n', 'theirs/app.py': '' });
  const [mine, theirs] = [join(folder, 'mine'), join(folder, 'theirs')];
  const store = memoryStore();
  store.values.set('shop/A', 'one');
  const resolved = (...owners: readonly string[]) => {
    const stores = memoryStores({ ...store, owners: async () => owners });
    return resolveEnvironment([join(mine, '.env.schema')], stores, {}, undefined, signal);
  };
  const held = await resolved(theirs);
  assert.ok(held.kind === 'missing');
  assert.deepEqual([held.missing[0]?.folder, held.missing[0]?.owners], [mine, [theirs]]);
  for (const owners of [[], [mine], [theirs, mine]]) assert.equal((await resolved(...owners)).kind, 'ready');
  for (const owner of [folder, join(mine, 'service')]) assert.equal((await resolved(owner)).kind, 'missing');
});

test('an entry of which the store cannot tell whose it is, is not used', async t => {
  const folder = await tempFolder(t, { '.env.schema': 'A="ref+keychain://shop/A"\nB="ref+keychain://shop/B"\n' });
  const store = memoryStore();
  store.values.set('shop/A', 'one');
  store.values.set('shop/B', 'two');
  const owners = async ({ path }: { readonly path: string }) => {
    if (path === 'shop/A') throw new StoreError('unavailable', 'The list cannot be read.', 'Restore it.');
    return [];
  };
  const environment = await resolveEnvironment(
    [join(folder, '.env.schema')],
    memoryStores({ ...store, owners }),
    {},
    undefined,
    signal,
  );
  assert.ok(environment.kind === 'missing');
  assert.deepEqual(environment.missing, [
    {
      name: 'A',
      reference: 'ref+keychain://shop/A',
      code: 'unavailable',
      message: 'The list cannot be read. Restore it.',
      folder,
    },
  ]);
});

test('manifests count up to the top of the repository, nearest first', async t => {
  const folder = await tempFolder(t, {
    '.env.schema': '',
    'repository/.env.schema': '',
    'repository/service/.env.schema': '',
    'repository/service/source/app.py': '',
  });
  const repository = join(folder, 'repository');
  const source = join(repository, 'service/source');
  const inside = [join(repository, 'service/.env.schema'), join(repository, '.env.schema')];
  assert.deepEqual((await manifestsAbove(source, signal)).slice(0, 3), [...inside, join(folder, '.env.schema')]);
  execFileSync('git', ['init', '-q', repository]);
  assert.deepEqual(await manifestsAbove(source, signal), inside);
});

test("a developer's own references win over the committed ones of the same folder and those above", async t => {
  const folder = await tempFolder(t, {
    '.env.schema': 'A="ref+keychain://team/A"\nB="ref+keychain://team/B"\nC="ref+keychain://team/C"\n',
    '.env.schema.local': 'A="ref+keychain://mine/A"\nB=plain\n',
    'deep/.env.schema': 'C="ref+keychain://deep/C"\n',
    'deep/.env.schema.local': 'C=""\nD="op://mine/D/f"\n',
  });
  const store = memoryStore();
  for (const path of ['team/A', 'team/B', 'team/C', 'mine/A', 'deep/C']) store.values.set(path, path);
  const resolved = async (below: string) =>
    resolveEnvironment(await manifestsAbove(join(folder, below), signal), memoryStores(store), {}, undefined, signal);
  const top = await resolved('.');
  assert.deepEqual(top.kind === 'ready' && fillEnvironment(top.variables), { A: 'mine/A', B: 'team/B', C: 'team/C' });
  const deep = await resolved('deep');
  assert.deepEqual(deep.kind === 'missing' && deep.missing.map(({ name }) => name), ['D']);
});
