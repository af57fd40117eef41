import { randomUUID } from 'node:crypto';
import type { Reference } from '../engine/reference.ts';
import { type KeychainConnection, keychainLocked } from './keychainConnection.ts';
import type { IndexEntry, KeychainIndex } from './keychainIndex.ts';
import { LongValues, refuseValue } from './longValues.ts';
import { SecretValue } from './secretValue.ts';
import { type SecretMetadata, type SecretStore, StoreError } from './store.ts';

/** Milliseconds. */
const undoLimit = 10_000;

/**
 * The system keychain: one item a secret, service `<project>/<NAME>`, account the user's login name, the value itself in it
 * (a key for values over 2,000 bytes). Names stand in an index of our own. An item that is not in the index, written by
 * another program or restored, is read and never overwritten by `create`.
 */
export function openKeychain(connection: KeychainConnection, index: KeychainIndex, dataFolder: string): SecretStore {
  const long = new LongValues(dataFolder);

  /** Undefined when it is proven absent. */
  async function read(reference: Reference, signal: AbortSignal): Promise<string | undefined> {
    const { service, project, name } = placeOf(reference);
    const item = await connection.get(service, signal);
    if (item !== null) return item;
    return proveAbsent(project, name, signal);
  }

  async function proveAbsent(project: string, name: string, signal: AbortSignal): Promise<undefined> {
    if (await index.find(project, name)) throw lockedOrLost(name);
    await tryCanary(connection, signal);
  }

  async function write(
    reference: Reference,
    value: SecretValue,
    previous: string | null,
    signal: AbortSignal,
  ): Promise<void> {
    const { service, name } = placeOf(reference);
    const item = await long.wrap(service, value.reveal());
    try {
      await connection.set(service, item, signal);
    } catch (error) {
      // The ciphertext of a key that was never kept.
      await long.forget(service, item);
      throw error;
    }
    if ((await connection.get(service, signal)) !== item) throw changedOnTheWay(name);
    await long.unwrap(service, item);
    await long.forget(service, previous);
  }

  /** Takes back what was just created, as far as the keychain lets us. */
  async function undo(service: string): Promise<void> {
    const signal = AbortSignal.timeout(undoLimit);
    const item = await connection.get(service, signal).catch(() => null);
    await connection.delete(service, signal).catch(() => false);
    await long.forget(service, item);
  }

  return {
    id: 'keychain',
    label: 'Keychain',
    referenceFor: (project, name) => ({ backend: 'keychain', path: `${project}/${name}`, parameters: {}, key: '' }),

    async get(reference, signal) {
      const item = await read(reference, signal);
      if (item === undefined) throw absent(reference);
      return new SecretValue(await long.unwrap(placeOf(reference).service, item));
    },

    async has(reference, signal) {
      const { service, project, name } = placeOf(reference);
      if (await connection.has(service, signal)) return true;
      await proveAbsent(project, name, signal);
      return false;
    },

    async create(reference, value, metadata, signal) {
      const { service, project, name } = checked(reference, value);
      let begun = false;
      try {
        await index.update(signal, async entries => {
          if ((await read(reference, signal)) !== undefined) throw taken(name);
          begun = true;
          await write(reference, value, null, signal);
          return { entries: noted(entries, project, name, metadata), result: undefined };
        });
      } catch (error) {
        // After a conflict the item is somebody else's.
        if (begun && !(error instanceof StoreError && error.code === 'conflict')) await undo(service);
        throw error;
      }
    },

    async set(reference, value, metadata, signal) {
      const { service, project, name } = checked(reference, value);
      await index.update(signal, async entries => {
        await write(reference, value, await connection.get(service, signal), signal);
        return { entries: noted(entries, project, name, metadata), result: undefined };
      });
    },

    async claim(reference, value, metadata, signal) {
      const { service, project, name } = checked(reference, value);
      await index.update(signal, async entries => {
        const item = await read(reference, signal);
        if (item === undefined) throw absent(reference);
        if ((await long.unwrap(service, item)) !== value.reveal()) throw taken(name);
        return { entries: noted(entries, project, name, metadata), result: undefined };
      });
    },

    async withdraw(reference, value, signal) {
      const { service, project, name } = placeOf(reference);
      await index.update(signal, async entries => {
        const entry = entries.find(each => isEntry(each, project, name));
        const item = await connection.get(service, signal);
        const isClaimed = entry !== undefined && entry.changed !== entry.created;
        if (isClaimed || item === null || (await long.unwrap(service, item)) !== value.reveal())
          return { entries, result: undefined };
        await connection.delete(service, signal);
        await long.forget(service, item);
        return { entries: entries.filter(each => each !== entry), result: undefined };
      });
    },

    async remove(reference, signal) {
      const { service, project, name } = placeOf(reference);
      await index.update(signal, async entries => {
        const item = await connection.get(service, signal);
        if (!(await connection.delete(service, signal))) await tryCanary(connection, signal);
        await long.forget(service, item);
        return { entries: entries.filter(entry => !isEntry(entry, project, name)), result: undefined };
      });
    },

    async list(project) {
      const entries = (await index.read()).filter(entry => entry.project === project);
      return entries.map(({ name }) => this.referenceFor(project, name));
    },

    async check(signal) {
      try {
        await tryCanary(connection, signal);
        return undefined;
      } catch (error) {
        if (error instanceof StoreError) return error;
        throw error;
      }
    },

    async owners(reference) {
      const { project, name } = placeOf(reference);
      return (await index.find(project, name))?.folders ?? [];
    },

    async addOwner(reference, folder, signal) {
      const { project, name } = placeOf(reference);
      await index.update(signal, async entries => ({
        entries: noted(entries, project, name, { folder }),
        result: undefined,
      }));
    },
  };
}

/** Vault tokens, canaries and probes: a committed reference must never reach them. */
const ownServices = /^keysweep\/(?:vault-token\/|canary-|probe$)/i;

/** Writes, reads back and removes an item: the only proof that the keychain is here and unlocked. Rejects with the reason. */
async function tryCanary(connection: KeychainConnection, signal: AbortSignal): Promise<void> {
  // Others, here and in other processes, may try at the same moment.
  const canary = randomUUID();
  const service = `keysweep/canary-${canary}`;
  await connection.set(service, canary, signal);
  const back = await connection.get(service, signal);
  await connection.delete(service, signal);
  if (back !== canary) throw keychainLocked();
}

/** `<project>/<NAME>`; the project may hold slashes. Rejects what is not one of ours. */
function placeOf(reference: Reference): { readonly service: string; readonly project: string; readonly name: string } {
  const cut = reference.path.lastIndexOf('/');
  const project = reference.path.slice(0, Math.max(cut, 0));
  const name = reference.path.slice(cut + 1);
  if (project === '' || name === '' || reference.path.includes('\0') || !reference.path.isWellFormed()) {
    throw new StoreError(
      'invalid',
      'A keychain reference names a project and a secret.',
      'Write it as ref+keychain://PROJECT/NAME.',
    );
  }
  if (ownServices.test(reference.path)) {
    throw new StoreError('invalid', 'This keychain entry is kept for Keysweep itself.', 'Use another project or name.');
  }
  if (reference.key !== '' || Object.keys(reference.parameters).length > 0) {
    throw new StoreError(
      'invalid',
      'A keychain reference has no parameters and no key.',
      'Write it as ref+keychain://PROJECT/NAME.',
    );
  }
  return { service: reference.path, project, name };
}

function checked(reference: Reference, value: SecretValue): ReturnType<typeof placeOf> {
  const refusal = refuseValue(value.reveal());
  if (refusal) throw refusal;
  return placeOf(reference);
}

function noted(
  entries: readonly IndexEntry[],
  project: string,
  name: string,
  metadata: SecretMetadata,
): readonly IndexEntry[] {
  const before = entries.find(entry => isEntry(entry, project, name));
  // Twice within a millisecond is a change all the same.
  const now = new Date(Math.max(Date.now(), (Date.parse(before?.changed ?? '') || 0) + 1)).toISOString();
  const folders = new Set([...(before?.folders ?? []), ...(metadata.folder ? [metadata.folder] : [])]);
  const entry = { project, name, folders: [...folders], created: before?.created || now, changed: now };
  return before ? entries.map(one => (one === before ? entry : one)) : [...entries, entry];
}

function isEntry(entry: IndexEntry, project: string, name: string): boolean {
  return entry.project === project && entry.name === name;
}

function absent(reference: Reference): StoreError {
  return new StoreError(
    'absent',
    `${placeOf(reference).name} is not in this keychain.`,
    'Store a value under this name.',
  );
}

function taken(name: string): StoreError {
  return new StoreError(
    'conflict',
    `The keychain already holds ${name}.`,
    'Choose another name, or set its value instead.',
  );
}

function lockedOrLost(name: string): StoreError {
  return new StoreError(
    'locked',
    `${name} was stored here, but the keychain gives nothing back: it is locked, or the entry was deleted elsewhere.`,
    'Unlock the keychain and try again. If the entry is gone, set its value again.',
  );
}

function changedOnTheWay(name: string): StoreError {
  return new StoreError(
    'conflict',
    `The keychain did not give back what was stored for ${name}.`,
    'Look whether another program writes the same entry, then try again.',
  );
}
