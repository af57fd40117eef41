import { parseReference } from '../engine/reference.ts';
import type { ClientValues, Handlers, ServerValues, ValueChannel } from '../protocol/valueChannel.ts';
import type { SecretStorageBridge } from '../stores/secretStorage.ts';
import { SecretValue } from '../stores/secretValue.ts';
import { StoreError } from '../stores/store.ts';
import type { StoreOptions } from '../stores/stores.ts';
import type { Configuration } from './configuration.ts';
import type { Environments } from './environments.ts';
import type { StoreAccess } from './storeAccess.ts';

/* Invariant 1: the only file of the language server that hands values on, over the value channel alone. */

const untrusted = 'The workspace is not trusted, so none of its references is followed. Trust it first.';

export function createValueHandlers(
  configuration: Configuration,
  environments: Environments,
  access: StoreAccess,
): Handlers<ServerValues> {
  return {
    async environment({ folder }, signal) {
      const found = await environments.resolve(folder, signal);
      if (found.kind === 'missing') {
        return { kind: 'missing', missing: found.missing.map(({ name, message }) => ({ name, message })) };
      }
      return {
        kind: 'ready',
        values: Object.fromEntries([...found.variables].map(([name, value]) => [name, value.reveal()])),
      };
    },
    async reveal({ reference }, signal) {
      const value = await withStore(reference, async (store, parsed) => store.get(parsed, signal));
      return typeof value === 'string' ? { problem: value } : { value: value.reveal() };
    },
    async setValue({ reference, value }, signal) {
      const done = await withStore(reference, async (store, parsed) => {
        await store.set(parsed, new SecretValue(value), {}, signal);
        return undefined;
      });
      return { problem: done ?? '' };
    },
  };

  /** The result, or a sentence that says why there is none. */
  async function withStore<R>(
    reference: string,
    work: (
      store: NonNullable<ReturnType<Awaited<ReturnType<StoreAccess['stores']>>['of']>>,
      parsed: NonNullable<ReturnType<typeof parseReference>>,
    ) => Promise<R>,
  ): Promise<R | string> {
    if (!configuration.trusted) return untrusted;
    const parsed = parseReference(reference);
    if (parsed === undefined) return 'This is no reference to a stored secret.';
    const store = (await access.stores()).of(parsed);
    if (store === undefined) return `No store is configured here that answers for ${parsed.backend}.`;
    try {
      return await work(store, parsed);
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
