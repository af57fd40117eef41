import { type ChildProcess, fork } from 'node:child_process';
import {
  type CancellationToken,
  CancellationTokenSource,
  Disposable,
  type Event,
  EventEmitter,
  type ExtensionContext,
  env,
  type LogOutputChannel,
  type TextDocument,
  UIKind,
  Uri,
  window,
  workspace,
} from 'vscode';
import {
  CloseAction,
  ErrorAction,
  type ErrorHandler,
  LanguageClient,
  type LanguageClientOptions,
  type RequestType,
  State,
  WorkDoneProgress,
  type WorkDoneProgressBegin,
  type WorkDoneProgressReport,
} from 'vscode-languageclient/node';
import {
  environmentChanged,
  type InitializationOptions,
  inventoryChanged,
  type ServerStatus,
  saveDocuments,
  statusChanged,
  trustChanged,
} from '../server/protocol/messages.ts';
import {
  type ClientValues,
  type Handlers,
  openValueChannel,
  type ServerValues,
  type ValueChannel,
} from '../server/protocol/valueChannel.ts';
import { serverEnvironment, serverFlags } from './serverProcess.ts';

/* Guards invariant 1: values cross on the forked process's own pipe, never over the language client, which can be traced. */

/** Pauses before the server is started again after a crash, in milliseconds; after the last one the user decides. */
const pauses = [0, 1000, 4000, 15_000] as const;
/** Crashes that lie further back do not count. */
const crashMemory = 3 * 60_000;

/** The language server as the rest of the client sees it: requests, announcements, values. */
export class Server implements Disposable {
  readonly #client: LanguageClient;
  readonly #handlers: Handlers<ClientValues>;
  readonly #module: string;
  readonly #log: LogOutputChannel;
  readonly #disposables: Disposable[] = [];
  readonly #inventoryChanged = new EventEmitter<void>();
  readonly #environmentChanged = new EventEmitter<void>();
  readonly #statusChanged = new EventEmitter<ServerStatus>();
  #values: ValueChannel<ServerValues> | undefined;
  #process: ChildProcess | undefined;
  #crashes: number[] = [];

  readonly onDidChangeInventory: Event<void> = this.#inventoryChanged.event;
  readonly onDidChangeEnvironment: Event<void> = this.#environmentChanged.event;
  readonly onDidChangeStatus: Event<ServerStatus> = this.#statusChanged.event;

  constructor(context: ExtensionContext, log: LogOutputChannel, handlers: Handlers<ClientValues>) {
    this.#module = context.asAbsolutePath('dist/server.js');
    this.#handlers = handlers;
    this.#log = log;
    this.#client = new QuietClient('keysweep', 'Keysweep', () => this.#fork(), this.#options());
    this.#disposables.push(this.#inventoryChanged, this.#environmentChanged, this.#statusChanged);
    this.#listen();
  }

  /** Resolves in any case; a failure shows in the status. */
  async start(): Promise<void> {
    this.#statusChanged.fire({ kind: 'ok', text: 'Starting', details: [] });
    try {
      await this.#client.start();
    } catch (error) {
      this.#log.error(`The language server did not start: ${messageOf(error)}`);
      this.#statusChanged.fire({
        kind: 'error',
        text: 'The language server did not start',
        details: ['Choose Restart, or Show Log to see why.'],
      });
    }
  }

  async restart(): Promise<void> {
    this.#crashes = [];
    try {
      if (this.#client.needsStop()) await this.#client.stop();
    } catch (error) {
      this.#log.warn(`The language server did not stop in time: ${messageOf(error)}`);
    }
    this.#process?.kill();
    await this.start();
  }

  /** Waits for the server to be ready. Rejects when it is stopped or the token is cancelled. */
  request<P, R>(
    type: RequestType<P, R, void>,
    params: P,
    token: CancellationToken = new CancellationTokenSource().token,
  ): Promise<R> {
    // By its name: the client's type for parameters cannot be inferred through a type parameter. An undefined token would
    // travel as a second parameter.
    return this.#client.sendRequest<R>(type.method, params, token);
  }

  /** Over the value channel. The error never holds a value. */
  async values<M extends keyof ServerValues>(
    method: M,
    params: ServerValues[M]['params'],
    signal: AbortSignal,
  ): Promise<ServerValues[M]['result']> {
    await this.#client.start();
    if (this.#values === undefined) throw new Error('The Keysweep language server is not running.');
    return this.#values.request(method, params, signal);
  }

  /** The progress of a request that was given `token` as its `workDoneToken`. */
  onProgress(token: string, report: (message: string, percentage: number | undefined) => void): Disposable {
    return this.#client.onProgress(WorkDoneProgress.type, token, progress => {
      if (progress.kind === 'end') return;
      const { message, percentage }: WorkDoneProgressBegin | WorkDoneProgressReport = progress;
      report(message ?? '', percentage);
    });
  }

  /** As the server names a document. */
  uriOf(uri: Uri): string {
    return this.#client.code2ProtocolConverter.asUri(uri);
  }

  dispose(): void {
    this.#values?.dispose();
    Disposable.from(...this.#disposables).dispose();
  }

  async stop(): Promise<void> {
    if (this.#client.needsStop()) await this.#client.stop();
  }

  #options(): LanguageClientOptions {
    return {
      documentSelector: [
        { scheme: 'file' },
        { scheme: 'untitled' },
        { scheme: 'vscode-notebook-cell' },
        { scheme: 'vscode-userdata' },
        { scheme: 'vscode-vfs' },
      ],
      outputChannel: this.#log,
      initializationOptions: (): InitializationOptions => ({
        trusted: workspace.isTrusted,
        prompts: true,
        remoteName: env.remoteName ?? '',
        web: env.uiKind === UIKind.Web,
      }),
      initializationFailedHandler: () => false,
      errorHandler: this.#errorHandler(),
      textSynchronization: { delayOpenNotifications: true },
      markdown: { supportHtml: false },
    };
  }

  #listen(): void {
    const client = this.#client;
    this.#disposables.push(
      client.onNotification(inventoryChanged, () => this.#inventoryChanged.fire()),
      client.onNotification(environmentChanged, () => this.#environmentChanged.fire()),
      client.onNotification(statusChanged, status => this.#statusChanged.fire(status)),
      client.onRequest(saveDocuments, ({ uris }) => saveAll(uris.map(uri => Uri.parse(uri, true)))),
      workspace.onDidGrantWorkspaceTrust(() => client.sendNotification(trustChanged, { trusted: true })),
      client.onDidChangeState(({ newState }) => {
        if (newState !== State.Running) return;
        this.#statusChanged.fire({ kind: 'ok', text: 'Ready', details: [] });
        this.#inventoryChanged.fire();
        this.#environmentChanged.fire();
      }),
    );
  }

  async #fork(): Promise<ChildProcess> {
    const server = fork(this.#module, ['--stdio', `--clientProcessId=${process.pid}`], {
      stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
      execArgv: [...serverFlags],
      env: serverEnvironment(process.env),
    });
    this.#process = server;
    const values = openValueChannel<ServerValues, ClientValues>(server, this.#handlers);
    this.#values = values;
    server.once('error', error => this.#log.error(`The language server could not be run: ${error.message}`));
    server.once('exit', () => {
      values.dispose();
      if (this.#values === values) this.#values = undefined;
    });
    return server;
  }

  #errorHandler(): ErrorHandler {
    return {
      error: () => ({ action: ErrorAction.Continue, handled: true }),
      closed: async () => {
        const now = Date.now();
        this.#crashes = [...this.#crashes.filter(time => now - time < crashMemory), now];
        const pause = pauses[this.#crashes.length - 1];
        if (pause === undefined) {
          this.#statusChanged.fire({
            kind: 'error',
            text: 'The language server keeps stopping',
            details: ['Choose Restart to try again, or Show Log to see why.'],
          });
          return { action: CloseAction.DoNotRestart, handled: true };
        }
        this.#statusChanged.fire({ kind: 'warning', text: 'The language server is being restarted', details: [] });
        await new Promise(resolve => setTimeout(resolve, pause));
        return { action: CloseAction.Restart, handled: true };
      },
    };
  }
}

/** What it would show in a notification of its own stands in the log; our status says what is true and what to do. */
class QuietClient extends LanguageClient {
  override error(message: string, data?: unknown): void {
    super.error(message, data, false);
  }
}

/** False when one of them could not be saved. A document that has no file yet stays unsaved and counts as saved. */
async function saveAll(uris: readonly Uri[]): Promise<boolean> {
  const wanted = new Set(uris.map(uri => uri.toString()));
  const dirty = workspace.textDocuments.filter(
    document => document.isDirty && !document.isUntitled && wanted.has(document.uri.toString()),
  );
  // A cell cannot be saved alone.
  const isCell = ({ uri }: TextDocument) => uri.scheme === 'vscode-notebook-cell';
  const notebooks = workspace.notebookDocuments.filter(
    notebook => !notebook.isUntitled && notebook.getCells().some(cell => wanted.has(cell.document.uri.toString())),
  );
  const files = dirty.filter(document => !isCell(document));
  const saved = await Promise.all([...files, ...notebooks].map(each => each.save()));
  return saved.every(Boolean);
}

/** Lets a token's cancellation abort what takes a signal. */
export function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  if (token.isCancellationRequested) controller.abort();
  token.onCancellationRequested(() => controller.abort());
  return controller.signal;
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The output channel where the client and its server log: names and places, never values. */
export function createLog(): LogOutputChannel {
  return window.createOutputChannel('Keysweep', { log: true });
}
