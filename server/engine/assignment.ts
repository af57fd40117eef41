import { type Units, unitsBut } from './border.ts';
import { type Candidate, type Hit, lineAround, type Pair, type Recogniser } from './candidate.ts';
import type { Range } from './cursor.ts';
import type { Source } from './finding.ts';
import { assignmentsAt, languageOf } from './lexer.ts';
import { senseOf } from './names.ts';
import { isNameUnit, pairOf, readPairs } from './pairs.ts';
import { looksRandom } from './rarity.ts';
import { objectionToPair, weighPair } from './weigh.ts';
import {
  endOfIdle,
  isIdle,
  isOnlyRead,
  isSettled,
  mayAssign,
  mayHoldRandom,
  mayHoldValue,
  roomFor,
} from './worthReading.ts';

/** A value assigned to a name that sounds like a secret, in any language. Looks at a line once. */
export const recogniseAssignment: Recogniser = hit => {
  const { text } = hit.source;
  const idle = hit.code ? endOfIdle(text, hit.end) : -1;
  if (idle >= 0 && !isComparedTo(text, hit.start)) return { candidates: nothing, next: idle };
  const name = nameAround(text, hit.start, hit.end);
  const sense = senseOf(calledFor(text, name.start, name.end));
  if (sense === 'none' || (hit.code && isOnlyRead(text, name.start, name.end) && !isComparedTo(text, name.start)))
    return { candidates: nothing, next: name.end };
  const line = lineAround(text, hit.start);
  const preset = hit.code ? defaultBelow(text, name.start, line) : -1;
  if (preset >= 0) {
    const pairs = presetPairs(hit, preset, text.slice(name.start, name.end));
    return { candidates: candidatesOf(hit, pairs), next: line.end };
  }
  const below = hit.code ? undefined : valueBelow(text, name.start, line.end);
  const apart = hit.code ? [] : pairsApart(text, name, line.end).filter(pair => sense !== 'weak' || !isHex(text, pair));
  if (!hit.code && below === undefined && apart.length === 0 && !mayAssign(text, name.end, line.end))
    return { candidates: nothing, next: name.end };
  const room = hit.code ? roomFor(text, line, name) : line;
  if (hit.quotes && !mayHoldValue(text, line, room, !hit.code)) return { candidates: nothing, next: room.end };
  if (sense === 'weak' && !mayHoldRandom(text, room)) return { candidates: nothing, next: name.end };
  if (hit.code && (isIdle(hit.source, line.start, line.end) || isSettled(hit.source, name.end, line.end)))
    return { candidates: nothing, next: line.end };
  const own = hit.pairs.get(line.start) ?? readPairs(hit, line);
  hit.pairs.set(line.start, own);
  const lower = below === undefined ? [] : pairsBelow(hit, below, text.slice(name.start, name.end));
  const pairs = [...own, ...lower, ...apart];
  return { candidates: candidatesOf(hit, pairs), next: line.end };
};

/**
 * What may stand right after one of the words that announce an assignment, where its name still means a secret: before other letters it is
 * the beginning of another word, `author`, `tokenizer`, `passing`.
 */
export function unitsAfterWord(word: string): Units {
  const letters = endings[word];
  return unitsBut(letters === undefined ? '' : 'abcdefghijklmnopqrstuvwxyz'.replace(letters, ''));
}

/** The lower-case letters that may follow, as an expression. A word that is not here may be followed by any. */
const endings: Readonly<Record<string, RegExp>> = {
  auth: /[cs]/g,
  token: /s/g,
  secret: /[bs]/g,
  credential: /s/g,
  salt: /$/g,
  pass: /[ckpw]/g,
};

function candidatesOf({ source, rule }: Hit, pairs: readonly Pair[]): readonly Candidate[] {
  return pairs.flatMap((pair): Candidate[] => {
    const weight = weighPair(source, pair);
    if (weight === undefined) return [];
    return [{ rule, start: pair.start, end: pair.end, ...weight, assigned: pair.name, generic: true }];
  });
}

/** Where the line begins that gives a Terraform variable its value, of the four below `variable "NAME" {`; -1. */
function defaultBelow(text: string, name: number, line: Range): number {
  if (text.charCodeAt(name - 1) !== 34 || !/^variable\s+"[\w-]+"\s*\{\s*$/.test(text.slice(line.start, line.end)))
    return -1;
  let start = text.indexOf('\n', line.end) + 1;
  for (let left = 4; left > 0 && start > 0; left--) {
    if (/^\s{0,20}default\s*=/.test(text.slice(start, start + 40))) return start;
    start = text.indexOf('\n', start) + 1;
  }
  return -1;
}

function presetPairs({ source, code }: Hit, start: number, name: string): readonly Pair[] {
  return assignmentsAt(source, start)
    .filter(({ literal }) => literal !== undefined && !literal.interpolated)
    .map(assignment => ({ ...pairOf(source.text, assignment, code), name }));
}

/** `"..." == name`, `"...".equals(name`. */
function isComparedTo(text: string, start: number): boolean {
  let at = start;
  while (at > 0 && start - at < 60 && (isNameUnit(text.charCodeAt(at - 1)) || text.charCodeAt(at - 1) === 46)) at--;
  if (text.charCodeAt(at - 1) === 32) at--;
  const sign = text.charCodeAt(at - 1);
  return (
    (sign === 40 || sign === 61) &&
    /["'`]\s?(?:\.\w*[eE]quals\w*\(|[=!]==?)$/.test(text.slice(Math.max(0, at - 30), at))
  );
}

const nothing: readonly Candidate[] = [];

/** The line below one of data that only names a value: `- name: DB_PASSWORD`, and then `value: …`. */
function valueBelow(text: string, name: number, lineEnd: number): Range | undefined {
  if (
    !/(?:(?:^|[\s"'{,-])(?:name|key)["']?\s{0,3}:\s{0,3}["']?|<(?:name|key)>)$/i.test(
      text.slice(Math.max(0, name - 24), name),
    )
  )
    return undefined;
  const start = text.indexOf('\n', lineEnd) + 1;
  if (
    start === 0 ||
    !/^\s{0,40}(?:["']?\w{0,20}value["']?\s{0,3}:|<(?:string|value)>)/i.test(text.slice(start, start + 70))
  )
    return undefined;
  return { start, end: lineAround(text, start).end };
}

/** What that line gives, under the name above it where it says none of its own. */
function pairsBelow(hit: Hit, below: Range, name: string): readonly Pair[] {
  const pairs = readPairs({ ...hit, start: below.end, end: below.end }, below);
  return pairs.map(pair => (senseOf(pair.name) === 'none' ? { ...pair, name } : pair));
}

/** `using RSA key 9393…`: a fingerprint. */
function isHex(text: string, { start, end }: Pair): boolean {
  return /^[0-9a-fA-F]+$/.test(text.slice(start, end));
}

/** What stands beside a name in data and prose without a sign that gives it: `KEY value`, `"NAME", "value"`, an element's only line. */
function pairsApart(text: string, name: Range, lineEnd: number): readonly Pair[] {
  const near = text.slice(name.end, Math.min(lineEnd, name.end + 420));
  const match =
    /^[ \t]{1,3}(?:is[ \t]{1,3})?["'`(]?([A-Za-z0-9][\w+/=.-]{15,400})(?![\w+/=.-])/.exec(near) ??
    /^["'][ \t]{0,3},[ \t]{0,3}["']([\w+/=.:-]{8,400})["']/.exec(near);
  const value = match?.[1] ?? '';
  const from = name.end + (match?.[0].lastIndexOf(value) ?? 0);
  const range = match === null ? valueInElement(text, name, lineEnd) : { start: from, end: from + value.length };
  if (range === undefined || !looksRandom(text.slice(range.start, range.end))) return [];
  return [{ name: text.slice(name.start, name.end), ...range, form: 'bare' }];
}

/** `<token>`, and on the line below it the value alone. */
function valueInElement(text: string, name: Range, lineEnd: number): Range | undefined {
  if (
    text.charCodeAt(lineEnd - 1) !== 62 ||
    !/<[\w:.-]{0,40}$/.test(text.slice(Math.max(0, name.start - 42), name.start))
  )
    return undefined;
  const rest = text.slice(lineEnd, lineEnd + 500);
  const match = /^\r?\n[ \t]{0,80}([^\s<>]{8,400})[ \t]{0,20}\r?\n[ \t]{0,80}<\//.exec(rest);
  const value = match?.[1];
  if (value === undefined) return undefined;
  const start = lineEnd + rest.indexOf(value);
  return { start, end: start + value.length };
}

/** The name that a keyword is part of. */
function nameAround(text: string, start: number, end: number): { readonly start: number; readonly end: number } {
  let from = start;
  while (from > 0 && start - from < 60 && isNameUnit(text.charCodeAt(from - 1))) from--;
  let to = end;
  while (to < text.length && to - end < 60 && isNameUnit(text.charCodeAt(to))) to++;
  return { start: from, end: to };
}

/** A name; of a call that is given something, `withPassword(`, what it is given. */
function calledFor(text: string, start: number, end: number): string {
  const name = text.slice(start, end);
  return text.charCodeAt(end) === 40 ? name.replace(/^(?:with|use)_?(?=[A-Z])/, '') : name;
}

/** The values that the line around `offset` gives to names, with the reason why one is no candidate. For an explanation, not for speed. */
export function explainAssignments(source: Source, offset: number): readonly (Range & { readonly reason?: string })[] {
  const { text } = source;
  const line = lineAround(text, offset);
  const hit = { source, start: offset, end: offset, code: languageOf(source).code };
  return readPairs(hit, line, () => true).map(pair => {
    const range = { start: pair.start, end: pair.end };
    if (weighPair(source, pair) !== undefined) return range;
    return { ...range, reason: objectionToPair(source, pair) };
  });
}
