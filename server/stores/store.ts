import type { Reference } from '../engine/reference.ts';
import type { SecretValue } from './secretValue.ts';

export type StoreErrorCode =
  | 'absent' // proven not there
  | 'deleted' // there once, can be recovered in the store
  | 'unauthenticated'
  | 'denied'
  | 'conflict' // the name is taken, or changed meanwhile
  | 'throttled'
  | 'sealed'
  | 'locked' // the keychain, or its prompt was dismissed
  | 'unavailable' // no keychain here, no connection
  | 'timeout'
  | 'tls'
  | 'invalid' // the reference or the value cannot be kept there
  | 'unsupported'
  | 'cancelled';

/** `message` says what is true, `advice` what to do next. Neither ever holds a value, a token or a store's own text. */
export class StoreError extends Error {
  readonly code: StoreErrorCode;
  readonly advice: string;

  constructor(code: StoreErrorCode, message: string, advice: string) {
    super(message);
    this.name = 'StoreError';
    this.code = code;
    this.advice = advice;
  }
}

/** The caller gave up a request. */
export function cancelled(label: string): StoreError {
  return new StoreError('cancelled', `The request to ${label} was cancelled.`, 'Start it again when you want it done.');
}

/** Beside the first three, a store is called by the backend of its references: `awssecrets` keeps `ref+awssecrets://`. */
export const storeIds = ['keychain', 'vault', 'secretStorage', 'awssecrets', 'awsssm', 'pass', 'age'] as const;
export type StoreId = (typeof storeIds)[number];

/** For people. */
export const storeLabels: Readonly<Record<StoreId, string>> = {
  keychain: 'Keychain',
  vault: 'Vault',
  secretStorage: 'Secret Storage',
  awssecrets: 'AWS Secrets Manager',
  awsssm: 'AWS Parameter Store',
  pass: 'pass',
  age: 'age files',
};

/** What a store cannot do as well as the others, told before anybody relies on it. */
export interface StoreLimits {
  /** UTF-8 bytes of a value. */
  readonly bytes?: number;
  /** Of two that create one name at the same moment, both may be told that they did. */
  readonly createRaces?: boolean;
  /** A claim at the very moment of a withdrawal may be lost. */
  readonly withdrawRaces?: boolean;
  /** What is removed can be recovered in the store: asking for it answers `deleted`. */
  readonly keepsRemoved?: boolean;
}

/** What travels with a value where the store can keep it. */
export interface SecretMetadata {
  readonly kind?: string;
  readonly owner?: string;
  readonly purpose?: string;
  readonly expires?: string;
  /** The repository it is stored for (`homeOf`): kept beside the keychain on this machine, never in a remote store. */
  readonly folder?: string;
}

/** One place where secrets live. Every operation may reject with a StoreError and with nothing else. */
export interface SecretStore {
  readonly id: StoreId;
  /** For people: "Keychain", "Vault". */
  readonly label: string;
  /** For people: which of its kind, such as the account's region or the vault's name. */
  readonly place?: string;
  readonly limits?: StoreLimits;
  /** The reference under which this store keeps `name` for `project`. */
  referenceFor(project: string, name: string): Reference;
  get(reference: Reference, signal: AbortSignal): Promise<SecretValue>;
  /** Without fetching the value where the store allows it. */
  has(reference: Reference, signal: AbortSignal): Promise<boolean>;
  /** Create only: rejects with `conflict` when something is there. */
  create(reference: Reference, value: SecretValue, metadata: SecretMetadata, signal: AbortSignal): Promise<void>;
  /** Overwrites, only for an explicit "set value". */
  set(reference: Reference, value: SecretValue, metadata: SecretMetadata, signal: AbortSignal): Promise<void>;
  /**
   * For one who is about to rely on what somebody else stored: from now on its creator's `withdraw` leaves it. Rejects with
   * `conflict` when it holds another value, `absent` when it is gone.
   */
  claim(reference: Reference, value: SecretValue, metadata: SecretMetadata, signal: AbortSignal): Promise<void>;
  /** Takes back what the caller created, unless somebody claimed or changed it since. Absent is no error. */
  withdraw(reference: Reference, value: SecretValue, signal: AbortSignal): Promise<void>;
  /** All of it, whoever relies on it, so that `create` works again. Absent is no error. */
  remove(reference: Reference, signal: AbortSignal): Promise<void>;
  /** References of the project, without values. */
  list(project: string, signal: AbortSignal): Promise<readonly Reference[]>;
  /** Undefined when usable, else why not and what to do. Writes, reads and removes a canary where that is the only proof. */
  check(signal: AbortSignal): Promise<StoreError | undefined>;
  /** Where entries belong to a repository (invariant 10): the folders that may use one unasked. Empty: nobody is known. Rejects when that cannot be told. */
  owners?(reference: Reference, signal: AbortSignal): Promise<readonly string[]>;
  /** The user agreed that a folder uses it too. */
  addOwner?(reference: Reference, folder: string, signal: AbortSignal): Promise<void>;
}
