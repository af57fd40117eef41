/** A DER element of X.690: a byte for its kind, and where its content stands. */
interface Element {
  readonly tag: number;
  readonly start: number;
  readonly end: number;
}

/** What the bytes of a private key say of it, a text of one unit a byte. */
export interface KeyFacts {
  /** They are as long as they say. */
  readonly whole: boolean;
  /** `RSA key of 2048 bits`, `Ed25519 key`; empty when it is not told. */
  readonly what: string;
  /** Too short to keep a secret (NIST SP 800-131A). */
  readonly weak: boolean;
}

const sequence = 0x30;
const integer = 0x02;
const octets = 0x04;

/** PKCS #1 (RFC 8017), SEC 1 (RFC 5915) and PKCS #8 (RFC 5958); `label` is that of the block. Undefined when the bytes are no DER. */
export function factsOf(label: string, bytes: string): KeyFacts | undefined {
  const outer = elementAt(bytes, 0);
  if (outer === undefined || outer.tag !== sequence) return undefined;
  const whole = outer.end === bytes.length;
  const [, second, third] = childrenOf(bytes, outer);
  if (second?.tag === sequence) return { whole, ...ofPrivateKeyInfo(bytes, second, third) };
  if (second?.tag === integer && /^(?:RSA|DSA) /.test(label))
    return { whole, ...sized(label.slice(0, 3), bytes, second) };
  return { whole, what: label.startsWith('EC ') ? 'elliptic curve key' : '', weak: false };
}

type What = Omit<KeyFacts, 'whole'>;

const algorithms: Readonly<Record<string, string>> = {
  '2a864886f70d010101': 'RSA',
  '2a864886f70d01010a': 'RSA',
  '2a8648ce380401': 'DSA',
  '2a8648ce3d0201': 'elliptic curve',
  '2b656e': 'X25519',
  '2b656f': 'X448',
  '2b6570': 'Ed25519',
  '2b6571': 'Ed448',
};

function ofPrivateKeyInfo(bytes: string, algorithm: Element, key: Element | undefined): What {
  const [identifier] = childrenOf(bytes, algorithm);
  const name = identifier === undefined ? '' : (algorithms[hexOf(bytes.slice(identifier.start, identifier.end))] ?? '');
  const inner = name === 'RSA' && key?.tag === octets ? elementAt(bytes, key.start) : undefined;
  const modulus = inner && childrenOf(bytes, inner)[1];
  if (modulus?.tag === integer) return sized('RSA', bytes, modulus);
  return { what: name === '' ? '' : `${name} key`, weak: false };
}

function sized(name: string, bytes: string, { start, end }: Element): What {
  let from = start;
  while (from < end && bytes.charCodeAt(from) === 0) from++;
  const bits = from === end ? 0 : (end - from) * 8 - Math.clz32(bytes.charCodeAt(from)) + 24;
  return { what: `${name} key of ${bits} bits`, weak: bits < 2048 };
}

function childrenOf(bytes: string, { start, end }: Element): readonly Element[] {
  const children: Element[] = [];
  for (let at = start; at < Math.min(end, bytes.length) && children.length < 4; ) {
    const child = elementAt(bytes, at);
    if (child === undefined) break;
    children.push(child);
    at = child.end;
  }
  return children;
}

function elementAt(bytes: string, at: number): Element | undefined {
  const first = bytes.charCodeAt(at + 1);
  if (!(at + 1 < bytes.length)) return undefined;
  const sizes = first < 0x80 ? 0 : first & 0x7f;
  if (sizes > 4) return undefined;
  let length = sizes === 0 ? first : 0;
  for (let i = 0; i < sizes; i++) length = length * 256 + (bytes.charCodeAt(at + 2 + i) || 0);
  const start = at + 2 + sizes;
  return { tag: bytes.charCodeAt(at), start, end: start + length };
}

const hexOf = (bytes: string): string =>
  Array.from(bytes, byte => byte.charCodeAt(0).toString(16).padStart(2, '0')).join('');
