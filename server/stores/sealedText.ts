import { createCipheriv, createDecipheriv, randomBytes, scrypt } from 'node:crypto';
import type { SecretValue } from './secretValue.ts';

/** A text that only who has a certain value can read. All in base64. */
export interface SealedText {
  readonly salt: string;
  readonly nonce: string;
  readonly tag: string;
  readonly data: string;
}

/** AES-256-GCM; scrypt draws the key from the value, slowly, since a password can be guessed. */
export async function sealText(text: string, value: SecretValue): Promise<SealedText> {
  const salt = randomBytes(16);
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', await keyFrom(value, salt), nonce);
  const data = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return { salt: base64(salt), nonce: base64(nonce), tag: base64(cipher.getAuthTag()), data: base64(data) };
}

/** Undefined when it was sealed with another value, or is damaged. */
export async function unsealText(sealed: SealedText, value: SecretValue): Promise<string | undefined> {
  const [salt, nonce, tag, data] = [sealed.salt, sealed.nonce, sealed.tag, sealed.data].map(fromBase64);
  if (salt === undefined || nonce === undefined || tag === undefined || data === undefined) return undefined;
  try {
    const key = await keyFrom(value, salt);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 }).setAuthTag(tag);
    return Buffer.concat([decipher.update(data), decipher.final()]).toString('utf8');
  } catch {
    return undefined;
  }
}

/** 64 MB and about a tenth of a second a guess. https://www.rfc-editor.org/rfc/rfc7914 */
const cost = { N: 2 ** 16, r: 8, p: 1, maxmem: 2 ** 27 };

function keyFrom(value: SecretValue, salt: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(value.reveal(), salt, 32, cost, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}

function base64(bytes: Buffer): string {
  return bytes.toString('base64');
}

function fromBase64(text: string): Buffer {
  return Buffer.from(text, 'base64');
}
