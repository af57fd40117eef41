import type { AsyncLocalStorage } from 'node:async_hooks';
import { parseReference, type Reference } from '../engine/reference.ts';
import type { ClientValues, Handlers, ServerValues, ValueChannel } from '../protocol/valueChannel.ts';
import { fillEnvironment } from '../secrets/environment.ts';
import { homeOf } from '../secrets/owners.ts';
import type { SecretStorageBridge } from '../stores/secretStorage.ts';
import { SecretValue } from '../stores/secretValue.ts';
import { type SecretStore, StoreError } from '../stores/store.ts';
import type { StoreOptions } from '../stores/stores.ts';
import type { Configuration } from './configuration.ts';
import type { Consent } from './consent.ts';
import type { Environments } from './environments.ts';
import { fileOf } from './places.ts';
import type { StoreAccess } from './storeAccess.ts';

/* Invariant 1: the only file of the language server that hands values on, over the value channel alone. */

const untrusted = 'The workspace is not trusted, so none of its references is followed. Trust it first.';

export function createValueHandlers(
  configuration: Configuration,
  environments: Environments,
  access: StoreAccess,
  consent: Consent,
  attended: AsyncLocalStorage<boolean>,
): Handlers<ServerValues> {
  return {
    async environment({ folder, attended: waiting = false }, signal) {
      const found = await attended.run(waiting, () => environments.launch(folder, signal));
      if (found.kind === 'ready') return { kind: 'ready', values: fillEnvironment(found.variables) };
      return { kind: 'missing', missing: found.missing.map(({ name, message }) => ({ name, message })) };
    },
    async reveal({ folder, reference }, signal) {
      const value = await withStore(folder, reference, 'reveal', signal, (store, parsed) => store.get(parsed, signal));
      return typeof value === 'string' ? { problem: value } : { value: value.reveal() };
    },
    async setValue({ folder, reference, value }, signal) {
      const done = await withStore(folder, reference, 'set', signal, async (store, parsed, directory) => {
        await store.set(parsed, new SecretValue(value), { folder: await homeOf(directory) }, signal);
        return undefined;
      });
      return { problem: done ?? '' };
    },
  };

  /** What `work` answers, or a sentence that says why nothing was done. */
  async function withStore<R>(
    folder: string,
    reference: string,
    wish: 'reveal' | 'set',
    signal: AbortSignal,
    work: (store: SecretStore, parsed: Reference, directory: string) => Promise<R>,
  ): Promise<R | string> {
    if (!configuration.trusted) return untrusted;
    const parsed = parseReference(reference);
    if (parsed === undefined) return 'This is no reference to a stored secret.';
    const store = (await access.stores()).of(parsed);
    const directory = fileOf(folder) ?? configuration.folderOf(folder).root;
    if (store === undefined || directory === undefined)
      return `No store is configured here that answers for ${parsed.backend}.`;
    try {
      if (!(await consent.agree(parsed, directory, wish, signal)))
        return 'It was stored for another folder, and you did not allow this one to use it.';
      return await attended.run(true, () => work(store, parsed, directory));
    } catch (error) {
      if (error instanceof StoreError) return `${error.message} ${error.advice}`.trim();
      throw error;
    }
  }
}

/** VS Code's SecretStorage, over the channel. */
export function secretStorageOver(channel: () => ValueChannel<ClientValues> | undefined): SecretStorageBridge {
  const need = (): ValueChannel<ClientValues> => {
    const open = channel();
    if (open === undefined) throw new StoreError('unavailable', 'The editor cannot be asked.', 'Restart Keysweep.');
    return open;
  };
  return {
    get: async (key, signal) => (await need().request('secretStorage.get', { key }, signal)).value,
    set: async (key, value, signal) => void (await need().request('secretStorage.set', { key, value }, signal)),
    delete: async (key, signal) => void (await need().request('secretStorage.delete', { key }, signal)),
    keys: async signal => (await need().request('secretStorage.keys', {}, signal)).keys,
  };
}

export function askVaultTokenOver(
  channel: () => ValueChannel<ClientValues> | undefined,
): StoreOptions['askVaultToken'] {
  return async (address, signal) => {
    const title = 'Vault Token';
    const detail = `For ${address}. It is kept in the keychain of this machine.`;
    const answer = await channel()?.request('prompt', { title, detail }, signal);
    return answer?.value ? new SecretValue(answer.value) : undefined;
  };
}
