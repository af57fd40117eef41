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
  const folded = keywords.map(keyword => keyword.toLowerCase());
  const classes = characterClasses(folded);
  const shift = Math.ceil(Math.log2(Math.max(2, Math.max(...classes) + 1)));
  const { table, outputs, firstOutput } = complete(buildTrie(folded, classes, shift), shift);
  const lengths = Int32Array.from(folded, keyword => keyword.length);
  const masks: (Mask | undefined)[] = folded.map(() => undefined);
  const places = new Int32Array(folded.length);
  const report = (text: string, end: number, ended: readonly number[], hit: Hit): void => {
    for (let k = 0; k < ended.length; k++) {
      const keyword = ended[k] ?? 0;
      const start = end - (lengths[keyword] ?? 0);
      const mask = masks[keyword];
      if (mask === undefined || allows(mask, text, start + (places[keyword] ?? 0))) hit(keyword, start, end);
    }
  };
  return {
    narrow(keyword, mask, at) {
      masks[keyword] = mask;
      places[keyword] = at;
    },
    scan(text, from, to, hit) {
      let state = 0;
      let at = from;
      while (at < to) {
        // Nothing else stands in this loop, through which every unit of every text goes.
        do {
          const code = text.charCodeAt(at++);
          state = code < 128 ? (table[(state << shift) | (classes[code] ?? 0)] ?? 0) : 0;
        } while (state < firstOutput && at < to);
        if (state >= firstOutput) report(text, at, outputs[state - firstOutput] ?? [], hit);
      }
    },
  };
}

/** Class of each ASCII unit: 0 for those in no keyword; a letter's cases share one. */
function characterClasses(keywords: readonly string[]): Uint8Array {
  const classes = new Uint8Array(128);
  let count = 0;
  for (const keyword of keywords) {
    for (let i = 0; i < keyword.length; i++) {
      const code = keyword.charCodeAt(i);
      if (code > 127 || classes[code] !== 0) continue;
      classes[code] = ++count;
      if (code >= 0x61 && code <= 0x7a) classes[code - 32] = count;
    }
  }
  return classes;
}

/** A row a state: where each class leads, 0 when nowhere. */
interface Trie {
  readonly states: number;
  readonly table: Int32Array;
  /** The keywords that end in a state. */
  readonly found: Map<number, number[]>;
}

function buildTrie(keywords: readonly string[], classes: Uint8Array, shift: number): Trie {
  const plain = keywords.map(keyword => (/^[\0-\x7f]*$/.test(keyword) ? keyword : ''));
  const table = new Int32Array((1 + plain.reduce((sum, keyword) => sum + keyword.length, 0)) << shift);
  const found = new Map<number, number[]>();
  let states = 1;
  plain.forEach((keyword, index) => {
    if (keyword === '') return;
    let state = 0;
    for (let i = 0; i < keyword.length; i++) {
      const at = (state << shift) | (classes[keyword.charCodeAt(i)] ?? 0);
      if (table[at] === 0) table[at] = states++;
      state = table[at] ?? 0;
    }
    const ended = found.get(state);
    if (ended === undefined) found.set(state, [index]);
    else ended.push(index);
  });
  return { states, table, found };
}

interface Automaton {
  readonly table: Uint16Array | Uint32Array;
  /** Of the states from `firstOutput` on. */
  readonly outputs: readonly (readonly number[])[];
  readonly firstOutput: number;
}

/** Every step filled in; states that end a keyword are numbered last, so that one comparison tells them. */
function complete(trie: Trie, shift: number): Automaton {
  const order = linkFailures(trie, shift);
  const { found, states } = trie;
  const numbers = new Int32Array(states);
  const outputs: (readonly number[])[] = [];
  let count = 0;
  for (const state of order) if (!found.has(state)) numbers[state] = count++;
  const firstOutput = count;
  for (const state of order) {
    const ended = found.get(state);
    if (ended === undefined) continue;
    outputs.push(ended);
    numbers[state] = count++;
  }
  const size = states << shift;
  const table = states > 0xffff ? new Uint32Array(size) : new Uint16Array(size);
  for (let state = 0; state < states; state++) {
    const row = (numbers[state] ?? 0) << shift;
    const old = state << shift;
    for (let step = 0; step < 1 << shift; step++) table[row | step] = numbers[trie.table[old | step] ?? 0] ?? 0;
  }
  return { table, outputs, firstOutput };
}

/** The states, breadth first: the row of the state to fall back to is complete before it is asked. */
function linkFailures({ table, found, states }: Trie, shift: number): Int32Array {
  const order = new Int32Array(states);
  const fallback = new Int32Array(states);
  let known = 1;
  for (let at = 0; at < known; at++) {
    const state = order[at] ?? 0;
    const row = state << shift;
    const failRow = (fallback[state] ?? 0) << shift;
    for (let step = 0; step < 1 << shift; step++) {
      const next = table[row | step] ?? 0;
      const target = state === 0 ? 0 : (table[failRow | step] ?? 0);
      if (next === 0) table[row | step] = target;
      else {
        fallback[next] = target;
        order[known++] = next;
        const inherited = found.get(target);
        if (inherited !== undefined) found.set(next, [...(found.get(next) ?? []), ...inherited]);
      }
    }
  }
  return order;
}
