import { type Candidate, lineAround } from './candidate.ts';
import { compileException, type Matched, type PackException, type Requirement } from './exception.ts';
import type { Host, Source } from './finding.ts';
import { firstIndex } from './firstIndex.ts';
import type { Rule } from './rulePack.ts';

/** Whether an exception holds for a candidate: of its own rule, or one that a pack makes. */
export type Excepts = (source: Source, candidate: Candidate) => boolean;

interface Test {
  /** Whom to blame for the time it takes: see Host.enter. */
  readonly place: number;
  readonly holds: (matched: Matched) => boolean;
}

/** Tests are compiled when the first candidate of their rule is met. */
export function makeExcepts(rules: readonly Rule[], host: Host, exceptions: readonly PackException[]): Excepts {
  const shared = exceptions.map((exception, index) => ({
    rules: exception.rules && new Set(exception.rules),
    test: { place: rules.length + index, holds: compileException(exception) },
  }));
  const compiled = new Map<number, readonly Test[]>();
  const testsOf = (rule: number): readonly Test[] => {
    const known = compiled.get(rule);
    if (known !== undefined) return known;
    const id = rules[rule]?.id ?? '';
    const own = (rules[rule]?.except ?? []).map(exception => ({ place: rule, holds: compileException(exception) }));
    const tests = [
      ...own,
      ...shared.flatMap(({ rules, test }) => (rules === undefined || rules.has(id) ? [test] : [])),
    ];
    compiled.set(rule, tests);
    return tests;
  };
  return (source, candidate) => {
    const tests = testsOf(candidate.rule);
    if (tests.length === 0) return false;
    const matched = matchedOf(source, candidate);
    return tests.some(({ place, holds }) => {
      host.enter(place);
      try {
        return holds(matched);
      } finally {
        host.enter(-1);
      }
    });
  };
}

function matchedOf({ text, path }: Source, { start, end, around = [0, 0] }: Candidate): Matched {
  const whole = [start - around[0], end + around[1]] as const;
  return {
    path,
    value: text.slice(start, end),
    match: () => text.slice(whole[0], whole[1]).replace(/^\n+|\n+$/g, ''),
    lines: () => {
      const last = Math.max(whole[0], whole[1] - (text.charCodeAt(whole[1] - 1) === 10 ? 1 : 0));
      return text.slice(lineAround(text, whole[0]).start, lineAround(text, last).end);
    },
  };
}

/** Those whose rule needs no other match, or has it. Components complete the others and are none themselves. */
export function withRequired(
  text: string,
  candidates: readonly Candidate[],
  rules: readonly Rule[],
  drop?: (candidate: Candidate, reason: string) => void,
): readonly Candidate[] {
  if (!candidates.some(({ rule }) => rules[rule]?.require ?? rules[rule]?.component)) return candidates;
  const needed = new Set(candidates.flatMap(({ rule }) => rules[rule]?.require?.map(other => other.rule) ?? []));
  const reported = candidates.filter(({ rule }) => rules[rule]?.component !== true);
  if (needed.size === 0) return reported;
  const lines = lineStarts(text);
  const placeOf = (candidate: Candidate): Place => {
    const start = candidate.start - (candidate.around?.[0] ?? 0);
    const line = lastAtOrBefore(lines, start);
    return { line, column: start - (lines[line] ?? 0) };
  };
  const places = new Map<string, Place[]>();
  for (const candidate of candidates) {
    const id = rules[candidate.rule]?.id ?? '';
    if (!needed.has(id)) continue;
    const list = places.get(id) ?? [];
    list.push(placeOf(candidate));
    places.set(id, list);
  }
  for (const list of places.values()) list.sort((a, b) => a.line - b.line);
  return reported.filter(candidate => {
    const require = rules[candidate.rule]?.require;
    if (require === undefined) return true;
    const place = placeOf(candidate);
    const missing = require.find(requirement => !isNear(place, places.get(requirement.rule) ?? [], requirement));
    if (missing) drop?.(candidate, `Its rule requires a match of ${missing.rule} beside it, and none stands there.`);
    return missing === undefined;
  });
}

interface Place {
  readonly line: number;
  readonly column: number;
}

/** `others` by line. */
function isNear(place: Place, others: readonly Place[], { lines, columns }: Requirement): boolean {
  const from = lines === undefined ? 0 : firstFrom(others, place.line - lines);
  for (let i = from; i < others.length; i++) {
    const other = others[i];
    if (other === undefined || (lines !== undefined && other.line > place.line + lines)) return false;
    if (columns === undefined || Math.abs(other.column - place.column) <= columns) return true;
  }
  return false;
}

function firstFrom(places: readonly Place[], line: number): number {
  return firstIndex(places.length, index => (places[index]?.line ?? 0) >= line);
}

function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

function lastAtOrBefore(starts: readonly number[], offset: number): number {
  return firstIndex(starts.length, index => (starts[index] ?? 0) > offset) - 1;
}
