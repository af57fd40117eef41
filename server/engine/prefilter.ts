import { allows, type Mask } from './border.ts';

type Hit = (keyword: number, start: number, end: number) => void;

/** Finds every keyword of every rule in one pass over a text. */
export interface Prefilter {
  /** Calls `hit` for each keyword that ends in `[from, to)`: its number in the list given, and where it starts and ends. */
  scan(text: string, from: number, to: number, hit: Hit): void;
  /** From now on a keyword is a hit only where the mask allows the unit `at` after its first one (before it, when negative). */
  narrow(keyword: number, mask: Mask, at: number): void;
}

/**
 * One flat Aho-Corasick automaton, read a UTF-16 unit at a time. ASCII letters match in either case, all other units end every keyword.
 * Keywords are ASCII; others are never met. Equal keywords may stand in the list more than once.
 */
export function buildPrefilter(keywords: readonly string[]): Prefilter {
  const { table, width, classes, outputs, firstOutput } = complete(buildTrie(keywords));
  const lengths = Int32Array.from(keywords, keyword => keyword.length);
  const masks: (Mask | undefined)[] = keywords.map(() => undefined);
  const places = new Int32Array(keywords.length);
  const report = (text: string, end: number, ended: readonly number[], hit: Hit): void => {
    for (let k = 0; k < ended.length; k++) {
      const keyword = ended[k] ?? 0;
      const start = end - (lengths[keyword] ?? 0);
      const mask = masks[keyword];
      if (mask === undefined || allows(mask, text, start + (places[keyword] ?? 0))) hit(keyword, start, end);
    }
  };
  const ends = new Int32Array(batch + 1);
  const states = new Int32Array(batch + 1);
  /** Notes where keywords end in `[from, to)` and returns their number; the state at the end stands behind the last of `ends`. */
  const gather = (text: string, from: number, to: number, before: number): number => {
    let state = before;
    let met = 0;
    for (let at = from; at < to; ) {
      const code = text.charCodeAt(at++);
      state = code < ascii ? (table[(state << width) | (classes[code] ?? 0)] ?? 0) : 0;
      if (state >= firstOutput) {
        ends[met] = at;
        states[met++] = state;
      }
    }
    ends[met] = state;
    return met;
  };
  return {
    narrow(keyword, mask, at) {
      masks[keyword] = mask;
      places[keyword] = at;
    },
    scan(text, from, to, hit) {
      let state = 0;
      for (let at = from; at < to; ) {
        const stop = Math.min(to, at + batch);
        const met = gather(text, at, stop, state);
        state = ends[met] ?? 0;
        for (let i = 0; i < met; i++) report(text, ends[i] ?? 0, outputs[(states[i] ?? 0) - firstOutput] ?? [], hit);
        at = stop;
      }
    },
  };
}

/** So many units are read before the keywords that end in them are told. */
const batch = 4096;

const ascii = 128;

/** The states in the order of their keywords; state 0 is the root. */
interface Trie {
  readonly parents: readonly number[];
  /** The class of what leads to each state. */
  readonly units: readonly number[];
  readonly depths: readonly number[];
  /** Of each ASCII unit: from 1 on, in the order of their first use; both cases of a letter have the same; 0 for what stands in no keyword. */
  readonly classes: Uint8Array;
  /** So many bits hold a class. */
  readonly width: number;
  /** By `state << 7 | class`. */
  readonly next: ReadonlyMap<number, number>;
  /** The keywords that end in a state. */
  readonly found: Map<number, readonly number[]>;
}

function buildTrie(keywords: readonly string[]): Trie {
  const parents = [0];
  const units = [0];
  const depths = [0];
  const next = new Map<number, number>();
  const found = new Map<number, readonly number[]>();
  const classes = new Uint8Array(ascii);
  let known = 0;
  const classOf = (unit: number): number => {
    if (classes[unit] === 0) {
      classes[unit] = ++known;
      if (isLower(unit)) classes[unit - 32] = known;
    }
    return classes[unit] ?? 0;
  };
  keywords.forEach((word, index) => {
    const keyword = word.toLowerCase();
    if (keyword === '' || !/^[\0-\x7f]*$/.test(keyword)) return;
    let state = 0;
    for (let i = 0; i < keyword.length; i++) {
      const unit = classOf(keyword.charCodeAt(i));
      const step = (state << 7) | unit;
      let to = next.get(step);
      if (to === undefined) {
        to = parents.length;
        next.set(step, to);
        parents.push(state);
        units.push(unit);
        depths.push(i + 1);
      }
      state = to;
    }
    found.set(state, [...(found.get(state) ?? []), index]);
  });
  return { parents, units, depths, classes, width: 32 - Math.clz32(known), next, found };
}

interface Automaton extends Pick<Trie, 'classes' | 'width'> {
  /** Rows of `1 << width`, by state and class. */
  readonly table: Uint16Array | Uint32Array;
  /** Of the states from `firstOutput` on. */
  readonly outputs: readonly (readonly number[])[];
  readonly firstOutput: number;
}

/** Every step filled in; states that end a keyword are numbered last, so that one comparison tells them. */
function complete(trie: Trie): Automaton {
  const { parents, depths, found, classes, width } = trie;
  const order = Array.from(parents.keys()).sort((a, b) => (depths[a] ?? 0) - (depths[b] ?? 0));
  const fallbacks = linkFallbacks(trie, order);
  const silent = order.filter(state => !found.has(state));
  const ending = order.filter(state => found.has(state));
  const numbers = new Int32Array(parents.length);
  for (const [number, state] of [...silent, ...ending].entries()) numbers[state] = number;
  const table = fillRows(trie, order, fallbacks, numbers);
  return { table, classes, width, outputs: ending.map(state => found.get(state) ?? []), firstOutput: silent.length };
}

/** For each state the longest end of it that begins a keyword; the keywords that end there end here too. */
function linkFallbacks({ parents, units, next, found }: Trie, order: readonly number[]): Int32Array {
  const fallbacks = new Int32Array(parents.length);
  for (const state of order) {
    const unit = units[state] ?? 0;
    let from = parents[state] ?? 0;
    let to: number | undefined;
    while (from !== 0 && to === undefined) {
      from = fallbacks[from] ?? 0;
      to = next.get((from << 7) | unit);
    }
    fallbacks[state] = to ?? 0;
    const inherited = found.get(to ?? 0);
    if (inherited !== undefined) found.set(state, [...(found.get(state) ?? []), ...inherited]);
  }
  return fallbacks;
}

/** A row a state, by its number. It goes on as the state that it falls back to does, but for its own steps. */
function fillRows(
  { parents, units, depths, width }: Trie,
  order: readonly number[],
  fallbacks: Int32Array,
  numbers: Int32Array,
): Automaton['table'] {
  const size = parents.length << width;
  const table = parents.length > 0xffff ? new Uint32Array(size) : new Uint16Array(size);
  const rowOf = (state: number): number => (numbers[state] ?? 0) << width;
  let end = 0;
  for (let depth = 0; end < order.length; depth++) {
    // A row that is copied belongs to a state nearer to the root, and has its own steps already.
    for (; end < order.length && depths[order[end] ?? 0] === depth; end++) {
      const state = order[end] ?? 0;
      const from = rowOf(fallbacks[state] ?? 0);
      if (state !== 0) table.copyWithin(rowOf(state), from, from + (1 << width));
    }
    for (let at = end; at < order.length && depths[order[at] ?? 0] === depth + 1; at++) {
      const state = order[at] ?? 0;
      const step = rowOf(parents[state] ?? 0) + (units[state] ?? 0);
      table[step] = numbers[state] ?? 0;
    }
  }
  return table;
}

function isLower(unit: number): boolean {
  return unit >= 97 && unit <= 122;
}
