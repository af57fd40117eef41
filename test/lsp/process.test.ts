import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  ApplyWorkspaceEditRequest,
  type CodeAction,
  CodeActionRequest,
  createProtocolConnection,
  type Diagnostic,
  DidOpenTextDocumentNotification,
  ExecuteCommandRequest,
  ExitNotification,
  InitializedNotification,
  InitializeRequest,
  PublishDiagnosticsNotification,
  ShowMessageNotification,
  ShowMessageRequest,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { InitializationOptions } from '../../server/protocol/messages.ts';
import { type ClientValues, openValueChannel, type ServerValues } from '../../server/protocol/valueChannel.ts';
import { buildCommandLine } from '../support/commandLine.ts';
import { startKeyring } from '../support/keyring.ts';
import { sample } from '../support/sample.ts';
import { tempFolder } from '../support/tempFolder.ts';

/** As the build leaves it, its workers beside it. */
const program = join(import.meta.dirname, '../../dist/server.js');
before(buildCommandLine);

interface Started {
  readonly forked: boolean;
  readonly initializationOptions?: InitializationOptions;
  readonly environment?: NodeJS.ProcessEnv;
  /** Holds `project`. */
  readonly folder?: string;
}

async function startProcess(t: TestContext, { forked, initializationOptions, environment, ...given }: Started) {
  const folder = given.folder ?? (await tempFolder(t, { 'project/README.md': '' }));
  const fresh = { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: join(folder, 'data'), LOCALAPPDATA: folder };
  const env = environment ?? fresh;
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
  const { child, client, root } = await startProcess(t, { forked: false });
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
  const { child, root } = await startProcess(t, {
    forked: true,
    initializationOptions: { trusted: true, prompts: true },
  });
  const values = openValues(child);
  const signal = AbortSignal.timeout(10_000);
  assert.deepEqual(await values.request('environment', { folder: root }, signal), { kind: 'ready', values: {} });
  const revealed = await values.request('reveal', { folder: root, reference: 'nonsense' }, signal);
  assert.deepEqual(revealed, { problem: 'This is no reference to a stored secret.' });
  const exit = once(child, 'exit');
  child.stdin?.end();
  assert.deepEqual(await exit, [1, null]);
});

void test('another editor moves into the real keychain; our own launches with it', async t => {
  const keyring = await startKeyring();
  t.after(() => keyring.close());
  const environment: NodeJS.ProcessEnv = keyring.environment;
  const value = sample('ghp_{A-Za-z0-9:30}{crc32base62}', 5);
  const folder = await tempFolder(t, { 'project/a.js': `const githubToken = "${value}";\n` });
  const { client, root } = await startProcess(t, { forked: false, environment, folder });
  client.onRequest(ShowMessageRequest.type, ({ actions }) => actions?.find(({ title }) => title === 'Move') ?? null);
  client.onRequest(ApplyWorkspaceEditRequest.type, async ({ edit }) => {
    for (const [uri, edits] of Object.entries(edit.changes ?? {})) {
      const before = await readFile(new URL(uri), 'utf8').catch(() => '');
      await writeFile(new URL(uri), TextDocument.applyEdits(TextDocument.create(uri, '', 0, before), edits));
    }
    return { applied: true };
  });
  const told = new Promise<string>(resolve => {
    client.onNotification(ShowMessageNotification.type, ({ message }) => resolve(message));
  });
  const uri = `${root}/a.js`;
  const published = new Promise<readonly Diagnostic[]>(resolve => {
    client.onNotification(PublishDiagnosticsNotification.type, ({ diagnostics }) => resolve(diagnostics));
  });
  await client.sendNotification(DidOpenTextDocumentNotification.type, {
    textDocument: { uri, languageId: 'javascript', version: 1, text: `const githubToken = "${value}";\n` },
  });
  const [diagnostic] = await published;
  const asked = { textDocument: { uri }, range: diagnostic!.range, context: { diagnostics: [] } };
  const [action] = (await client.sendRequest(CodeActionRequest.type, asked)) as CodeAction[];
  assert.equal(action?.title, 'Move to Keychain');
  const { command, arguments: values = [] } = action!.command!;
  await client.sendRequest(ExecuteCommandRequest.type, { command, arguments: values });
  assert.match(await told, /^Moved GITHUB_TOKEN to Keychain\./);
  assert.equal(await readFile(join(folder, 'project/a.js'), 'utf8'), 'const githubToken = process.env.GITHUB_TOKEN;\n');

  const own = await startProcess(t, {
    forked: true,
    environment,
    folder,
    initializationOptions: { trusted: true, prompts: true },
  });
  const channel = openValues(own.child);
  const launched = await channel.request('environment', { folder: root }, AbortSignal.timeout(10_000));
  assert.deepEqual(launched, { kind: 'ready', values: { GITHUB_TOKEN: value } });
});

function openValues(child: ChildProcess) {
  const refuse = () => Promise.reject(new Error('nobody is asked here'));
  return openValueChannel<ServerValues, ClientValues>(child, {
    prompt: refuse,
    'secretStorage.get': refuse,
    'secretStorage.set': refuse,
    'secretStorage.delete': refuse,
    'secretStorage.keys': refuse,
  });
}
