import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  createProtocolConnection,
  type Diagnostic,
  DidOpenTextDocumentNotification,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  PublishDiagnosticsNotification,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import type { InitializationOptions } from '../../server/protocol/messages.ts';
import { type ClientValues, openValueChannel, type ServerValues } from '../../server/protocol/valueChannel.ts';
import { sample } from '../support/sample.ts';
import { tempFolder } from '../support/tempFolder.ts';

/** As the build leaves it, its workers beside it. */
const program = join(process.env.KEYSWEEP_DIST ?? join(import.meta.dirname, '../../dist'), 'server.js');

async function startProcess(t: TestContext, forked: boolean, initializationOptions?: InitializationOptions) {
  const folder = await tempFolder(t);
  await mkdir(join(folder, 'project'));
  const env = { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: join(folder, 'data'), LOCALAPPDATA: folder };
  const child: ChildProcess = forked
    ? fork(program, ['--stdio'], { stdio: ['pipe', 'pipe', 'pipe', 'ipc'], env, execArgv: [] })
    : spawn(process.execPath, [program, '--stdio'], { stdio: ['pipe', 'pipe', 'pipe'], env });
  t.after(() => void child.kill('SIGKILL'));
  const client = createProtocolConnection(
    new StreamMessageReader(child.stdout!),
    new StreamMessageWriter(child.stdin!),
  );
  t.after(() => client.dispose());
  client.listen();
  const root = pathToFileURL(join(folder, 'project')).href;
  await client.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    rootUri: root,
    capabilities: {},
    workspaceFolders: [{ uri: root, name: 'project' }],
    ...(initializationOptions === undefined ? {} : { initializationOptions }),
  });
  await client.sendNotification(InitializedNotification.type, {});
  return { child, client, root };
}

void test('over stdio, for any editor: built-in rules at work, gone when asked', async t => {
  const { child, client, root } = await startProcess(t, false);
  const token = sample('ghp_{A-Za-z0-9:30}{crc32base62}');
  const published = new Promise<readonly Diagnostic[]>(resolve => {
    client.onNotification(PublishDiagnosticsNotification.type, ({ diagnostics }) => resolve(diagnostics));
  });
  await client.sendNotification(DidOpenTextDocumentNotification.type, {
    textDocument: { uri: `${root}/a.py`, languageId: 'python', version: 1, text: `token = "${token}"\n` },
  });
  const [diagnostic] = await published;
  assert.equal(diagnostic?.source, 'keysweep');
  assert.deepEqual(diagnostic?.range, { start: { line: 0, character: 9 }, end: { line: 0, character: 49 } });
  await client.sendRequest(ShutdownRequest.type);
  const exit = once(child, 'exit');
  await client.sendNotification(ExitNotification.type);
  assert.deepEqual(await exit, [0, null]);
});

void test('forked: values cross on the pipe alone; the process ends with its client', async t => {
  const { child, root } = await startProcess(t, true, { trusted: true, prompts: true });
  const refuse = () => Promise.reject(new Error('nobody is asked here'));
  const values = openValueChannel<ServerValues, ClientValues>(child, {
    prompt: refuse,
    'secretStorage.get': refuse,
    'secretStorage.set': refuse,
    'secretStorage.delete': refuse,
    'secretStorage.keys': refuse,
  });
  const signal = AbortSignal.timeout(10_000);
  assert.deepEqual(await values.request('environment', { folder: root }, signal), { kind: 'ready', values: {} });
  const revealed = await values.request('reveal', { folder: root, reference: 'nonsense' }, signal);
  assert.deepEqual(revealed, { problem: 'This is no reference to a stored secret.' });
  const exit = once(child, 'exit');
  child.stdin?.end();
  assert.deepEqual(await exit, [1, null]);
});
