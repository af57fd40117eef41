import {
  type Border,
  borderOfSet,
  joinBorders,
  known,
  noBorder,
  rangesOf,
  repeatBorder,
  type Units,
  uniteBorders,
  uniteUnits,
} from './border.ts';
import { fewCharacters, needsUnicode, printSet, setOf, unitsOf } from './charSet.ts';
import { type Node, parsePattern } from './patternSyntax.ts';

/** An RE2 pattern as a JavaScript expression of the same meaning, and what may be known of its matches beforehand. */
export interface Pattern {
  /** Runs in Node 20: no modifiers, no look-behind but for lines. */
  readonly source: string;
  /** `u` or nothing. */
  readonly flags: string;
  /** UTF-16 units of the shortest and longest match; Number.MAX_SAFE_INTEGER when there is no longest. */
  readonly shortest: number;
  readonly longest: number;
  /** One of them stands in every match, in any case; lower case ASCII of two characters or more (or one after 8 solid ones). Empty when there is none. */
  readonly literals: readonly string[];
  /** How far into the match that one begins, `slack` units more at most; -1 when that says too little. */
  readonly offset: number;
  readonly slack: number;
  /** What surely stands before it, the nearest unit first, and from its first unit on, as far as that is known. */
  readonly before: readonly Units[];
  readonly after: readonly Units[];
  /** Numbers of the groups that hold the value: the first that took part. 0 is the whole match. */
  readonly value: readonly number[];
  /** Other groups with a name: number -> name. */
  readonly named: readonly (readonly [number, string])[];
  /** What the value consists of: no other units, and so many at least. */
  readonly body: { readonly units: Units; readonly least: number };
}

export type PatternReading =
  | { readonly kind: 'pattern'; readonly pattern: Pattern }
  | { readonly kind: 'problem'; readonly message: string; readonly offset: number };

/**
 * Total. Refuses what RE2 refuses: look-around, back-references, more than 1000 repeats. With `group` that one holds the value,
 * whatever the groups are called.
 */
export function readPattern(text: string, group?: number): PatternReading {
  const parsed = parsePattern(text);
  if (parsed.kind === 'problem') return parsed;
  const all = groupsIn(parsed.node);
  const groups = all.map(({ name }) => name);
  if (group !== undefined && group > groups.length)
    return { kind: 'problem', message: `it has ${groups.length} groups and no group ${group}`, offset: 0 };
  const named = group === undefined && groups.includes('secret');
  const kept = named ? all.filter(({ name }) => name !== '') : all;
  const value =
    group !== undefined
      ? [group]
      : kept.length === 0
        ? [0]
        : named
          ? [kept.findIndex(({ name }) => name === 'secret') + 1]
          : kept.map((_, index) => index + 1);
  const print = printer(named);
  const facts = factsOf(parsed.node);
  const best = better(facts.need, facts.exact && atStart(facts.exact, facts.border.head));
  const useful = best && tells(best) ? best : undefined;
  const pattern: Pattern = {
    source: print(parsed.node),
    flags: unicode(parsed.node) ? 'u' : '',
    shortest: facts.shortest,
    longest: Math.min(facts.longest, Number.MAX_SAFE_INTEGER),
    literals: useful?.literals ?? [],
    offset: useful?.offset ?? -1,
    slack: useful?.slack ?? 0,
    before: useful?.before ?? [],
    after: useful?.after ?? [],
    value,
    named: kept.flatMap(({ name }, index): [number, string][] =>
      name === '' || name === 'secret' ? [] : [[index + 1, name]],
    ),
    body: bodyOf(value.map(number => kept[number - 1]?.item ?? parsed.node)),
  };
  return compiles(pattern) ? { kind: 'pattern', pattern } : { kind: 'problem', message: 'it is too large', offset: 0 };
}

/** Undefined when the text is not RE2 syntax. */
export function compilePattern(text: string, group?: number): Pattern | undefined {
  const read = readPattern(text, group);
  return read.kind === 'pattern' ? read.pattern : undefined;
}

function compiles(pattern: Pattern): boolean {
  try {
    new RegExp(pattern.source, pattern.flags);
    return true;
  } catch {
    return false;
  }
}

/** The names of all groups that capture, in order; empty for those without one. */
export function groupNames(node: Node): string[] {
  return groupsIn(node).map(({ name }) => name);
}

function groupsIn(node: Node): Extract<Node, { kind: 'group' }>[] {
  switch (node.kind) {
    case 'group':
      return [node, ...groupsIn(node.item)];
    case 'sequence':
    case 'either':
      return node.items.flatMap(groupsIn);
    case 'repeat':
      return groupsIn(node.item);
    case 'text':
    case 'set':
    case 'edge':
      return [];
  }
}

function bodyOf(nodes: readonly Node[]): Pattern['body'] {
  const [units = ''] = uniteUnits(nodes.flatMap(unitsIn).map(set => [set]));
  return { units, least: Math.max(1, Math.min(...nodes.map(node => factsOf(node).shortest))) };
}

/** The units of each of its texts and sets. */
function unitsIn(node: Node): Units[] {
  switch (node.kind) {
    case 'text':
    case 'set':
      return [...factsOf(node).border.head];
    case 'edge':
      return [];
    case 'sequence':
    case 'either':
      return node.items.flatMap(unitsIn);
    case 'repeat':
    case 'group':
      return unitsIn(node.item);
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

/** Texts one of which every match holds, and where in it they begin: see Pattern. */
type Need = Pick<Pattern, 'literals' | 'offset' | 'slack' | 'before' | 'after'>;

const atStart = (literals: readonly string[], after: readonly Units[]): Need => ({
  literals,
  offset: 0,
  slack: 0,
  before: [],
  after,
});

const mostSlack = 4;

interface Facts {
  readonly shortest: number;
  readonly longest: number;
  /** All that it can match, in lower case, when these are few ASCII texts. */
  readonly exact?: readonly string[];
  readonly need?: Need;
  readonly border: Border;
}

const mostExact = 32;
const fewest = 8;

function factsOf(node: Node): Facts {
  switch (node.kind) {
    case 'edge':
      return { shortest: 0, longest: 0, exact: [''], border: noBorder };
    case 'text': {
      const units = node.code > 0xffff ? 2 : 1;
      return {
        shortest: units,
        longest: units,
        ...(node.code < 0x80 && { exact: [String.fromCharCode(node.code).toLowerCase()] }),
        border: borderOfSet(setOf([[node.code, node.code]])),
      };
    }
    case 'set': {
      const exact = fewCharacters(node.set, fewest);
      return { shortest: 1, longest: unitsOf(node.set), ...(exact && { exact }), border: borderOfSet(node.set) };
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

/** How many units before a place are letters, digits or signs of base64. */
function solidRun(before: readonly Units[]): number {
  const run = before.findIndex(units => !rangesOf(units).every(([low, high]) => isSolid(low, high)));
  return run < 0 ? before.length : run;
}

function isSolid(low: number, high: number): boolean {
  if (low === high) return /[\w+/=-]/.test(String.fromCodePoint(low));
  return (low >= 47 && high <= 57) || (low >= 65 && high <= 90) || (low >= 97 && high <= 122);
}

function sequenceFacts(items: readonly Facts[]): Facts {
  const rests = restsOf(items);
  const headFrom = (index: number): readonly Units[] => rests[index]?.head ?? [];
  let shortest = 0;
  let longest = 0;
  let border = noBorder;
  let need: Need | undefined;
  let run = atStart([''], headFrom(0));
  let whole = true;
  const here = (literals: readonly string[], index: number): Need => {
    const slack = longest - shortest;
    const around = { literals, before: border.tail, after: headFrom(index) };
    return slack > mostSlack ? { ...around, offset: -1, slack: 0 } : { ...around, offset: shortest, slack };
  };
  for (const [index, item] of items.entries()) {
    const joined = item.exact && product(run.literals, item.exact);
    if (joined !== undefined) run = { ...run, literals: joined };
    else {
      whole = false;
      need = better(need, run);
      const place = here(item.exact ?? [''], index);
      if (item.need) need = better(need, shifted(item.need, place));
      run = place;
    }
    shortest += item.shortest;
    longest += item.longest;
    border = joinBorders(border, item.border);
    if (!item.exact) run = here([''], index + 1);
  }
  if (whole) return { shortest, longest, exact: run.literals, need: better(undefined, run), border };
  return { shortest, longest, need: better(need, run), border };
}

/** What begins with each of the items. */
function restsOf(items: readonly Facts[]): readonly Border[] {
  const rests: Border[] = [];
  items.reduceRight((rest, item) => {
    const joined = joinBorders(item.border, rest);
    rests.unshift(joined);
    return joined;
  }, noBorder);
  return rests;
}

function shifted(need: Need, by: Need): Need {
  const slack = need.slack + by.slack;
  const all = need.offset === need.before.length && need.slack === 0;
  const around = { ...need, before: all ? known(need.before, by.before) : need.before };
  if (by.offset < 0 || need.offset < 0 || slack > mostSlack) return { ...around, offset: -1, slack: 0 };
  return { ...around, offset: by.offset + need.offset, slack };
}

function product(heads: readonly string[], tails: readonly string[]): readonly string[] | undefined {
  if (heads.length * tails.length > mostExact) return undefined;
  return [...new Set(heads.flatMap(head => tails.map(tail => head + tail)))];
}

function eitherFacts(items: readonly Facts[]): Facts {
  const exact = [...new Set(items.flatMap(item => item.exact ?? []))];
  const needs = items.map(item => better(item.need, item.exact && atStart(item.exact, item.border.head)));
  const [first] = needs;
  const same = needs.every(need => need?.offset === first?.offset && need?.slack === first?.slack);
  const literals = [...new Set(needs.flatMap(need => need?.literals ?? []))];
  const need: Need = {
    literals,
    offset: same ? (first?.offset ?? -1) : -1,
    slack: same ? (first?.slack ?? 0) : 0,
    before: uniteUnits(needs.map(each => each?.before ?? [])),
    after: uniteUnits(needs.map(each => each?.after ?? [])),
  };
  return {
    shortest: Math.min(...items.map(item => item.shortest)),
    longest: Math.max(...items.map(item => item.longest)),
    ...(items.every(item => item.exact) && exact.length <= mostExact && { exact }),
    ...(needs.every(each => each !== undefined) && literals.length <= 4 * mostExact && { need }),
    border: uniteBorders(items.map(item => item.border)),
  };
}

function repeatFacts(item: Facts, least: number, most: number): Facts {
  const longest = item.longest === 0 ? 0 : item.longest * most;
  const border = repeatBorder(item.border, least, most);
  const widths = { shortest: item.shortest * least, longest, border };
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
  const need = better(item.need, run && atStart(run, border.head));
  return { ...widths, ...(run && times === most && { exact: run }), ...(need && { need }) };
}

/** Rare enough in a text: longer than a character, or one at the end of a solid run. */
function tells({ literals, before }: Need): boolean {
  return literals.every(literal => literal.length > 1) || solidRun(before) >= 8;
}

/** The more telling of two: long, at a fixed place, few. */
function better(a: Need | undefined, b: Need | undefined): Need | undefined {
  const value = (need: Need | undefined): number => {
    if (need === undefined || need.literals.length === 0) return 0;
    const length = Math.min(...need.literals.map(literal => literal.length));
    if (length === 0) return 0;
    const worth = Math.min(length, 8) * 4 + (need.offset >= 0 ? 6 - need.slack : 0) - Math.log2(need.literals.length);
    return tells(need) ? worth : worth / 64;
  };
  const left = value(a);
  const right = value(b);
  if (left === 0 && right === 0) return undefined;
  return right > left ? b : a;
}
