import type { Reference } from '../engine/reference.ts';
import type { StoreChoice } from '../protocol/messages.ts';
import { type SecretStore, StoreError, type StoreId } from '../stores/store.ts';
import type { StoreOptions, Stores } from '../stores/stores.ts';
import type { Settings } from '../workspace/settings.ts';
import type { Configuration, Folder } from './configuration.ts';

/** Milliseconds that a store's answer about itself is trusted. */
const trustedFor = 20_000;
/** Milliseconds before a store that does not answer is left out of a prompt. */
const patience = 4000;

/** Where the client runs, as far as stores care. */
export interface StoreSurroundings {
  readonly remoteName: string;
  /** VS Code's SecretStorage can be reached and keeps what it is given. */
  readonly secretStorage: boolean;
}

export interface StoreAccess {
  stores(): Promise<Stores>;
  /** Without waiting: undefined until they were first opened. */
  opened(): Stores | undefined;
  /** The stores a person can choose from, the preferred one first. */
  choices(folder: Folder, signal: AbortSignal): Promise<readonly StoreChoice[]>;
  /** Whether the keychain answers; undefined as long as nobody knows. */
  keychainUsable(): boolean | undefined;
  /** Whether a store has it; undefined when it did not say in time. */
  has(
    reference: Reference,
    signal: AbortSignal,
  ): Promise<{ readonly store: SecretStore; readonly here: boolean | undefined } | undefined>;
  /** Somebody, here or in another process, changed what is stored, or other stores are open now. */
  onChange(listener: () => void): void;
  /** Opens them again when their settings are others by now. */
  refresh(): Promise<void>;
  dispose(): Promise<void>;
}

/** What the user's own settings say of stores. */
export type ConfiguredStores = Pick<StoreOptions, 'vault' | 'offered' | 'variables'>;

export function createStoreAccess(
  configuration: Configuration,
  open: (configured: ConfiguredStores) => Stores,
  surroundings: StoreSurroundings,
  environment: Readonly<Record<string, string | undefined>>,
): StoreAccess {
  const listeners: (() => void)[] = [];
  const checks = new Map<StoreId, { readonly at: number; readonly answer: Promise<StoreError | undefined> }>();
  let keychain: boolean | undefined;
  let held: { readonly key: string; readonly stores: Stores } | undefined;

  const changed = () => {
    for (const listener of listeners) listener();
  };
  const stores = async (): Promise<Stores> => {
    const { settings } = await configuration.shared();
    const configured = configuredBy(settings);
    const key = JSON.stringify(configured);
    if (held?.key === key) return held.stores;
    const old = held?.stores;
    held = { key, stores: open(configured) };
    held.stores.onChange(changed);
    checks.clear();
    if (old !== undefined) {
      await old.dispose();
      changed();
    }
    return held.stores;
  };
  const check = (store: SecretStore): Promise<StoreError | undefined> => {
    const known = checks.get(store.id);
    if (known !== undefined && Date.now() - known.at < trustedFor) return known.answer;
    const answer = store.check(AbortSignal.timeout(patience));
    checks.set(store.id, { at: Date.now(), answer });
    answer.then(
      error => {
        if (store.id === 'keychain') keychain = error === undefined;
      },
      () => checks.delete(store.id),
    );
    return answer;
  };
  const choice = async (store: SecretStore, settings: Settings): Promise<StoreChoice> => {
    const problem = await check(store).catch((error: unknown) =>
      error instanceof StoreError ? error : failedOddly(store),
    );
    const address = settings.vaultAddress || environment.VAULT_ADDR || environment.BAO_ADDR || '';
    const details: Readonly<Partial<Record<StoreId, string>>> = {
      keychain:
        surroundings.remoteName === ''
          ? "this machine's keychain"
          : `the keychain of the remote machine (${surroundings.remoteName})`,
      vault: [address, settings.vaultMount && `mount ${settings.vaultMount}`].filter(Boolean).join(', '),
      secretStorage: "VS Code's own encrypted storage on your machine; other programs cannot read it",
    };
    return {
      id: store.id,
      label: store.label,
      detail: details[store.id] ?? store.place ?? '',
      problem: problem?.message ?? '',
      advice: problem?.advice ?? '',
    };
  };

  return {
    stores,
    opened: () => held?.stores,
    keychainUsable: () => keychain,
    async choices(folder, signal) {
      const [{ all }, { settings }] = await Promise.all([stores(), configuration.for(folder)]);
      signal.throwIfAborted();
      const choices = await Promise.all(all.map(store => choice(store, settings)));
      // SecretStorage is for hosts without a keychain: two places that look alike would only confuse.
      const keychainWorks = choices.some(({ id, problem }) => id === 'keychain' && problem === '');
      const offered = choices.filter(
        ({ id }) => id !== 'secretStorage' || (surroundings.secretStorage && !keychainWorks),
      );
      const weight = ({ id, problem }: StoreChoice) =>
        (problem === '' ? 0 : 2) + (id === settings.defaultStore ? 0 : 1);
      return [...offered].sort((a, b) => weight(a) - weight(b));
    },
    async has(reference, signal) {
      const store = (await stores()).of(reference);
      if (store === undefined) return undefined;
      const soon = AbortSignal.any([signal, AbortSignal.timeout(1500)]);
      try {
        return { store, here: await store.has(reference, soon) };
      } catch {
        // Locked, unreachable or slow: not known, which is what we say.
        return { store, here: undefined };
      }
    },
    onChange: listener => void listeners.push(listener),
    async refresh() {
      if (held !== undefined) await stores();
    },
    async dispose() {
      await held?.stores.dispose();
    },
  };
}

/** What was thrown may quote anything, so that none of it is shown. */
function failedOddly(store: SecretStore): Pick<StoreError, 'message' | 'advice'> {
  return { message: `${store.label} failed in a way that Keysweep does not know.`, advice: 'Use another store.' };
}

function configuredBy(settings: Settings): ConfiguredStores {
  return {
    vault: {
      address: settings.vaultAddress,
      namespace: settings.vaultNamespace,
      mount: settings.vaultMount,
      pathPrefix: settings.vaultPathPrefix,
    },
    offered: [settings.defaultStore, ...settings.stores],
    variables: settings.storeVariables,
  };
}
