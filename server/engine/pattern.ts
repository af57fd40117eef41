import { fewCharacters, needsUnicode, printSet, unitsOf } from './charSet.ts';
import { type Node, parsePattern } from './patternSyntax.ts';

/** An RE2 pattern as a JavaScript expression of the same meaning, and what may be known of its matches beforehand. */
export interface Pattern {
  /** Runs in Node 20: no modifiers, no look-behind but for lines. */
  readonly source: string;
  /** `u` or nothing. */
  readonly flags: string;
  /** UTF-16 units of the shortest and longest match; Infinity when there is no longest. */
  readonly shortest: number;
  readonly longest: number;
  /** One of them stands in every match, in any case; lower case ASCII of two characters or more. Empty when there is none. */
  readonly literals: readonly string[];
  /** How far into the match that one begins, when it is always the same; else -1. */
  readonly offset: number;
  /** Numbers of the groups that hold the value: the first that took part. 0 is the whole match. */
  readonly value: readonly number[];
  /** Other groups with a name: number -> name. */
  readonly named: readonly (readonly [number, string])[];
}

export type PatternReading =
  | { readonly kind: 'pattern'; readonly pattern: Pattern }
  | { readonly kind: 'problem'; readonly message: string; readonly offset: number };

/** Total. Refuses what RE2 refuses: look-around, back-references, more than 1000 repeats. */
export function readPattern(text: string): PatternReading {
  const parsed = parsePattern(text);
  if (parsed.kind === 'problem') return parsed;
  const groups = groupNames(parsed.node);
  const named = groups.includes('secret');
  const kept = named ? groups.filter(name => name !== '') : groups;
  const print = printer(named);
  const facts = factsOf(parsed.node);
  const best = better(facts.need, facts.exact && { literals: facts.exact, offset: 0 });
  const useful = best?.literals.every(literal => literal.length > 1) ? best : undefined;
  const pattern: Pattern = {
    source: print(parsed.node),
    flags: unicode(parsed.node) ? 'u' : '',
    shortest: facts.shortest,
    longest: facts.longest,
    literals: useful?.literals ?? [],
    offset: useful?.offset ?? -1,
    value: kept.length === 0 ? [0] : named ? [kept.indexOf('secret') + 1] : kept.map((_, index) => index + 1),
    named: kept.flatMap((name, index): [number, string][] =>
      name === '' || name === 'secret' ? [] : [[index + 1, name]],
    ),
  };
  return compiles(pattern) ? { kind: 'pattern', pattern } : { kind: 'problem', message: 'it is too large', offset: 0 };
}

function compiles(pattern: Pattern): boolean {
  try {
    new RegExp(pattern.source, pattern.flags);
    return true;
  } catch {
    return false;
  }
}

function groupNames(node: Node): string[] {
  switch (node.kind) {
    case 'group':
      return [node.name, ...groupNames(node.item)];
    case 'sequence':
    case 'either':
      return node.items.flatMap(groupNames);
    case 'repeat':
      return groupNames(node.item);
    case 'text':
    case 'set':
    case 'edge':
      return [];
  }
}

function unicode(node: Node): boolean {
  switch (node.kind) {
    case 'text':
      return node.code > 0xffff;
    case 'set':
      return needsUnicode(node.set);
    case 'edge':
      return false;
    case 'sequence':
    case 'either':
      return node.items.some(unicode);
    case 'repeat':
    case 'group':
      return unicode(node.item);
  }
}

/** When a group is named `secret`, groups without a name do not capture. */
function printer(named: boolean): (node: Node) => string {
  const print = (node: Node): string => {
    switch (node.kind) {
      case 'text':
        return printText(node.code);
      case 'set':
        return node.set.ranges.length === 0 && node.set.properties.length === 0
          ? node.set.negated
            ? '[^]'
            : '[]'
          : printSet(node.set);
      case 'edge':
        return node.source;
      case 'sequence':
        return node.items.map(item => (item.kind === 'either' ? `(?:${print(item)})` : print(item))).join('');
      case 'either':
        return node.items.map(print).join('|');
      case 'group':
        return `(${named && node.name === '' ? '?:' : ''}${print(node.item)})`;
      case 'repeat':
        return `${printAtom(node.item)}${printCount(node.least, node.most)}${node.lazy ? '?' : ''}`;
    }
  };
  const printAtom = (node: Node): string =>
    node.kind === 'text' || node.kind === 'set' || node.kind === 'group' ? print(node) : `(?:${print(node)})`;
  return print;
}

function printText(code: number): string {
  if (code > 0xffff) return `\\u{${code.toString(16)}}`;
  if (code < 0x20 || code > 0x7e) return `\\u${code.toString(16).padStart(4, '0')}`;
  const char = String.fromCharCode(code);
  return /[\\^$.*+?()[\]{}|/]/.test(char) ? `\\${char}` : char;
}

function printCount(least: number, most: number): string {
  if (least === 0 && most === 1) return '?';
  if (most === Number.POSITIVE_INFINITY) return least === 0 ? '*' : least === 1 ? '+' : `{${least},}`;
  return least === most ? `{${least}}` : `{${least},${most}}`;
}

/** Texts one of which every match holds, and where in it they begin (-1: here and there). */
interface Need {
  readonly literals: readonly string[];
  readonly offset: number;
}

interface Facts {
  readonly shortest: number;
  readonly longest: number;
  /** All that it can match, in lower case, when these are few ASCII texts. */
  readonly exact?: readonly string[];
  readonly need?: Need;
}

const mostExact = 32;
const fewest = 8;

function factsOf(node: Node): Facts {
  switch (node.kind) {
    case 'edge':
      return { shortest: 0, longest: 0, exact: [''] };
    case 'text': {
      const units = node.code > 0xffff ? 2 : 1;
      return {
        shortest: units,
        longest: units,
        ...(node.code < 0x80 && { exact: [String.fromCharCode(node.code).toLowerCase()] }),
      };
    }
    case 'set': {
      const exact = fewCharacters(node.set, fewest);
      return { shortest: 1, longest: unitsOf(node.set), ...(exact && { exact }) };
    }
    case 'group':
      return factsOf(node.item);
    case 'sequence':
      return sequenceFacts(node.items.map(factsOf));
    case 'either':
      return eitherFacts(node.items.map(factsOf));
    case 'repeat':
      return repeatFacts(factsOf(node.item), node.least, node.most);
  }
}

function sequenceFacts(items: readonly Facts[]): Facts {
  let shortest = 0;
  let longest = 0;
  let need: Need | undefined;
  let run: { literals: readonly string[]; offset: number } = { literals: [''], offset: 0 };
  let whole = true;
  for (const item of items) {
    const at = shortest === longest ? shortest : -1;
    const joined = item.exact && product(run.literals, item.exact);
    if (joined !== undefined) run = { literals: joined, offset: run.offset };
    else {
      whole = false;
      need = better(need, run);
      run = item.exact ? { literals: item.exact, offset: at } : { literals: [''], offset: -1 };
      if (item.need)
        need = better(need, {
          literals: item.need.literals,
          offset: at < 0 || item.need.offset < 0 ? -1 : at + item.need.offset,
        });
    }
    shortest += item.shortest;
    longest += item.longest;
    if (!item.exact) run = { literals: [''], offset: shortest === longest ? shortest : -1 };
  }
  if (whole) return { shortest, longest, exact: run.literals, need: better(undefined, { ...run, offset: 0 }) };
  return { shortest, longest, need: better(need, run) };
}

function product(heads: readonly string[], tails: readonly string[]): readonly string[] | undefined {
  if (heads.length * tails.length > mostExact) return undefined;
  return [...new Set(heads.flatMap(head => tails.map(tail => head + tail)))];
}

function eitherFacts(items: readonly Facts[]): Facts {
  const shortest = Math.min(...items.map(item => item.shortest));
  const longest = Math.max(...items.map(item => item.longest));
  const exact = [...new Set(items.flatMap(item => item.exact ?? []))];
  const needs = items.map(item => better(item.need, item.exact && { literals: item.exact, offset: 0 }));
  const offset = needs.every(need => need?.offset === needs[0]?.offset) ? (needs[0]?.offset ?? -1) : -1;
  const literals = [...new Set(needs.flatMap(need => need?.literals ?? []))];
  return {
    shortest,
    longest,
    ...(items.every(item => item.exact) && exact.length <= mostExact && { exact }),
    ...(needs.every(need => need !== undefined) && literals.length <= 4 * mostExact && { need: { literals, offset } }),
  };
}

function repeatFacts(item: Facts, least: number, most: number): Facts {
  const widths = { shortest: item.shortest * least, longest: item.longest === 0 ? 0 : item.longest * most };
  if (least === 0) {
    const exact =
      most === 1 && item.exact && item.exact.length < mostExact ? [...new Set([...item.exact, ''])] : undefined;
    return { ...widths, ...(exact && { exact }) };
  }
  let run = item.exact;
  let times = 1;
  for (let next = run; next !== undefined && times < least && times < 16; ) {
    next = item.exact && product(next, item.exact);
    if (next !== undefined) {
      run = next;
      times++;
    }
  }
  const need = better(item.need, run && { literals: run, offset: 0 });
  return { ...widths, ...(run && times === most && { exact: run }), ...(need && { need }) };
}

/** The more telling of two: long, at a fixed place, few. */
function better(a: Need | undefined, b: Need | undefined): Need | undefined {
  const value = (need: Need | undefined): number => {
    if (need === undefined || need.literals.length === 0) return 0;
    const length = Math.min(...need.literals.map(literal => literal.length));
    return length === 0 ? 0 : Math.min(length, 8) * 4 + (need.offset >= 0 ? 6 : 0) - Math.log2(need.literals.length);
  };
  const left = value(a);
  const right = value(b);
  if (left === 0 && right === 0) return undefined;
  return right > left ? b : a;
}
