import { mkdir, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type PassThrough, Transform } from 'node:stream';
import type { TestContext } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  type ApplyWorkspaceEditParams,
  ApplyWorkspaceEditRequest,
  type ClientCapabilities,
  ConfigurationRequest,
  createConnection,
  createProtocolConnection,
  type Diagnostic,
  DidChangeConfigurationNotification,
  DidChangeTextDocumentNotification,
  DidChangeWatchedFilesNotification,
  DidCloseTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExitNotification,
  FileChangeType,
  type FileEvent,
  InitializedNotification,
  InitializeRequest,
  ProposedFeatures,
  type ProtocolConnection,
  PublishDiagnosticsNotification,
  type PublishDiagnosticsParams,
  RegistrationRequest,
  ShowMessageNotification,
  ShowMessageRequest,
  type ShowMessageRequestParams,
  ShutdownRequest,
  StreamMessageReader,
  StreamMessageWriter,
  type TextEdit,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { type Rule, readRulePack } from '../../server/engine/rulePack.ts';
import { startServer } from '../../server/lsp/server.ts';
import {
  type InitializationOptions,
  type ServerStatus,
  saveDocuments,
  statusChanged,
} from '../../server/protocol/messages.ts';
import type { Pipe } from '../../server/protocol/valueChannel.ts';
import { openDetectorPool } from '../../server/workspace/detectorPool.ts';
import { type MemoryStore, memoryStore, memoryStores } from './memoryStore.ts';
import { tempFolder, writeFiles } from './tempFolder.ts';

export interface TestServerOptions {
  /** Workspace folders: name -> files. */
  readonly folders?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Folders that stand already, beside them: absolute paths. */
  readonly roots?: readonly string[];
  readonly options?: InitializationOptions;
  readonly capabilities?: ClientCapabilities;
  /** The object behind `keysweep` in the client's configuration, by folder name; `''` for all. */
  readonly settings?: Record<string, Record<string, unknown>>;
  readonly stores?: ReturnType<typeof memoryStores>;
  readonly pipe?: Pipe;
  readonly rules?: readonly Record<string, unknown>[];
  readonly deadline?: number;
  /** What the client does with an edit; it applies and tells the server of it by default. */
  readonly answerEdit?: 'apply' | 'applyFirst' | 'refuse';
  readonly canSave?: boolean;
  readonly answerMessage?: (params: ShowMessageRequestParams) => string | undefined;
}

/** The rule of the tests: `kst_` and twenty characters. */
export const testRules: readonly Record<string, unknown>[] = [
  {
    id: 'test-token',
    name: 'Test service token',
    description: 'Opens everything in the test service.',
    kind: 'token',
    provider: 'Test Service',
    keywords: ['kst_'],
    pattern: '\\b(kst_[0-9A-Za-z]{20})\\b',
    confidence: 'certain',
    rotate: 'https://test.example/rotate',
    documentation: 'https://test.example/tokens',
  },
];

/** A value that the test rule finds; the seed makes others. */
export function testToken(seed = 0): string {
  const alphabet = 'q7Wz1XpK9cVbN3mL5jHgF2dSaR8tYuE4';
  const letters = Array.from(
    { length: 20 },
    (_, at) => alphabet[(at * 7 + seed * 11 + ((at * seed) % 5)) % alphabet.length],
  );
  return `kst_${letters.join('')}`;
}

export interface TestServer {
  readonly client: ProtocolConnection;
  readonly store: MemoryStore;
  readonly stores: ReturnType<typeof memoryStores>;
  /** Everything that crossed the connection, both ways. */
  traffic(): string;
  /** What the server alone sent. */
  sent(): string;
  readonly messages: string[];
  readonly edits: ApplyWorkspaceEditParams[];
  readonly saved: string[];
  readonly statuses: ServerStatus[];
  readonly settings: Record<string, Record<string, unknown>>;
  folder(name?: string): string;
  uri(path: string, folder?: string): string;
  open(uri: string, text: string, languageId?: string): Promise<void>;
  /** One edit after another, as an editor sends them. */
  type(
    uri: string,
    ...edits: readonly { readonly at: number; readonly remove?: number; readonly text: string }[]
  ): Promise<void>;
  close(uri: string): Promise<void>;
  text(uri: string): string;
  version(uri: string): number;
  /** Waits for the diagnostics of a document that pass the test: every publication is looked at, the last one first. */
  diagnostics(uri: string, fits?: (published: PublishDiagnosticsParams) => boolean): Promise<readonly Diagnostic[]>;
  /** Diagnostics for the text as it is now. */
  current(uri: string): Promise<readonly Diagnostic[]>;
  until<T>(look: () => T | undefined): Promise<T>;
  changeOnDisk(folder: string, files: Readonly<Record<string, string>>): Promise<void>;
  changeSettings(): Promise<void>;
}

/** The real server behind real messages: two streams in memory, real workers, a store in memory. */
export async function startTestServer(test: TestContext, given: TestServerOptions = {}): Promise<TestServer> {
  const base = await tempFolder(test);
  const folders = given.folders ?? (given.roots === undefined ? { project: {} } : {});
  for (const [name, files] of Object.entries(folders)) {
    await mkdir(join(base, name), { recursive: true });
    await writeFiles(join(base, name), files);
  }
  const rulesAsset = join(base, 'rules.json');
  await writeFile(rulesAsset, JSON.stringify(compile(given.rules ?? testRules)));
  const store = memoryStore('keychain');
  const stores = given.stores ?? memoryStores(store);
  const sink = { toServer: [] as Buffer[], toClient: [] as Buffer[] };
  const toServer = tap(sink.toServer);
  const toClient = tap(sink.toClient);
  const pool = openDetectorPool({
    workers: 2,
    worker: new URL('../../server/workspace/detectorWorker.ts', import.meta.url),
    deadline: given.deadline ?? 2000,
    fingerprintKey: new Uint8Array(32).fill(7),
  });
  const server = createConnection(
    ProposedFeatures.all,
    new StreamMessageReader(toServer),
    new StreamMessageWriter(toClient),
  );
  startServer(server, {
    pool,
    rulesAsset,
    dataFolder: join(base, 'data'),
    environment: {},
    openStores: () => stores,
    ...(given.pipe === undefined ? {} : { pipe: given.pipe }),
  });

  const client = createProtocolConnection(new StreamMessageReader(toClient), new StreamMessageWriter(toServer));
  const settings = given.settings ?? {};
  const documents = new Map<string, TextDocument>();
  const published: PublishDiagnosticsParams[] = [];
  const watchers = new Set<() => void>();
  const changed = () => {
    for (const watcher of [...watchers]) watcher();
  };
  const state: Pick<TestServer, 'messages' | 'edits' | 'saved' | 'statuses'> = {
    messages: [],
    edits: [],
    saved: [],
    statuses: [],
  };
  const uriOf = (path: string, folder = Object.keys(folders)[0] ?? '') => pathToFileURL(join(base, folder, path)).href;

  client.onNotification(PublishDiagnosticsNotification.type, params => {
    published.push(params);
    changed();
  });
  client.onNotification(ShowMessageNotification.type, ({ message }) => {
    state.messages.push(message);
    changed();
  });
  client.onNotification(statusChanged, status => {
    state.statuses.push(status);
    changed();
  });
  client.onRequest(RegistrationRequest.type, () => undefined);
  client.onRequest(ConfigurationRequest.type, ({ items }) =>
    items.map(({ scopeUri, section }) => {
      if (section !== 'keysweep') return {};
      const name = Object.keys(folders).find(folder => scopeUri === pathToFileURL(join(base, folder)).href);
      return { ...settings[''], ...(name === undefined ? {} : settings[name]) };
    }),
  );
  client.onRequest(ShowMessageRequest.type, params => {
    state.messages.push(params.message);
    changed();
    const title = given.answerMessage?.(params);
    return params.actions?.find(action => action.title === title) ?? null;
  });
  client.onRequest(saveDocuments, ({ uris }) => {
    state.saved.push(...uris);
    return given.canSave ?? true;
  });
  client.onRequest(ApplyWorkspaceEditRequest.type, async params => {
    state.edits.push(params);
    if (given.answerEdit === 'refuse') return { applied: false };
    if (given.answerEdit === 'applyFirst' && state.edits.length > 1) return { applied: false };
    const older = Object.entries(params.edit.changes ?? {}).map(([uri, edits]) => ({
      textDocument: { uri, version: null },
      edits,
    }));
    for (const change of params.edit.documentChanges ?? older) {
      if (!('textDocument' in change)) continue;
      const { uri, version } = change.textDocument;
      const document = documents.get(uri);
      if (document === undefined) continue;
      if (version !== null && version !== document.version) return { applied: false };
      await apply(uri, (change.edits as TextEdit[]).map(edit => ({ range: edit.range, text: edit.newText })).reverse());
    }
    return { applied: true };
  });
  const apply = async (uri: string, contentChanges: { range: TextEdit['range']; text: string }[]) => {
    const document = documents.get(uri)!;
    const version = document.version + 1;
    documents.set(uri, TextDocument.update(document, contentChanges, version));
    await client.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version },
      contentChanges,
    });
  };
  client.listen();

  await client.sendRequest(InitializeRequest.type, {
    processId: null,
    rootUri: null,
    capabilities: given.capabilities ?? {
      workspace: {
        configuration: true,
        applyEdit: true,
        workspaceEdit: { documentChanges: true, resourceOperations: ['create'], metadataSupport: true },
        workspaceFolders: true,
        didChangeWatchedFiles: { dynamicRegistration: true },
      },
      textDocument: { codeAction: { disabledSupport: true } },
    },
    workspaceFolders: [...Object.keys(folders).map(name => join(base, name)), ...(given.roots ?? [])].map(folder => ({
      name: basename(folder),
      uri: pathToFileURL(folder).href,
    })),
    ...(given.options === undefined ? {} : { initializationOptions: given.options }),
  });
  await client.sendNotification(InitializedNotification.type, {});
  test.after(async () => {
    await client.sendRequest(ShutdownRequest.type);
    client.dispose();
    server.dispose();
    void ExitNotification.type; // `exit` would end this process.
  });

  const until = <T>(look: () => T | undefined): Promise<T> =>
    new Promise(resolve => {
      const watcher = () => {
        const found = look();
        if (found === undefined) return;
        watchers.delete(watcher);
        resolve(found);
      };
      watchers.add(watcher);
      watcher();
    });
  const diagnostics: TestServer['diagnostics'] = (uri, fits = () => true) =>
    until(() => {
      const last = published.findLast(params => params.uri === uri);
      return last !== undefined && fits(last) ? last.diagnostics : undefined;
    });
  return {
    ...state,
    client,
    store,
    stores,
    settings,
    traffic: () => Buffer.concat([...sink.toServer, ...sink.toClient]).toString(),
    sent: () => Buffer.concat(sink.toClient).toString(),
    folder: (name = Object.keys(folders)[0] ?? '') => join(base, name),
    uri: uriOf,
    async open(uri, text, languageId = 'javascript') {
      documents.set(uri, TextDocument.create(uri, languageId, 1, text));
      await client.sendNotification(DidOpenTextDocumentNotification.type, {
        textDocument: { uri, languageId, version: 1, text },
      });
    },
    async type(uri, ...edits) {
      for (const { at, remove = 0, text } of edits) {
        const document = documents.get(uri)!;
        await apply(uri, [{ range: { start: document.positionAt(at), end: document.positionAt(at + remove) }, text }]);
      }
    },
    async close(uri) {
      documents.delete(uri);
      await client.sendNotification(DidCloseTextDocumentNotification.type, { textDocument: { uri } });
    },
    text: uri => documents.get(uri)!.getText(),
    version: uri => documents.get(uri)!.version,
    diagnostics,
    current: uri => diagnostics(uri, params => params.version === documents.get(uri)?.version),
    until,
    async changeOnDisk(folder, files) {
      await writeFiles(join(base, folder), files);
      const changes = Object.keys(files).map(
        (path): FileEvent => ({ uri: uriOf(path, folder), type: FileChangeType.Changed }),
      );
      await client.sendNotification(DidChangeWatchedFilesNotification.type, { changes });
    },
    changeSettings: () => client.sendNotification(DidChangeConfigurationNotification.type, { settings: {} }),
  };
}

function compile(rules: readonly Record<string, unknown>[]): readonly Rule[] {
  return readRulePack({ rules }, false).pack.rules;
}

/** Passes bytes on and keeps a copy. */
function tap(kept: Buffer[]): PassThrough {
  const stream: PassThrough = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      kept.push(chunk);
      done(null, chunk);
    },
  });
  return stream;
}
