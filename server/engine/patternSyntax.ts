import { type CharSet, complement, foldCase, setOf } from './charSet.ts';

/** A pattern taken apart. */
export type Node =
  | { readonly kind: 'text'; readonly code: number }
  | { readonly kind: 'set'; readonly set: CharSet }
  /** Zero width, in JavaScript's spelling. */
  | { readonly kind: 'edge'; readonly source: string }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'either'; readonly items: readonly Node[] }
  | {
      readonly kind: 'repeat';
      readonly item: Node;
      readonly least: number;
      readonly most: number;
      readonly lazy: boolean;
    }
  | { readonly kind: 'group'; readonly item: Node; readonly name: string };

interface Flags {
  readonly i: boolean;
  readonly m: boolean;
  readonly s: boolean;
  readonly U: boolean;
}

type Ranges = readonly (readonly [number, number])[];

/** What is wrong and where: caught in `parsePattern` alone. */
class SyntaxProblem extends Error {
  readonly offset: number;
  constructor(message: string, offset: number) {
    super(message);
    this.offset = offset;
  }
}

export type Parsed =
  | { readonly kind: 'node'; readonly node: Node }
  | { readonly kind: 'problem'; readonly message: string; readonly offset: number };

/** Reads RE2 syntax as Go's regexp/syntax does (https://github.com/google/re2/wiki/Syntax). Offsets are UTF-16. */
export function parsePattern(pattern: string): Parsed {
  try {
    return { kind: 'node', node: new Parser(pattern).whole() };
  } catch (error) {
    if (error instanceof SyntaxProblem) return { kind: 'problem', message: error.message, offset: error.offset };
    throw error;
  }
}

const digit: Ranges = [[0x30, 0x39]];
const word: Ranges = [...digit, [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]];
const space: Ranges = [
  [9, 10],
  [12, 13],
  [32, 32],
];
const upper: Ranges = [[0x41, 0x5a]];
const lower: Ranges = [[0x61, 0x7a]];
const alpha: Ranges = [...upper, ...lower];
const newline: Ranges = [[10, 10]];

const perlClasses: Readonly<Record<string, Ranges>> = { d: digit, w: word, s: space };
const posixClasses: Readonly<Record<string, Ranges>> = {
  alnum: [...digit, ...alpha],
  alpha,
  ascii: [[0, 0x7f]],
  blank: [
    [9, 9],
    [32, 32],
  ],
  cntrl: [
    [0, 31],
    [127, 127],
  ],
  digit,
  graph: [[33, 126]],
  lower,
  print: [[32, 126]],
  punct: [
    [33, 47],
    [58, 64],
    [91, 96],
    [123, 126],
  ],
  space: [
    [9, 13],
    [32, 32],
  ],
  upper,
  word,
  xdigit: [...digit, [0x41, 0x46], [0x61, 0x66]],
};
const escapes: Readonly<Record<string, number>> = { a: 7, f: 12, t: 9, n: 10, r: 13, v: 11 };

const deepest = 200;
const mostRepeats = 1000;

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  readonly #names = new Set<string>();
  #flags: Flags = { i: false, m: false, s: false, U: false };

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Node {
    const node = this.#either();
    if (this.#at < this.#text.length) this.#fail('there is a `)` without its `(`');
    return node;
  }

  #fail(message: string, offset = this.#at): never {
    throw new SyntaxProblem(message, offset);
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #match(expression: RegExp): RegExpExecArray | undefined {
    expression.lastIndex = this.#at;
    const match = expression.exec(this.#text);
    if (match === null) return undefined;
    this.#at = expression.lastIndex;
    return match;
  }

  #next(): number {
    const code = this.#text.codePointAt(this.#at) ?? 0;
    this.#at += code > 0xffff ? 2 : 1;
    return code;
  }

  #either(): Node {
    if (++this.#depth > deepest) this.#fail(`groups are nested more than ${deepest} deep`);
    const items = [this.#sequence()];
    while (this.#take('|')) items.push(this.#sequence());
    this.#depth--;
    return items.length === 1 && items[0] ? items[0] : { kind: 'either', items };
  }

  #sequence(): Node {
    const items: Node[] = [];
    while (this.#at < this.#text.length && !/[|)]/.test(this.#text.charAt(this.#at))) {
      const start = this.#at;
      const item = this.#atom();
      if (item === undefined) this.#noRepeat(start);
      else items.push(...(Array.isArray(item) ? item : [this.#repeated(item)]));
    }
    return items.length === 1 && items[0] ? items[0] : { kind: 'sequence', items };
  }

  #noRepeat(start: number): void {
    if (this.#at < this.#text.length && /[*+?]/.test(this.#text.charAt(this.#at)))
      this.#fail('there is nothing to repeat', start);
  }

  #repeated(item: Node): Node {
    const place = this.#at;
    const count = this.#count();
    if (count === undefined) return item;
    const [least, most] = count;
    const lazy = this.#take('?') !== this.#flags.U;
    const start = this.#at;
    if (this.#count() !== undefined) this.#fail('one repetition directly follows another', start);
    const node: Node = { kind: 'repeat', item, least, most, lazy };
    if (repeats(node) > mostRepeats) this.#fail(`a repeat of more than ${mostRepeats} is not allowed`, place);
    return node;
  }

  #count(): readonly [number, number] | undefined {
    if (this.#take('*')) return [0, Number.POSITIVE_INFINITY];
    if (this.#take('+')) return [1, Number.POSITIVE_INFINITY];
    if (this.#take('?')) return [0, 1];
    const start = this.#at;
    const count = this.#match(/\{(\d+)(,(\d*))?\}/y);
    if (count === undefined) return undefined;
    const least = Number(count[1]);
    const most = count[2] === undefined ? least : count[3] ? Number(count[3]) : Number.POSITIVE_INFINITY;
    if (least > mostRepeats || (most > mostRepeats && most !== Number.POSITIVE_INFINITY)) {
      this.#fail(`a repeat of more than ${mostRepeats} is not allowed`, start);
    }
    if (least > most) this.#fail('the least count of a repeat is larger than its most', start);
    return [least, most];
  }

  /** Undefined for what stands for nothing (a change of flags); a list for quoted text, whose last character takes the repeat. */
  #atom(): Node | Node[] | undefined {
    const start = this.#at;
    const char = this.#text.charAt(start);
    switch (char) {
      case '(':
        return this.#group();
      case '[':
        return { kind: 'set', set: this.#class() };
      case '.':
        this.#at++;
        return {
          kind: 'set',
          set: this.#flags.s ? { ...setOf([]), negated: true } : { ...setOf(newline), negated: true },
        };
      case '^':
        this.#at++;
        return { kind: 'edge', source: this.#flags.m ? '(?<![^\\n])' : '^' };
      case '$':
        this.#at++;
        return { kind: 'edge', source: this.#flags.m ? '(?![^\\n])' : '$' };
      case '\\':
        return this.#escape();
      default:
        if (/[*+?]/.test(char)) this.#fail('there is nothing to repeat');
        return this.#literal(this.#next());
    }
  }

  #literal(code: number): Node {
    if (!this.#flags.i) return { kind: 'text', code };
    const ranges = foldCase([[code, code]]);
    return ranges.length === 1 && ranges[0]?.[0] === ranges[0]?.[1]
      ? { kind: 'text', code }
      : { kind: 'set', set: setOf(ranges) };
  }

  #group(): Node | undefined {
    const start = this.#at++;
    const before = this.#flags;
    let name: string | undefined;
    if (this.#take('?')) {
      const named = this.#match(/P?<(\w+)>/y);
      if (named?.[1] !== undefined) {
        name = named[1];
        if (this.#names.has(name)) this.#fail(`two groups have the name ${name.slice(0, 40)}`, start);
        this.#names.add(name);
      } else if (this.#readFlags(start) === 'set') return undefined;
    } else name = '';
    const item = this.#either();
    if (!this.#take(')')) this.#fail('a `(` has no `)`', start);
    this.#flags = before;
    return name === undefined ? { kind: 'sequence', items: [item] } : { kind: 'group', item, name };
  }

  /** `i:` opens a group, `i)` sets flags up to the end of the group around. */
  #readFlags(start: number): 'open' | 'set' {
    if (this.#match(/<?[=!]/y)) this.#fail('look-ahead and look-behind are not supported', start);
    if (this.#match(/P[=>]/y)) this.#fail('references to groups are not supported', start);
    const flags = this.#match(/([imsU]*)(?:-([imsU]+))?([:)])/y);
    if (flags === undefined || flags[0] === ')')
      this.#fail('after `(?` comes neither a flag nor a name that is known', start);
    const [, on = '', off = '', end] = flags;
    const value = (flag: keyof Flags): boolean => (on.includes(flag) || this.#flags[flag]) && !off.includes(flag);
    this.#flags = { i: value('i'), m: value('m'), s: value('s'), U: value('U') };
    return end === ':' ? 'open' : 'set';
  }

  #escape(): Node | Node[] {
    const start = this.#at;
    const after = this.#text.charAt(start + 1);
    if (after === 'Q') return this.#quoted();
    const edge = ({ A: '^', z: '$', b: '\\b', B: '\\B' } as const)[after];
    if (edge !== undefined) {
      this.#at += 2;
      return { kind: 'edge', source: edge };
    }
    const set = this.#classEscape();
    if (set !== undefined) return { kind: 'set', set: 'ranges' in set ? set : setOf(set) };
    return this.#literal(this.#charEscape());
  }

  #quoted(): Node[] {
    const end = this.#text.indexOf('\\E', this.#at);
    const text = this.#text.slice(this.#at + 2, end < 0 ? undefined : end);
    this.#at = end < 0 ? this.#text.length : end + 2;
    const items = Array.from(text, char => this.#literal(char.codePointAt(0) ?? 0));
    const final = items.pop();
    return final === undefined ? [] : [...items, this.#repeated(final)];
  }

  /** `\d`, `\W`, `\pL`, `\P{Greek}`; undefined when something else stands here. */
  #classEscape(): Ranges | CharSet | undefined {
    const perl = this.#match(/\\([dwsDWS])/y)?.[1];
    if (perl !== undefined) return this.#named(perlClasses[perl.toLowerCase()] ?? [], perl !== perl.toLowerCase());
    const start = this.#at;
    const property = this.#match(/\\([pP])(?:\{(\^?)(\w+)\}|([A-Z]))/y);
    if (property === undefined) return undefined;
    const [, letter, hat, long, short] = property;
    const name = long ?? short ?? '';
    if (name === 'Any') return letter === 'p' ? [[0, 0x10ffff]] : [];
    const negated = (letter === 'P') !== (hat === '^');
    const spelt = [name, `Script=${name}`].map(text => `\\${negated ? 'P' : 'p'}{${text}}`).find(isProperty);
    if (spelt === undefined) this.#fail('this Unicode class is not known', start);
    return setOf([], [spelt]);
  }

  #charEscape(): number {
    const start = this.#at;
    const hex = this.#match(/\\x(?:\{([0-9a-fA-F]+)\}|([0-9a-fA-F]{2}))/y);
    if (hex !== undefined) {
      const code = Number.parseInt(hex[1] ?? hex[2] ?? '', 16);
      if (code > 0x10ffff) this.#fail('there is no such character', start);
      return code;
    }
    const octal = this.#match(/\\(0[0-7]{0,2}|[1-7][0-7]{1,2})/y)?.[1];
    if (octal !== undefined) return Number.parseInt(octal, 8);
    this.#at++;
    if (this.#at >= this.#text.length) this.#fail('it ends with a lone `\\`', start);
    const char = this.#text.charAt(this.#at);
    const code = escapes[char];
    if (code === undefined && /[1-9]/.test(char)) this.#fail('back-references are not supported', start);
    if (code === undefined && /[a-zA-Z0-9\x80-\uffff]/.test(char)) this.#fail('this escape is not known', start);
    const point = this.#next();
    return code ?? point;
  }

  #class(): CharSet {
    const start = this.#at++;
    const negated = this.#take('^');
    const ranges: (readonly [number, number])[] = [];
    const single: (readonly [number, number])[] = [];
    const properties: string[] = [];
    for (let first = true; first || !this.#take(']'); first = false) {
      if (this.#at >= this.#text.length) this.#fail('a `[` has no `]`', start);
      const set = this.#posixClass() ?? this.#classEscape();
      if (set === undefined) single.push(this.#classRange(start));
      else if ('ranges' in set) properties.push(...set.properties);
      else ranges.push(...set);
    }
    return { ...setOf([...ranges, ...(this.#flags.i ? foldCase(single) : single)], properties), negated };
  }

  #posixClass(): Ranges | undefined {
    const start = this.#at;
    const posix = this.#match(/\[:(\^?)(\w*):\]/y);
    if (posix === undefined) return undefined;
    const ranges = posixClasses[posix[2] ?? ''];
    if (ranges === undefined) this.#fail('this class of characters is not known', start);
    return this.#named(ranges, posix[1] === '^');
  }

  /** Folded before it is turned round: with `i`, `\W` is what is no letter in either case. */
  #named(ranges: Ranges, negated: boolean): Ranges {
    const folded = this.#flags.i ? foldCase(ranges) : ranges;
    return negated ? complement(folded) : folded;
  }

  #classRange(start: number): [number, number] {
    const place = this.#at;
    const low = this.#classChar(start);
    if (this.#text.charAt(this.#at) !== '-' || this.#text.charAt(this.#at + 1) === ']') return [low, low];
    if (this.#at + 1 >= this.#text.length) this.#fail('a `[` has no `]`', start);
    this.#at++;
    const high = this.#classChar(start);
    if (high < low) this.#fail('a range of characters runs backwards', place);
    return [low, high];
  }

  #classChar(start: number): number {
    if (this.#at >= this.#text.length) this.#fail('a `[` has no `]`', start);
    return this.#text.charAt(this.#at) === '\\' ? this.#charEscape() : this.#next();
  }
}

function isProperty(source: string): boolean {
  try {
    new RegExp(source, 'u');
    return true;
  } catch {
    return false;
  }
}

/** How often the innermost of nested counted repeats runs at most; an open end counts as its least. */
function repeats(node: Node): number {
  switch (node.kind) {
    case 'repeat': {
      const times = node.most === Number.POSITIVE_INFINITY ? node.least : node.most;
      return Math.max(times, 1) * repeats(node.item);
    }
    case 'group':
      return repeats(node.item);
    case 'sequence':
    case 'either':
      return Math.max(1, ...node.items.map(repeats));
    case 'text':
    case 'set':
    case 'edge':
      return 1;
  }
}
