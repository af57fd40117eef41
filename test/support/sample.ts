import { createHash, createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { mnemonicWords } from '../../server/engine/mnemonicWords.ts';

/**
 * Builds the value that a recipe describes. Rules and tests name the shapes of credentials with recipes, so that no live-looking value
 * stands in the repository. The same recipe and seed give the same value (keys of `pem` aside).
 *
 * Text stands for itself; what stands in braces is made:
 * - `{CLASS:20}`, `{CLASS:20-40}`: random characters; a class is a list as in a pattern (`A-Za-z0-9_`) or `hex`, `base64`, `base64url`, `base58`
 * - `{one|other}`: the first of the two (the others are there for the reader)
 * - `{'text'}`: the text, broken off from its surroundings
 * - `{uuid}`, `{jwt}`, `{jwt:{"iss":"…"}}` (its payload), `{encode:RECIPE}` (base64 of what the recipe gives)
 * - `{crc32base62}`: checksum of what the braces before made; `{gitlabRoutable:PREFIX}`, `{base58check:VERSION:BYTES:END}` (version and end in
 *   hex), `{bech32:HUMAN:BYTES}`, `{nkey:TYPE}` (byte in hex), `{bip39:BYTES}`: whole values with their checksum
 * - `{pem:rsa}`, `{pem:ec}`, `{pem:pkcs8}`, `{pem:encrypted}`, `{armour:LABEL:BYTES}`: armoured blocks of many lines
 */
export function sample(recipe: string, seed = 0): string {
  const random = randomOf(`${recipe}#${seed}`);
  let text = '';
  let made = '';
  for (const piece of pieces(recipe)) {
    made = piece.made ? make(piece.text, made, random) : piece.text;
    text += made;
  }
  return text;
}

export type Random = (below: number) => number;

/** A small, fast generator (mulberry32) whose numbers follow from the seed. */
export function randomOf(seed: string): Random {
  let state = createHash('sha256').update(seed).digest().readUInt32LE(0);
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
  };
}

interface Piece {
  readonly text: string;
  /** It stood in braces. */
  readonly made: boolean;
}

/** Splits at the outermost braces. */
export function pieces(recipe: string): readonly Piece[] {
  const found: Piece[] = [];
  let from = 0;
  let depth = 0;
  for (let at = 0; at < recipe.length; at++) {
    const quoted = depth === 0 ? /^\{'[^']*'\}/.exec(recipe.slice(at, at + 80))?.[0] : undefined;
    if (quoted !== undefined) {
      if (at > from) found.push({ text: recipe.slice(from, at), made: false });
      found.push({ text: quoted.slice(1, -1), made: true });
      from = at + quoted.length;
      at = from - 1;
    } else if (recipe[at] === '{' && depth++ === 0) {
      if (at > from) found.push({ text: recipe.slice(from, at), made: false });
      from = at + 1;
    } else if (recipe[at] === '}' && --depth === 0) {
      found.push({ text: recipe.slice(from, at), made: true });
      from = at + 1;
    }
  }
  if (from < recipe.length) found.push({ text: recipe.slice(from), made: false });
  return found;
}

function make(order: string, before: string, random: Random): string {
  const quoted = /^'(.*)'$/s.exec(order);
  if (quoted) return quoted[1] ?? '';
  if (order === 'uuid') return uuid(random);
  if (order === 'jwt') return jwt('{"sub":"1842","role":"member","exp":4102444800}', random);
  if (order === 'crc32base62') return write(crc32(before), base62, 6);
  const [name, ...options] = order.split(':');
  const maker = makers[name ?? ''];
  if (maker) return maker(options, random, order);
  const size = /^(.+):(\d+)(?:-(\d+))?$/s.exec(order);
  if (!size) return order.split('|')[0] ?? '';
  const [, set = '', least = '0', most = least] = size;
  return characters(alphabet(set), Number(least) + random(Number(most) - Number(least) + 1), random);
}

const makers: Readonly<Record<string, (options: readonly string[], random: Random, order: string) => string>> = {
  jwt: (_, random, order) => jwt(order.slice('jwt:'.length), random),
  encode: (_, random, order) => Buffer.from(sample(order.slice('encode:'.length), random(1e9))).toString('base64'),
  pem: ([kind = '']) => pem(kind),
  armour: ([label = '', size = '64'], random) => armour(label, bytes(Number(size), random)),
  gitlabRoutable: ([prefix = ''], random) => gitlabRoutable(prefix, random),
  base58check: ([version = '', size = '32', end = ''], random) =>
    base58check(Buffer.concat([Buffer.from(version, 'hex'), bytes(Number(size), random), Buffer.from(end, 'hex')])),
  bech32: ([human = '', size = '32'], random) => bech32(human, bytes(Number(size), random)),
  bip39: ([size = '16'], random) => bip39(bytes(Number(size), random)),
  nkey: ([type = ''], random) => nkey(Buffer.concat([Buffer.from(type, 'hex'), bytes(32, random)])),
};

const base36 = '0123456789abcdefghijklmnopqrstuvwxyz';
const base62 = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const base58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const base32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

const classes: Readonly<Record<string, string>> = {
  hex: '0-9a-f',
  base64: 'A-Za-z0-9+/',
  base64url: 'A-Za-z0-9_-',
  base58,
};

/** The characters of a class, ranges spelt out. A hyphen that ends or begins the list is itself. */
export function alphabet(set: string): string {
  const list = classes[set] ?? set;
  return list.replace(/([A-Za-z0-9!])-([A-Za-z0-9~])/g, (_, first: string, last: string) => {
    let all = '';
    for (let code = first.charCodeAt(0); code <= last.charCodeAt(0); code++) all += String.fromCharCode(code);
    return all;
  });
}

/** A hyphen, dot or the like never stands at an end: providers avoid it and readers trim it. */
function characters(set: string, length: number, random: Random): string {
  const inner = /[A-Za-z0-9]/.test(set) ? set.replace(/[^A-Za-z0-9]/g, '') : set;
  const pick = (from: string): string => from[random(from.length)] ?? '';
  return Array.from({ length }, (_, at) => pick(at === 0 || at === length - 1 ? inner : set)).join('');
}

const bytes = (length: number, random: Random): Buffer => Buffer.from(Array.from({ length }, () => random(256)));

function uuid(random: Random): string {
  const hex = (length: number): string => characters('0123456789abcdef', length, random);
  return `${hex(8)}-${hex(4)}-4${hex(3)}-${'89ab'[random(4)]}${hex(3)}-${hex(12)}`;
}

function jwt(payload: string, random: Random): string {
  const segment = (text: string): string => Buffer.from(text).toString('base64url');
  return `${segment('{"alg":"HS256","typ":"JWT"}')}.${segment(payload)}.${bytes(32, random).toString('base64url')}`;
}

function pem(kind: string): string {
  const pair =
    kind === 'rsa'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const format = 'pem';
  const key = createPrivateKey(pair.privateKey.export({ type: 'pkcs8', format }));
  if (kind === 'rsa') return key.export({ type: 'pkcs1', format }).toString();
  if (kind === 'ec') return key.export({ type: 'sec1', format }).toString();
  if (kind === 'encrypted')
    return key.export({ type: 'pkcs8', format, cipher: 'aes-256-cbc', passphrase: 'passphrase' }).toString();
  return key.export({ type: 'pkcs8', format }).toString();
}

function armour(label: string, content: Buffer): string {
  const body = label.startsWith('OPENSSH')
    ? Buffer.concat([Buffer.from('openssh-key-v1\0\0\0\0\x04none\0\0\0\x04none'), content])
    : content;
  const lines = body.toString('base64').match(/.{1,64}/g) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ''].join('\n');
}

function gitlabRoutable(prefix: string, random: Random): string {
  const payload = characters(alphabet('base64url'), 32, random);
  const start = `${prefix}${payload}.01.${write(payload.length, base36, 2)}`;
  return `${start}${write(crc32(start), base36, 7)}`;
}

function base58check(content: Buffer): string {
  const sha256 = (data: Buffer): Buffer => createHash('sha256').update(data).digest();
  const all = Buffer.concat([content, sha256(sha256(content)).subarray(0, 4)]);
  let number = BigInt(`0x${all.toString('hex')}`);
  let text = '';
  for (; number > 0n; number /= 58n) text = base58[Number(number % 58n)] + text;
  return text;
}

/** BIP-173, in capitals. */
function bech32(human: string, content: Buffer): string {
  const digits = fiveBits(content);
  const expanded = Array.from(human, char => char.charCodeAt(0));
  const start = [...expanded.map(code => code >> 5), 0, ...expanded.map(code => code & 31), ...digits];
  const sum = polymod([...start, 0, 0, 0, 0, 0, 0]) ^ 1;
  const check = Array.from({ length: 6 }, (_, at) => (sum >> (5 * (5 - at))) & 31);
  return `${human}1${[...digits, ...check].map(digit => 'qpzry9x8gf2tvdw0s3jn54khce6mua7l'[digit]).join('')}`.toUpperCase();
}

function polymod(digits: readonly number[]): number {
  const generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
  return digits.reduce((sum, digit) => {
    const top = sum >>> 25;
    return generator.reduce(
      (next, factor, at) => ((top >> at) & 1 ? next ^ factor : next),
      ((sum & 0x1ffffff) << 5) ^ digit,
    );
  }, 1);
}

/** Base32 of the bytes and the little-endian CRC16 (XMODEM) behind them. */
function nkey(content: Buffer): string {
  const sum = content.reduce((crc, byte) => {
    let next = crc ^ (byte << 8);
    for (let bit = 0; bit < 8; bit++) next = (next & 0x8000 ? (next << 1) ^ 0x1021 : next << 1) & 0xffff;
    return next;
  }, 0);
  const digits = fiveBits(Buffer.concat([content, Buffer.from([sum & 255, sum >> 8])]));
  return digits.map(digit => base32[digit]).join('');
}

/** In the four letters that tell each of the words. */
function bip39(content: Buffer): string {
  const words = [...mnemonicWords.keys()];
  const bits = (data: Buffer): string => Array.from(data, byte => byte.toString(2).padStart(8, '0')).join('');
  const all = bits(content) + bits(createHash('sha256').update(content).digest()).slice(0, content.length / 4);
  return (all.match(/.{11}/g) ?? []).map(group => words[Number.parseInt(group, 2)]).join(' ');
}

function fiveBits(content: Buffer): number[] {
  const digits: number[] = [];
  let word = 0;
  let held = 0;
  for (const byte of content) {
    word = (word << 8) | byte;
    held += 8;
    while (held >= 5) {
      held -= 5;
      digits.push((word >> held) & 31);
    }
    word &= (1 << held) - 1;
  }
  if (held > 0) digits.push((word << (5 - held)) & 31);
  return digits;
}

function write(number: number, digits: string, width: number): string {
  let text = '';
  for (let rest = number; text.length < width; rest = Math.floor(rest / digits.length))
    text = digits[rest % digits.length] + text;
  return text;
}

/** A recipe of a rule's examples, made: the value, the name it is given, and the text that it needs around it. */
export interface Example {
  /** `NAME => RECIPE`; `setting` when the recipe names none. */
  readonly name: string;
  readonly value: string;
  /** What stands around `«…»` when the recipe is a whole text; empty otherwise. */
  readonly before: string;
  readonly after: string;
}

export function readExample(recipe: string, seed = 0): Example {
  const named = /^([\w.-]+) => (.*)$/s.exec(recipe);
  const text = sample(named?.[2] ?? recipe, seed);
  const marked = /^(.*)«(.*)»(.*)$/s.exec(text);
  return {
    name: named?.[1] ?? 'setting',
    value: marked?.[2] ?? text,
    before: marked?.[1] ?? '',
    after: marked?.[3] ?? '',
  };
}
