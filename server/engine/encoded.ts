import { readBase64 } from './base64.ts';
import type { Candidate } from './candidate.ts';
import type { Collector, Stretch } from './collector.ts';
import type { Finding, Source } from './finding.ts';
import type { Judge } from './judge.ts';
import type { Rule } from './rulePack.ts';

/** A piece of a text that is another text, encoded. UTF-16 offsets. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly how: 'base64' | 'hex' | 'percent';
  /** Where each unit of `text` is written; a piece without them is found as a whole. */
  readonly offsets?: readonly number[];
}

/** Encodings in encodings, at most. */
const deepest = 3;
/** Longer pieces hold media and bundles. */
const longestPiece = 16_384;
/** Shorter runs are words, names and hashes. */
const shortestRun = 40;

/** Collects what `collect` does and, in what is encoded, what is found in the text behind it. */
export function collectEncoded(collect: Collector, judge: Judge, rules: readonly Rule[]): Collector {
  const places = new Map(rules.map((rule, index) => [rule.id, index]));
  const within = (source: Source, stretch: Stretch, depth: number): Candidate[] =>
    piecesOf(source.text, stretch).flatMap(piece => {
      const inner: Source = { text: piece.text, path: source.path, languageId: 'plaintext' };
      const plain = collect(inner).candidates;
      const whole = { from: 0, to: piece.text.length };
      const nested = depth < deepest ? within(inner, whole, depth + 1) : [];
      return judge(inner, [...plain, ...nested]).flatMap(finding => outward(finding, piece, places) ?? []);
    });
  return (source, stretch = { from: 0, to: source.text.length }, reject) => {
    const collected = collect(source, stretch, reject);
    const encoded = within(source, stretch, 1);
    return encoded.length === 0 ? collected : { ...collected, candidates: [...collected.candidates, ...encoded] };
  };
}

function outward(finding: Finding, piece: Piece, places: ReadonlyMap<string, number>): Candidate | undefined {
  const rule = places.get(finding.rule);
  if (rule === undefined) return undefined;
  const { kind, provider, title, confidence, evidence, expires, assigned } = finding;
  return {
    rule,
    start: piece.offsets?.[finding.start] ?? piece.start,
    end: piece.offsets?.[finding.end] ?? piece.end,
    parts: [],
    evidence: [...evidence, `It stands there in ${names[piece.how]}.`],
    ...{ kind, provider, title, confidence, inner: true },
    ...(assigned !== '' && { assigned }),
    ...(expires !== undefined && { expires }),
  };
}

const names = { base64: 'base64', hex: 'hex', percent: 'percent signs' } as const;

function piecesOf(text: string, { from, to }: Stretch): Piece[] {
  const pieces: Piece[] = [];
  let start = from;
  while (start > 0 && from - start <= longestPiece && isCode(text.charCodeAt(start - 1))) start--;
  while (start < to && start + shortestRun <= text.length) {
    // Read backwards from where a run would end: what breaks it off is met soon, and all before that is passed over.
    let end = start + shortestRun;
    while (end > start && isCode(text.charCodeAt(end - 1))) end--;
    if (end > start) {
      start = end;
      continue;
    }
    // To its very end, however long: none of it is looked at twice.
    end = start + shortestRun;
    while (end < text.length && isCode(text.charCodeAt(end))) end++;
    const piece = end - start <= longestPiece ? readRun(text, start, end) : undefined;
    if (piece !== undefined) pieces.push(piece);
    start = end + 1;
  }
  if (text.includes('%', from)) pieces.push(...percentPieces(text, from, to));
  return pieces;
}

/** Letters, digits, `+`, `/`, `-`, `_`. */
function isCode(unit: number): boolean {
  return unit < 128 && codes[unit] === 1;
}

const codes = Uint8Array.from({ length: 128 }, (_, unit) => (/[\w+/-]/.test(String.fromCharCode(unit)) ? 1 : 0));

function readRun(text: string, start: number, end: number): Piece | undefined {
  const run = text.slice(start, end);
  if (run.length % 2 === 0 && /^(?:[0-9a-f]+|[0-9A-F]+)$/.test(run)) {
    const decoded = decodeHex(run);
    if (isText(decoded)) return { start, end, text: decoded, how: 'hex' };
  }
  const first = readBase64(run.slice(0, 16));
  if (first === undefined || !isText(first)) return undefined;
  const decoded = readBase64(run.length % 4 === 1 ? run.slice(0, -1) : run);
  if (decoded === undefined || !isText(decoded)) return undefined;
  let stop = end;
  while (stop < end + 2 && text.charCodeAt(stop) === 61) stop++;
  return { start, end: stop, text: decoded, how: 'base64' };
}

function decodeHex(run: string): string {
  let text = '';
  for (let i = 0; i < run.length; i += 2) text += String.fromCharCode(Number.parseInt(run.slice(i, i + 2), 16));
  return text;
}

/** Printable ASCII and white space alone. */
function isText(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 126 || (unit < 32 && unit !== 9 && unit !== 10 && unit !== 13)) return false;
  }
  return true;
}

/** Runs without blanks and quotes in which `%` and two hex digits stand for a sign of ASCII. */
function percentPieces(text: string, from: number, to: number): Piece[] {
  const pieces: Piece[] = [];
  let at = text.indexOf('%', from);
  while (at >= 0 && at < to) {
    let end = at + 1;
    if (signAt(text, at) >= 0) {
      let start = at;
      while (start > 0 && at - start < 2000 && isSolid(text.charCodeAt(start - 1))) start--;
      while (end < text.length && end - at < 2000 && isSolid(text.charCodeAt(end))) end++;
      pieces.push(readPercent(text, start, end));
    }
    at = text.indexOf('%', end);
  }
  return pieces;
}

function readPercent(text: string, start: number, end: number): Piece {
  const offsets: number[] = [];
  let decoded = '';
  for (let at = start; at < end; ) {
    const sign = signAt(text, at);
    offsets.push(at);
    decoded += sign < 0 ? text.charAt(at) : String.fromCharCode(sign);
    at += sign < 0 ? 1 : 3;
  }
  offsets.push(end);
  return { start, end, text: decoded, how: 'percent', offsets };
}

/** What `%3D` there stands for; -1 when nothing printable is written so. */
function signAt(text: string, at: number): number {
  if (text.charCodeAt(at) !== 37) return -1;
  const digits = text.slice(at + 1, at + 3);
  if (!/^[2-7][0-9A-Fa-f]$/.test(digits)) return -1;
  const sign = Number.parseInt(digits, 16);
  return sign === 127 ? -1 : sign;
}

/** Neither white space nor a quote, a bracket of markup or the end of a list. */
function isSolid(unit: number): boolean {
  return unit > 32 && unit !== 34 && unit !== 39 && unit !== 96 && unit !== 60 && unit !== 62 && unit < 127;
}
