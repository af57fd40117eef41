import { allows, breadth, fits, type Mask, maskOf } from './border.ts';
import type { Candidate } from './candidate.ts';
import { type Part, type PartRole, partRoles } from './finding.ts';
import { compilePattern, type Pattern } from './pattern.ts';
import type { Rule } from './rulePack.ts';

/** Runs one rule's pattern near the places where its keywords stand. Made when the first of them is met. */
export interface Matcher {
  approach(keyword: string): Approach;
  /** What a value consists of: no other units, and so many at least. */
  readonly body: { readonly mask: Mask; readonly least: number };
  /** The stretch in which all matches for a keyword there lie. */
  window(start: number, end: number): readonly [number, number];
  /** The match that begins at `start`. */
  matchAt(text: string, start: number): Match | undefined;
  /** The first match in `[from, to)`. */
  matchIn(text: string, from: number, to: number): Match | undefined;
}

/** How matches lie around one of a rule's keywords. */
export interface Approach {
  /** How far before the keyword a match may begin, the farthest first; empty when that is not fixed. */
  readonly leaps: readonly number[];
  /** What one of them must find around the keyword, or nothing matches there; undefined when all may. */
  readonly guards: readonly Guard[] | undefined;
  /** The mask that fewest units pass, and how far after the keyword's start it stands: it alone tells most places. */
  readonly strictest: { readonly mask: Mask; readonly at: number } | undefined;
}

/** Nothing is known. */
export const anywhere: Approach = { leaps: [], guards: undefined, strictest: undefined };

export interface Guard {
  /** From the keyword's start back to what the masks are about. */
  readonly back: number;
  readonly before: readonly Mask[];
  readonly after: readonly Mask[];
}

/** Whether a match may stand around a keyword at `start`. */
export function admits(guards: readonly Guard[], text: string, start: number): boolean {
  for (let i = 0; i < guards.length; i++) {
    const guard = guards[i];
    if (guard === undefined) continue;
    const place = start - guard.back;
    if (fits(text, guard.before, place - 1, -1) && fits(text, guard.after, place, 1)) return true;
  }
  return false;
}

export interface Match extends Pick<Candidate, 'start' | 'end' | 'parts' | 'distinctive' | 'around'> {
  /** Where the whole match ends: the next one begins no earlier. */
  readonly next: number;
}

/** Around a keyword that is not part of the match. */
const near = 512;
/** Around a keyword that may stand anywhere: with it, a text of 1 MB is looked at as a whole. */
const everywhere = 1_000_000;
/** An open end is followed so far, and once more when a match reaches it. */
const reach = 4096;
const farthest = 65536;
/** The end of an armoured block is looked for so far. */
const longestBlock = 40_000;

/** Undefined when the rule has no pattern, or one that is not RE2 syntax. */
export function makeMatcher(rule: Rule): Matcher | undefined {
  if (rule.pattern === '') return undefined;
  const pattern = rule.compiled ?? compilePattern(rule.pattern, rule.group);
  if (pattern === undefined) return undefined;
  const sticky = expressionOf(pattern, 'y');
  const seeking = expressionOf(pattern, 'g');
  const keywords = rule.keywords.map(keyword => keyword.toLowerCase());
  const inside =
    pattern.literals.length > 0 &&
    pattern.literals.every(literal => keywords.some(keyword => literal.includes(keyword)));
  const longest = Math.min(pattern.longest, reach);
  const bounded = pattern.longest <= reach;
  const run = (text: string, expression: Expression, from: number, to: number): Match | undefined => {
    const margin = Math.min(from, 2);
    let end = Math.min(to, text.length);
    for (;;) {
      const match = expression(text.substring(from - margin, Math.min(end + 2, text.length)), margin);
      if (match === undefined) return undefined;
      const stop = from - margin + (match.indices?.[0]?.[1] ?? 0);
      if (stop <= end || end >= text.length) return readMatch(pattern, match, from - margin, stop);
      if (end - from >= farthest) return undefined;
      end = Math.min(text.length, from + 4 * (end - from) + reach);
    }
  };
  return {
    body: { mask: maskOf(pattern.body.units), least: pattern.body.least },
    approach: keyword => {
      if (!inside) return anywhere;
      const guards = guardsOf(pattern, keyword);
      const leaps = pattern.offset >= 0 ? leapsOf(pattern, keyword) : [];
      return { leaps, guards, strictest: strictestOf(guards, keyword) };
    },
    window: (start, end) =>
      rule.keywordsAnywhere
        ? [Math.max(0, start - everywhere), end + everywhere]
        : inside && bounded
          ? [Math.max(0, end - longest), start + longest]
          : [Math.max(0, start - near), end + near + Math.min(longest, near)],
    matchAt: (text, start) =>
      run(text, sticky, start, start + longest) ??
      (!bounded && rule.foreign && text.startsWith('-----BEGIN', start)
        ? run(text, sticky, start, start + longestBlock)
        : undefined),
    matchIn: (text, from, to) => run(text, seeking, from, to),
  };
}

/** The first match at or from an offset on, with the places of its groups. */
type Expression = (text: string, from: number) => RegExpExecArray | undefined;

/** Made at first use. Most places do not match, and to find that out takes half the time without the groups' places. */
function expressionOf(pattern: Pattern, kind: 'y' | 'g'): Expression {
  let plain: RegExp | undefined;
  let full: RegExp | undefined;
  return (text, from) => {
    plain ??= new RegExp(pattern.source, `${kind}${pattern.flags}`);
    plain.lastIndex = from;
    if (!plain.test(text)) return undefined;
    full ??= new RegExp(pattern.source, `${kind}d${pattern.flags}`);
    full.lastIndex = from;
    return full.exec(text) ?? undefined;
  };
}

/** Where a keyword stands in the literals that announce a match. */
function placesOf(pattern: Pattern, keyword: string): ReadonlySet<number> {
  const places = new Set<number>();
  for (const literal of pattern.literals)
    for (let at = literal.indexOf(keyword); at >= 0; at = literal.indexOf(keyword, at + 1)) places.add(at);
  return places;
}

function guardsOf(pattern: Pattern, keyword: string): Guard[] {
  const before = pattern.before.map(maskOf);
  const after = pattern.after.map(maskOf);
  return Array.from(placesOf(pattern, keyword), back => ({ back, before, after }));
}

function strictestOf(guards: readonly Guard[], keyword: string): Approach['strictest'] {
  const [guard] = guards;
  if (guard === undefined || guards.length > 1) return undefined;
  const { back } = guard;
  const masks = [
    ...guard.before.map((mask, index) => ({ mask, at: -1 - index - back })),
    ...guard.after.map((mask, index) => ({ mask, at: index - back })),
  ];
  return masks
    .filter(({ mask, at }) => !allowsBothCases(mask, keyword.charAt(at)))
    .sort((a, b) => breadth(a.mask) - breadth(b.mask))[0];
}

/** Whether a mask tells nothing about where this character of a keyword stands. */
function allowsBothCases(mask: Mask, character: string): boolean {
  return character !== '' && allows(mask, character, 0) && allows(mask, character.toUpperCase(), 0);
}

/** How far a keyword may stand from the start of the match. */
function leapsOf(pattern: Pattern, keyword: string): number[] {
  const leaps = new Set<number>();
  for (const at of placesOf(pattern, keyword))
    for (let more = 0; more <= pattern.slack; more++) leaps.add(pattern.offset + at + more);
  return [...leaps].sort((a, b) => b - a);
}

function readMatch(pattern: Pattern, match: RegExpExecArray, base: number, next: number): Match {
  const spans = match.indices ?? [];
  const span = pattern.value.map(group => spans[group]).find(range => range !== undefined && range[1] > range[0]) ??
    spans[0] ?? [0, 0];
  const parts = pattern.named.flatMap(([group, name]): Part[] => {
    const range = spans[group];
    return range !== undefined && range[1] > range[0] && isRole(name)
      ? [{ role: name, start: base + range[0], end: base + range[1] }]
      : [];
  });
  const whole = spans[0] ?? [0, 0];
  const distinctive = pattern.offset >= 0 && span[0] - whole[0] <= pattern.offset + pattern.slack;
  const [start, end] = [base + span[0], base + span[1]];
  return { start, end, around: [span[0] - whole[0], Math.max(0, next - end)], parts, distinctive, next };
}

function isRole(name: string): name is PartRole {
  return partRoles.some(role => role === name);
}
