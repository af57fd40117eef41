import { AsyncLocalStorage } from 'node:async_hooks';
import {
  CodeActionKind,
  type Connection,
  type InitializeParams,
  type InitializeResult,
  type ServerCapabilities,
  TextDocumentSyncKind,
} from 'vscode-languageserver/node';
import type { InitializationOptions } from '../protocol/messages.ts';
import {
  type ClientValues,
  openValueChannel,
  type Pipe,
  type ServerValues,
  type ValueChannel,
} from '../protocol/valueChannel.ts';
import { createInventory } from '../secrets/inventory.ts';
import { openJournal } from '../secrets/journal.ts';
import type { StoreOptions, Stores } from '../stores/stores.ts';
import type { DetectorPool } from '../workspace/detectorPool.ts';
import { createClosedFiles } from './closedFiles.ts';
import { createConfiguration } from './configuration.ts';
import { createConsent } from './consent.ts';
import { createPublisher } from './diagnostics.ts';
import { createDocuments } from './documents.ts';
import { createEnvironments } from './environments.ts';
import { serverCommands } from './foreignClient.ts';
import { createGuard, type Guard } from './guard.ts';
import { handleRequests } from './handlers.ts';
import { createInventoryAnswers } from './inventoryAnswers.ts';
import { createMoveHost } from './moveHost.ts';
import { createMoves } from './moves.ts';
import type { Parts } from './parts.ts';
import { noProgress } from './progress.ts';
import { moveAllKind } from './quickFixes.ts';
import { connectReactions, type Reactions } from './reactions.ts';
import { type ConfiguredStores, createStoreAccess } from './storeAccess.ts';
import { askVaultTokenOver, createValueHandlers, secretStorageOver } from './values.ts';

/** What the process brings; tests bring their own. */
export interface Services {
  readonly pool: DetectorPool;
  /** The compiled built-in rules. */
  readonly rulesAsset: string;
  readonly dataFolder: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  openStores(options: ConfiguredStores & Pick<StoreOptions, 'askVaultToken' | 'secretStorage'>): Stores;
  /** The forked process's own IPC pipe. */
  readonly pipe?: Pipe;
}

/** Capabilities and wiring, nothing else. */
export function startServer(connection: Connection, services: Services): void {
  let reactions: Reactions | undefined;
  const guard = createGuard({ error: message => connection.console.error(message) });
  connection.onInitialize((params): InitializeResult => {
    const options = readOptions(params.initializationOptions);
    const parts = build(connection, services, params, options, guard);
    reactions = connectReactions(parts);
    handleRequests(parts, reactions);
    parts.documents.listen(connection);
    return { capabilities: capabilitiesFor(options), serverInfo: { name: 'keysweep' } };
  });
  connection.onInitialized(() => guard.run('Starting', () => reactions?.start()));
  connection.listen();
}

function readOptions(value: unknown): InitializationOptions {
  if (typeof value !== 'object' || value === null) return {};
  const field = (key: string): unknown => Reflect.get(value, key);
  const [remoteName, trusted] = [field('remoteName'), field('trusted')];
  return {
    ...(typeof trusted === 'boolean' ? { trusted } : {}),
    prompts: field('prompts') === true,
    web: field('web') === true,
    ...(typeof remoteName === 'string' ? { remoteName } : {}),
  };
}

function capabilitiesFor(options: InitializationOptions): ServerCapabilities {
  return {
    textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental, save: { includeText: false } },
    notebookDocumentSync: { notebookSelector: [{ notebook: '*' }], save: true },
    hoverProvider: true,
    completionProvider: { triggerCharacters: ['"', "'", '=', '+', '/'] },
    codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, moveAllKind] },
    // Our own client carries its commands out itself, after its prompts.
    ...(options.prompts ? {} : { executeCommandProvider: { commands: Object.values(serverCommands) } }),
    workspace: { workspaceFolders: { supported: true, changeNotifications: true } },
  };
}

function build(
  connection: Connection,
  services: Services,
  params: InitializeParams,
  options: InitializationOptions,
  guard: Guard,
): Parts {
  const { pool, pipe, environment, dataFolder } = services;
  const ours = options.prompts === true;
  const secretStorage = ours && options.web !== true && pipe !== undefined;
  let channel: ValueChannel<ClientValues> | undefined;
  // True in what a person just asked for: there alone a token is asked for, never behind their back.
  const attended = new AsyncLocalStorage<boolean>();
  const bridges = {
    ...(ours && pipe !== undefined
      ? { askVaultToken: askVaultTokenOver(() => (attended.getStore() ? channel : undefined)) }
      : {}),
    ...(secretStorage ? { secretStorage: secretStorageOver(() => channel) } : {}),
  };
  const surroundings = { remoteName: options.remoteName ?? '', secretStorage };

  const configuration = createConfiguration(connection, params, options, services.rulesAsset, guard);
  const openStores = (configured: ConfiguredStores) => services.openStores({ ...configured, ...bridges });
  const access = createStoreAccess(configuration, openStores, surroundings, environment);
  const consent = createConsent(connection, access);
  const environments = createEnvironments(configuration, access, consent, environment);
  if (ours && pipe !== undefined) {
    const handlers = createValueHandlers(configuration, environments, access, consent, attended);
    channel = openValueChannel<ClientValues, ServerValues>(pipe, handlers, (method, error) =>
      guard.failed(`Answering ${method}`, error),
    );
  }
  const inventory = createInventory();
  const publisher = createPublisher(connection);
  const documents = createDocuments(pool, configuration, inventory, publisher, guard);
  const quiet = async () => noProgress();
  const closedFiles = createClosedFiles(pool, configuration, documents, inventory, publisher, guard, quiet);
  const journal = openJournal(dataFolder);
  const can = params.capabilities;
  const host = createMoveHost(connection, can, ours, documents, configuration, pool, inventory, journal, guard);
  const moves = createMoves(host, documents, configuration, inventory, access, ours);
  const answers = createInventoryAnswers(inventory, configuration, access, documents, closedFiles, consent);
  const front = { connection, can, options, guard, channel, publisher, documents, closedFiles, moves, answers };
  return { ...front, pool, configuration, access, secretStorage, environments, inventory, journal, attended };
}
