import type { Reference } from '../engine/reference.ts';
import type { HttpAnswer } from './http.ts';
import { isRecord } from './json.ts';
import { refuseValue } from './longValues.ts';
import { SecretValue } from './secretValue.ts';
import { type SecretMetadata, type SecretStore, StoreError } from './store.ts';
import type { VaultClient } from './vaultClient.ts';

export interface VaultPlace {
  /** Mount of a KV version 2 engine; may hold slashes. */
  readonly mount: string;
  /** Put before the project; empty or ending in `/`. */
  readonly prefix: string;
}

const keyInPath = 'value';
/** Milliseconds. */
const undoLimit = 5_000;
/** Others may claim the same value at the same moment. */
const claimAttempts = 5;

/**
 * HashiCorp Vault and OpenBao, KV version 2: one path a name, `MOUNT/PREFIX PROJECT/NAME`, the value under `value`. Foreign
 * references with another mount, path or key are read as well.
 * https://openbao.org/api-docs/secret/kv/kv-v2/
 */
export function openVault(client: VaultClient, { mount, prefix }: VaultPlace): SecretStore {
  interface Place {
    readonly mount: string;
    readonly path: string;
    readonly key: string;
    readonly version: string;
    readonly whole: string;
  }

  const proven = new Set<string>();

  /** Invariant 10: a reference names a secret, never where a credential goes. */
  function placeOf(reference: Reference): Place {
    for (const name of Object.keys(reference.parameters)) if (name !== 'version') throw refusedParameter(name);
    const version = reference.parameters.version ?? '';
    const whole = reference.path.replace(/^\/+/, '');
    const own = whole.startsWith(`${mount}/`) ? mount : (whole.split('/')[0] ?? '');
    const path = whole.slice(own.length + 1);
    const segments = whole.split('/');
    if (
      path === '' ||
      !whole.isWellFormed() ||
      segments.some(segment => segment === '' || segment === '.' || segment === '..') ||
      !/^\d*$/.test(version)
    ) {
      throw new StoreError(
        'invalid',
        'This is not the path of a secret in Vault.',
        'Write it as ref+vault://MOUNT/PATH#/KEY.',
      );
    }
    if (reference.key === '') {
      throw new StoreError(
        'invalid',
        `The reference to ${whole} names no key.`,
        `Add one: ref+vault://${whole}#/${keyInPath}.`,
      );
    }
    return { mount: own, path, key: reference.key, version, whole };
  }

  /** What stands at a path. `version` is the one to name in check-and-set, 0 where nothing ever stood. */
  async function read(place: Place, signal: AbortSignal): Promise<Found> {
    const query = place.version === '' ? '' : `?version=${place.version}`;
    const answer = await client.send('GET', `${place.mount}/data/${place.path}${query}`, undefined, signal);
    if (answer.status === 200) {
      const data = at(answer.body, 'data', 'data');
      if (isRecord(data) && isRecord(at(answer.body, 'data', 'metadata')))
        return { kind: 'data', data, version: versionOf(answer) };
      throw await wrongEngine(place, signal);
    }
    if (answer.status === 404 && isRecord(at(answer.body, 'data', 'metadata')))
      return { kind: 'deleted', version: versionOf(answer) };
    if (answer.status === 404) {
      await requireKv2(place.mount, signal);
      return { kind: 'absent', version: 0 };
    }
    throw refused(place);
  }

  async function readValue(place: Place, signal: AbortSignal): Promise<string | undefined> {
    return valueIn(await read(place, signal), place);
  }

  function valueIn(found: Found, place: Place): string | undefined {
    if (found.kind === 'deleted') throw deleted(place);
    if (found.kind !== 'data') return undefined;
    const value = at(found.data, ...place.key.split('/')) ?? found.data[place.key];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'object') {
      throw new StoreError(
        'invalid',
        `${place.key} of ${place.whole} is not a single value.`,
        'Name one of the keys inside it.',
      );
    }
    return String(value as string | number | boolean);
  }

  /** A version 1 engine would take a version 2 request for a secret named `data/…`. */
  async function requireWritable(name: string, signal: AbortSignal): Promise<void> {
    if (proven.has(name)) return;
    await requireKv2(name, signal);
    proven.add(name);
  }

  /** Rejects unless the mount is there and of version 2. A server that does not tell passes. */
  async function requireKv2(name: string, signal: AbortSignal): Promise<void> {
    const answer = await client
      .send('GET', `sys/internal/ui/mounts/${name}`, undefined, signal)
      .catch((error: unknown) => {
        if (error instanceof StoreError && error.code === 'denied') throw wrongMount(name);
        if (error instanceof StoreError && error.code === 'invalid') return undefined;
        throw error;
      });
    if (answer?.status !== 200) return;
    const type = at(answer.body, 'data', 'type');
    if ((type === 'kv' || type === 'generic') && at(answer.body, 'data', 'options', 'version') === '2') return;
    throw new StoreError(
      'unsupported',
      type === 'kv' || type === 'generic'
        ? `The mount ${name} in Vault at ${client.place} is a KV version 1 engine, which can neither create without overwriting nor keep an owner.`
        : `The mount ${name} in Vault at ${client.place} keeps no secrets of its own.`,
      'Use a KV version 2 mount (keysweep.vault.mount), or upgrade it: vault kv enable-versioning MOUNT.',
    );
  }

  async function wrongEngine(place: Place, signal: AbortSignal): Promise<StoreError> {
    await requireKv2(place.mount, signal);
    return refused(place);
  }

  async function write(
    place: Place,
    data: Readonly<Record<string, unknown>>,
    cas: number,
    signal: AbortSignal,
  ): Promise<'written' | 'refused'> {
    await requireWritable(place.mount, signal);
    const answer = await client.send('POST', `${place.mount}/data/${place.path}`, { options: { cas }, data }, signal);
    if (answer.status === 404) throw refused(place);
    return answer.status === 400 ? 'refused' : 'written';
  }

  /** Create only. A request whose answer is lost may have arrived: then it counts, unless the caller gave up. */
  async function writeNew(place: Place, value: string, signal: AbortSignal): Promise<'written' | 'refused'> {
    try {
      return await write(place, { [place.key]: value }, 0, signal);
    } catch (error) {
      if (!(error instanceof StoreError) || !['timeout', 'unavailable', 'cancelled'].includes(error.code)) throw error;
      const arrived = await readValue(place, AbortSignal.timeout(undoLimit)).catch(() => undefined);
      if (arrived !== value) throw error;
      if (!signal.aborted) return 'written';
      await undo(place, value);
      throw error;
    }
  }

  /** Takes back what was just created, as far as the store lets us. */
  async function undo(place: Place, value: string): Promise<void> {
    await takeBack(place, value, AbortSignal.timeout(undoLimit)).catch(() => undefined);
  }

  /** What was created has version 1 until somebody claims or changes it. */
  async function takeBack(place: Place, value: string, signal: AbortSignal): Promise<void> {
    const found = await read(place, signal);
    if (found.kind !== 'data' || found.version !== 1 || valueIn(found, place) !== value) return;
    // Deleting checks no version, so that an empty one is written first: whoever claims the value finds it gone, or comes first.
    const emptied = await write(place, {}, 1, signal).catch((error: unknown) => {
      // A token may create and delete without being allowed to change.
      if (error instanceof StoreError && error.code === 'denied') return 'denied' as const;
      throw error;
    });
    if (emptied === 'refused') return;
    await client.send('DELETE', `${place.mount}/metadata/${place.path}`, undefined, signal);
  }

  /** What the store keeps beside the value. A token that may not write it still stores values. */
  async function describe(place: Place, metadata: SecretMetadata, signal: AbortSignal): Promise<void> {
    const custom = Object.entries({ ...metadata, folder: undefined, 'managed-by': 'keysweep' }).flatMap(
      ([name, text]) => (text ? [[name, text.slice(0, 500)]] : []),
    );
    try {
      const body = { custom_metadata: Object.fromEntries(custom) as unknown };
      await client.send('POST', `${place.mount}/metadata/${place.path}`, body, signal);
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'denied')) throw error;
    }
  }

  async function readBack(place: Place, value: string, signal: AbortSignal): Promise<void> {
    if ((await readValue(place, signal)) === value) return;
    throw new StoreError(
      'conflict',
      `${place.whole} holds something else than was just stored.`,
      'Somebody else changed it: look at it, then try again.',
    );
  }

  return {
    id: 'vault',
    label: 'Vault',
    referenceFor: (project, name) => ({
      backend: 'vault',
      path: `${mount}/${prefix}${project}/${name}`,
      parameters: {},
      key: keyInPath,
    }),

    async get(reference, signal) {
      const place = placeOf(reference);
      const value = await readValue(place, signal);
      if (value === undefined) throw absent(place, client.place);
      return new SecretValue(value);
    },

    async has(reference, signal) {
      const place = placeOf(reference);
      const answer = await client
        .send('GET', `${place.mount}/subkeys/${place.path}`, undefined, signal)
        .catch((error: unknown) => {
          if (error instanceof StoreError && (error.code === 'denied' || error.code === 'unsupported'))
            return undefined;
          throw error;
        });
      const keys = answer?.status === 200 ? at(answer.body, 'data', 'subkeys') : undefined;
      // A policy for data alone, an older version, a nested key, or nothing there: reading tells.
      if (!isRecord(keys) || place.version !== '' || !(place.key in keys))
        return (await readValue(place, signal)) !== undefined;
      return true;
    },

    async create(reference, value, metadata, signal) {
      const place = writable(placeOf(reference), value);
      if ((await writeNew(place, value.reveal(), signal)) === 'refused') {
        const found = await read(place, signal);
        if (found.kind === 'deleted') throw deleted(place);
        if (found.kind === 'data') throw taken(place);
        throw refused(place);
      }
      try {
        await readBack(place, value.reveal(), signal);
        await describe(place, metadata, signal);
      } catch (error) {
        await undo(place, value.reveal());
        throw error;
      }
    },

    async set(reference, value, metadata, signal) {
      const place = writable(placeOf(reference), value);
      const found = await read(place, signal);
      const others = found.kind === 'data' ? found.data : {};
      if ((await write(place, { ...others, [place.key]: value.reveal() }, found.version, signal)) === 'refused')
        throw changed(place);
      await readBack(place, value.reveal(), signal);
      if (found.kind !== 'data') await describe(place, metadata, signal);
    },

    async claim(reference, value, _metadata, signal) {
      const place = writable(placeOf(reference), value);
      for (let attempt = 0; attempt < claimAttempts; attempt++) {
        const found = await read(place, signal);
        const held = valueIn(found, place);
        if (found.kind !== 'data' || held === undefined) throw absent(place, client.place);
        if (held !== value.reveal()) throw taken(place);
        if ((await write(place, found.data, found.version, signal)) === 'written') return;
      }
      throw changed(place);
    },

    async withdraw(reference, value, signal) {
      await takeBack(placeOf(reference), value.reveal(), signal);
    },

    async remove(reference, signal) {
      const place = placeOf(reference);
      const found = await read(place, signal);
      const others = found.kind === 'data' ? Object.keys(found.data).filter(key => key !== place.key) : [];
      if (found.kind === 'data' && others.length > 0) {
        // Other values live at this path: only ours goes.
        const rest = Object.fromEntries(others.map(key => [key, found.data[key]]));
        if ((await write(place, rest, found.version, signal)) === 'refused') throw changed(place);
        return;
      }
      // A soft-deleted path could not be created again with cas=0.
      await client.send('DELETE', `${place.mount}/metadata/${place.path}`, undefined, signal);
    },

    async list(project, signal) {
      const answer = await client.send('GET', `${mount}/metadata/${prefix}${project}?list=true`, undefined, signal);
      const keys = at(answer.body, 'data', 'keys');
      const names = Array.isArray(keys) ? keys.filter(key => typeof key === 'string' && !key.endsWith('/')) : [];
      return names.map((name: string) => this.referenceFor(project, name));
    },

    async check(signal) {
      try {
        // A token that can be asked for is asked for when something is stored or read, not before.
        if (!(await client.checkToken(signal))) return client.asks ? undefined : client.noToken();
        await requireKv2(mount, signal);
        return undefined;
      } catch (error) {
        if (error instanceof StoreError) return error;
        throw error;
      }
    },
  };
}

type Found =
  | { readonly kind: 'data'; readonly data: Readonly<Record<string, unknown>>; readonly version: number }
  | { readonly kind: 'deleted'; readonly version: number }
  | { readonly kind: 'absent'; readonly version: number };

function writable<Place extends { readonly version: string; readonly whole: string }>(
  place: Place,
  value: SecretValue,
): Place {
  const refusal = refuseValue(value.reveal());
  if (refusal) throw refusal;
  if (place.version !== '') {
    throw new StoreError(
      'invalid',
      `The reference to ${place.whole} names an old version, which cannot be written.`,
      'Leave ?version= out.',
    );
  }
  return place;
}

function versionOf(answer: HttpAnswer): number {
  const version = at(answer.body, 'data', 'metadata', 'version');
  return typeof version === 'number' ? version : 0;
}

function at(data: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (value, key) => (isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    data,
  );
}

function refusedParameter(name: string): StoreError {
  const ways: Readonly<Record<string, string>> = {
    address: 'Set the address in your own settings (keysweep.vault.address) or in VAULT_ADDR.',
    namespace: 'Set the namespace in your own settings (keysweep.vault.namespace) or in VAULT_NAMESPACE.',
    token_env: 'Set the token in VAULT_TOKEN or BAO_TOKEN, or log in with "vault login".',
  };
  return new StoreError(
    'invalid',
    `A reference in a file may not choose "${name.slice(0, 40)}" for Vault: files name secrets, never where a credential goes.`,
    `Remove it from the reference. ${ways[name] ?? 'Only ?version= may stand there.'}`,
  );
}

function wrongMount(name: string): StoreError {
  return new StoreError(
    'invalid',
    `Vault has no mount ${name} that this token may see.`,
    'Check the mount (keysweep.vault.mount), the namespace and the policy.',
  );
}

function absent(place: { readonly whole: string; readonly key: string }, host: string): StoreError {
  return new StoreError(
    'absent',
    `${place.whole} has no ${place.key} in Vault at ${host}.`,
    'Store it, or correct the path.',
  );
}

function deleted(place: { readonly whole: string }): StoreError {
  return new StoreError(
    'deleted',
    `${place.whole} was deleted in Vault and can be recovered there.`,
    'Undelete it (vault kv undelete), set its value anew, or remove it with its metadata (vault kv metadata delete).',
  );
}

function taken(place: { readonly whole: string }): StoreError {
  return new StoreError(
    'conflict',
    `Vault already holds ${place.whole}.`,
    'Choose another name, or set its value instead.',
  );
}

function changed(place: { readonly whole: string }): StoreError {
  return new StoreError(
    'conflict',
    `${place.whole} was changed by somebody else meanwhile.`,
    'Look at it, then try again.',
  );
}

function refused(place: { readonly whole: string }): StoreError {
  return new StoreError(
    'invalid',
    `Vault did not take the request for ${place.whole}.`,
    'Check the mount, the path and the namespace.',
  );
}
