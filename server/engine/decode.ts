/** A text with its escapes undone, and where each of its UTF-16 units came from. */
export interface Decoded {
  readonly value: string;
  /** Offset in the encoded text of every unit of `value`, and of the end: `value.length + 1` numbers, never falling. */
  readonly offsets: readonly number[];
}

/** How a family of literals writes what it cannot write plainly. */
export interface Escapes {
  /** What begins an escape; empty when there are none. */
  readonly mark: string;
  /** What follows the mark, and what the two stand for. */
  readonly simple: Readonly<Record<string, string>>;
  /** Least and most digits after `\x`. */
  readonly hex?: readonly [number, number];
  /** Most digits of an octal escape. */
  readonly octal?: number;
  /** Most digits of a decimal escape. */
  readonly decimal?: number;
  /** `\uXXXX`, `\u{X...}`, or either. */
  readonly unicode?: 'four' | 'braces' | 'either';
  /** `\UXXXXXXXX`. */
  readonly longUnicode?: boolean;
  /** `\x` and octal escapes are bytes: above 7F they are no text by themselves. */
  readonly bytes?: boolean;
  /** What mark and line end stand for: nothing, nothing and the blanks after it too, or those for one blank. */
  readonly lineEnd?: 'joined' | 'trimmed' | 'blank';
  /** A mark before anything else: stands for that character, for both, or is an error. */
  readonly unknown: 'character' | 'both' | 'invalid';
  /** A character that stands for itself when it is written twice. */
  readonly doubled?: string;
}

const control = { n: '\n', r: '\r', t: '\t' } as const;
const c = { ...control, b: '\b', f: '\f', v: '\v', a: '\x07', '\\': '\\', "'": "'", '"': '"' } as const;
const onlyQuotes = { mark: '\\', simple: { '\\': '\\', "'": "'" }, unknown: 'both' } as const;

/** Rows of the escape table, named after the languages that define them. */
export const escapes = {
  none: { mark: '', simple: {}, unknown: 'both' },
  javascript: {
    mark: '\\',
    simple: { ...control, b: '\b', f: '\f', v: '\v' },
    hex: [2, 2],
    octal: 3,
    unicode: 'either',
    lineEnd: 'joined',
    unknown: 'character',
  },
  python: {
    mark: '\\',
    simple: c,
    hex: [2, 2],
    octal: 3,
    unicode: 'four',
    longUnicode: true,
    lineEnd: 'joined',
    unknown: 'both',
  },
  pythonBytes: { mark: '\\', simple: c, hex: [2, 2], octal: 3, bytes: true, lineEnd: 'joined', unknown: 'both' },
  go: {
    mark: '\\',
    simple: c,
    hex: [2, 2],
    octal: 3,
    unicode: 'four',
    longUnicode: true,
    bytes: true,
    unknown: 'invalid',
  },
  java: {
    mark: '\\',
    simple: { ...control, b: '\b', f: '\f', s: ' ', '\\': '\\', "'": "'", '"': '"' },
    octal: 3,
    unicode: 'four',
    lineEnd: 'joined',
    unknown: 'invalid',
  },
  kotlin: {
    mark: '\\',
    simple: { ...control, b: '\b', '\\': '\\', "'": "'", '"': '"', $: '$' },
    unicode: 'four',
    unknown: 'invalid',
  },
  groovy: {
    mark: '\\',
    simple: { ...control, b: '\b', f: '\f', s: ' ', '\\': '\\', "'": "'", '"': '"', $: '$' },
    octal: 3,
    unicode: 'four',
    lineEnd: 'joined',
    unknown: 'invalid',
  },
  dart: {
    mark: '\\',
    simple: { ...control, b: '\b', f: '\f', v: '\v' },
    hex: [2, 2],
    unicode: 'either',
    unknown: 'character',
  },
  c: {
    mark: '\\',
    simple: { ...c, '?': '?', e: '\x1b' },
    hex: [1, 8],
    octal: 3,
    unicode: 'four',
    longUnicode: true,
    bytes: true,
    lineEnd: 'joined',
    unknown: 'character',
  },
  csharp: {
    mark: '\\',
    simple: { ...c, e: '\x1b' },
    hex: [1, 4],
    octal: 1,
    unicode: 'four',
    longUnicode: true,
    unknown: 'invalid',
  },
  rust: {
    mark: '\\',
    simple: { ...control, '\\': '\\', "'": "'", '"': '"' },
    hex: [2, 2],
    octal: 1,
    unicode: 'braces',
    bytes: true,
    lineEnd: 'trimmed',
    unknown: 'invalid',
  },
  swift: {
    mark: '\\',
    simple: { ...control, '\\': '\\', "'": "'", '"': '"' },
    octal: 1,
    unicode: 'braces',
    lineEnd: 'joined',
    unknown: 'invalid',
  },
  ruby: {
    mark: '\\',
    simple: { ...c, e: '\x1b', s: ' ' },
    hex: [1, 2],
    octal: 3,
    unicode: 'either',
    bytes: true,
    lineEnd: 'joined',
    unknown: 'character',
  },
  lua: {
    mark: '\\',
    simple: { ...c, '\n': '\n' },
    hex: [2, 2],
    decimal: 3,
    unicode: 'braces',
    unknown: 'invalid',
  },
  haskell: { mark: '\\', simple: { ...c, '&': '' }, hex: [1, 6], decimal: 7, unknown: 'invalid' },
  erlang: {
    mark: '\\',
    simple: { ...c, e: '\x1b', s: ' ', d: '\x7f' },
    hex: [2, 2],
    octal: 3,
    unknown: 'character',
  },
  elixir: {
    mark: '\\',
    simple: { ...c, e: '\x1b', s: ' ', d: '\x7f', '0': '\0' },
    hex: [2, 2],
    unicode: 'either',
    bytes: true,
    lineEnd: 'joined',
    unknown: 'character',
  },
  tcl: {
    mark: '\\',
    simple: c,
    hex: [1, 2],
    octal: 3,
    unicode: 'four',
    lineEnd: 'blank',
    unknown: 'character',
  },
  nix: { mark: '\\', simple: control, unknown: 'character' },
  php: {
    mark: '\\',
    simple: { ...control, v: '\v', f: '\f', e: '\x1b', '\\': '\\', $: '$', '"': '"' },
    hex: [1, 2],
    octal: 3,
    unicode: 'braces',
    bytes: true,
    unknown: 'both',
  },
  json: {
    mark: '\\',
    simple: { ...control, b: '\b', f: '\f', '/': '/', '\\': '\\', '"': '"', "'": "'" },
    unicode: 'four',
    lineEnd: 'joined',
    unknown: 'invalid',
  },
  yaml: {
    mark: '\\',
    simple: {
      ...c,
      '0': '\0',
      e: '\x1b',
      '\t': '\t',
      ' ': ' ',
      '/': '/',
      N: '\x85',
      _: '\xa0',
      L: '\u2028',
      P: '\u2029',
    },
    hex: [2, 2],
    unicode: 'four',
    longUnicode: true,
    lineEnd: 'trimmed',
    unknown: 'invalid',
  },
  toml: {
    mark: '\\',
    simple: { ...control, b: '\b', f: '\f', e: '\x1b', '\\': '\\', '"': '"' },
    hex: [2, 2],
    unicode: 'four',
    longUnicode: true,
    lineEnd: 'trimmed',
    unknown: 'invalid',
  },
  properties: {
    mark: '\\',
    simple: { ...control, f: '\f' },
    unicode: 'four',
    lineEnd: 'trimmed',
    unknown: 'character',
  },
  dotenv: { mark: '\\', simple: { ...control, '\\': '\\', '"': '"', $: '$' }, unknown: 'both' },
  shellWord: { mark: '\\', simple: {}, lineEnd: 'joined', unknown: 'character' },
  shellDouble: { mark: '\\', simple: { '\\': '\\', '"': '"', $: '$', '`': '`' }, lineEnd: 'joined', unknown: 'both' },
  shellHeredoc: { mark: '\\', simple: { '\\': '\\', $: '$', '`': '`' }, lineEnd: 'joined', unknown: 'both' },
  shellAnsi: {
    mark: '\\',
    simple: { ...c, e: '\x1b', E: '\x1b', '?': '?' },
    hex: [1, 2],
    octal: 3,
    unicode: 'four',
    longUnicode: true,
    bytes: true,
    unknown: 'both',
  },
  powershell: {
    mark: '`',
    simple: { ...control, '0': '\0', b: '\b', f: '\f', v: '\v', a: '\x07', e: '\x1b' },
    unknown: 'character',
    doubled: '"',
  },
  quotesOnly: onlyQuotes,
  doubledSingle: { mark: '', simple: {}, unknown: 'both', doubled: "'" },
  doubledDouble: { mark: '', simple: {}, unknown: 'both', doubled: '"' },
  sql: { mark: '', simple: {}, unknown: 'both', doubled: "'" },
  doubledBackslash: { mark: '\\', simple: c, unknown: 'character', doubled: "'" },
} as const satisfies Record<string, Escapes>;

export type EscapesName = keyof typeof escapes;

/** Undefined when an escape is not what its language allows, or stands for bytes that are no text. */
export function decodeEscapes(text: string, rules: Escapes): Decoded | undefined {
  const offsets: number[] = [];
  let value = '';
  let position = 0;
  const emit = (part: string, length: number) => {
    for (let unit = 0; unit < part.length; unit++) offsets.push(position);
    value += part;
    position += length;
  };
  while (position < text.length) {
    const character = text.charAt(position);
    if (rules.doubled !== undefined && character === rules.doubled && text.charAt(position + 1) === character) {
      emit(character, 2);
    } else if (rules.mark !== '' && character === rules.mark) {
      const read = readEscape(text, position + 1, rules);
      if (!read) return undefined;
      emit(read.value, read.length + 1);
    } else {
      emit(character, 1);
    }
  }
  offsets.push(position);
  return { value, offsets };
}

interface Escape {
  readonly value: string;
  /** Without the mark. */
  readonly length: number;
}

function readEscape(text: string, at: number, rules: Escapes): Escape | undefined {
  const next = text.charAt(at);
  if (next === '') return rules.unknown === 'both' ? { value: rules.mark, length: 0 } : undefined;
  if (rules.lineEnd && (next === '\n' || next === '\r')) return joinedLines(text, at, rules.lineEnd);
  if (rules.octal && next >= '0' && next <= '7') return octal(text, at, rules);
  if (rules.decimal && next >= '0' && next <= '9') return decimal(text, at, rules.decimal);
  const simple = Object.hasOwn(rules.simple, next) ? rules.simple[next] : undefined;
  if (simple !== undefined) return { value: simple, length: 1 };
  if (next === 'x' && rules.hex) return numeric(text, at + 1, rules.hex[0], rules.hex[1], rules.bytes === true);
  if (next === 'u' && rules.unicode) return unicode(text, at, rules.unicode);
  if (next === 'U' && rules.longUnicode) return numeric(text, at + 1, 8, 8, false);
  if (rules.unknown === 'invalid') return undefined;
  return { value: rules.unknown === 'both' ? rules.mark + next : next, length: 1 };
}

function joinedLines(text: string, at: number, lineEnd: 'joined' | 'trimmed' | 'blank'): Escape {
  let end = at + (text.startsWith('\r\n', at) ? 2 : 1);
  while (lineEnd !== 'joined' && /\s/.test(text.charAt(end))) end++;
  return { value: lineEnd === 'blank' ? ' ' : '', length: end - at };
}

function octal(text: string, at: number, rules: Escapes): Escape | undefined {
  const digits = /^[0-7]{1,3}/.exec(text.slice(at, at + (rules.octal ?? 3)))?.[0] ?? '';
  const code = Number.parseInt(digits, 8);
  return rules.bytes && code > 0x7f ? undefined : { value: String.fromCharCode(code), length: digits.length };
}

function decimal(text: string, at: number, most: number): Escape | undefined {
  const digits = /^[0-9]*/.exec(text.slice(at, at + most))?.[0] ?? '';
  const code = Number(digits);
  return code > 0x10ffff ? undefined : { value: String.fromCodePoint(code), length: digits.length };
}

function numeric(text: string, at: number, least: number, most: number, bytes: boolean): Escape | undefined {
  const digits = /^[0-9a-fA-F]*/.exec(text.slice(at, at + most))?.[0] ?? '';
  const code = Number.parseInt(digits, 16);
  if (digits.length < least || digits === '' || code > (bytes ? 0x7f : 0x10ffff)) return undefined;
  return { value: String.fromCodePoint(code), length: digits.length + 1 };
}

function unicode(text: string, at: number, form: 'four' | 'braces' | 'either'): Escape | undefined {
  if (form !== 'four' && text.charAt(at + 1) === '{') {
    const digits = /^\{([0-9a-fA-F]{1,8})\}/.exec(text.slice(at + 1, at + 12))?.[1];
    const code = Number.parseInt(digits ?? '', 16);
    if (digits === undefined || code > 0x10ffff) return undefined;
    return { value: String.fromCodePoint(code), length: digits.length + 3 };
  }
  return form === 'braces' ? undefined : numeric(text, at + 1, 4, 4, false);
}

/** `%41` undone. Undefined when the bytes are no UTF-8 or an escape is cut short. */
export function decodePercent(text: string): Decoded | undefined {
  const offsets: number[] = [];
  let value = '';
  for (const match of text.matchAll(/(?:%[0-9a-fA-F]{2})+|[\s\S]/g)) {
    const encoded = match[0].length > 1;
    const part = encoded ? decodePercentRun(match[0]) : match[0];
    if (part === undefined || (part === '%' && !encoded)) return undefined;
    let offset = match.index;
    for (const character of part) {
      for (let unit = 0; unit < character.length; unit++) offsets.push(offset);
      offset += encoded ? 3 * utf8Length(character) : character.length;
    }
    value += part;
  }
  offsets.push(text.length);
  return { value, offsets };
}

function decodePercentRun(run: string): string | undefined {
  try {
    return decodeURIComponent(run);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function utf8Length(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}
