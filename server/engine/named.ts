import { type Units, unitsBut } from './border.ts';
import { lineAround } from './candidate.ts';
import type { Matcher } from './matcher.ts';
import { wordsOf } from './names.ts';
import { looksRandom, unlikeness } from './rarity.ts';

/** A value of a provider whose secrets have no form of their own, found by the provider's name beside it. UTF-16 offsets. */
export interface NamedValue {
  readonly start: number;
  readonly end: number;
  /** Name and word for a secret stand together, or the name itself is assigned: nothing else can be meant. */
  readonly tight: boolean;
}

/** Where a provider's name stands. An `ordinary` one is a word of every day: nothing may grow onto it, and it counts only right beside the value. */
export interface Name {
  readonly start: number;
  readonly end: number;
  readonly ordinary: boolean;
}

/** How far after a name, and before it, its value may stand. */
const reach = 400;
/** How many lines below the name's a value may stand, where its own name says that it is one. */
const farthestLine = 3;
/** Values looked at for one name. */
const mostValues = 4;

/**
 * What may be a name's value: on the rest of its line and, where the name opens a block, three lines below; before it when the name is
 * that of an address.
 */
export function valuesNear(text: string, name: Name, matcher: Matcher): readonly NamedValue[] {
  if (!standsAlone(text, name.start, name.end, name.ordinary)) return nothing;
  const addressed = isAddress(text, name.start, name.end);
  if (!addressed && runFrom(text, name.end, Math.min(text.length, name.end + reach), matcher.body) < 0) return nothing;
  const line = lineAround(text, name.start, reach);
  const below = endBelow(text, line.end, name.end + reach);
  const values: NamedValue[] = [];
  for (const { start, end } of matchesIn(text, name.end, below, matcher)) {
    const link = linkAfter(text, name, start, line.end);
    const tight = link === 'tight';
    if (link !== undefined && isMade(text.slice(start, end), tight)) values.push({ start, end, tight });
  }
  if (addressed) {
    for (const { start, end } of matchesIn(text, line.start, name.start, matcher))
      if (isMade(text.slice(start, end), false) && saysSecret(wordBefore(text, line.start, start)))
        values.push({ start, end, tight: false });
  }
  return values;
}

const nothing: readonly NamedValue[] = [];

/** `acme_key`, `ACME-KEY`, `acmeKey`, `myAcme`, `acmeKEY`; neither `pacme` nor, where the name is short or a word, `acmes`. */
function standsAlone(text: string, start: number, end: number, ordinary: boolean): boolean {
  const long = !ordinary && end - start >= 5;
  const before = text.charCodeAt(start - 1);
  const first = text.charCodeAt(start);
  if (isLetter(before) && !(isLower(before) && isUpper(first)) && !isEscape(text, start - 1)) return false;
  const last = text.charCodeAt(end - 1);
  const after = text.charCodeAt(end);
  if (!isLetter(after) || long) return true;
  if (isLower(last) ? isUpper(after) : isDigit(last)) return true;
  if (!suffixStarts.includes(text.charAt(end).toLowerCase())) return false;
  return suffix.test(text.slice(end, end + 12));
}

/** What is written onto a provider's name without a joint. */
const suffix =
  /^(?:api|key|token|secret|auth|access|pass|pwd|client|account|private|webhook|hq\b|io\b|db\b|app\b|ai\b|ai[_A-Z]|sdk)/i;

const suffixStarts = 'aktspcwhid';

/** What may stand right after a name: all that `standsAlone` lets pass, and little more. */
export function unitsAfterName(name: string, ordinary: boolean): Units {
  const grows = (!ordinary && name.length >= 5) || !isLetter(name.charCodeAt(name.length - 1));
  return unitsBut(grows ? '' : 'befgjlmnoqruvxyz');
}

const isLower = (unit: number): boolean => unit >= 97 && unit <= 122;
const isUpper = (unit: number): boolean => unit >= 65 && unit <= 90;
const isLetter = (unit: number): boolean => isLower(unit) || isUpper(unit);
const isDigit = (unit: number): boolean => unit >= 48 && unit <= 57;

/** The letter is that of `\n`, `\t`, `\r`. */
function isEscape(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  return (unit === 110 || unit === 116 || unit === 114) && text.charCodeAt(at - 1) === 92;
}

/** The end of the last line below that may belong to the name, `most` at the farthest. */
function endBelow(text: string, lineEnd: number, most: number): number {
  let end = Math.min(lineEnd, most);
  for (let lines = 0; lines < farthestLine && end < most; lines++) {
    const next = text.indexOf('\n', end);
    if (next < 0) return Math.min(text.length, most);
    const stop = text.indexOf('\n', next + 1);
    end = Math.min(stop < 0 ? text.length : stop, most);
  }
  return end;
}

/** What the pattern matches where a value may begin. */
function matchesIn(text: string, from: number, to: number, matcher: Matcher): { start: number; end: number }[] {
  const { mask, least } = matcher.body;
  const found: { start: number; end: number }[] = [];
  let end = from;
  for (let at = runFrom(text, from, to, matcher.body); at >= 0; at = runFrom(text, at, to, matcher.body)) {
    if (end < at + least) end = at + least;
    while (end < to && mask[Math.min(text.charCodeAt(end), 128)] === 1) end++;
    for (; at + least <= end; at++) {
      const match = opensValue(text, at) ? matcher.matchAt(text, at) : undefined;
      if (match === undefined || match.start !== at) continue;
      found.push({ start: match.start, end: match.end });
      if (found.length === mostValues) return found;
      at = match.end - 1;
    }
  }
  return found;
}

/** Where the first run of so many units begins that a value may consist of; -1. Reads backwards from where the run would end, and so skips most. */
function runFrom(text: string, from: number, to: number, { mask, least }: Matcher['body']): number {
  let start = from;
  while (start + least <= to) {
    let at = start + least - 1;
    while (at >= start && mask[Math.min(text.charCodeAt(at), 128)] === 1) at--;
    if (at < start) return start;
    start = at + 1;
  }
  return -1;
}

/** White space, quotes, brackets, commas, semicolons: none stands in a value, but for blanks between its groups. */
function isGap(unit: number): boolean {
  return unit <= 32 || (unit < 128 && gaps[unit] === 1);
}

const gaps = Uint8Array.from({ length: 128 }, (_, unit) =>
  /["'`(),;[\]{}<>]/.test(String.fromCharCode(unit)) ? 1 : 0,
);

/** What may stand right before a value: white space, a quote, a sign that gives one; a hyphen or underscore after a word for a secret. */
function opensValue(text: string, start: number): boolean {
  const before = text.charCodeAt(start - 1);
  if (isGap(before) || openers.includes(before)) return true;
  if (before === 110 || before === 116) return isEscape(text, start - 1);
  const joint = before === 45 || before === 95;
  return joint && /(?:key|token|secret|access|private)[-_]$/i.test(text.slice(Math.max(0, start - 9), start));
}

const openers = Array.from('=:>[{|\\;', char => char.charCodeAt(0));

type Link = 'tight' | 'loose' | undefined;

function linkAfter(text: string, name: Name, start: number, lineEnd: number): Link {
  const between = text.slice(name.end, start);
  const word = wordBefore(text, name.start, start);
  if (isAbout(word, between)) return undefined;
  const joined = /^([\w$-]*(?:(?:\.|::|->|\[["']?)[\w$-]+)*)["'`\])]*([\s\S]*)$/.exec(between);
  const own = joined?.[1] ?? '';
  const rest = joined?.[2] ?? '';
  const gives = /^[\s"'`=:,(>[{|<\\+.?]*(?:(?:string|str|String|static|new|is|as|b)\b[\s"'`=:,(>[{]*)?$/.test(rest);
  const named = text.slice(name.start, name.end) + own;
  if (gives && rest.split('\n').length <= 2) {
    if (cue.test(named)) return 'tight';
    if (!name.ordinary) return /[=:("'`>]/.test(between) ? 'tight' : 'loose';
    return 'loose';
  }
  if (start > lineEnd) return saysSecret(word) ? 'loose' : undefined;
  if (between.length > 120) return undefined;
  if (
    /^[\s._:'"-]*(?:\w+[\s._-]+)?(?:api|access|secret|private|auth|key|token)(?:key|token|secret)?\b/i.test(between) &&
    between.length <= 60
  )
    return 'tight';
  return cue.test(named + rest) ? 'loose' : undefined;
}

/** A word for a secret, or for how one is handed over. */
const cue =
  /key|token|secret|auth|pass|pwd|cred|bearer|signature|private|(?:^|[^a-z])(?:api|access|pat|sid|init|new|login|client|webhook|license|licence|hook|connect|register|configure)(?:[^a-z]|$)|[a-z](?:Api|Access|Pat|Client|Init|Login|Webhook|License)/i;

/** The name that is given the value: the last word before the signs that give it. */
function wordBefore(text: string, from: number, start: number): string {
  return /([\w$.-]+)["'`\])]*\s*[\s"'`=:,(>[{|\\]*$/.exec(text.slice(Math.max(from, start - 100), start))?.[1] ?? '';
}

const saysSecret = (word: string): boolean =>
  /key|token|secret|auth|passw|pwd|cred|bearer|apikey/i.test(word) || /(?:^|[^a-z])pat$/i.test(word);

/** The value is a checksum, a revision, an address or an identifier by its own name. */
function isAbout(word: string, between: string): boolean {
  const last = wordsOf(word).at(-1) ?? '';
  if (!between.includes(word.slice(-last.length)) || last === '') return false;
  return abouts.has(last);
}

const abouts: ReadonlySet<string> = new Set(
  (
    'sha sha1 sha256 sha512 md5 hash hashes checksum digest commit commits rev revision version tag etag integrity build image nonce ' +
    'uuid guid url uri host hostname path file filename fingerprint thumbprint salt color colour name title slug ref branch class'
  ).split(' '),
);

/** The name of a host: `api.acme.com`, `https://acme.io`. */
function isAddress(text: string, start: number, end: number): boolean {
  const before = text.charCodeAt(start - 1);
  // What stands before it: a dot, a slash, or the rest of its label.
  if (before !== 46 && before !== 47 && before !== 45 && before !== 95 && !isLetter(before) && !isDigit(before))
    return false;
  return (
    /^[\w-]*\.(?:com|io|net|org|dev|ai|co|app|cloud|us|eu|me|so|tech|xyz)\b/i.test(text.slice(end, end + 40)) &&
    /(?:\/\/|\.)[\w-]*$/.test(text.slice(Math.max(0, start - 60), start))
  );
}

/** As a machine makes it: letters and digits, a long number, or letters in an order that no word has. */
function isMade(value: string, tight: boolean): boolean {
  if (/\d/.test(value)) return /[A-Za-z]/.test(value) || value.length >= 15;
  const letters = value.replace(/[ -]/g, '');
  return tight ? unlikeness(letters) >= 0 : looksRandom(letters);
}
