/** Finds every keyword of every rule in one pass over a text. */
export interface Prefilter {
  /** Calls `hit` for each keyword that ends in `[from, to)`: its number in the list given, and where it starts and ends. */
  scan(text: string, from: number, to: number, hit: (keyword: number, start: number, end: number) => void): void;
}

/**
 * One flat Aho-Corasick automaton, read a UTF-16 unit at a time. ASCII letters match in either case, all other units end every keyword.
 * Keywords are ASCII; others are never met. Equal keywords may stand in the list more than once.
 */
export function buildPrefilter(keywords: readonly string[]): Prefilter {
  const folded = keywords.map(keyword => keyword.toLowerCase());
  const classes = characterClasses(folded);
  const shift = Math.ceil(Math.log2(Math.max(2, Math.max(...classes) + 1)));
  const trie = buildTrie(folded, classes);
  const { table, outputs, firstOutput } = flatten(trie, shift);
  const lengths = Int32Array.from(folded, keyword => keyword.length);
  return {
    scan(text, from, to, hit) {
      let state = 0;
      for (let i = from; i < to; i++) {
        const code = text.charCodeAt(i);
        state = code < 128 ? (table[(state << shift) | (classes[code] ?? 0)] ?? 0) : 0;
        if (state < firstOutput) continue;
        for (const keyword of outputs[state - firstOutput] ?? []) hit(keyword, i + 1 - (lengths[keyword] ?? 0), i + 1);
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

interface State {
  readonly next: Map<number, number>;
  readonly found: number[];
  fail: number;
}

function buildTrie(keywords: readonly string[], classes: Uint8Array): State[] {
  const states: State[] = [{ next: new Map(), found: [], fail: 0 }];
  keywords.forEach((keyword, index) => {
    if (keyword === '' || !/^[\0-\x7f]+$/.test(keyword)) return;
    let state = states[0];
    for (let i = 0; i < keyword.length && state; i++) {
      const step = classes[keyword.charCodeAt(i)] ?? 0;
      const known = state.next.get(step);
      if (known === undefined) {
        state.next.set(step, states.length);
        states.push({ next: new Map(), found: [], fail: 0 });
      }
      state = states[known ?? states.length - 1];
    }
    state?.found.push(index);
  });
  return states;
}

/** A complete table; states that end a keyword are numbered last, so that one comparison tells them. */
function flatten(
  trie: readonly State[],
  shift: number,
): { table: Uint16Array | Uint32Array; outputs: number[][]; firstOutput: number } {
  const order = linkFailures(trie);
  const plain = order.filter(index => trie[index]?.found.length === 0);
  const final = order.filter(index => trie[index]?.found.length !== 0);
  const numbers = new Uint32Array(trie.length);
  [...plain, ...final].forEach((index, number) => {
    numbers[index] = number;
  });
  const size = trie.length << shift;
  const table = trie.length > 0xffff ? new Uint32Array(size) : new Uint16Array(size);
  for (const index of order) {
    const state = trie[index];
    if (state === undefined) continue;
    const row = (numbers[index] ?? 0) << shift;
    const failRow = (numbers[state.fail] ?? 0) << shift;
    if (index !== 0) table.copyWithin(row, failRow, failRow + (1 << shift));
    for (const [step, next] of state.next) table[row | step] = numbers[next] ?? 0;
  }
  return { table, outputs: final.map(index => trie[index]?.found ?? []), firstOutput: plain.length };
}

/** Breadth first: a state's failure row stands complete before its own is copied from it. */
function linkFailures(trie: readonly State[]): number[] {
  const order = [0];
  for (let at = 0; at < order.length; at++) {
    const index = order[at] ?? 0;
    for (const [step, next] of trie[index]?.next ?? []) {
      const child = trie[next];
      if (child === undefined) continue;
      let fail = trie[index]?.fail ?? 0;
      while (fail !== 0 && !trie[fail]?.next.has(step)) fail = trie[fail]?.fail ?? 0;
      const target = index === 0 ? 0 : (trie[fail]?.next.get(step) ?? 0);
      child.fail = target;
      child.found.push(...(trie[target]?.found ?? []));
      order.push(next);
    }
  }
  return order;
}
