import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { SecretValue } from '../../server/stores/secretValue.ts';
import { type SecretStore, StoreError, storeLabels } from '../../server/stores/store.ts';
import { type Fault, makeCertificate } from '../support/loopback.ts';
import { openStoresFor } from '../support/openStoresFor.ts';
import { type StoreServer, servedStores, startStoreServer } from '../support/storeServers.ts';
import { tempFolder } from '../support/tempFolder.ts';

const signal = new AbortController().signal;
const marker = `marker${Math.random().toString(36).slice(2)}`;

/** What comes of reading a value that is there, with the next requests failing so. */
const readings: readonly (readonly [Fault, times: number, outcome: string])[] = [
  ['throttled', 1, 'value'],
  ['throttled', 9, 'throttled'],
  ['throttled long', 1, 'throttled'],
  ['unavailable', 2, 'value'],
  ['unavailable', 9, 'unavailable'],
  ['cut', 1, 'value'],
  ['cut', 9, 'unavailable'],
  ['slow', 1, 'timeout'],
  ['echo 500', 9, 'unavailable'],
  ['echo', 9, 'invalid'],
];

for (const id of servedStores) {
  describe(`${storeLabels[id]}, on a bad day`, () => {
    let server: StoreServer;
    let store: SecretStore;
    before(async () => {
      server = await startStoreServer(id);
      store = openStoresFor(server.environment).get(id)!;
      await store.create(store.referenceFor('fault', 'KEY'), new SecretValue(marker), {}, signal);
    });
    after(() => server.close());

    for (const [fault, times, outcome] of readings) {
      test(`reading, ${fault} ${times === 1 ? 'once' : `${times} times`}: ${outcome}`, async () => {
        const hasty = { ...server.environment, KEYSWEEP_STORE_TIMEOUT: '0.3' };
        const reader = fault === 'slow' ? openStoresFor(hasty).get(id)! : store;
        server.loopback.inject(fault, times);
        assert.equal(await outcomeOf(reader.get(store.referenceFor('fault', 'KEY'), signal)), outcome);
        server.loopback.inject('unavailable', 0);
      });
    }

    test('a cut answer is never taken for a value', async () => {
      server.loopback.inject('truncated', 9);
      const outcome = await outcomeOf(store.get(store.referenceFor('fault', 'KEY'), signal));
      server.loopback.inject('unavailable', 0);
      assert.ok(outcome === 'unavailable' || outcome === 'invalid', outcome);
    });

    test('an error that quotes the value is told without it, and nothing is stored', async () => {
      const reference = store.referenceFor('fault', 'ECHO');
      for (const fault of ['echo', 'echo 500'] as const) {
        server.loopback.inject(fault, 99);
        await outcomeOf(store.create(reference, new SecretValue(`${marker}-new`), { owner: 'me' }, signal));
        await outcomeOf(store.set(reference, new SecretValue(`${marker}-new`), {}, signal));
        assert.ok((await store.check(signal)) instanceof StoreError);
        server.loopback.inject('unavailable', 0);
        assert.equal(await store.has(reference, signal), false);
      }
    });

    test('whoever stops waiting for a slow answer is let go', async () => {
      server.loopback.inject('slow', 1);
      const giving = new AbortController();
      const reading = outcomeOf(store.get(store.referenceFor('fault', 'KEY'), giving.signal));
      giving.abort();
      assert.equal(await reading, 'cancelled');
      server.loopback.inject('unavailable', 0);
    });

    test('a certificate of an unknown authority is refused, of a named one trusted', async t => {
      const certificate = makeCertificate(await tempFolder(t));
      const secure = await startStoreServer(id, certificate);
      t.after(() => secure.close());
      const stranger = openStoresFor(secure.environment).get(id)!;
      assert.equal((await stranger.check(signal))?.code, 'tls');
      assert.equal(await outcomeOf(stranger.get(stranger.referenceFor('p', 'N'), signal)), 'tls');
      const friend = openStoresFor({ ...secure.environment, SSL_CERT_FILE: certificate.file }).get(id)!;
      assert.equal(
        await outcomeOf(friend.check(signal).then(() => friend.has(friend.referenceFor('p', 'N'), signal))),
        'value',
      );
    });
  });
}

/** `value`, or the code of the StoreError, which never says anything of a value. */
async function outcomeOf(act: Promise<unknown>): Promise<string> {
  try {
    const result = await act;
    if (result instanceof SecretValue) assert.ok(result.reveal() === marker, 'another value');
    return 'value';
  } catch (error) {
    assert.ok(error instanceof StoreError, String(error));
    assert.doesNotMatch(`${error.message}${error.advice}${error.stack}${JSON.stringify(error)}`, new RegExp(marker));
    return error.code;
  }
}
