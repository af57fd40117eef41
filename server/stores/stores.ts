import type { Reference } from '../engine/reference.ts';
import type { SecretValue } from './secretValue.ts';
import type { SecretStore, StoreError, StoreId } from './store.ts';

/** From user or machine settings and the environment, never from a committed file (invariant 10). */
export interface StoreOptions {
  /** Variables of the process: VAULT_*, BAO_*, DBUS_SESSION_BUS_ADDRESS, HOME ... */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly vault: { readonly address: string; readonly namespace: string; readonly mount: string; readonly pathPrefix: string };
  /** The user's data folder for Keysweep (0700): keychain index, long values' ciphertexts. */
  readonly dataFolder: string;
  /** The program of the keychain's child process. */
  readonly keychainProcess: string;
  /** Asks the user for a Vault token when none is found; undefined where nobody can be asked. */
  readonly askVaultToken?: (address: string, signal: AbortSignal) => Promise<SecretValue | undefined>;
  /** VS Code's SecretStorage, on a host that has no keychain. */
  readonly secretStorage?: SecretStorageBridge;
}

export interface SecretStorageBridge {
  get(key: string, signal: AbortSignal): Promise<string | undefined>;
  set(key: string, value: string, signal: AbortSignal): Promise<void>;
  delete(key: string, signal: AbortSignal): Promise<void>;
  keys(signal: AbortSignal): Promise<readonly string[]>;
}

export type Resolution =
  | { readonly kind: 'value'; readonly value: SecretValue }
  | { readonly kind: 'failed'; readonly error: StoreError };

export interface Stores {
  /** The stores that are configured here, the preferred one first. */
  readonly all: readonly SecretStore[];
  get(id: StoreId): SecretStore | undefined;
  /** The store that answers for a reference; undefined for a backend that is unknown or not configured. */
  of(reference: Reference): SecretStore | undefined;
  /** All at once, in parallel; a result for each reference, in order. */
  resolve(references: readonly Reference[], signal: AbortSignal): Promise<readonly Resolution[]>;
  /** Called when somebody, in this process or another, changed what is stored. */
  onChange(listener: () => void): { dispose(): void };
  dispose(): Promise<void>;
}

export declare function openStores(options: StoreOptions): Stores;
/** Where Keysweep keeps its own files for this user: XDG_DATA_HOME, %LOCALAPPDATA% or ~/Library/Application Support. */
export declare function dataFolder(environment: Readonly<Record<string, string | undefined>>): string;
