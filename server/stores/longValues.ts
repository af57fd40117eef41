import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { textAt } from './json.ts';
import { replaceFile } from './keychainIndex.ts';
import { StoreError } from './store.ts';

/** UTF-8 bytes that every keychain takes (Windows ends at 2,560). */
const itemLimit = 2_000;
/** UTF-8 bytes that Keysweep keeps at all. */
const hardLimit = 1_048_576;
const keyMark = 'keysweep-long-value:1:';

/**
 * Values too long for a keychain item: the item holds a random 256-bit key, the ciphertext (AES-256-GCM, the item's name
 * authenticated with it) a file named after both. A new value has a new key and so a new file: a crash between the two
 * leaves the old value whole.
 */
export class LongValues {
  readonly #folder: string;

  constructor(dataFolder: string) {
    this.#folder = join(dataFolder, 'long-values');
  }

  /** What to put into the item: the value itself, or the key of its ciphertext, which is written first. */
  async wrap(service: string, value: string): Promise<string> {
    if (Buffer.byteLength(value) <= itemLimit && !value.startsWith(keyMark)) return value;
    const key = randomBytes(32);
    const nonce = randomBytes(12);
    const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(service));
    const data = Buffer.concat([cipher.update(value, 'utf8'), cipher.final()]);
    const item = keyMark + key.toString('base64');
    const envelope = { version: 1, nonce: base64(nonce), tag: base64(cipher.getAuthTag()), data: base64(data) };
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      await replaceFile(this.#file(service, item), `${JSON.stringify(envelope)}\n`);
    } catch {
      throw new StoreError(
        'unavailable',
        `Keysweep cannot write to ${this.#folder}.`,
        'Check its permissions and the free space.',
      );
    }
    return item;
  }

  /** The value behind what an item holds. */
  async unwrap(service: string, item: string): Promise<string> {
    if (!item.startsWith(keyMark)) return item;
    try {
      const envelope: unknown = JSON.parse(await readFile(this.#file(service, item), 'utf8'));
      const [nonce, tag, data] = ['nonce', 'tag', 'data'].map(part => Buffer.from(textAt(envelope, part), 'base64'));
      if (nonce === undefined || tag === undefined || data === undefined) throw new Error('incomplete');
      const key = Buffer.from(item.slice(keyMark.length), 'base64');
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
        .setAAD(Buffer.from(service))
        .setAuthTag(tag);
      return Buffer.concat([decipher.update(data), decipher.final()]).toString('utf8');
    } catch {
      throw new StoreError(
        'invalid',
        `The keychain holds the key of ${service}, but its encrypted value on this machine is missing or damaged.`,
        `Set the value again; it is kept in ${this.#folder}.`,
      );
    }
  }

  /** Removes the ciphertext that belongs to an item, when there is one. */
  async forget(service: string, item: string | null): Promise<void> {
    if (item?.startsWith(keyMark)) await rm(this.#file(service, item), { force: true });
  }

  #file(service: string, item: string): string {
    return join(this.#folder, `${createHash('sha256').update(service).update('\0').update(item).digest('hex')}.json`);
  }
}

/** Undefined when a keychain gives the value back unchanged. */
export function refuseValue(value: string): StoreError | undefined {
  const refused = (message: string, advice: string) => new StoreError('invalid', message, advice);
  if (value === '') return refused('An empty value cannot be stored.', 'Give it a value, or leave the name out.');
  if (value.includes('\0')) {
    return refused('The value holds a NUL character, at which keychains cut it.', 'Encode it (base64) and store that.');
  }
  if (!value.isWellFormed()) {
    return refused(
      'The value holds half of a character (a lone surrogate), which no store keeps.',
      'Encode it (base64) and store that.',
    );
  }
  if (Buffer.byteLength(value) > hardLimit) {
    return refused('The value is longer than 1 MiB.', 'Store a file that long elsewhere, encrypted, and its key here.');
  }
  return undefined;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
