import { type Hit, longLine, type Pair } from './candidate.ts';
import type { Source } from './finding.ts';
import { type Assignment, assignmentsAt, type Literal, placeOf } from './lexer.ts';
import { senseOf } from './names.ts';
import { isOrdinaryValue, longest, weighPair } from './weigh.ts';

/* The names on a line and the values that it gives them. */

/** Letters, digits, `_`, `-`, `$`. */
export function isNameUnit(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 45 ||
    code === 36 ||
    code > 127
  );
}

/** Of a very long line, the stretch around and what stands there in plain sight. */
export function readPairs(
  { source, start, end, code }: Pick<Hit, 'source' | 'start' | 'end' | 'code'>,
  line: { readonly start: number; readonly end: number },
  isWanted = mayWeigh,
): readonly Pair[] {
  const embeddedOnes = embeddedPairs(source.text, line.start, line.end);
  if (start - line.start >= longLine || line.end - end >= longLine) return embeddedOnes;
  const assigned = assignmentsAt(source, start, literal => isWanted(source.text, literal))
    .filter(({ literal }) => literal?.interpolated !== true)
    .map(assignment => pairOf(source.text, assignment, code));
  if (!code) return [...assigned, ...embeddedOnes];
  const isText = (pair: Pair): boolean => weighPair(source, pair) !== undefined && !isExpression(source, pair);
  return [...assigned, ...embeddedOnes.filter(pair => pair.form !== 'bare' || isText(pair))];
}

/** Neither in a literal nor in a comment of a program. */
function isExpression(source: Source, { start, end }: Pair): boolean {
  const place = placeOf(source, start, end);
  return place.literal === undefined && !place.comment;
}

/** Whether any name can make something of a literal. */
function mayWeigh(text: string, { contentStart, contentEnd, interpolated }: Literal): boolean {
  const length = contentEnd - contentStart;
  return (
    !interpolated && length >= 4 && length <= longest && !isOrdinaryValue(text.slice(contentStart, contentEnd), true)
  );
}

export function pairOf(text: string, { name, valueStart, valueEnd, literal, prose }: Assignment, code: boolean): Pair {
  const quoted = /["'`]/.test(text.charAt(valueStart - 1));
  const plain = literal !== undefined || (prose === true && isOption(text, valueStart, name));
  const form = quoted ? 'quoted' : plain ? 'plain' : code && prose !== true ? 'expression' : 'bare';
  // Text inside a literal, such as a file's contents in a test: its line ends where the escape says so.
  const inside = literal === undefined ? code : valueStart > literal.contentStart;
  const broken = inside ? text.slice(valueStart, valueEnd).search(/\\[nr]/) : -1;
  return { name, start: valueStart, end: broken < 0 ? valueEnd : valueStart + broken, form };
}

/** `DB_PASSWORD=value`, `?token=value`, `--password=value`, `-Dpassword=value`, `user=ada password=value`: no program's expression. */
function isOption(text: string, valueStart: number, name: string): boolean {
  const from = valueStart - 1 - name.length;
  if (text.charAt(valueStart - 1) !== '=' || !text.startsWith(name, from)) return false;
  return (
    /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/.test(name) ||
    /(?:[?&"'`]|\s-{1,2}D?)$/.test(text.slice(Math.max(0, from - 4), from)) ||
    /\w=[^\s=]{1,80} $/.test(text.slice(Math.max(0, from - 90), from))
  );
}

/** JSON in a string, a query, a header, a line of prose. */
const embedded =
  /(?<![\w.-])([A-Za-z_][\w.-]{0,60})\\*["'`]?\s{0,3}(?::{1,3}=|=>|[.+?|]=|[:=]|\((?=["'`]))\s{0,3}\\*["'`]?([^\s"'`\\,;&<>(){}[\]]{8,400})/y;

/** Calls that take a secret, as against those that fetch one by its name. */
const setter = /(?:^|\.)(?:set|with|add|use|password|token|secret|api|auth|login|bearer|basic)[^.]*$/i;

/** Whether eight units that a value may consist of follow the sign at an offset. */
function opensValue(text: string, sign: number, end: number): boolean {
  let from = text.charCodeAt(sign + 1) === 62 ? sign + 2 : sign + 1;
  while (from < end && isPadding(text.charCodeAt(from))) from++;
  if (from + 8 > end) return false;
  for (let i = from; i < from + 8; i++) if (isStop(text.charCodeAt(i))) return false;
  return true;
}

/** Where the name that may stand before a sign begins. */
function nameBefore(text: string, sign: number, start: number): number {
  let at = sign;
  // `.=`, `+=`, `?=`, `::=`.
  while (text.charCodeAt(sign) === 61 && at > start && '.+?|:'.includes(text.charAt(at - 1))) at--;
  while (at > start && isPadding(text.charCodeAt(at - 1))) at--;
  while (at > start && isNamePart(text.charCodeAt(at - 1))) at--;
  return at;
}

/** Letters, digits, `_`, `-`, `.`. */
function isNamePart(code: number): boolean {
  return code < 128 && code !== 36 && (code === 46 || isNameUnit(code));
}

/** White space, quotes, a backslash. */
function isPadding(unit: number): boolean {
  if (unit > 127) return /\s/.test(String.fromCharCode(unit));
  return unit <= 32 || unit === 34 || unit === 39 || unit === 96 || unit === 92;
}

/** What ends a value of `embedded`, as far as it is ASCII. */
function isStop(unit: number): boolean {
  return unit < 128 && stops[unit] === 1;
}

const stops = Uint8Array.from({ length: 128 }, (_, unit) =>
  /[\s"'`\\,;&<>(){}[\]]/.test(String.fromCharCode(unit)) ? 1 : 0,
);

export function embeddedPairs(text: string, start: number, end: number): Pair[] {
  const pairs: Pair[] = [];
  let from = start;
  for (let sign = start; sign < end; sign++) {
    const unit = text.charCodeAt(sign);
    // `:`, `=`, `(`: most lines have no such sign with a value after it.
    if ((unit !== 58 && unit !== 61 && unit !== 40) || !opensValue(text, sign, end)) continue;
    embedded.lastIndex = nameBefore(text, sign, from);
    const match = embedded.exec(text);
    if (match === null) continue;
    const [whole, name = '', value = ''] = match;
    // Behind a name that says nothing another may stand: `file:12:password=...`, `ws://acme.org?token=...`.
    if (senseOf(name) === 'none' && /[:=]/.test(value)) continue;
    const to = match.index + whole.length;
    sign = to - 1;
    from = to;
    if (whole.charAt(name.length) === '(' && !setter.test(name)) continue;
    const valueStart = to - value.length;
    const quoted = /["'`]/.test(text.charAt(valueStart - 1)) && text.charAt(to) === text.charAt(valueStart - 1);
    const form = quoted ? 'quoted' : isOption(text, valueStart, name) ? 'plain' : 'bare';
    pairs.push({ name, start: valueStart, end: to, form });
  }
  return pairs;
}
