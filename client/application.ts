import { type Disposable, type ExtensionContext, window } from 'vscode';
import type { ClientValues, Handlers } from '../server/protocol/valueChannel.ts';
import type { Application } from './commands.ts';
import { LaunchEnvironment } from './environment.ts';
import { InventoryView } from './inventoryView.ts';
import { createLog, Server } from './languageClient.ts';
import { MoveFlow } from './moveFlow.ts';
import { SecretActions } from './secretActions.ts';
import { keysweepStorage } from './secretStorage.ts';
import { Status } from './status.ts';

/** Builds the client and starts the language server beside it. Its own module, for it is loaded after the activation. */
export function startApplication(context: ExtensionContext): Application {
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
  void server.start();
  return {
    moves: new MoveFlow(server),
    inventory,
    secrets,
    environment,
    log,
    restartServer: () => server.restart(),
    stopServer: () => server.stop(),
  };
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
