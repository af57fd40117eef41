import { readBase64 } from './base64.ts';
import { mnemonicWords } from './mnemonicWords.ts';

/** Offline checksums that providers publish. A value that satisfies one was made by its provider, save for one chance in a billion. */
export const checksums = [
  /** Last 6 characters: base62 (0-9A-Za-z) CRC32 of what stands between the prefix and them. GitHub, npm, Vercel, Polar. */
  'crc32-base62',
  /** Last 8 characters: hex CRC32 of what stands before, with or without prefix and separator. Atlassian, Grafana, Cloudflare, Zuplo. */
  'crc32-hex',
  /** Last 6 characters: base64 of the little-endian CRC32 of what stands between the `cflt` marker and them. Confluent. */
  'crc32-base64',
  /** `.VV.LLCCCCCCC` or `.VVLLCCCCCCC`: base36 length of the payload and CRC32 of all before. GitLab's routable tokens. */
  'gitlab-routable',
  /** Bitcoin's: the first 4 bytes of SHA-256 twice. */
  'base58check',
  /** BIP-173's polymod is 1. age identities. */
  'bech32',
  /** Base32; the last 2 bytes: little-endian CRC16 (XMODEM) of those before. NATS. */
  'nkey',
  /** Base62 of bytes whose last 4 are the little-endian CRC32 of those before. Xata. */
  'crc32-bytes-base62',
  /**
   * Azure's keys with a fixed signature: base64 of bytes whose last 4 are Marvin32 of those before, with one of Microsoft's seeds. Those
   * marked JQQJ: the 4 characters behind 80 of base64 are the start of Marvin32 of those 60 bytes, in base62 or base64.
   */
  'azure-key',
  /** Base32 of 32 bytes, 4 of which, scattered, are the CRC32 of the others and a constant of Microsoft's. Azure DevOps before 2024. */
  'azure-devops',
  /** BIP-39: the last bits of the words are the first bits of the SHA-256 of those before. */
  'bip39',
] as const;
export type Checksum = (typeof checksums)[number];

type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** Whether a value that fails the checksum is of another kind altogether, and not just invented or altered: a phrase of other words. */
export function isForeign(name: string, value: string): boolean {
  return name === 'bip39' && !mnemonicOf(value).every(word => mnemonicWords.has(word));
}

/** Whether `value` satisfies the checksum of that name; undefined when the name is unknown, or the value is of a form without one. */
export function satisfies(name: string, value: string, sha256: Sha256): boolean | undefined {
  switch (name) {
    case 'crc32-base62':
      return crcBase62(value);
    case 'crc32-hex':
      return crcHex(value);
    case 'crc32-base64':
      return crcBase64(value);
    case 'gitlab-routable':
      return gitlabRoutable(value);
    case 'base58check':
      return base58check(value, sha256);
    case 'bech32':
      return bech32(value);
    case 'nkey':
      return nkey(value);
    case 'crc32-bytes-base62':
      return crcBytesBase62(value);
    case 'azure-key':
      return azureKey(value);
    case 'azure-devops':
      return azureDevOps(value);
    case 'bip39':
      return bip39(value, sha256);
    default:
      return undefined;
  }
}

const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const base36 = '0123456789abcdefghijklmnopqrstuvwxyz';
const base58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const bech32Digits = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';

function crcBase62(value: string): boolean {
  const body = value.slice(value.lastIndexOf('_') + 1, -6);
  return body.length >= 16 && write(crc32(body), base62, 6) === value.slice(-6);
}

function crcHex(value: string): boolean {
  const before = value.slice(0, -8);
  const check = value.slice(-8).toLowerCase();
  const unseparated = before.replace(/[_=]$/, '');
  const bodies = [before, unseparated, unseparated.slice(unseparated.lastIndexOf('_') + 1), unseparated.slice(4)];
  return (
    before.length >= 16 &&
    bodies.some(body => {
      const hex = crc32(body).toString(16).padStart(8, '0');
      return hex === check || swapBytes(hex) === check;
    })
  );
}

const swapBytes = (hex: string): string => `${hex.slice(6)}${hex.slice(4, 6)}${hex.slice(2, 4)}${hex.slice(0, 2)}`;

/** Keys made before 2025 have no marker, and no checksum. */
function crcBase64(value: string): boolean | undefined {
  if (!value.startsWith('cflt')) return undefined;
  const sum = crc32(value.slice(4, -6));
  const bytes = [sum & 255, (sum >>> 8) & 255, (sum >>> 16) & 255, sum >>> 24];
  let text = '';
  for (let bit = 0; bit < 32; bit += 6) {
    const word = ((bytes[bit >> 3] ?? 0) << 8) | (bytes[(bit >> 3) + 1] ?? 0);
    text += base64[(word >> (10 - (bit & 7))) & 63];
  }
  return text === value.slice(-6);
}

function gitlabRoutable(value: string): boolean {
  const parts = /^[a-z]+-([\w-]+)\.(?:[0-9a-z]{2}\.)?([0-9a-z]{2})[0-9a-z]{7}$/.exec(value);
  if (parts === null) return false;
  const [, payload = '', size = ''] = parts;
  return (
    Number.parseInt(size, 36) === payload.length && write(crc32(value.slice(0, -7)), base36, 7) === value.slice(-7)
  );
}

function base58check(value: string, sha256: Sha256): boolean {
  const all = value.length > 200 ? undefined : readNumber(value, base58);
  if (all === undefined || all.length < 8) return false;
  const hash = sha256(sha256(all.subarray(0, -4)));
  return all.subarray(-4).every((byte, i) => byte === hash[i]);
}

/** The bytes of a number written in the base that `digits` spell; each leading first digit is a zero byte. Undefined for other digits. */
function readNumber(text: string, digits: string): Uint8Array | undefined {
  const bytes: number[] = [];
  for (const char of text) {
    let carry = digits.indexOf(char);
    if (carry < 0) return undefined;
    for (let i = 0; i < bytes.length; i++) {
      carry += (bytes[i] ?? 0) * digits.length;
      bytes[i] = carry & 255;
      carry >>= 8;
    }
    for (; carry > 0; carry >>= 8) bytes.push(carry & 255);
  }
  for (let i = 0; text[i] === digits[0]; i++) bytes.push(0);
  return Uint8Array.from(bytes.reverse());
}

/** The order of the letters is not told. */
function crcBytesBase62(value: string): boolean {
  const body = value.slice(value.lastIndexOf('_') + 1);
  const lowerFirst = base36 + base62.slice(10, 36);
  return [base62, lowerFirst].some(digits => {
    const bytes = readNumber(body, digits);
    return bytes !== undefined && bytes.length >= 12 && crcOfBytes(bytes.subarray(0, -4)) === littleEndian(bytes, -4);
  });
}

/** BIP-173, section "Checksum". */
function bech32(value: string): boolean {
  const text = value.toLowerCase();
  const split = text.lastIndexOf('1');
  if (split < 1 || text.length - split < 7 || text.length > 200) return false;
  const human = Array.from(text.slice(0, split), char => char.charCodeAt(0));
  const digits = Array.from(text.slice(split + 1), char => bech32Digits.indexOf(char));
  if (digits.includes(-1)) return false;
  const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
  let sum = 1;
  for (const digit of [...human.map(code => code >> 5), 0, ...human.map(code => code & 31), ...digits]) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ digit;
    generator.forEach((factor, i) => {
      if ((top >> i) & 1) sum ^= factor;
    });
  }
  return sum === 1;
}

function nkey(value: string): boolean {
  const bytes = readBase32(value);
  if (bytes === undefined || bytes.length < 10) return false;
  let sum = 0;
  for (const byte of bytes.slice(0, -2)) {
    sum ^= byte << 8;
    for (let i = 0; i < 8; i++) sum = (sum & 0x8000 ? (sum << 1) ^ 0x1021 : sum << 1) & 0xffff;
  }
  return sum === ((bytes.at(-2) ?? 0) | ((bytes.at(-1) ?? 0) << 8));
}

function readBase32(text: string): number[] | undefined {
  const bytes: number[] = [];
  let bits = 0;
  let word = 0;
  for (const char of text) {
    const digit = base32.indexOf(char);
    if (digit < 0) return undefined;
    word = ((word << 5) | digit) & 0xffff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((word >> bits) & 255);
  }
  return bytes;
}

/** What the keys are for, eight letters that seed their checksum: as Microsoft's published library for such keys lists them. */
const azureSeeds =
  'Default0 System00 Unknown0 Send0000 Manage00 Listen00 AbAcct00 Master00 Functi00 SysAll00 Resour00 MastRO00 SystRO00 Encryp00 MastRW00 SystRW00 Access00 Query000 PAdmin00 Classic0 ACRDflt0 UsrPwd00 IoTHub00 DpsKey00 Device00 Tenant00 Gatewy00 GitKey00';

function azureKey(value: string): boolean | undefined {
  if (value.startsWith('JQQJ9', 52)) return azureAnnotated(value);
  const bytes = bytesOfBase64(value);
  if (bytes === undefined || bytes.length < 24) return false;
  const wanted = littleEndian(bytes, -4);
  return azureSeeds.split(' ').some(seed => marvin32(bytes.subarray(0, -4), seed) === wanted);
}

/** Azure has written the checksum in several ways. */
function azureAnnotated(value: string): boolean | undefined {
  const bytes = bytesOfBase64(value.slice(0, 80));
  const written = value.slice(80, 84);
  if (bytes === undefined || bytes.length !== 60 || written.length < 4) return undefined;
  const sum = marvin32(bytes, 'Default0');
  const little = [sum & 255, (sum >>> 8) & 255, (sum >>> 16) & 255, sum >>> 24];
  const swapped = little.reduce((number, byte) => number * 256 + byte, 0);
  return [
    btoa(String.fromCharCode(...little)),
    ...[sum, swapped].map(number => unpadded(number, base62)),
    ...[sum, swapped].map(number => write(number, base62, 6)),
  ].some(text => text.slice(0, 4) === written);
}

/** Which of the 32 bytes are not those of the checksum. */
const azureDevOpsBody = [...Array(32).keys()].filter(at => at !== 2 && at !== 7 && at !== 8 && at !== 22);
const azureDevOpsSecrets = [0xe0b9692d, 0x1019f92e];

function azureDevOps(value: string): boolean {
  const bytes = readBase32(value.toUpperCase());
  if (bytes === undefined || bytes.length !== 32) return false;
  const at = (place: number): number => bytes[place] ?? 0;
  const sum = crcOfBytes(Uint8Array.from(azureDevOpsBody, at));
  const wanted = littleEndian(Uint8Array.of(at(22), at(8), at(7), at(2)), 0);
  return azureDevOpsSecrets.some(mask => (sum ^ mask) >>> 0 === wanted);
}

const mnemonicOf = (value: string): string[] =>
  value
    .trim()
    .split(/\s+/)
    .map(word => word.slice(0, 4));

function bip39(value: string, sha256: Sha256): boolean {
  const words = mnemonicOf(value);
  if (words.length < 12 || words.length > 24 || words.length % 3 !== 0) return false;
  let bits = '';
  for (const word of words) {
    const at = mnemonicWords.get(word);
    if (at === undefined) return false;
    bits += at.toString(2).padStart(11, '0');
  }
  const checked = words.length / 3;
  const entropy = Uint8Array.from({ length: (checked * 32) / 8 }, (_, i) =>
    Number.parseInt(bits.slice(i * 8, i * 8 + 8), 2),
  );
  const first = (sha256(entropy)[0] ?? 0).toString(2).padStart(8, '0');
  return bits.slice(-checked) === first.slice(0, checked);
}

/** Marvin32 (Microsoft, published with .NET), folded to 32 bits; the seed's letters are its bytes, the highest first. */
export function marvin32(bytes: Uint8Array, seed: string | bigint): number {
  const number = typeof seed === 'bigint' ? seed : BigInt(`0x${Array.from(seed, hexOf).join('')}`);
  const state = { low: Number(number & 0xffffffffn), high: Number(number >> 32n) };
  const end = bytes.length & ~3;
  for (let at = 0; at < end; at += 4) mix(state, littleEndian(bytes, at));
  let rest = 0x80;
  for (let at = bytes.length - 1; at >= end; at--) rest = ((rest << 8) | (bytes[at] ?? 0)) >>> 0;
  mix(state, rest);
  mix(state, 0);
  return (state.low ^ state.high) >>> 0;
}

const hexOf = (char: string): string => char.charCodeAt(0).toString(16).padStart(2, '0');

function mix(state: { low: number; high: number }, word: number): void {
  let low = (state.low + word) >>> 0;
  let high = state.high ^ low;
  low = (rotate(low, 20) + high) >>> 0;
  high = rotate(high, 9) ^ low;
  low = (rotate(low, 27) + high) >>> 0;
  state.low = low;
  state.high = rotate(high, 19);
}

const rotate = (word: number, by: number): number => ((word << by) | (word >>> (32 - by))) >>> 0;

/** The four bytes from `at` on (from the end when it is negative), the lowest first. */
function littleEndian(bytes: Uint8Array, at: number): number {
  const from = at < 0 ? bytes.length + at : at;
  const byte = (i: number): number => bytes[from + i] ?? 0;
  return (byte(0) | (byte(1) << 8) | (byte(2) << 16) | (byte(3) << 24)) >>> 0;
}

function bytesOfBase64(text: string): Uint8Array | undefined {
  const bytes = readBase64(text);
  return bytes === undefined ? undefined : Uint8Array.from(bytes, byte => byte.charCodeAt(0));
}

/** CRC-32 of ISO 3309 (zlib's), bit by bit: values are short. */
export function crc32(text: string): number {
  return crcOfBytes(Uint8Array.from(text, char => char.charCodeAt(0) & 255));
}

function crcOfBytes(bytes: Uint8Array): number {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return ~sum >>> 0;
}

/** CRC-24 of OpenPGP's armour (RFC 9580, section 6.1.1), of a text of one unit a byte. */
export function crc24(bytes: string): number {
  let sum = 0xb704ce;
  for (let i = 0; i < bytes.length; i++) {
    sum ^= (bytes.charCodeAt(i) & 255) << 16;
    for (let bit = 0; bit < 8; bit++) {
      sum <<= 1;
      if (sum & 0x1000000) sum ^= 0x1864cfb;
    }
  }
  return sum & 0xffffff;
}

function unpadded(number: number, digits: string): string {
  const text = write(number, digits, 6);
  return text.replace(/^0+(?=.)/, '');
}

/** A number in the base that `digits` spell, padded with the first digit. */
function write(number: number, digits: string, width: number): string {
  let text = '';
  for (let rest = number; text.length < width; rest = Math.floor(rest / digits.length))
    text = digits[rest % digits.length] + text;
  return text;
}
