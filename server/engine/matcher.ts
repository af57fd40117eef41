import type { Candidate } from './candidate.ts';
import { type Part, type PartRole, partRoles } from './finding.ts';
import { type Pattern, readPattern } from './pattern.ts';
import type { Rule } from './rulePack.ts';

/** Runs one rule's pattern near the places where its keywords stand. Made when the first of them is met. */
export interface Matcher {
  /** Where a match may begin for a keyword at `[start, end)`; empty when that is not fixed. */
  starts(keyword: string, start: number): readonly number[];
  /** The stretch in which all matches for a keyword there lie. */
  window(start: number, end: number): readonly [number, number];
  /** The match that begins at `start`. */
  matchAt(text: string, start: number): Match | undefined;
  /** The first match in `[from, to)`. */
  matchIn(text: string, from: number, to: number): Match | undefined;
}

export interface Match extends Pick<Candidate, 'start' | 'end' | 'parts' | 'distinctive'> {
  /** Where the whole match ends: the next one begins no earlier. */
  readonly next: number;
}

/** Around a keyword that is not part of the match. */
const near = 512;
/** An open end is followed so far, and once more when a match reaches it. */
const reach = 4096;
const farthest = 65536;

/** Undefined when the pattern is not RE2 syntax. */
export function makeMatcher(rule: Rule): Matcher | undefined {
  const read = readPattern(rule.pattern);
  if (read.kind === 'problem') return undefined;
  const { pattern } = read;
  const sticky = new RegExp(pattern.source, `yd${pattern.flags}`);
  const seeking = new RegExp(pattern.source, `gd${pattern.flags}`);
  const keywords = rule.keywords.map(keyword => keyword.toLowerCase());
  const inside =
    pattern.literals.length > 0 &&
    pattern.literals.every(literal => keywords.some(keyword => literal.includes(keyword)));
  const leaps = new Map(
    keywords.map(keyword => [keyword, inside && pattern.offset >= 0 ? leapsOf(pattern, keyword) : []]),
  );
  const longest = Math.min(pattern.longest, reach);
  const bounded = pattern.longest <= reach;
  const run = (text: string, expression: RegExp, from: number, to: number): Match | undefined => {
    const margin = Math.min(from, 2);
    let end = Math.min(to, text.length);
    for (;;) {
      expression.lastIndex = margin;
      const match = expression.exec(text.substring(from - margin, Math.min(end + 2, text.length)));
      const stop = match === null ? 0 : from - margin + expression.lastIndex;
      if (match === null) return undefined;
      if (stop <= end || end >= text.length) return readMatch(pattern, match, from - margin, stop);
      if (end - from >= farthest) return undefined;
      end = Math.min(text.length, from + 4 * (end - from) + reach);
    }
  };
  return {
    starts: (keyword, start) => (leaps.get(keyword) ?? []).map(leap => start - leap),
    window: (start, end) =>
      inside && bounded
        ? [Math.max(0, end - longest), start + longest]
        : [Math.max(0, start - near), end + near + Math.min(longest, near)],
    matchAt: (text, start) => run(text, sticky, start, start + longest),
    matchIn: (text, from, to) => run(text, seeking, from, to),
  };
}

/** How far a keyword may stand from the start of the match. */
function leapsOf(pattern: Pattern, keyword: string): number[] {
  const leaps = new Set<number>();
  for (const literal of pattern.literals) {
    for (let at = literal.indexOf(keyword); at >= 0; at = literal.indexOf(keyword, at + 1))
      leaps.add(pattern.offset + at);
  }
  return [...leaps];
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
  const distinctive = pattern.literals.length > 0 && pattern.offset >= 0 && span[0] - whole[0] <= 1;
  return { start: base + span[0], end: base + span[1], parts, distinctive, next };
}

function isRole(name: string): name is PartRole {
  return partRoles.some(role => role === name);
}
