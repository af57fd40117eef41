import type { Candidate } from './candidate.ts';
import { type Collected, type Collector, mostMatches, mostUnfiltered } from './collector.ts';
import type { Edit, Finding, Part, Source } from './finding.ts';
import { firstIndex } from './firstIndex.ts';
import type { Judge } from './judge.ts';
import { readAlike, reviseSpans, type Spans, spansOf, takeSpans } from './spans.ts';

/** What was made of a text, before certificates and keys are joined. */
export interface Looked {
  readonly source: Source;
  /** By start. */
  readonly collected: Collected;
  readonly findings: readonly Finding[];
  /** What was read of the text on the way. */
  readonly spans: Spans | undefined;
}

export interface Steps {
  readonly collect: Collector;
  readonly judge: Judge;
  /** No rule asks for what may stand anywhere in a text. */
  readonly local: boolean;
}

/** Texts up to this length are looked at as a whole, which is as quick. */
export const shortest = 60_000;
/** Units before and after an edit that are looked at again: no context or pair reaches farther, nor does nearly every name. */
const reachBefore = 4096;
const reachAfter = 8192;
/** Units beyond these whose result must be what it was before. */
const proof = 4096;
/** Units at the ends of what is looked at in which a match may lack its beginning. */
const blur = 4200;
/** The same for findings, which need what stands near them. */
const nearness = 1500;
/** The longest block that begins at one keyword. */
const longestBlock = 41_000;

export function lookAt(source: Source, { collect, judge }: Steps): Looked {
  const collected = sorted(collect(source));
  const findings = judge(source, collected.candidates);
  return { source, collected, findings, spans: takeSpans(source) };
}

/**
 * The look at a text after an edit, from the look before. It looks again at a stretch around the edit; only when that agrees with the
 * look before at both of its ends is the rest kept. Undefined when it does not, or cannot tell.
 */
export function lookAgain(previous: Looked, edit: Edit, source: Source, steps: Steps): Looked | undefined {
  const old = previous.source.text;
  const { text } = source;
  const by = text.length - old.length;
  const end = Math.max(edit.start, edit.end);
  if (!steps.local || text.length < shortest || old.length > mostUnfiltered !== text.length > mostUnfiltered)
    return undefined;
  if (isCrowded(previous.collected.candidates)) return undefined;
  const first = stretchStart(text, edit.start, old);
  const last = stretchEnd(text, end + by);
  const zone = { from: Math.max(0, first - proof - blur), to: Math.min(text.length, last + proof + blur) };
  if (zone.to - zone.from > text.length / 2) return undefined;
  const spans = previous.spans ?? spansOf(previous.source);
  if (!reviseSpans(spans, source, edit.start)) return undefined;
  const proofEnd = zone.to === text.length ? text.length : last + proof;
  if (last < text.length && !readAlike(spans, source, last - by, proofEnd - by, by)) return undefined;
  const seen = sorted(steps.collect(source, zone));
  const trusted = { from: zone.from === 0 ? 0 : first - proof, to: proofEnd };
  const within = (range: Ranged): boolean => range.start >= trusted.from && range.start < trusted.to;
  const candidates = seen.candidates.filter(within);
  const findings = steps.judge(source, candidates);
  const splice = makeSplice({ first, last, by, trusted });
  const spliceFindings = makeSplice({
    ...{ first, last, by },
    trusted: {
      from: zone.from === 0 ? 0 : trusted.from + nearness,
      to: zone.to === text.length ? text.length : trusted.to - nearness,
    },
  });
  const result = {
    candidates: splice(previous.collected.candidates, candidates, sameCandidate),
    certificates: splice(previous.collected.certificates, seen.certificates.filter(within), sameRange),
    findings: spliceFindings(previous.findings, findings, sameFinding),
  };
  if (!result.candidates || !result.certificates || !result.findings) return undefined;
  const collected = { candidates: result.candidates, certificates: result.certificates };
  return { source, collected, findings: result.findings, spans: takeSpans(source) };
}

/** One rule matched so often that the rest of its matches was left out: which ones, nothing but a look at all of the text tells. */
function isCrowded(candidates: readonly Candidate[]): boolean {
  if (candidates.length < mostMatches) return false;
  const counts = new Map<number, number>();
  for (const { rule } of candidates) counts.set(rule, (counts.get(rule) ?? 0) + 1);
  return Math.max(...counts.values()) >= mostMatches;
}

interface Ranged {
  readonly start: number;
  readonly end: number;
  readonly parts?: readonly Part[];
}

/** Where the look begins: before what could be one token, and before a block that is open here. */
function stretchStart(text: string, edit: number, old: string): number {
  let start = edit;
  while (start > 0 && edit - start < longestBlock && isToken(text.charCodeAt(start - 1))) start--;
  const from = Math.max(0, start - longestBlock);
  const block = Math.min(blockBefore(text.slice(from, edit), from), blockBefore(old.slice(from, edit), from));
  return Math.max(0, Math.min(start, block) - reachBefore);
}

function blockBefore(text: string, from: number): number {
  const at = text.indexOf('-----BEGIN');
  return at < 0 ? Number.POSITIVE_INFINITY : from + at;
}

function stretchEnd(text: string, edit: number): number {
  let end = edit;
  while (end < text.length && end - edit < longestBlock && isToken(text.charCodeAt(end))) end++;
  return Math.min(text.length, end + reachAfter);
}

/** Letters, digits, `_`, `-`, `.`, `+`, `/`, `=`. */
function isToken(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 45 && code <= 57) ||
    code === 95 ||
    code === 43 ||
    code === 61
  );
}

interface Cut {
  readonly first: number;
  readonly last: number;
  readonly by: number;
  readonly trusted: { readonly from: number; readonly to: number };
}

/** The old ones before `first`, the new ones up to `last`, the old ones after; undefined when old and new differ where they must not. */
function makeSplice({ first, last, by, trusted }: Cut) {
  return <T extends Ranged>(
    old: readonly T[],
    fresh: readonly T[],
    same: (a: T, b: T) => boolean,
  ): readonly T[] | undefined => {
    const head = atOrAfter(old, first);
    const tail = atOrAfter(old, last - by);
    const rest = by === 0 ? old.slice(tail) : old.slice(tail).map(item => moved(item, by));
    const before = old.slice(atOrAfter(old, trusted.from), head);
    const freshStart = atOrAfter(fresh, trusted.from);
    const after = rest.slice(0, atOrAfter(rest, trusted.to));
    const freshHead = atOrAfter(fresh, first);
    const freshTail = atOrAfter(fresh, last);
    const alike = (one: readonly T[], other: readonly T[]): boolean =>
      one.length === other.length && one.every((item, index) => same(item, other[index] ?? item));
    if (
      !alike(before, fresh.slice(freshStart, freshHead)) ||
      !alike(after, fresh.slice(freshTail, atOrAfter(fresh, trusted.to)))
    )
      return undefined;
    return [...old.slice(0, head), ...fresh.slice(freshHead, freshTail), ...rest];
  };
}

/** Index of the first that starts at or after `offset`. */
function atOrAfter(items: readonly Ranged[], offset: number): number {
  return firstIndex(items.length, index => (items[index]?.start ?? 0) >= offset);
}

function moved<T extends Ranged>(item: T, by: number): T {
  const { start, end, parts } = item;
  if (parts === undefined || parts.length === 0) return { ...item, start: start + by, end: end + by };
  const shifted = parts.map(part => ({ ...part, start: part.start + by, end: part.end + by }));
  return { ...item, start: start + by, end: end + by, parts: shifted };
}

function sameRange(a: Ranged, b: Ranged): boolean {
  return a.start === b.start && a.end === b.end && a.parts?.length === b.parts?.length;
}

function sameCandidate(a: Candidate, b: Candidate): boolean {
  return sameRange(a, b) && a.rule === b.rule && a.assigned === b.assigned;
}

function sameFinding(a: Finding, b: Finding): boolean {
  return (
    sameRange(a, b) &&
    a.rule === b.rule &&
    a.assigned === b.assigned &&
    a.fingerprint === b.fingerprint &&
    a.confidence === b.confidence
  );
}

function sorted({ candidates, certificates }: Collected): Collected {
  return {
    candidates: [...candidates].sort((a, b) => a.start - b.start || a.rule - b.rule || a.end - b.end),
    certificates: [...certificates].sort((a, b) => a.start - b.start),
  };
}
