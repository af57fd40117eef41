import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { serveSecretStorage } from '../../client/secretStorageServer.ts';
import { printReference, type Reference } from '../../server/engine/reference.ts';
import { connectSecretStorage } from '../../server/stores/secretStorage.ts';
import { SecretValue } from '../../server/stores/secretValue.ts';
import {
  type SecretStore,
  StoreError,
  type StoreErrorCode,
  type StoreId,
  storeLabels,
} from '../../server/stores/store.ts';
import { startKeyring } from '../support/keyring.ts';
import { memoryBridge, memoryStore } from '../support/memoryStore.ts';
import { startOpenBao } from '../support/openbao.ts';
import { openStoresFor } from '../support/openStoresFor.ts';
import { programStores, startProgramStore } from '../support/programStores.ts';
import { servedStores, startStoreServer } from '../support/storeServers.ts';

/** A store, a second one on the same place as another process has it, and how to end both. */
interface Bench {
  readonly store: SecretStore;
  readonly second: SecretStore;
  /** References that it must refuse, beside those that name an address or a token. */
  readonly foreign?: (good: Reference) => readonly Reference[];
  close(): Promise<void>;
}

const benches: Readonly<Record<string, () => Promise<Bench>>> = {
  'the keychain, on a real gnome-keyring': async () => {
    const keyring = await startKeyring();
    const [one, two] = [openStoresFor(keyring.environment), openStoresFor(keyring.environment)];
    return {
      store: one.get('keychain')!,
      second: two.get('keychain')!,
      close: async () => {
        await Promise.all([one.dispose(), two.dispose()]);
        await keyring.close();
      },
    };
  },
  'Vault, on a real OpenBao': async () => {
    const bao = await startOpenBao();
    const [one, two] = [openStoresFor(bao.environment), openStoresFor(bao.environment)];
    return { store: one.get('vault')!, second: two.get('vault')!, close: () => bao.close() };
  },
  ...Object.fromEntries(programStores.map(id => [`${storeLabels[id]}, the real program`, () => programBench(id)])),
  ...Object.fromEntries(servedStores.map(id => [storeLabels[id], () => servedBench(id)])),
  'SecretStorage, over a bridge': async () => {
    const one = openStoresFor({ HOME: '/nowhere' }, { secretStorage: memoryBridge() });
    const store = one.get('secretStorage')!;
    return { store, second: store, close: () => one.dispose() };
  },
  "SecretStorage, over the extension's socket": async () => {
    const bridge = memoryBridge();
    const signal = new AbortController().signal;
    const served = await serveSecretStorage({
      get: key => bridge.get(key, signal),
      store: (key, value) => bridge.set(key, value, signal),
      delete: key => bridge.delete(key, signal),
      keys: () => bridge.keys(signal),
    });
    const one = openStoresFor({ HOME: '/nowhere' }, { secretStorage: connectSecretStorage(served.variables)! });
    const store = one.get('secretStorage')!;
    return {
      store,
      second: store,
      close: async () => {
        await one.dispose();
        served.dispose();
      },
    };
  },
  'the store in memory that other tests use': async () => {
    const store = memoryStore();
    return { store, second: store, close: () => Promise.resolve() };
  },
};

async function programBench(id: StoreId): Promise<Bench> {
  const { environment, close } = startProgramStore(id);
  const [one, two] = [openStoresFor(environment), openStoresFor(environment)];
  return {
    store: one.get(id)!,
    second: two.get(id)!,
    foreign: good => [
      { ...good, path: '' },
      { ...good, path: 'p/' },
      { ...good, path: 'p/../../N' },
      { ...good, key: 'key' },
    ],
    close: async () => close(),
  };
}

async function servedBench(id: StoreId): Promise<Bench> {
  const { environment, foreign, close } = await startStoreServer(id);
  const [one, two] = [openStoresFor(environment), openStoresFor(environment)];
  return { store: one.get(id)!, second: two.get(id)!, foreign, close };
}

const signal = new AbortController().signal;
const marker = `marker${Math.random().toString(36).slice(2)}`;

for (const [name, start] of Object.entries(benches)) {
  describe(name, () => {
    let bench: Bench;
    let store: SecretStore;
    before(async () => {
      bench = await start();
      store = bench.store;
    });
    after(() => bench.close());

    test('is usable', async () => {
      assert.equal(await store.check(signal), undefined);
    });

    test('creates, reads, lists, refuses to overwrite, sets, removes', async () => {
      const reference = store.referenceFor('life', 'API_KEY');
      const gone = { has: false, value: store.limits?.keepsRemoved ? 'deleted' : 'absent', list: [] };
      assert.deepEqual(await stateOf(store, 'life', 'API_KEY'), { has: false, value: 'absent', list: [] });
      await store.create(reference, secret(`${marker}-1`), { kind: 'token', owner: 'payments' }, signal);
      assert.deepEqual(await stateOf(store, 'life', 'API_KEY'), { has: true, value: `${marker}-1`, list: ['API_KEY'] });
      await rejects(store.create(reference, secret(`${marker}-2`), {}, signal), 'conflict');
      assert.equal((await store.get(reference, signal)).reveal(), `${marker}-1`);
      await store.set(reference, secret(`${marker}-3`), {}, signal);
      const set = { has: true, value: `${marker}-3`, list: ['API_KEY'] };
      assert.deepEqual(await stateOf(bench.second, 'life', 'API_KEY'), set);
      await store.remove(reference, signal);
      assert.deepEqual(await stateOf(store, 'life', 'API_KEY'), gone);
      await store.remove(reference, signal);
      await store.create(reference, secret(`${marker}-4`), {}, signal);
      assert.equal((await store.get(reference, signal)).reveal(), `${marker}-4`);
      await store.remove(reference, signal);
    });

    test('sets a name that nobody created', async () => {
      const reference = store.referenceFor('life', 'FRESH');
      await store.set(reference, secret(marker), {}, signal);
      assert.deepEqual(await stateOf(store, 'life', 'FRESH'), { has: true, value: marker, list: ['FRESH'] });
      await store.remove(reference, signal);
    });

    test('keeps names of several projects apart', async () => {
      const places = [
        ['shop', 'KEY'],
        ['shop', 'KEY_2'],
        ['shop/web', 'KEY'],
        ['sho', 'KEY'],
        ['my shop é', 'KEY'],
      ] as const;
      for (const [project, key] of places)
        await store.create(store.referenceFor(project, key), secret(`${marker} ${project} ${key}`), {}, signal);
      for (const [project, key] of places)
        assert.equal(
          (await store.get(store.referenceFor(project, key), signal)).reveal(),
          `${marker} ${project} ${key}`,
        );
      const listed = (await store.list('shop', signal)).map(printReference).sort();
      assert.deepEqual(listed, ['KEY', 'KEY_2'].map(key => printReference(store.referenceFor('shop', key))).sort());
      for (const [project, key] of places) await store.remove(store.referenceFor(project, key), signal);
      assert.deepEqual(await store.list('shop', signal), []);
    });

    test('gives every value back as it was', async () => {
      const values = fitting(store, [
        'x',
        '0',
        'true',
        ' blanks around ',
        'line\r\nline\n',
        '"quotes" \\ $HOME `x` %41',
        'é 漢 🎉 \u0301',
        '{"a":1}',
        'keysweep-long-value:1:AAAA',
        'a'.repeat(2_000),
        'a'.repeat(2_001),
        'é'.repeat(5_000),
        '🎉 '.repeat(2_500),
        `-----BEGIN KEY-----\n${'b'.repeat(10_000)}\n`,
        'c'.repeat(500_000),
      ]);
      const reference = store.referenceFor('values', 'ONE');
      for (const value of values) {
        await store.create(reference, secret(value), {}, signal);
        assert.ok((await store.get(reference, signal)).reveal() === value, `created ${value.slice(0, 20)}`);
        await store.remove(reference, signal);
      }
      for (const value of values) {
        await store.set(reference, secret(value), {}, signal);
        assert.ok((await store.get(reference, signal)).reveal() === value, `set ${value.slice(0, 20)}`);
      }
      await store.remove(reference, signal);
    });

    test('refuses what no store keeps, and leaves nothing', async () => {
      const reference = store.referenceFor('refused', 'ONE');
      const longest = store.limits?.bytes ?? 1_048_576;
      for (const value of ['', `${marker}\0b`, `${marker}\ud800`, marker.padEnd(longest + 1, 'x')]) {
        await rejects(store.create(reference, secret(value), {}, signal), 'invalid');
        await rejects(store.set(reference, secret(value), {}, signal), 'invalid');
      }
      assert.deepEqual(await stateOf(store, 'refused', 'ONE'), { has: false, value: 'absent', list: [] });
    });

    test('refuses references that are not its own', async () => {
      const good = store.referenceFor('p', 'N');
      const bad: Reference[] = [
        { ...good, parameters: { address: 'https://elsewhere.example' } },
        { ...good, parameters: { token_env: 'OTHER' } },
        { ...good, parameters: { namespace: 'x' } },
        ...(bench.foreign?.(good) ?? [
          { ...good, path: '' },
          { ...good, path: 'N' },
          { ...good, path: 'p/' },
          { ...good, key: good.key === '' ? 'key' : '' },
        ]),
      ];
      for (const reference of bad) {
        await rejects(store.get(reference, signal), 'invalid');
        await rejects(store.has(reference, signal), 'invalid');
        await rejects(store.create(reference, secret(marker), {}, signal), 'invalid');
        await rejects(store.remove(reference, signal), 'invalid');
      }
    });

    test('lets one of two that create at once win', async () => {
      if (store.limits?.createRaces) return;
      const reference = store.referenceFor('race', 'ONE');
      const outcomes = await Promise.allSettled(
        [store, bench.second].map((one, place) => one.create(reference, secret(`${marker}-${place}`), {}, signal)),
      );
      const winner = outcomes.findIndex(outcome => outcome.status === 'fulfilled');
      const lost = outcomes.find(outcome => outcome.status === 'rejected');
      assert.equal((lost!.reason as StoreError).code, 'conflict');
      assert.equal((await store.get(reference, signal)).reveal(), `${marker}-${winner}`);
      await store.remove(reference, signal);
    });

    test('takes back what nobody else relies on, and nothing else', async () => {
      const reference = store.referenceFor('back', 'ONE');
      const [own, other] = [secret(marker), secret(`${marker}-other`)];
      const metadata = { folder: '/repo/one' };
      await rejects(store.claim(reference, own, metadata, signal), 'absent');
      await store.withdraw(reference, own, signal);
      await store.create(reference, own, metadata, signal);
      await store.withdraw(reference, other, signal);
      assert.equal((await store.get(reference, signal)).reveal(), marker);
      await store.withdraw(reference, own, signal);
      const gone = { has: false, value: store.limits?.keepsRemoved ? 'deleted' : 'absent', list: [] };
      assert.deepEqual(await stateOf(store, 'back', 'ONE'), gone);
      await store.create(reference, own, metadata, signal);
      await rejects(bench.second.claim(reference, other, metadata, signal), 'conflict');
      await bench.second.claim(reference, own, metadata, signal);
      await store.withdraw(reference, own, signal);
      assert.equal((await store.get(reference, signal)).reveal(), marker);
      await store.remove(reference, signal);
      await store.create(reference, own, metadata, signal);
      await store.set(reference, own, metadata, signal);
      await store.withdraw(reference, own, signal);
      assert.equal((await store.get(reference, signal)).reveal(), marker);
      await store.remove(reference, signal);
    });

    test('never takes back what another claims at the same moment', async () => {
      if (store.limits?.withdrawRaces) return;
      const reference = store.referenceFor('back', 'RACE');
      for (let round = 0; round < 5; round++) {
        await store.create(reference, secret(marker), { folder: '/repo/one' }, signal);
        const [claim] = await Promise.allSettled([
          bench.second.claim(reference, secret(marker), { folder: '/repo/one' }, signal),
          store.withdraw(reference, secret(marker), signal),
        ]);
        assert.equal(await store.has(reference, signal), claim.status === 'fulfilled');
        await store.remove(reference, signal);
      }
    });

    test('stops when it is told to', async () => {
      const reference = store.referenceFor('stop', 'ONE');
      const aborted = AbortSignal.abort();
      await rejects(store.get(reference, aborted), 'cancelled');
      await rejects(store.create(reference, secret(marker), {}, aborted), 'cancelled');
      assert.equal(await store.has(reference, signal), false);
    });
  });
}

/** `value` is the value, or the code of why there is none. */
async function stateOf(store: SecretStore, project: string, name: string) {
  const reference = store.referenceFor(project, name);
  const value = await store.get(reference, signal).then(
    found => found.reveal(),
    (error: StoreError) => error.code,
  );
  const written = printReference(reference);
  const listed = (await store.list(project, signal)).map(printReference);
  return { has: await store.has(reference, signal), value, list: listed.map(each => (each === written ? name : each)) };
}

/** It rejects with this code, and says nothing of a value. */
async function rejects(act: Promise<unknown>, code: StoreErrorCode): Promise<void> {
  await assert.rejects(act, (error: unknown) => {
    assert.ok(error instanceof StoreError, String(error));
    assert.equal(error.code, code);
    assert.ok(error.advice.length > 10);
    assert.doesNotMatch(`${error.message}${error.advice}${error.stack}${JSON.stringify(error)}`, new RegExp(marker));
    return true;
  });
}

function fitting(store: SecretStore, values: readonly string[]): readonly string[] {
  const longest = store.limits?.bytes ?? Number.POSITIVE_INFINITY;
  return values.filter(value => Buffer.byteLength(value) <= longest);
}

function secret(text: string): SecretValue {
  return new SecretValue(text);
}
