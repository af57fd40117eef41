import { createHash } from 'node:crypto';
import type { Reference } from '../engine/reference.ts';
import { isRecord } from './json.ts';
import { refuseValue } from './longValues.ts';
import { SecretValue } from './secretValue.ts';
import {
  cancelled,
  type SecretMetadata,
  type SecretStore,
  StoreError,
  type StoreId,
  type StoreLimits,
} from './store.ts';

/** What a reference names: a whole entry of the store, or one key of the JSON object in it. */
export interface EntryPlace {
  /** For people: the name in the store. */
  readonly whole: string;
  /** Path of a key inside the entry's JSON, joined by `/`; empty for the entry itself. */
  readonly key: string;
  /** It names one version, which can be read and not written. */
  readonly isVersion: boolean;
}

/** What is known of a store before its code is loaded. */
export interface StoreNames {
  readonly id: StoreId;
  readonly label: string;
  readonly place: string;
  readonly limits: StoreLimits;
  referenceFor(project: string, name: string): Reference;
}

/** How one store's interface does with one entry. What is the same for all of them is `openEntryStore`. Rejects with StoreErrors alone. */
export interface EntryApi<Place extends EntryPlace> {
  /** Throws `invalid` for what is no reference of this store (invariant 10: it names a secret, never where a credential goes). */
  placeOf(reference: Reference): Place;
  /** The entry's text; undefined when it is proven absent. */
  read(place: Place, signal: AbortSignal): Promise<string | undefined>;
  /** Without the value where the store allows it. */
  has?(place: Place, signal: AbortSignal): Promise<boolean>;
  /** Create only. Answers `taken` when something is there. */
  create(place: Place, text: string, metadata: SecretMetadata, signal: AbortSignal): Promise<'created' | 'taken'>;
  /** A new value for what is there (`exists`), or a new entry. Afterwards it is no longer `untouched`. */
  write(place: Place, text: string, exists: boolean, metadata: SecretMetadata, signal: AbortSignal): Promise<void>;
  /** Nobody claimed or changed it since `create`. */
  isUntouched(place: Place, signal: AbortSignal): Promise<boolean>;
  /** Absent is no error. */
  remove(place: Place, signal: AbortSignal): Promise<void>;
  /** Brings back what `remove` removed: there where a store keeps it, so that a claim that came first is never lost. */
  restore?(place: Place, signal: AbortSignal): Promise<void>;
  list(project: string, signal: AbortSignal): Promise<readonly Reference[]>;
  /** Rejects with the reason when the store cannot be used. */
  check(signal: AbortSignal): Promise<void>;
}

/** Milliseconds. */
const undoLimit = 5_000;
/** Others may withdraw and restore at the same moment. */
const claimAttempts = 5;

/** A store that keeps one entry a name: create only, read back, take back what nobody else relies on. */
export function openEntryStore<Place extends EntryPlace>(names: StoreNames, api: EntryApi<Place>): SecretStore {
  const { label } = names;

  function writable(reference: Reference, value: SecretValue, signal: AbortSignal): Place {
    const refusal = refuseValue(value.reveal());
    if (refusal) throw refusal;
    const { bytes } = names.limits;
    if (bytes !== undefined && Buffer.byteLength(value.reveal()) > bytes) throw tooLong(label, bytes);
    const place = placeOf(reference, signal);
    if (place.isVersion) throw oldVersion(place);
    return place;
  }

  async function readValue(place: Place, signal: AbortSignal): Promise<string | undefined> {
    return heldIn(await api.read(place, signal), place);
  }

  async function readBack(place: Place, value: string, signal: AbortSignal): Promise<void> {
    if ((await readValue(place, signal)) !== value) throw changed(place, label);
  }

  /** A request whose answer is lost may have arrived: then it counts, unless the caller gave up. */
  async function createAnyway(
    place: Place,
    value: string,
    metadata: SecretMetadata,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      if ((await api.create(place, value, metadata, signal)) === 'taken') throw taken(place, label);
    } catch (error) {
      if (!(error instanceof StoreError) || !['timeout', 'unavailable', 'cancelled'].includes(error.code)) throw error;
      const arrived = await readValue(place, AbortSignal.timeout(undoLimit)).catch(() => undefined);
      if (arrived !== value) throw error;
      if (!signal.aborted) return;
      await undo(place, value);
      throw error;
    }
  }

  async function undo(place: Place, value: string): Promise<void> {
    await takeBack(place, value, AbortSignal.timeout(undoLimit)).catch(() => undefined);
  }

  async function takeBack(place: Place, value: string, signal: AbortSignal): Promise<void> {
    const held = await readValue(place, signal).catch(ifAbsent);
    if (held !== value || !(await api.isUntouched(place, signal))) return;
    await api.remove(place, signal);
    // Whoever claimed it between the two calls keeps it.
    if (api.restore && !(await api.isUntouched(place, signal))) await api.restore(place, signal);
  }

  function placeOf(reference: Reference, signal: AbortSignal): Place {
    if (signal.aborted) throw cancelled(label);
    return api.placeOf(reference);
  }

  return {
    ...names,

    async get(reference, signal) {
      const place = placeOf(reference, signal);
      const value = await readValue(place, signal);
      if (value === undefined) throw absent(place, label);
      return new SecretValue(value);
    },

    async has(reference, signal) {
      const place = placeOf(reference, signal);
      if (place.key === '' && api.has) return api.has(place, signal);
      return (await readValue(place, signal).catch(ifAbsent)) !== undefined;
    },

    async create(reference, value, metadata, signal) {
      const place = writable(reference, value, signal);
      if (place.key !== '') throw keyOfEntry(place);
      await createAnyway(place, value.reveal(), metadata, signal);
      try {
        await readBack(place, value.reveal(), signal);
      } catch (error) {
        await undo(place, value.reveal());
        throw error;
      }
    },

    async set(reference, value, metadata, signal) {
      const place = writable(reference, value, signal);
      const before = await api.read(place, signal).catch(ifAbsent);
      const text = place.key === '' ? value.reveal() : withValueAt(before, place, value.reveal());
      await api.write(place, text, before !== undefined, metadata, signal);
      await readBack(place, value.reveal(), signal);
    },

    async claim(reference, value, metadata, signal) {
      const place = writable(reference, value, signal);
      for (let attempt = 1; ; attempt++) {
        const text = await api.read(place, signal).catch(ifAbsent);
        const held = heldIn(text, place);
        if (text === undefined || held === undefined) throw absent(place, label);
        if (held !== value.reveal()) throw taken(place, label);
        try {
          await api.write(place, text, true, metadata, signal);
          return;
        } catch (error) {
          const isGone = error instanceof StoreError && ['absent', 'deleted'].includes(error.code);
          if (!isGone || attempt === claimAttempts) throw error;
        }
      }
    },

    async withdraw(reference, value, signal) {
      const place = placeOf(reference, signal);
      if (place.key === '') await takeBack(place, value.reveal(), signal);
    },

    async remove(reference, signal) {
      const place = placeOf(reference, signal);
      if (place.key !== '') throw keyOfEntry(place);
      if (place.isVersion) throw oldVersion(place);
      await api.remove(place, signal);
    },

    list: (project, signal) => api.list(project, signal),

    async check(signal) {
      try {
        await api.check(signal);
        return undefined;
      } catch (error) {
        if (error instanceof StoreError) return error;
        throw error;
      }
    },
  };
}

/** Nothing is there now, recoverable or not. */
export function ifAbsent(error: unknown): undefined {
  if (error instanceof StoreError && (error.code === 'absent' || error.code === 'deleted')) return undefined;
  throw error;
}

/**
 * A part of a name in the alphabet that a store takes (`bad` matches what it does not). What had to be changed ends in a hash, so
 * that two projects never meet.
 */
export function nameFor(text: string, bad: RegExp): string {
  const changed = text.replace(bad, '-');
  return changed === text ? text : `${changed}-${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
}

/** For a store whose references take no parameters beyond `allowed`. */
export function refuseParameters(reference: Reference, label: string, allowed: readonly string[]): void {
  const name = Object.keys(reference.parameters).find(each => !allowed.includes(each));
  if (name === undefined) return;
  throw new StoreError(
    'invalid',
    `A reference in a file may not choose "${name.slice(0, 40)}" for ${label}: files name secrets, never where a credential goes.`,
    `Remove it from the reference. ${allowed.length > 0 ? `Only ${allowed.join(', ')} may stand there.` : 'Set it in your own environment.'}`,
  );
}

export function notOfStore(label: string, form: string): StoreError {
  return new StoreError('invalid', `This is not the name of a secret in ${label}.`, `Write it as ${form}.`);
}

function objectIn(text: string, place: EntryPlace): Record<string, unknown> {
  try {
    const read: unknown = JSON.parse(text);
    if (isRecord(read)) return read;
  } catch {
    // No JSON: said below.
  }
  throw new StoreError(
    'invalid',
    `${place.whole} holds no JSON object, so that it has no key.`,
    'Leave the part from # out of the reference to use the whole.',
  );
}

/** What an entry's text holds at a place. */
function heldIn(text: string | undefined, place: EntryPlace): string | undefined {
  return text === undefined || place.key === '' ? text : valueAt(text, place);
}

function valueAt(text: string, place: EntryPlace): string | undefined {
  const read = objectIn(text, place);
  const value = Object.hasOwn(read, place.key)
    ? read[place.key]
    : place.key
        .split('/')
        .reduce<unknown>((each, key) => (isRecord(each) && Object.hasOwn(each, key) ? each[key] : undefined), read);
  if (value === undefined || value === null) return undefined;
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function withValueAt(before: string | undefined, place: EntryPlace, value: string): string {
  const read = before === undefined ? {} : objectIn(before, place);
  if (place.key.includes('/') && !Object.hasOwn(read, place.key)) throw keyOfEntry(place);
  return JSON.stringify({ ...read, [place.key]: value });
}

function tooLong(label: string, bytes: number): StoreError {
  return new StoreError(
    'invalid',
    `${label} keeps values of at most ${bytes} bytes.`,
    'Keep this one in another store, or a file that long elsewhere, encrypted, and its key here.',
  );
}

function oldVersion(place: EntryPlace): StoreError {
  return new StoreError(
    'invalid',
    `The reference to ${place.whole} names a version, which cannot be written.`,
    'Leave the version out.',
  );
}

function keyOfEntry(place: EntryPlace): StoreError {
  return new StoreError(
    'invalid',
    `${place.key.slice(0, 80)} is a key inside ${place.whole}; it is neither created nor removed alone.`,
    'Set its value, or use an entry of its own (leave the part from # out).',
  );
}

function absent(place: EntryPlace, label: string): StoreError {
  const what = place.key === '' ? place.whole : `${place.key.slice(0, 80)} of ${place.whole}`;
  return new StoreError('absent', `${what} is not in ${label}.`, 'Store a value under this name, or correct it.');
}

function taken(place: EntryPlace, label: string): StoreError {
  return new StoreError(
    'conflict',
    `${label} already holds ${place.whole}.`,
    'Choose another name, or set its value instead.',
  );
}

function changed(place: EntryPlace, label: string): StoreError {
  return new StoreError(
    'conflict',
    `${label} holds something else for ${place.whole} than was just stored.`,
    'Somebody else changed it: look at it, then try again.',
  );
}
