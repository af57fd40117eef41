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
] as const;
export type Checksum = (typeof checksums)[number];

type Sha256 = (bytes: Uint8Array) => Uint8Array;

/** Whether `value` satisfies the checksum of that name; undefined when the name is unknown. */
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

function crcBase64(value: string): boolean {
  const sum = crc32(value.slice(4, -6));
  const bytes = [sum & 255, (sum >>> 8) & 255, (sum >>> 16) & 255, sum >>> 24];
  let text = '';
  for (let bit = 0; bit < 32; bit += 6) {
    const word = ((bytes[bit >> 3] ?? 0) << 8) | (bytes[(bit >> 3) + 1] ?? 0);
    text += base64[(word >> (10 - (bit & 7))) & 63];
  }
  return value.startsWith('cflt') && text === value.slice(-6);
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
  const bytes: number[] = [];
  if (value.length > 200) return false;
  for (const char of value) {
    let carry = base58.indexOf(char);
    if (carry < 0) return false;
    for (let i = 0; i < bytes.length; i++) {
      carry += (bytes[i] ?? 0) * 58;
      bytes[i] = carry & 255;
      carry >>= 8;
    }
    for (; carry > 0; carry >>= 8) bytes.push(carry & 255);
  }
  for (let i = 0; value[i] === '1'; i++) bytes.push(0);
  const all = Uint8Array.from(bytes.reverse());
  if (all.length < 8) return false;
  const hash = sha256(sha256(all.subarray(0, -4)));
  return all.subarray(-4).every((byte, i) => byte === hash[i]);
}

/** BIP-173, section "Checksum". */
function bech32(value: string): boolean {
  const text = value.toLowerCase();
  const split = text.lastIndexOf('1');
  if (split < 1 || text.length - split < 8 || text.length > 200) return false;
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
  const bytes: number[] = [];
  let bits = 0;
  let word = 0;
  for (const char of value) {
    const digit = base32.indexOf(char);
    if (digit < 0) return false;
    word = ((word << 5) | digit) & 0xffff;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    bytes.push((word >> bits) & 255);
  }
  if (bytes.length < 10) return false;
  let sum = 0;
  for (const byte of bytes.slice(0, -2)) {
    sum ^= byte << 8;
    for (let i = 0; i < 8; i++) sum = (sum & 0x8000 ? (sum << 1) ^ 0x1021 : sum << 1) & 0xffff;
  }
  return sum === ((bytes.at(-2) ?? 0) | ((bytes.at(-1) ?? 0) << 8));
}

/** CRC-32 of ISO 3309 (zlib's), bit by bit: values are short. */
export function crc32(text: string): number {
  let sum = ~0;
  for (let i = 0; i < text.length; i++) {
    sum ^= text.charCodeAt(i) & 255;
    for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ 0xedb88320 : sum >>> 1;
  }
  return ~sum >>> 0;
}

/** A number in the base that `digits` spell, padded with the first digit. */
function write(number: number, digits: string, width: number): string {
  let text = '';
  for (let rest = number; text.length < width; rest = Math.floor(rest / digits.length))
    text = digits[rest % digits.length] + text;
  return text;
}
