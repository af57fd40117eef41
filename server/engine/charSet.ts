/** A set of code points: sorted, disjoint, inclusive ranges, and Unicode properties in JavaScript's spelling (`\p{L}`). */
export interface CharSet {
  readonly ranges: readonly (readonly [number, number])[];
  readonly properties: readonly string[];
  /** What the ranges and properties leave out. */
  readonly negated: boolean;
}

const last = 0x10ffff;

export function setOf(ranges: readonly (readonly [number, number])[], properties: readonly string[] = []): CharSet {
  return { ranges: tidy(ranges), properties, negated: false };
}

export function complement(ranges: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const result: (readonly [number, number])[] = [];
  let next = 0;
  for (const [low, high] of tidy(ranges)) {
    if (low > next) result.push([next, low - 1]);
    next = high + 1;
  }
  if (next <= last) result.push([next, last]);
  return result;
}

function tidy(ranges: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const result: [number, number][] = [];
  for (const [low, high] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const before = result.at(-1);
    if (before !== undefined && low <= before[1] + 1) before[1] = Math.max(before[1], high);
    else result.push([low, high]);
  }
  return result;
}

/** With the other case of every letter in it, as RE2's `(?i)`: U+017F and U+212A belong to s and k. */
export function foldCase(ranges: readonly (readonly [number, number])[]): (readonly [number, number])[] {
  const result = [...ranges];
  const shift = (from: number, to: number, by: number): void => {
    for (const [low, high] of ranges) {
      if (low <= to && high >= from) result.push([Math.max(low, from) + by, Math.min(high, to) + by]);
    }
  };
  shift(0x41, 0x5a, 32);
  shift(0x61, 0x7a, -32);
  for (const [low, high] of ranges) {
    for (let code = Math.max(low, 0x80); code <= Math.min(high, low + 2000); code++) result.push(...otherCases(code));
  }
  const holds = (code: number): boolean => result.some(([low, high]) => low <= code && code <= high);
  for (const orbit of orbits)
    if (orbit.some(holds)) result.push(...orbit.map((code): [number, number] => [code, code]));
  return tidy(result);
}

/** Letters of more than two cases, as Unicode's simple folding has them; the first two have an ASCII letter among them. */
const orbits: readonly (readonly number[])[] = [
  'Ss\u017f',
  'Kk\u212a',
  '\u00c5\u00e5\u212b',
  '\u039c\u03bc\u00b5',
  '\u03a3\u03c3\u03c2',
  '\u03a9\u03c9\u2126',
  '\u00df\u1e9e',
].map(letters => Array.from(letters, letter => letter.charCodeAt(0)));

function otherCases(code: number): [number, number][] {
  const char = String.fromCodePoint(code);
  return [char.toLowerCase(), char.toUpperCase()].flatMap((other): [number, number][] => {
    const point = other.codePointAt(0) ?? code;
    return other.length === (point > 0xffff ? 2 : 1) && point !== code ? [[point, point]] : [];
  });
}

/** The characters of a small ASCII set in lower case; undefined when it is larger than `most` or not ASCII. */
export function fewCharacters(set: CharSet, most: number): string[] | undefined {
  if (set.negated || set.properties.length > 0) return undefined;
  const found = new Set<string>();
  for (const [low, high] of set.ranges) {
    if (low === high && (low === 0x17f || low === 0x212a)) continue;
    if (high > 0x7f || high - low > 2 * most) return undefined;
    for (let code = low; code <= high; code++) found.add(String.fromCharCode(code).toLowerCase());
  }
  return found.size <= most ? [...found] : undefined;
}

/** UTF-16 units of its longest member. */
export function unitsOf(set: CharSet): 1 | 2 {
  return set.negated || set.properties.length > 0 || (set.ranges.at(-1)?.[1] ?? 0) > 0xffff ? 2 : 1;
}

/** True when it holds or may hold what only a `u` expression reads as one character. */
export function needsUnicode(set: CharSet): boolean {
  return unitsOf(set) === 2;
}

/** As JavaScript writes it. */
export function printSet(set: CharSet): string {
  const items = set.ranges.map(([low, high]) =>
    low === high ? print(low) : `${print(low)}${high > low + 1 ? '-' : ''}${print(high)}`,
  );
  return `[${set.negated ? '^' : ''}${items.join('')}${set.properties.join('')}]`;
}

function print(code: number): string {
  if (code > 0xffff) return `\\u{${code.toString(16)}}`;
  if (code < 0x20 || code > 0x7e) return `\\u${code.toString(16).padStart(4, '0')}`;
  const char = String.fromCharCode(code);
  return /[\\\]^-]/.test(char) ? `\\${char}` : char;
}
