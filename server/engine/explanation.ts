import { explainAssignments } from './assignment.ts';
import type { Candidate } from './candidate.ts';
import { keywordsOf } from './collector.ts';
import { namesTell, roleOf } from './fileRole.ts';
import type { Explanation, Source, Verdict } from './finding.ts';
import { namelessFile } from './judge.ts';
import type { Steps } from './revise.ts';
import type { Rule } from './rulePack.ts';

type Range = { readonly start: number; readonly end: number };

/** Asks each step of a detector again, and keeps what it let go. */
export function makeExplainer(
  rules: readonly Rule[],
  { collect, judge }: Steps,
): (source: Source, start: number, end: number) => Explanation {
  return (source, start, end) => {
    const verdicts: Verdict[] = [];
    const isAsked = (range: Range): boolean => range.start < end && start < range.end;
    const dropped = (rule: number, range: Range, evidence: readonly string[], objection: string): void => {
      const { id = '', title = '' } = rules[rule] ?? {};
      const again = verdicts.some(verdict => verdict.rule === id && verdict.start === range.start);
      if (!isAsked(range) || again) return;
      verdicts.push({ rule: id, title, start: range.start, end: range.end, evidence, objection });
    };
    const { candidates } = collect(source, undefined, (rule, from, to, reason) =>
      dropped(rule, { start: from, end: to }, [], reason),
    );
    const dropping: (() => void)[] = [];
    const findings = judge(source, candidates, (candidate, reason) =>
      dropping.push(() => dropped(candidate.rule, candidate, candidate.evidence, reason)),
    );
    for (const { rule, title, confidence, evidence, ...range } of findings.filter(isAsked))
      verdicts.push({ rule, title, start: range.start, end: range.end, confidence, evidence });
    for (const drop of dropping) drop();
    verdicts.push(...unweighed(rules, source, { start, end }, candidates));
    const met = new Set(verdicts.map(({ rule }) => rule));
    verdicts.sort(
      (a, b) => a.start - b.start || Number(a.confidence === undefined) - Number(b.confidence === undefined),
    );
    return { verdicts, called: calledIn(rules, source.text, start, end).filter(id => !met.has(id)) };
  };
}

/** Values of names on the lines asked for that became no candidates. */
function unweighed(
  rules: readonly Rule[],
  source: Source,
  { start, end }: Range,
  candidates: readonly Candidate[],
): readonly Verdict[] {
  const rule = rules.find(({ structure }) => structure === 'assignment');
  if (rule === undefined) return [];
  const silent = namesTell(roleOf(source.path)) ? undefined : namelessFile;
  const found = new Map<number, Verdict>();
  let at = start;
  for (let lines = 0; lines < mostLines && at < end; lines++) {
    for (const { reason = silent, ...range } of explainAssignments(source, at)) {
      const seen = candidates.some(candidate => candidate.start < range.end && range.start < candidate.end);
      if (seen || reason === undefined || range.start >= end || range.end <= start) continue;
      const verdict = { rule: rule.id, title: 'Value of a name', evidence: [], objection: reason };
      found.set(range.start, { ...verdict, start: range.start, end: range.end });
    }
    const feed = source.text.indexOf('\n', at);
    at = feed < 0 ? end : feed + 1;
  }
  return [...found.values()];
}

/** A stretch that somebody points at is a line, or a few. */
const mostLines = 200;

/** Ids of the rules whose keyword stands in a stretch, those of the longest keyword first. */
function calledIn(rules: readonly Rule[], text: string, start: number, end: number): readonly string[] {
  const stretch = text.slice(start, end).toLowerCase();
  return rules
    .filter(({ report, structure }) => report && structure !== 'assignment')
    .map(rule => {
      const words = keywordsOf(rule).filter(word => stretch.includes(word.toLowerCase()));
      return { id: rule.id, length: Math.max(0, ...words.map(word => word.length)) };
    })
    .filter(({ length }) => length > 0)
    .sort((a, b) => b.length - a.length || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id);
}
