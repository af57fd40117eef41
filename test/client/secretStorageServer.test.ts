import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { test } from 'node:test';
import { type SecretStorageSocket, serveSecretStorage } from '../../client/secretStorageServer.ts';
import { connectSecretStorage } from '../../server/stores/secretStorage.ts';

const signal = AbortSignal.timeout(10_000);

/** Both real ends, over a real socket. */
async function withStorage(
  use: (socket: SecretStorageSocket, entries: Map<string, string>) => Promise<void>,
): Promise<void> {
  const entries = new Map<string, string>();
  const socket = await serveSecretStorage({
    get: async key => entries.get(key),
    store: async (key, value) => void entries.set(key, value),
    delete: async key => void entries.delete(key),
    keys: async () => [...entries.keys()],
  });
  try {
    await use(socket, entries);
  } finally {
    socket.dispose();
  }
}

/** One line to the socket, one back. */
async function send(socket: SecretStorageSocket, line: string): Promise<unknown> {
  const connection = connect(pathOf(socket));
  connection.write(`${line}\n`);
  const [answer] = await once(connection, 'data');
  connection.destroy();
  return JSON.parse(String(answer));
}

function pathOf({ variables }: SecretStorageSocket): string {
  return variables.KEYSWEEP_SECRET_STORAGE ?? '';
}

void test('a command in a terminal reads, writes, lists and deletes', () =>
  withStorage(async (socket, entries) => {
    const bridge = connectSecretStorage(socket.variables);
    assert.ok(bridge);
    const value = `line 1\nline 2 ${'é'.repeat(3000)} 🔑`;
    assert.equal(await bridge.get('keysweep/app/A', signal), undefined);
    await bridge.set('keysweep/app/A', value, signal);
    entries.set('another extension', 'x');
    assert.equal(await bridge.get('keysweep/app/A', signal), value);
    assert.deepEqual(await bridge.keys(signal), ['keysweep/app/A']);
    await bridge.delete('keysweep/app/A', signal);
    assert.deepEqual([...entries.keys()], ['another extension']);
  }));

void test('without the token, or for a key of others, nothing is answered', () =>
  withStorage(async (socket, entries) => {
    entries.set('keysweep/app/A', 'value');
    entries.set('other', 'value');
    const token = socket.variables.KEYSWEEP_SECRET_STORAGE_TOKEN;
    const refused: readonly unknown[] = [
      { id: 7, op: 'get', key: 'keysweep/app/A' },
      { token: 'wrong', id: 7, op: 'get', key: 'keysweep/app/A' },
      { token: `${token}x`, id: 7, op: 'keys' },
      { token, id: 7, op: 'get', key: 'other' },
      { token, id: 7, op: 'set', key: 'keysweep/app/A' },
      { token, id: 7, op: 'clear', key: 'keysweep/app/A' },
    ];
    for (const request of refused) {
      assert.deepEqual(await send(socket, JSON.stringify(request)), { id: 7, error: 'refused' });
    }
    for (const line of ['{', '[]', 'null', '']) assert.deepEqual(await send(socket, line), { id: 0, error: 'refused' });
    assert.equal(entries.get('keysweep/app/A'), 'value');
  }));

void test('an error of the editor’s storage crosses without its text', async () => {
  const fail = () => Promise.reject(new Error('quotes the value'));
  const socket = await serveSecretStorage({ get: fail, store: fail, delete: fail, keys: fail });
  const token = socket.variables.KEYSWEEP_SECRET_STORAGE_TOKEN;
  assert.deepEqual(await send(socket, JSON.stringify({ token, id: 1, op: 'keys' })), { id: 1, error: 'failed' });
  socket.dispose();
});

void test('the socket is the user’s alone, and gone afterwards', { skip: process.platform === 'win32' }, async () => {
  let path = '';
  await withStorage(async socket => {
    path = pathOf(socket);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });
  assert.equal(existsSync(path), false);
});
