import type { LogOutputChannel } from 'vscode';
import type { LaunchEnvironment } from './environment.ts';
import type { InventoryView } from './inventoryView.ts';
import type { MoveFlow } from './moveFlow.ts';
import type { SecretActions } from './secretActions.ts';

/** All that a command may act on; built once, in application.ts. */
export interface Application {
  readonly moves: MoveFlow;
  readonly inventory: InventoryView;
  readonly secrets: SecretActions;
  readonly environment: LaunchEnvironment;
  readonly log: LogOutputChannel;
  restartServer(): Promise<void>;
  stopServer(): Promise<void>;
}

export interface Command {
  /** As in package.json, which also holds the title. */
  readonly id: string;
  /** `argument` is whatever the caller gave: a place from a code action, a row of the tree, nothing from the palette. */
  readonly run: (application: Application, argument: unknown) => Promise<void> | void;
}

/** Every command of the extension (compared with package.json by a test). */
export const commands: readonly Command[] = [
  { id: 'keysweep.moveToKeychain', run: ({ moves }, argument) => moves.move(argument, 'keychain') },
  { id: 'keysweep.moveToVault', run: ({ moves }, argument) => moves.move(argument, 'vault') },
  { id: 'keysweep.moveToStore', run: ({ moves }, argument) => moves.move(argument, 'other') },
  { id: 'keysweep.moveAll', run: ({ moves }, argument) => moves.moveAllInFile(argument) },
  { id: 'keysweep.moveAllInWorkspace', run: ({ moves }) => moves.moveAllInWorkspace() },
  { id: 'keysweep.accept', run: ({ moves }, argument) => moves.accept(argument) },
  { id: 'keysweep.scanWorkspace', run: ({ inventory }) => inventory.scan() },
  { id: 'keysweep.cancelScan', run: ({ inventory }) => inventory.cancelScan() },
  { id: 'keysweep.refresh', run: ({ inventory }) => inventory.refresh() },
  { id: 'keysweep.groupBy', run: ({ inventory }) => inventory.chooseGrouping() },
  { id: 'keysweep.filter', run: ({ inventory }) => inventory.chooseFilter() },
  { id: 'keysweep.clearFilter', run: ({ inventory }) => inventory.clearFilter() },
  { id: 'keysweep.showInventory', run: ({ inventory }) => inventory.show() },
  { id: 'keysweep.open', run: ({ secrets }, argument) => secrets.open(argument) },
  { id: 'keysweep.revealValue', run: ({ secrets }, argument) => secrets.reveal(argument) },
  { id: 'keysweep.setValue', run: ({ secrets }, argument) => secrets.setValue(argument) },
  { id: 'keysweep.copyReference', run: ({ secrets }, argument) => secrets.copyReference(argument) },
  { id: 'keysweep.deleteSecret', run: ({ secrets }, argument) => secrets.remove(argument) },
  { id: 'keysweep.fillIn', run: ({ secrets }) => secrets.fillIn() },
  { id: 'keysweep.openManifest', run: ({ secrets }) => secrets.openManifest() },
  { id: 'keysweep.allowSecrets', run: ({ environment }) => environment.allow() },
  { id: 'keysweep.withdrawSecrets', run: ({ environment }) => environment.withdraw() },
  { id: 'keysweep.restartServer', run: application => application.restartServer() },
  { id: 'keysweep.showLog', run: ({ log }) => log.show() },
];
