import type { AsyncLocalStorage } from 'node:async_hooks';
import type { ClientCapabilities, Connection } from 'vscode-languageserver/node';
import type { InitializationOptions } from '../protocol/messages.ts';
import type { ClientValues, ValueChannel } from '../protocol/valueChannel.ts';
import type { Inventory } from '../secrets/inventory.ts';
import type { Journal } from '../secrets/journal.ts';
import type { DetectorPool } from '../workspace/detectorPool.ts';
import type { ClosedFiles } from './closedFiles.ts';
import type { Configuration } from './configuration.ts';
import type { DiagnosticPublisher } from './diagnostics.ts';
import type { Documents } from './documents.ts';
import type { Environments } from './environments.ts';
import type { Guard } from './guard.ts';
import type { InventoryAnswers } from './inventoryAnswers.ts';
import type { Moves } from './moves.ts';
import type { StoreAccess } from './storeAccess.ts';

/** All that the server is made of, built once in server.ts. */
export interface Parts {
  readonly connection: Connection;
  readonly can: ClientCapabilities;
  readonly options: InitializationOptions;
  readonly guard: Guard;
  readonly pool: DetectorPool;
  readonly configuration: Configuration;
  readonly access: StoreAccess;
  /** SecretStorage can be reached and keeps what it is given. */
  readonly secretStorage: boolean;
  readonly environments: Environments;
  readonly inventory: Inventory;
  readonly publisher: DiagnosticPublisher;
  readonly documents: Documents;
  readonly closedFiles: ClosedFiles;
  readonly journal: Journal;
  readonly moves: Moves;
  readonly answers: InventoryAnswers;
  readonly channel: ValueChannel<ClientValues> | undefined;
  /** True in what a person just asked for and waits for. */
  readonly attended: AsyncLocalStorage<boolean>;
}
