import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, readdir } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { serveSecretStorage } from '../../client/secretStorageServer.ts';
import type { Reference } from '../../server/engine/reference.ts';
import { KeychainIndex } from '../../server/stores/keychainIndex.ts';
import { openPersonal } from '../../server/stores/personal.ts';
import { connectSecretStorage, openSecretStorage } from '../../server/stores/secretStorage.ts';
import { SecretValue } from '../../server/stores/secretValue.ts';
import { StoreError } from '../../server/stores/store.ts';
import { dataFolder } from '../../server/stores/stores.ts';
import { startKeyring } from '../support/keyring.ts';
import { memoryBridge, memoryStore } from '../support/memoryStore.ts';
import { startOpenBao } from '../support/openbao.ts';
import { openStoresFor } from '../support/openStoresFor.ts';
import { tempFolder } from '../support/tempFolder.ts';

const signal = new AbortController().signal;
const marker = `marker${Math.random().toString(36).slice(2)}`;

test('a value does not print', () => {
  const value = new SecretValue(marker);
  const printed = [
    String(value),
    JSON.stringify({ value }),
    inspect(value),
    inspect({ deep: [value] }, { showHidden: true }),
  ];
  assert.deepEqual(
    printed.filter(text => text.includes(marker)),
    [],
  );
  assert.equal(value.reveal(), marker);
});

test('stores are there when they are configured', async context => {
  const home = await tempFolder(context);
  const withFile = await tempFolder(context, { '.bao-token': 'token' });
  const ids = (environment: Record<string, string>, address = '') =>
    openStoresFor(
      { HOME: home, ...environment },
      { vault: { address, namespace: '', mount: '', pathPrefix: '' } },
    ).all.map(store => store.id);
  assert.deepEqual(ids({}), ['keychain']);
  assert.deepEqual(ids({ VAULT_ADDR: 'http://127.0.0.1:1' }), ['keychain', 'vault']);
  assert.deepEqual(ids({ VAULT_ADDR: 'http://127.0.0.1:1', VAULT_TOKEN: 'token' }), ['keychain', 'vault']);
  assert.deepEqual(ids({ BAO_ADDR: 'http://127.0.0.1:1', BAO_TOKEN: 'token' }), ['keychain', 'vault']);
  assert.deepEqual(ids({ BAO_ADDR: 'http://127.0.0.1:1', HOME: withFile }), ['keychain', 'vault']);
  assert.deepEqual(ids({ VAULT_TOKEN: 'token' }), ['keychain']);
  assert.deepEqual(ids({}, 'http://127.0.0.1:1'), ['keychain', 'vault']);
  const bridged = openStoresFor({ HOME: home }, { secretStorage: memoryBridge() });
  assert.deepEqual(
    bridged.all.map(store => store.id),
    ['keychain', 'secretStorage'],
  );
});

test('many references are resolved in order, each with its own outcome', async context => {
  const [keyring, bao] = await Promise.all([startKeyring(), startOpenBao()]);
  const { BAO_ADDR, BAO_TOKEN } = bao.environment;
  const stores = openStoresFor({ ...keyring.environment, BAO_ADDR, BAO_TOKEN });
  context.after(async () => {
    await stores.dispose();
    await Promise.all([keyring.close(), bao.close()]);
  });
  const [keychain, vault] = [stores.get('keychain')!, stores.get('vault')!];
  const references: Reference[] = [];
  for (let place = 0; place < 20; place++) {
    const store = place % 2 === 0 ? keychain : vault;
    const reference = store.referenceFor('many', `NAME_${place}`);
    references.push(reference);
    await store.create(reference, new SecretValue(`${marker}-${place}`), {}, signal);
  }
  const wanted: Reference[] = [
    ...references,
    references[0]!,
    keychain.referenceFor('many', 'NONE'),
    vault.referenceFor('many', 'NONE'),
    { backend: 'akeyless', path: 'a/b', parameters: {}, key: '' },
    { ...references[1]!, backend: 'openbao' },
    { ...references[1]!, parameters: { address: 'https://elsewhere.example' } },
  ];
  const resolved = await stores.resolve(wanted, signal);
  const outcomes = resolved.map(one => (one.kind === 'value' ? one.value.reveal() : one.error.code));
  const values = references.map((_, place) => `${marker}-${place}`);
  assert.deepEqual(outcomes, [...values, values[0], 'absent', 'absent', 'unsupported', values[1], 'invalid']);
  const cancelled = await stores.resolve(references, AbortSignal.abort());
  assert.deepEqual(new Set(cancelled.map(one => one.kind === 'failed' && one.error.code)), new Set(['cancelled']));
  assert.doesNotMatch(inspect(resolved, { depth: 9 }), new RegExp(marker));
});

test('a vault reference without a vault says what to set', async () => {
  const stores = openStoresFor({ HOME: '/nowhere' });
  const [outcome] = await stores.resolve(
    [{ backend: 'vault', path: 'secret/a/B', parameters: {}, key: 'value' }],
    signal,
  );
  assert.ok(outcome?.kind === 'failed');
  assert.match(`${outcome.error.message} ${outcome.error.advice}`, /No Vault is configured.*VAULT_ADDR/);
});

test('a change is announced, whichever store it is in', async () => {
  const bridge = memoryBridge();
  const stores = openStoresFor({ HOME: '/nowhere' }, { secretStorage: bridge, dataFolder: '/nowhere/keysweep' });
  let heard = 0;
  const listening = stores.onChange(() => heard++);
  const store = stores.get('secretStorage')!;
  await store.create(store.referenceFor('p', 'N'), new SecretValue(marker), {}, signal);
  await store.remove(store.referenceFor('p', 'N'), signal);
  assert.equal(heard, 2);
  listening.dispose();
  await store.set(store.referenceFor('p', 'N'), new SecretValue(marker), {}, signal);
  assert.equal(heard, 2);
  await stores.dispose();
});

test('without a keychain on this host, SecretStorage answers for keychain references', async context => {
  const keyring = await startKeyring('none');
  context.after(() => keyring.close());
  const stores = openStoresFor(keyring.environment, { secretStorage: memoryBridge() });
  const reference = { backend: 'keychain', path: 'billing/API_KEY', parameters: {}, key: '' };
  const store = stores.of(reference)!;
  assert.deepEqual([store.id, await store.check(signal), store.id], ['keychain', undefined, 'secretStorage']);
  await store.create(reference, new SecretValue(marker), {}, signal);
  assert.equal((await stores.get('secretStorage')!.get(reference, signal)).reveal(), marker);
  const [outcome] = await stores.resolve([reference], signal);
  assert.ok(outcome?.kind === 'value' && outcome.value.reveal() === marker);
  assert.deepEqual(await store.list('billing', signal), [reference]);
  await stores.dispose();
});

test('a keychain that is only locked is not replaced, and what SecretStorage got earlier is still found', async () => {
  const [keychain, storage] = [memoryStore('keychain'), memoryStore('secretStorage')];
  const personal = openPersonal(keychain, storage);
  const reference = keychain.referenceFor('billing', 'API_KEY');
  keychain.problem = new StoreError('locked', 'Locked.', 'Unlock it.');
  await assert.rejects(personal.create(reference, new SecretValue(marker), {}, signal), { code: 'locked' });
  assert.equal(storage.values.size, 0);
  keychain.problem = undefined;
  await storage.create(reference, new SecretValue(marker), {}, signal);
  assert.equal(await personal.has(reference, signal), true);
  assert.equal((await personal.get(reference, signal)).reveal(), marker);
  assert.deepEqual(await personal.list('billing', signal), [reference]);
  await personal.remove(reference, signal);
  assert.equal(await personal.has(reference, signal), false);
});

test('an entry of SecretStorage belongs to its folder, with or without a keychain', async () => {
  const entries = new Map<string, string>();
  const storage = openSecretStorage(memoryBridge(entries));
  const reference = storage.referenceFor('billing', 'API_KEY');
  await storage.create(reference, new SecretValue(marker), { folder: '/repo/one' }, signal);
  const keychain = memoryStore('keychain');
  const personal = openPersonal(keychain, storage);
  for (const store of [storage, personal]) assert.deepEqual(await store.owners?.(reference, signal), ['/repo/one']);
  await personal.addOwner?.(reference, '/repo/two', signal);
  await storage.set(reference, new SecretValue(`${marker}-2`), { folder: '/repo/one' }, signal);
  assert.deepEqual(await storage.owners?.(reference, signal), ['/repo/one', '/repo/two']);
  const record = { ...reference, path: '/owners/billing/API_KEY' };
  await assert.rejects(storage.get(record, signal), { code: 'invalid' });
  assert.deepEqual(await storage.list('billing', signal), [reference]);
  await personal.remove(reference, signal);
  assert.deepEqual([...entries], []);
});

test('whoever gives up while others write to SecretStorage does not wait for them', async () => {
  const entries = new Map<string, string>();
  const bridge = memoryBridge(entries);
  const hold = Promise.withResolvers<void>();
  const begun = Promise.withResolvers<void>();
  const slow = async (key: string, value: string) => {
    begun.resolve();
    await hold.promise;
    await bridge.set(key, value, signal);
  };
  const storage = openSecretStorage({ ...bridge, set: slow });
  const first = storage.set(storage.referenceFor('billing', 'ONE'), new SecretValue(marker), {}, signal);
  await begun.promise;
  const giving = new AbortController();
  const second = storage.set(storage.referenceFor('billing', 'TWO'), new SecretValue(marker), {}, giving.signal);
  giving.abort();
  await assert.rejects(second, { code: 'cancelled' });
  hold.resolve();
  await first;
  assert.ok(![...entries.keys()].some(key => key.endsWith('TWO')));
});

test('the socket to the editor: a wrong token, no editor, a cut answer', async context => {
  const entries = new Map([['keysweep/p/N', marker]]);
  const bridge = memoryBridge(entries);
  const served = await serveSecretStorage({
    get: key => bridge.get(key, signal),
    store: (key, value) => bridge.set(key, value, signal),
    delete: key => bridge.delete(key, signal),
    keys: () => bridge.keys(signal),
  });
  const broken = createServer(socket => socket.end(`{"id":1,"value":"${marker}`));
  const path = join(await tempFolder(context), 'socket');
  await once(broken.listen(path), 'listening');
  context.after(() => {
    served.dispose();
    broken.close();
  });
  const socket = served.variables.KEYSWEEP_SECRET_STORAGE!;
  const cases: Record<string, Record<string, string>> = {
    'wrong token': { ...served.variables, KEYSWEEP_SECRET_STORAGE_TOKEN: 'wrong' },
    'no editor': { ...served.variables, KEYSWEEP_SECRET_STORAGE: `${socket}-gone` },
    'cut answer': { ...served.variables, KEYSWEEP_SECRET_STORAGE: path },
  };
  for (const [name, variables] of Object.entries(cases)) {
    const store = openSecretStorage(connectSecretStorage(variables)!);
    await assert.rejects(store.get(store.referenceFor('p', 'N'), signal), (error: unknown) => {
      assert.ok(error instanceof StoreError);
      assert.equal(error.code, 'unavailable', name);
      assert.doesNotMatch(`${error.message}${error.advice}${error.stack}`, new RegExp(marker));
      return true;
    });
    assert.equal((await store.check(signal))?.code, 'unavailable');
  }
  assert.equal(connectSecretStorage({}), undefined);
});

test('an index that cannot be read is not taken for a broken one', async context => {
  const folder = await tempFolder(context);
  await mkdir(join(folder, 'keychain.json'));
  const index = new KeychainIndex(folder);
  assert.deepEqual(await index.read(), []);
  await assert.rejects(
    index.update(signal, async () => assert.fail('nothing is written over it')),
    (error: unknown) => error instanceof StoreError && error.code === 'unavailable',
  );
  assert.deepEqual(await readdir(folder), ['keychain.json']);
});

test('the data folder is where the system keeps such files', { skip: process.platform !== 'linux' }, () => {
  assert.equal(dataFolder({ HOME: '/home/me' }), '/home/me/.local/share/keysweep');
  assert.equal(dataFolder({ HOME: '/home/me', XDG_DATA_HOME: '/data' }), '/data/keysweep');
  assert.equal(dataFolder({ HOME: '/home/me', XDG_DATA_HOME: 'relative' }), '/home/me/.local/share/keysweep');
});
