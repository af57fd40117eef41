import assert from 'node:assert/strict';
import { type ChildProcess, execFile, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
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
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  ShowMessageNotification,
  ShowMessageRequest,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { serveSecretStorage } from '../../client/secretStorageServer.ts';
import { type InitializationOptions, moveSecret, proposeMove, saveDocuments } from '../../server/protocol/messages.ts';
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
  applyOnDisk(client);
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

void test('a host without a keychain: the value goes to the editor’s own storage, and reaches launches and keysweep run', async t => {
  const value = sample('ghp_{A-Za-z0-9:30}{crc32base62}', 7);
  const folder = await tempFolder(t, { 'project/a.js': `const githubToken = "${value}";\n` });
  const { child, client, root } = await startProcess(t, {
    forked: true,
    folder,
    initializationOptions: { trusted: true, prompts: true, remoteName: 'ssh-remote' },
  });
  const kept = new Map<string, string>();
  const storage = {
    get: async (key: string) => kept.get(key),
    store: async (key: string, text: string) => void kept.set(key, text),
    delete: async (key: string) => void kept.delete(key),
    keys: async () => [...kept.keys()],
  };
  const values = openValueChannel<ServerValues, ClientValues>(child, {
    prompt: async () => ({}),
    'secretStorage.get': async ({ key }) => ({ value: kept.get(key) }),
    'secretStorage.set': async ({ key, value: text }) => {
      kept.set(key, text);
      return {};
    },
    'secretStorage.delete': async ({ key }) => {
      kept.delete(key);
      return {};
    },
    'secretStorage.keys': async () => ({ keys: [...kept.keys()] }),
  });
  applyOnDisk(client);
  client.onRequest(saveDocuments, () => true);
  const uri = `${root}/a.js`;
  const published = new Promise<readonly Diagnostic[]>(resolve => {
    client.onNotification(PublishDiagnosticsNotification.type, ({ diagnostics }) => resolve(diagnostics));
  });
  await client.sendNotification(DidOpenTextDocumentNotification.type, {
    textDocument: { uri, languageId: 'javascript', version: 1, text: `const githubToken = "${value}";\n` },
  });
  const [diagnostic] = await published;
  const place = { uri, version: 1, range: diagnostic!.range };
  const proposal = await client.sendRequest(proposeMove, place);
  const usable = proposal.kind === 'proposal' ? proposal.stores.filter(({ problem }) => problem === '') : [];
  assert.deepEqual(
    usable.map(({ id }) => id),
    ['secretStorage'],
  );
  const params = { ...place, name: 'GITHUB_TOKEN', store: 'secretStorage', everywhere: false };
  const answer = await client.sendRequest(moveSecret, params);
  assert.equal(answer.kind, 'done', answer.message);
  assert.match(answer.message, /VS Code's secret storage/);
  assert.deepEqual([...kept.values()], [JSON.stringify([fileURLToPath(root)]), value]);
  const launched = await values.request('environment', { folder: root }, AbortSignal.timeout(10_000));
  assert.deepEqual(launched, { kind: 'ready', values: { GITHUB_TOKEN: value } });

  const socket = await serveSecretStorage(storage);
  t.after(() => socket.dispose());
  const cli = join(import.meta.dirname, '../../dist/cli.js');
  const show = 'process.stdout.write(process.env.GITHUB_TOKEN + (process.env.KEYSWEEP_SECRET_STORAGE_TOKEN ?? ""))';
  const { stdout } = await promisify(execFile)(process.execPath, [cli, 'run', '--', process.execPath, '-e', show], {
    cwd: join(folder, 'project'),
    env: { PATH: process.env.PATH, HOME: folder, XDG_DATA_HOME: join(folder, 'data'), ...socket.variables },
  });
  assert.equal(stdout, value);
});

/** The editor's part of a move: the edits written to the files. */
function applyOnDisk(client: ProtocolConnection): void {
  client.onRequest(ApplyWorkspaceEditRequest.type, async ({ edit }) => {
    for (const [uri, edits] of Object.entries(edit.changes ?? {})) {
      const before = await readFile(new URL(uri), 'utf8').catch(() => '');
      await writeFile(new URL(uri), TextDocument.applyEdits(TextDocument.create(uri, '', 0, before), edits));
    }
    return { applied: true };
  });
}

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
