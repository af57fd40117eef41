import type { Reference } from '../../server/engine/reference.ts';
import { refuseValue } from '../../server/stores/longValues.ts';
import type { SecretStorageBridge } from '../../server/stores/secretStorage.ts';
import { SecretValue } from '../../server/stores/secretValue.ts';
import { type SecretStore, StoreError, type StoreId, storeLabels } from '../../server/stores/store.ts';
import type { Stores } from '../../server/stores/stores.ts';

export interface MemoryStore extends SecretStore {
  /** What it holds, by reference path. */
  readonly values: Map<string, string>;
  /** Every operation fails with this until it is undefined again. */
  problem: StoreError | undefined;
}

/** A store in memory, for the tests of everything above the stores. */
export function memoryStore(id: StoreId = 'keychain'): MemoryStore {
  const values = new Map<string, string>();
  const claimed = new Set<string>();
  const backend = id === 'vault' ? 'vault' : 'keychain';
  const start = id === 'vault' ? 'secret/' : '';
  const key = id === 'vault' ? 'value' : '';
  const ready = (signal: AbortSignal, reference?: Reference, value?: SecretValue) => {
    if (store.problem) throw store.problem;
    if (signal.aborted) throw new StoreError('cancelled', 'Cancelled.', 'Start it again.');
    const refusal = value && refuseValue(value.reveal());
    if (refusal) throw refusal;
    if (!reference) return;
    const { path, parameters } = reference;
    if (/.\/[^/]+$/.test(path) && Object.keys(parameters).length === 0 && reference.key === key) return;
    throw new StoreError('invalid', 'No reference of this store.', 'Write it as ref+keychain://PROJECT/NAME.');
  };
  const store: MemoryStore = {
    id,
    label: id === 'secretStorage' ? "VS Code's secret storage" : storeLabels[id],
    values,
    problem: undefined,
    referenceFor: (project, name) => ({
      backend,
      path: `${start}${project}/${name}`,
      parameters: {},
      key,
    }),
    async get(reference, signal) {
      ready(signal, reference);
      const value = values.get(reference.path);
      if (value === undefined) throw new StoreError('absent', `${reference.path} is not stored.`, 'Store it first.');
      return new SecretValue(value);
    },
    async has(reference, signal) {
      ready(signal, reference);
      return values.has(reference.path);
    },
    async create(reference, value, _metadata, signal) {
      ready(signal, reference, value);
      if (values.has(reference.path))
        throw new StoreError('conflict', `${reference.path} is taken.`, 'Choose another name.');
      values.set(reference.path, value.reveal());
      claimed.delete(reference.path);
    },
    async claim(reference, value, _metadata, signal) {
      ready(signal, reference, value);
      const held = values.get(reference.path);
      if (held === undefined) throw new StoreError('absent', `${reference.path} is not stored.`, 'Store it first.');
      if (held !== value.reveal())
        throw new StoreError('conflict', `${reference.path} is taken.`, 'Choose another name.');
      claimed.add(reference.path);
    },
    async withdraw(reference, value, signal) {
      ready(signal, reference);
      if (!claimed.has(reference.path) && values.get(reference.path) === value.reveal()) values.delete(reference.path);
    },
    async set(reference, value, _metadata, signal) {
      ready(signal, reference, value);
      values.set(reference.path, value.reveal());
      claimed.add(reference.path);
    },
    async remove(reference, signal) {
      ready(signal, reference);
      values.delete(reference.path);
    },
    async list(project, signal) {
      ready(signal);
      const folder = `${start}${project}/`;
      const names = [...values.keys()]
        .filter(path => path.startsWith(folder))
        .map(path => path.slice(folder.length))
        .filter(name => !name.includes('/'));
      return names.map(name => store.referenceFor(project, name));
    },
    async check() {
      return store.problem;
    },
  };
  return store;
}

/** `Stores` over stores in memory, the preferred one first. */
export function memoryStores(...all: readonly SecretStore[]): Stores & { announce(): void } {
  const listeners = new Set<() => void>();
  const of = (reference: Reference) => all.find(store => store.referenceFor('p', 'N').backend === reference.backend);
  return {
    all,
    get: id => all.find(store => store.id === id),
    missing: id => new StoreError('unavailable', `${storeLabels[id]} is not set up here.`, 'Set it up.'),
    of,
    resolve: (references, signal) =>
      Promise.all(
        references.map(async reference => {
          try {
            const store = of(reference);
            if (!store) throw new StoreError('unsupported', `No store for ${reference.backend}.`, 'Use another.');
            return { kind: 'value', value: await store.get(reference, signal) } as const;
          } catch (error) {
            if (error instanceof StoreError) return { kind: 'failed', error } as const;
            throw error;
          }
        }),
      ),
    announce() {
      for (const listener of listeners) listener();
    },
    onChange(listener) {
      listeners.add(listener);
      return {
        dispose: () => {
          listeners.delete(listener);
        },
      };
    },
    dispose: () => Promise.resolve(),
  };
}

/** SecretStorage without an editor. */
export function memoryBridge(entries: Map<string, string> = new Map()): SecretStorageBridge {
  return {
    get: async key => entries.get(key),
    set: async (key, value) => {
      entries.set(key, value);
    },
    delete: async key => {
      entries.delete(key);
    },
    keys: async () => [...entries.keys()],
  };
}
