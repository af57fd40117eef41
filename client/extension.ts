import { type Disposable, type ExtensionContext, commands as editorCommands, window } from 'vscode';
import type { ClientValues, Handlers } from '../server/protocol/valueChannel.ts';
import { type Application, commands } from './commands.ts';
import { LaunchEnvironment } from './environment.ts';
import { InventoryView } from './inventoryView.ts';
import { createLog, messageOf, Server } from './languageClient.ts';
import { MoveFlow } from './moveFlow.ts';
import { SecretActions } from './secretActions.ts';
import { keysweepStorage } from './secretStorage.ts';
import { Status } from './status.ts';

/** What `deactivate` must stop. The editor calls the two functions below and keeps nothing between them. */
let running: { readonly server: Server; readonly environment: LaunchEnvironment } | undefined;

/** Registers everything and returns at once; the language server starts beside it. */
export function activate(context: ExtensionContext): void {
  const keep = <T extends Disposable>(disposable: T): T => {
    context.subscriptions.push(disposable);
    return disposable;
  };
  const log = keep(createLog());
  const server = keep(new Server(context, log, valueHandlers(context)));
  const inventory = keep(new InventoryView(server, context));
  const secrets = new SecretActions(server, inventory);
  const environment = keep(new LaunchEnvironment(server, context, () => secrets.fillIn()));
  keep(new Status(server, environment));
  const application: Application = {
    moves: new MoveFlow(server),
    inventory,
    secrets,
    environment,
    restartServer: () => server.restart(),
    showLog: () => log.show(),
  };
  for (const command of commands) {
    keep(
      editorCommands.registerCommand(command.id, async (argument: unknown) => {
        try {
          await command.run(application, argument);
        } catch (error) {
          // One place for all commands. Errors of ours and of the connection never hold a value.
          log.error(`${command.id}: ${messageOf(error)}`);
          void window.showErrorMessage(`Keysweep could not do this: ${messageOf(error)}`);
        }
      }),
    );
  }
  running = { server, environment };
  void server.start();
}

export async function deactivate(): Promise<void> {
  running?.environment.clear();
  await running?.server.stop();
  running = undefined;
}

/** What the server asks of the editor over the value channel. */
function valueHandlers(context: ExtensionContext): Handlers<ClientValues> {
  const storage = keysweepStorage(context.secrets);
  return {
    prompt: async ({ title, detail }) => {
      const value = await window.showInputBox({ title, prompt: detail, password: true, ignoreFocusOut: true });
      return value === undefined ? {} : { value };
    },
    'secretStorage.get': async ({ key }) => {
      const value = await storage.get(key);
      return value === undefined ? {} : { value };
    },
    'secretStorage.set': async ({ key, value }) => {
      await storage.store(key, value);
      return {};
    },
    'secretStorage.delete': async ({ key }) => {
      await storage.delete(key);
      return {};
    },
    'secretStorage.keys': async () => ({ keys: await storage.keys() }),
  };
}
