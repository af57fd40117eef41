import type { Reference } from '../engine/reference.ts';
import { type SecretStore, StoreError } from './store.ts';

/** Milliseconds after which is looked again whether this host has a keychain. */
const lookAgain = 15_000;

/**
 * What `ref+keychain://` means to this person: the keychain, or SecretStorage where there is no keychain. Only `unavailable`
 * counts as none: a locked or hanging keychain must never make a second copy elsewhere.
 */
export function openPersonal(keychain: SecretStore, secretStorage: SecretStore | undefined): SecretStore {
  if (secretStorage === undefined) return keychain;
  const storage = secretStorage;
  let chosen = { store: keychain, until: 0 };

  async function choose(signal: AbortSignal): Promise<SecretStore> {
    if (Date.now() < chosen.until) return chosen.store;
    const problem = await keychain.check(signal);
    const store = problem?.code === 'unavailable' ? storage : keychain;
    // A locked keychain may be unlocked at any moment.
    chosen = { store, until: problem === undefined || store === storage ? Date.now() + lookAgain : 0 };
    return store;
  }

  /** Who may use it, in the store that knows: the entry may be one that was stored while this host had no keychain. */
  async function owned(reference: Reference, signal: AbortSignal) {
    const store = await choose(signal);
    const owners = (await store.owners?.(reference, signal)) ?? [];
    if (store === storage || owners.length > 0) return { store, owners };
    const elsewhere = (await storage.owners?.(reference, signal)) ?? [];
    return elsewhere.length > 0 ? { store: storage, owners: elsewhere } : { store, owners };
  }

  return {
    // Of the one that answered last, so that people are told where a value is.
    get id() {
      return chosen.store.id;
    },
    get label() {
      return chosen.store.label;
    },
    referenceFor: (project, name) => keychain.referenceFor(project, name),
    get: async (reference, signal) => {
      const store = await choose(signal);
      try {
        return await store.get(reference, signal);
      } catch (error) {
        // Stored while this host had no keychain.
        const elsewhere = store === keychain && error instanceof StoreError && error.code === 'absent';
        if (!elsewhere || !(await storage.has(reference, signal))) throw error;
        return storage.get(reference, signal);
      }
    },
    has: async (reference, signal) => {
      const store = await choose(signal);
      return (await store.has(reference, signal)) || (store === keychain && (await storage.has(reference, signal)));
    },
    create: async (reference, ...rest) => (await choose(rest[2])).create(reference, ...rest),
    set: async (reference, ...rest) => (await choose(rest[2])).set(reference, ...rest),
    claim: async (reference, ...rest) => (await choose(rest[2])).claim(reference, ...rest),
    withdraw: async (reference, ...rest) => (await choose(rest[1])).withdraw(reference, ...rest),
    remove: async (reference, signal) => {
      if ((await choose(signal)) === keychain) await keychain.remove(reference, signal);
      await storage.remove(reference, signal);
    },
    list: async (project, signal) => {
      const lists = (await choose(signal)) === keychain ? [keychain, storage] : [storage];
      const found = (await Promise.all(lists.map(store => store.list(project, signal)))).flat();
      return [...new Map(found.map(reference => [reference.path, reference])).values()];
    },
    check: async signal => (await choose(signal)).check(signal),
    owners: async (reference, signal) => (await owned(reference, signal)).owners,
    addOwner: async (reference, folder, signal) =>
      (await owned(reference, signal)).store.addOwner?.(reference, folder, signal),
  };
}
