import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import type { Reference } from '../engine/reference.ts';
import { openKeychain } from './keychain.ts';
import { KeychainConnection, type KeychainLimits } from './keychainConnection.ts';
import { KeychainIndex } from './keychainIndex.ts';
import { isMore, openMore } from './moreStores.ts';
import { openPersonal } from './personal.ts';
import { openSecretStorage, type SecretStorageBridge } from './secretStorage.ts';
import { SecretValue } from './secretValue.ts';
import { type SecretStore, StoreError, type StoreId, storeIds } from './store.ts';
import { openVault } from './vault.ts';
import { type TokenKeeper, VaultClient, vaultAddress } from './vaultClient.ts';

/** From user or machine settings and the environment, never from a committed file (invariant 10). */
export interface StoreOptions {
  /** Variables of the process: VAULT_*, BAO_*, DBUS_SESSION_BUS_ADDRESS, HOME ... */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly vault: {
    readonly address: string;
    readonly namespace: string;
    readonly mount: string;
    readonly pathPrefix: string;
  };
  /** Ids of stores that are offered beside keychain and vault; KEYSWEEP_STORES names more. Empty as long as nobody asks for one. */
  readonly offered?: readonly string[];
  /** Variables that the user's own settings add to the environment, for the stores alone. */
  readonly variables?: Readonly<Record<string, string>>;
  /** The user's data folder for Keysweep (0700): keychain index, long values' ciphertexts. */
  readonly dataFolder: string;
  /** The program of the keychain's child process. */
  readonly keychainProcess: string;
  /** Asks the user for a Vault token when none is found; undefined where nobody can be asked. */
  readonly askVaultToken?: (address: string, signal: AbortSignal) => Promise<SecretValue | undefined>;
  /** VS Code's SecretStorage: takes over where this host has no keychain. */
  readonly secretStorage?: SecretStorageBridge;
  /** For tests of a keychain that hangs. */
  readonly keychainLimits?: KeychainLimits;
}

export type Resolution =
  | { readonly kind: 'value'; readonly value: SecretValue }
  | { readonly kind: 'failed'; readonly error: StoreError };

export interface Stores {
  /** The stores that are offered here, the preferred one first. */
  readonly all: readonly SecretStore[];
  /** One that is offered, or one that the environment has all for; undefined for one that is not set up. */
  get(id: StoreId): SecretStore | undefined;
  /** Why there is no store of this kind here, and what to set. */
  missing(id: StoreId): StoreError;
  /**
   * The store that answers for a reference; undefined for a backend that is unknown or not configured. `ref+keychain://` means
   * the keychain, or SecretStorage where this host proves to have no keychain.
   */
  of(reference: Reference): SecretStore | undefined;
  /** All at once, in parallel; a result for each reference, in order. */
  resolve(references: readonly Reference[], signal: AbortSignal): Promise<readonly Resolution[]>;
  /** Called when somebody, in this process or another, changed what is stored. */
  onChange(listener: () => void): { dispose(): void };
  dispose(): Promise<void>;
}

/** Opens nothing yet: the keychain's process starts, and Vault is asked, with the first call. */
export function openStores(options: StoreOptions): Stores {
  const connection = new KeychainConnection(options.keychainProcess, options.environment, options.keychainLimits);
  const index = new KeychainIndex(options.dataFolder);
  const keychain = openKeychain(connection, index, options.dataFolder);
  const listeners = new Set<() => void>();
  const secretStorage = options.secretStorage && openSecretStorage(options.secretStorage);
  const vault = configuredVault(options, connection);
  const environment = { ...options.environment, ...options.variables };
  const byId = new Map<StoreId, SecretStore>();
  for (const store of [keychain, secretStorage, vault]) if (store) byId.set(store.id, announcing(store, listeners));
  const get = (id: StoreId) => {
    const store = byId.get(id) ?? openMore(id, environment);
    if (store === undefined || store instanceof StoreError) return undefined;
    const known = byId.get(id) ?? announcing(store, listeners);
    byId.set(id, known);
    return known;
  };
  const offered = [...(options.offered ?? []), ...(environment.KEYSWEEP_STORES ?? '').split(/[\s,]+/)];
  const all = [
    ...byId.values(),
    ...storeIds.filter(id => isMore(id) && offered.includes(id)).flatMap(id => get(id) ?? []),
  ];
  const personal = openPersonal(byId.get('keychain') ?? keychain, byId.get('secretStorage'));
  let watcher: { dispose(): void } | undefined;
  const of = (reference: Reference) => {
    if (reference.backend === 'keychain') return personal;
    if (reference.backend === 'openbao') return byId.get('vault');
    const id = storeIds.find(each => each === reference.backend);
    return id === undefined ? undefined : get(id);
  };
  const missing = (id: string) => {
    const known = storeIds.find(each => each === id);
    const why = known && openMore(known, environment);
    return why instanceof StoreError ? why : noStore(id);
  };

  return {
    all,
    get,
    missing,
    of,
    resolve: (references, signal) => resolveAll(references, { of, missing }, signal),
    onChange(listener) {
      listeners.add(listener);
      watcher ??= index.watch(() => {
        for (const each of listeners) each();
      });
      return {
        dispose: () => {
          listeners.delete(listener);
        },
      };
    },
    dispose() {
      listeners.clear();
      watcher?.dispose();
      connection.dispose();
      return Promise.resolve();
    },
  };
}

/** Where Keysweep keeps its own files for this user: XDG_DATA_HOME, %LOCALAPPDATA% or ~/Library/Application Support. */
export function dataFolder(environment: Readonly<Record<string, string | undefined>>): string {
  const home = environment.HOME || environment.USERPROFILE || homedir();
  const absolute = (name: string) => {
    const folder = environment[name];
    return folder !== undefined && isAbsolute(folder) ? folder : undefined;
  };
  if (process.platform === 'win32') return join(absolute('LOCALAPPDATA') ?? join(home, 'AppData', 'Local'), 'keysweep');
  if (process.platform === 'darwin') return join(home, 'Library', 'Application Support', 'keysweep');
  return join(absolute('XDG_DATA_HOME') ?? join(home, '.local', 'share'), 'keysweep');
}

/** Each store bounds what is under way at once. */
async function resolveAll(
  references: readonly Reference[],
  { of, missing }: Pick<Stores, 'of'> & { readonly missing: (backend: string) => StoreError },
  signal: AbortSignal,
): Promise<readonly Resolution[]> {
  // Two names may point at one secret: it is fetched once.
  const found = new Map<string, Promise<Resolution>>();
  return Promise.all(
    references.map(reference => {
      const key = JSON.stringify(reference);
      const resolution = found.get(key) ?? resolveOne(reference, of(reference) ?? missing(reference.backend), signal);
      found.set(key, resolution);
      return resolution;
    }),
  );
}

async function resolveOne(
  reference: Reference,
  store: SecretStore | StoreError,
  signal: AbortSignal,
): Promise<Resolution> {
  if (store instanceof StoreError) return { kind: 'failed', error: store };
  try {
    return { kind: 'value', value: await store.get(reference, signal) };
  } catch (error) {
    if (error instanceof StoreError) return { kind: 'failed', error };
    throw error;
  }
}

function noStore(backend: string): StoreError {
  if (backend === 'vault' || backend === 'openbao') {
    return new StoreError(
      'unavailable',
      'No Vault is configured here.',
      'Set keysweep.vault.address, or VAULT_ADDR and VAULT_TOKEN (BAO_ADDR, BAO_TOKEN).',
    );
  }
  return new StoreError(
    'unsupported',
    `Keysweep has no store for references to "${backend.slice(0, 40)}".`,
    `Use one of ${storeIds
      .filter(id => id !== 'secretStorage')
      .map(id => `ref+${id}://`)
      .join(', ')}.`,
  );
}

function configuredVault(options: StoreOptions, connection: KeychainConnection): SecretStore | undefined {
  const { environment } = options;
  const address = vaultAddress(options.vault.address, environment);
  if (address === '') return undefined;
  const namespace = options.vault.namespace || environment.BAO_NAMESPACE || environment.VAULT_NAMESPACE || '';
  const prefix = trimSlashes(options.vault.pathPrefix);
  const client = new VaultClient({ address, namespace, environment }, keychainTokens(options, connection));
  return openVault(client, { mount: trimSlashes(options.vault.mount) || 'secret', prefix: prefix && `${prefix}/` });
}

/** Tokens that were typed are kept in the keychain; without one they last as long as this process. */
function keychainTokens(options: StoreOptions, connection: KeychainConnection): TokenKeeper {
  const service = (address: string) => `keysweep/vault-token/${address}`;
  const ifUsable = (error: unknown) => {
    if (error instanceof StoreError && error.code !== 'cancelled') return undefined;
    throw error;
  };
  return {
    async get(address, signal) {
      const token = await connection.get(service(address), signal).catch(ifUsable);
      return token ? new SecretValue(token) : undefined;
    },
    async set(address, token, signal) {
      await connection.set(service(address), token.reveal(), signal).catch(ifUsable);
    },
    async remove(address, signal) {
      await connection.delete(service(address), signal).catch(ifUsable);
    },
    ...(options.askVaultToken && { ask: options.askVaultToken }),
  };
}

/** The keychain's own changes come back through its index; those of the others are announced here. */
function announcing(store: SecretStore, listeners: ReadonlySet<() => void>): SecretStore {
  if (store.id === 'keychain') return store;
  const then = async (act: Promise<void>) => {
    await act;
    for (const listener of listeners) listener();
  };
  const addOwner = store.addOwner?.bind(store);
  return {
    ...store,
    ...(addOwner && { addOwner: (...parameters: Parameters<typeof addOwner>) => then(addOwner(...parameters)) }),
    create: (...parameters) => then(store.create(...parameters)),
    set: (...parameters) => then(store.set(...parameters)),
    withdraw: (...parameters) => then(store.withdraw(...parameters)),
    remove: (...parameters) => then(store.remove(...parameters)),
  };
}

function trimSlashes(path: string): string {
  return path.replace(/^\/+|\/+$/g, '');
}
