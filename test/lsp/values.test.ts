import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { type TestContext, test } from 'node:test';
import { allowEntry, environmentStatus, removeSecret } from '../../server/protocol/messages.ts';
import {
  type ClientValues,
  openValueChannel,
  type Pipe,
  type ServerValues,
} from '../../server/protocol/valueChannel.ts';
import { type SecretMetadata, StoreError } from '../../server/stores/store.ts';
import { type MemoryStore, memoryStore, memoryStores } from '../support/memoryStore.ts';
import { startTestServer, type TestServerOptions, testToken } from '../support/startTestServer.ts';

/** One end of a pipe in memory. */
class End extends EventEmitter implements Pipe {
  readonly connected = true;
  other: End | undefined;

  send(message: unknown, _handle?: undefined, _options?: undefined, sent?: (error: Error | null) => void): void {
    setImmediate(() => this.other?.emit('message', message));
    sent?.(null);
  }
}

async function startWithChannel(t: TestContext, given: TestServerOptions = {}) {
  const [near, far] = [new End(), new End()];
  near.other = far;
  far.other = near;
  const files = { '.env.schema': 'API_KEY="ref+keychain://billing/API_KEY"\n' };
  const options = { trusted: true, prompts: true };
  const server = await startTestServer(t, { options, folders: { project: files }, ...given, pipe: far });
  const refuse = () => Promise.reject(new Error('nobody is asked here'));
  const values = openValueChannel<ServerValues, ClientValues>(near, {
    prompt: refuse,
    'secretStorage.get': refuse,
    'secretStorage.set': refuse,
    'secretStorage.delete': refuse,
    'secretStorage.keys': refuse,
  });
  const folder = server.uri('').replace(/\/$/, '');
  return { server, values, folder, reference: 'ref+keychain://billing/API_KEY', signal: AbortSignal.timeout(10_000) };
}

void test('a missing name, filled in, revealed and launched with; LSP carries nothing of it', async t => {
  const { server, values, folder, reference, signal } = await startWithChannel(t);
  const before = await values.request('environment', { folder }, signal);
  assert.deepEqual(before.kind === 'missing' && before.missing.map(({ name }) => name), ['API_KEY']);
  const value = testToken();
  assert.deepEqual(await values.request('setValue', { folder, name: 'API_KEY', reference, value }, signal), {
    problem: '',
  });
  assert.deepEqual(await values.request('environment', { folder }, signal), {
    kind: 'ready',
    values: { API_KEY: value },
  });
  assert.deepEqual(await values.request('reveal', { folder, reference }, signal), { value });
  assert.ok(!server.traffic().includes(value));
});

void test('an untrusted workspace gets no value', async t => {
  const { server, values, folder, reference, signal } = await startWithChannel(t, { options: { prompts: true } });
  server.store.values.set('billing/API_KEY', testToken());
  assert.deepEqual(await values.request('environment', { folder }, signal), { kind: 'ready', values: {} });
  const revealed = await values.request('reveal', { folder, reference }, signal);
  assert.match('problem' in revealed ? revealed.problem : '', /not trusted/);
});

for (const { answer, gets } of [
  { answer: 'Refuse', gets: false },
  { answer: 'Allow', gets: true },
]) {
  void test(`another folder's entry is asked about by name: ${answer}`, async t => {
    const owners = ['/somewhere/other'];
    const store: MemoryStore = Object.assign(memoryStore(), {
      owners: async () => owners,
      addOwner: async (_: unknown, folder: string) => void owners.push(folder),
    });
    store.values.set('billing/API_KEY', testToken());
    const { server, values, folder, signal } = await startWithChannel(t, {
      stores: memoryStores(store),
      answerMessage: () => answer,
    });
    const found = await values.request('environment', { folder }, signal);
    assert.equal(found.kind, gets ? 'ready' : 'missing');
    assert.match(
      server.messages.join('\n'),
      /ref\+keychain:\/\/billing\/API_KEY, which was stored for \/somewhere\/other\./,
    );
    assert.equal(owners.length, gets ? 2 : 1);
  });
}

void test('an entry is not used as long as its store cannot tell whose it is', async t => {
  const failing = async () => Promise.reject(new StoreError('unavailable', 'The list cannot be read.', 'Restore it.'));
  const store: MemoryStore = Object.assign(memoryStore(), { owners: failing });
  store.values.set('billing/API_KEY', testToken());
  const { server, values, folder, reference, signal } = await startWithChannel(t, {
    stores: memoryStores(store),
    answerMessage: () => 'Allow',
  });
  const message = 'The list cannot be read. Restore it.';
  const entry = { folder, reference, name: 'API_KEY' };
  assert.deepEqual(await values.request('environment', { folder }, signal), {
    kind: 'missing',
    missing: [{ name: 'API_KEY', message }],
  });
  assert.deepEqual(await values.request('reveal', { folder, reference }, signal), { problem: message });
  assert.deepEqual(await values.request('setValue', { ...entry, value: testToken(1) }, signal), { problem: message });
  assert.deepEqual(await server.client.sendRequest(allowEntry, entry), { kind: 'failed', message });
  assert.deepEqual(await server.client.sendRequest(removeSecret, entry), { kind: 'failed', message });
  assert.equal(store.values.get('billing/API_KEY'), testToken());
});

void test('a value that is filled in belongs to the folder it was filled in for', async t => {
  const kept: (string | undefined)[] = [];
  const store: MemoryStore = Object.assign(memoryStore(), {
    set: async (_reference: unknown, _value: unknown, { folder }: SecretMetadata) => void kept.push(folder),
  });
  const { server, values, folder, reference, signal } = await startWithChannel(t, { stores: memoryStores(store) });
  await values.request('setValue', { folder, name: 'API_KEY', reference, value: testToken() }, signal);
  assert.deepEqual(kept, [server.folder()]);
});

void test('another folder’s entry is missing until the user agrees; each act is asked about again', async t => {
  const owners = ['/somewhere/other'];
  const store: MemoryStore = Object.assign(memoryStore(), {
    owners: async () => owners,
    addOwner: async (_: unknown, folder: string) => void owners.push(folder),
  });
  store.values.set('billing/API_KEY', testToken());
  let answer = 'Refuse';
  const { server, values, folder, reference, signal } = await startWithChannel(t, {
    stores: memoryStores(store),
    answerMessage: () => answer,
  });
  const status = async () => {
    const { missing } = await server.client.sendRequest(environmentStatus, { folder });
    return missing.map(({ name, foreign }) => [name, foreign]);
  };
  assert.deepEqual(await status(), [['API_KEY', true]]);
  assert.equal((await values.request('environment', { folder }, signal)).kind, 'missing');
  assert.equal((await values.request('environment', { folder }, signal)).kind, 'missing');
  const entry = { folder, reference, name: 'API_KEY' };
  assert.equal((await server.client.sendRequest(allowEntry, entry)).kind, 'refused');
  const value = testToken(1);
  assert.notEqual((await values.request('setValue', { ...entry, value }, signal)).problem, '');
  assert.ok('problem' in (await values.request('reveal', { folder, reference }, signal)));
  assert.equal((await server.client.sendRequest(removeSecret, entry)).kind, 'refused');
  assert.equal(store.values.get('billing/API_KEY'), testToken());
  assert.deepEqual(
    server.messages.map(message => /\/project (.*) ref\+/.exec(message)?.[1]),
    ['wants', 'wants', 'wants to replace', 'wants to show', 'wants to delete'],
  );
  answer = 'Allow';
  assert.equal((await server.client.sendRequest(allowEntry, entry)).kind, 'done');
  assert.deepEqual(await status(), []);
  assert.equal((await values.request('environment', { folder }, signal)).kind, 'ready');
  assert.equal(server.messages.length, 6);
});
