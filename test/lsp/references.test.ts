import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type CompletionItem,
  CompletionRequest,
  HoverRequest,
  LSPErrorCodes,
  type MarkupContent,
} from 'vscode-languageserver/node';
import { CancellationTokenSource } from 'vscode-languageserver-protocol';
import {
  environmentStatus,
  inventory,
  inventoryChanged,
  removeSecret,
  scanWorkspace,
} from '../../server/protocol/messages.ts';
import { StoreError } from '../../server/stores/store.ts';
import { type MemoryStore, memoryStore, memoryStores } from '../support/memoryStore.ts';
import { startTestServer, type TestServer, testToken } from '../support/startTestServer.ts';

const ours = { trusted: true, prompts: true };
const manifest = '# owner: payments; expires: 2099-01-31\nAPI_KEY="ref+keychain://billing/API_KEY"\n';

async function hoverAt(server: TestServer, uri: string, part: string): Promise<string> {
  const before = server.text(uri).slice(0, server.text(uri).indexOf(part)).split('\n');
  const position = { line: before.length - 1, character: before.at(-1)!.length };
  const found = await server.client.sendRequest(HoverRequest.type, { textDocument: { uri }, position });
  return (found?.contents as MarkupContent | undefined)?.value ?? '';
}

void test('a reference says whose it is and whether it is here, not what it is', async t => {
  const server = await startTestServer(t, { options: ours, folders: { project: { '.env.schema': manifest } } });
  const uri = server.uri('config.yaml');
  await server.open(uri, 'key: "ref+keychain://billing/API_KEY"\n', 'yaml');
  const missing = await hoverAt(server, uri, 'billing');
  for (const part of ['**API\\_KEY**', 'Owner: payments', 'Expires: 2099\\-01\\-31', 'it is missing here']) {
    assert.ok(missing.includes(part), `${part}\n\n${missing}`);
  }
  server.store.values.set('billing/API_KEY', testToken());
  const stored = await hoverAt(server, uri, 'billing');
  assert.match(stored, /in Keychain: it is there/);
  server.store.problem = new StoreError('locked', 'Locked.', 'Unlock it.');
  assert.match(await hoverAt(server, uri, 'billing'), /did not answer/);
  assert.ok(!server.sent().includes(testToken()));
});

void test('an untrusted workspace cannot make the server ask a store', async t => {
  const server = await startTestServer(t, { options: { prompts: true } });
  server.store.values.set('billing/API_KEY', testToken());
  const uri = server.uri('.env.schema');
  await server.open(uri, manifest, 'dotenv');
  assert.match(await hoverAt(server, uri, 'billing'), /not trusted/);
  const { rows } = await server.client.sendRequest(inventory, {});
  assert.deepEqual(rows, []);
  const status = await server.client.sendRequest(environmentStatus, { folder: server.uri('').replace(/\/$/, '') });
  assert.deepEqual(status.names, []);
});

void test('references are completed in the manifest, the stored ones first to none', async t => {
  const server = await startTestServer(t, { options: ours, folders: { project: { '.env.schema': manifest } } });
  server.store.values.set('billing/OTHER', testToken());
  const uri = server.uri('.env.schema');
  await server.open(uri, `${manifest}NEW_KEY="ref+"\n`, 'dotenv');
  const items = (await server.client.sendRequest(CompletionRequest.type, {
    textDocument: { uri },
    position: { line: 2, character: 'NEW_KEY="ref+'.length },
  })) as CompletionItem[];
  assert.deepEqual(
    items.map(({ label, detail, textEdit }) => [label, detail, textEdit?.newText]),
    ['OTHER', 'NEW_KEY'].map(name => [
      `ref+keychain://billing/${name}`,
      name === 'OTHER' ? 'stored in Keychain' : 'not stored in Keychain yet',
      `ref+keychain://billing/${name}`,
    ]),
  );
});

void test('what is missing, stored and deleted shows in the inventory and the environment', async t => {
  const server = await startTestServer(t, { options: ours, folders: { project: { '.env.schema': manifest } } });
  const folder = server.uri('').replace(/\/$/, '');
  const states = async () => (await server.client.sendRequest(inventory, {})).rows.map(row => row.state);
  assert.deepEqual(await states(), ['missing']);
  const missing = await server.client.sendRequest(environmentStatus, { folder });
  assert.deepEqual(
    missing.missing.map(({ name }) => name),
    ['API_KEY'],
  );
  const changed = new Promise<void>(resolve => {
    server.client.onNotification(inventoryChanged, () => resolve());
  });
  server.store.values.set('billing/API_KEY', testToken());
  server.stores.announce();
  await changed;
  assert.deepEqual(await states(), ['stored']);
  const ready = await server.client.sendRequest(environmentStatus, { folder });
  assert.deepEqual(ready, { folder, names: ['API_KEY'], missing: [] });
  const reference = 'ref+keychain://billing/API_KEY';
  const answer = await server.client.sendRequest(removeSecret, { folder, reference, name: 'API_KEY' });
  assert.equal(answer.kind, 'done', answer.message);
  assert.deepEqual(await states(), ['missing']);
});

void test('a cancelled request ends at once', async t => {
  const hanging: MemoryStore = { ...memoryStore(), has: () => new Promise(() => undefined) };
  const server = await startTestServer(t, { options: ours, stores: memoryStores(hanging) });
  const source = new CancellationTokenSource();
  const uri = server.uri('.env.schema');
  await server.open(uri, manifest, 'dotenv');
  await server.current(uri);
  const asked = server.client.sendRequest(
    HoverRequest.type,
    { textDocument: { uri }, position: { line: 1, character: 30 } },
    source.token,
  );
  source.cancel();
  await assert.rejects(asked, { code: LSPErrorCodes.RequestCancelled });
});

void test('a scan is cancelled and says so', async t => {
  const files = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`f${index}.js`, 'let a = 1;\n']));
  const server = await startTestServer(t, { options: ours, folders: { project: files } });
  const source = new CancellationTokenSource();
  const asked = server.client.sendRequest(scanWorkspace, {}, source.token);
  source.cancel();
  const answer = await asked;
  assert.equal(answer.kind, 'stale');
});
