import type { Candidate } from './candidate.ts';
import { type Part, type PartRole, partRoles } from './finding.ts';
import { type Pattern, readPattern } from './pattern.ts';
import type { Rule } from './rulePack.ts';

/** Runs one rule's pattern near the places where its keywords stand. Made when the first of them is met. */
export interface Matcher {
  approach(keyword: string): Approach;
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
  /** So many units before the keyword must be solid, or nothing matches. */
  readonly solid: number;
}

/** Whether the `count` units before `start` are letters, digits and signs of base64. */
export function isSolidBefore(text: string, start: number, count: number): boolean {
  for (let i = start - count; i < start; i++) if (!isSolid(text.charCodeAt(i))) return false;
  return true;
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

/** Undefined when the rule has no pattern, or one that is not RE2 syntax. */
export function makeMatcher(rule: Rule): Matcher | undefined {
  if (rule.pattern === '') return undefined;
  const read = readPattern(rule.pattern);
  if (read.kind === 'problem') return undefined;
  const { pattern } = read;
  const sticky = new RegExp(pattern.source, `yd${pattern.flags}`);
  const seeking = new RegExp(pattern.source, `gd${pattern.flags}`);
  const keywords = rule.keywords.map(keyword => keyword.toLowerCase());
  const inside =
    pattern.literals.length > 0 &&
    pattern.literals.every(literal => keywords.some(keyword => literal.includes(keyword)));
  const first = (keyword: string): boolean =>
    pattern.literals.every(literal => !literal.includes(keyword, 1)) && inside;
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
    approach: keyword => ({
      leaps: inside && pattern.offset >= 0 ? leapsOf(pattern, keyword) : [],
      solid: first(keyword) ? Math.min(pattern.solid, mostGuarded) : 0,
    }),
    window: (start, end) =>
      inside && bounded
        ? [Math.max(0, end - longest), start + longest]
        : [Math.max(0, start - near), end + near + Math.min(longest, near)],
    matchAt: (text, start) => run(text, sticky, start, start + longest),
    matchIn: (text, from, to) => run(text, seeking, from, to),
  };
}

/** Letters, digits, `_`, `-`, `+`, `/`, `=`. */
function isSolid(code: number): boolean {
  if (code >= 97) return code <= 122;
  if (code >= 65) return code <= 90 || code === 95;
  return (code >= 48 && code <= 57) || code === 45 || code === 43 || code === 47 || code === 61;
}

/** So many units before a keyword are looked at before the pattern is. */
const mostGuarded = 12;

/** How far a keyword may stand from the start of the match. */
function leapsOf(pattern: Pattern, keyword: string): number[] {
  const leaps = new Set<number>();
  for (const literal of pattern.literals) {
    for (let at = literal.indexOf(keyword); at >= 0; at = literal.indexOf(keyword, at + 1)) {
      for (let more = 0; more <= pattern.slack; more++) leaps.add(pattern.offset + at + more);
    }
  }
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
  return { start: base + span[0], end: base + span[1], parts, distinctive, next };
}

function isRole(name: string): name is PartRole {
  return partRoles.some(role => role === name);
}
