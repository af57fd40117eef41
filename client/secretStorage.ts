import { type Disposable, type ExtensionContext, env, type SecretStorage, UIKind } from 'vscode';
import { storeChoices } from '../server/protocol/messages.ts';
import type { Server } from './languageClient.ts';
import { type SecretStorageSocket, type Storage, serveSecretStorage } from './secretStorageServer.ts';

/** Ours among the entries of the extension. */
const prefix = 'secret:';

/** The editor's SecretStorage with the keys that the server uses (`keysweep/PROJECT/NAME`). */
export function keysweepStorage(secrets: SecretStorage): Storage {
  return {
    get: key => secrets.get(prefix + key),
    store: (key, value) => secrets.store(prefix + key, value),
    delete: key => secrets.delete(prefix + key),
    async keys() {
      const keys = await secrets.keys();
      return keys.filter(key => key.startsWith(prefix)).map(key => key.slice(prefix.length));
    },
  };
}

/** The editor's SecretStorage in the terminals of a host that has no keychain; elsewhere nothing. */
export class TerminalStorage implements Disposable {
  readonly #server: Server;
  readonly #storage: Storage;
  #socket: Promise<SecretStorageSocket | undefined> | undefined;
  #disposed = false;

  constructor(server: Server, context: ExtensionContext) {
    this.#server = server;
    this.#storage = keysweepStorage(context.secrets);
  }

  /** For a terminal: empty when a keychain is there, and in a browser, whose storage may be gone tomorrow. Served once. */
  async variables(folder: string): Promise<Readonly<Record<string, string>>> {
    if (env.uiKind === UIKind.Web) return {};
    this.#socket ??= this.#serve(folder);
    try {
      return (await this.#socket)?.variables ?? {};
    } catch {
      // The server was restarted, or there is no folder for sockets: asked again at the next change.
      this.#socket = undefined;
      return {};
    }
  }

  dispose(): void {
    this.#disposed = true;
    void this.#socket?.then(
      socket => socket?.dispose(),
      () => undefined,
    );
  }

  async #serve(folder: string): Promise<SecretStorageSocket | undefined> {
    const choices = await this.#server.request(storeChoices, { folder });
    const used = choices.some(choice => choice.id === 'secretStorage' && choice.problem === '');
    return used && !this.#disposed ? serveSecretStorage(this.#storage) : undefined;
  }
}
