import { type Candidate, type Hit, lineAround, longLine, type Pair, type Recogniser } from './candidate.ts';
import type { Range } from './cursor.ts';
import type { Source } from './finding.ts';
import { syntaxOf } from './languages.ts';
import { type Assignment, assignmentsAt, type Literal, languageOf, placeOf, textAssignments } from './lexer.ts';
import { senseOf } from './names.ts';
import { looksRandom } from './rarity.ts';
import { isOrdinaryValue, longest, objectionToPair, shortestRandom, weighPair } from './weigh.ts';

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
  if (hit.quotes && !mayHoldValue(text, line.start, line.end, !hit.code))
    return { candidates: nothing, next: line.end };
  if (sense === 'weak' && !mayHoldRandom(text, line.start, line.end)) return { candidates: nothing, next: name.end };
  if (hit.code && (isIdle(hit.source, line.start, line.end) || isSettled(hit.source, name.end, line.end)))
    return { candidates: nothing, next: line.end };
  const own = hit.pairs.get(line.start) ?? readPairs(hit, line);
  hit.pairs.set(line.start, own);
  const lower = below === undefined ? [] : pairsBelow(hit, below, text.slice(name.start, name.end));
  const pairs = [...own, ...lower, ...apart];
  return { candidates: candidatesOf(hit, pairs), next: line.end };
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

/** Letters, digits, `_`, `-`, `$`. */
function isNameUnit(code: number): boolean {
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

/**
 * Whether what stands around a name in a program tells that it is given nothing: `name.member`, `f(name, `, `name)`, `name;`. Not so
 * when a list of names takes values later on the line, or the name is compared with what stands before it.
 */
function isOnlyRead(text: string, start: number, end: number): boolean {
  const next = text.charCodeAt(end);
  if (next === 46) {
    const member = /^\.([A-Za-z_]\w*)/.exec(text.slice(end, end + 60))?.[1];
    return member !== undefined && !handsOn.test(member) && senseOf(member) === 'none';
  }
  if (next !== 44 && next !== 41 && next !== 59 && next !== 125 && next !== 38) return false;
  if (/(?:=|(?:[eE]quals\w*|compareTo)\s?\()\s?[\w$.]*$/.test(text.slice(Math.max(0, start - 60), start))) return false;
  for (let i = end; i < text.length && i < end + longLine; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 10) break;
    if (unit === 61) return false;
  }
  return true;
}

/** Members through which a name is compared or given its value. */
const handsOn =
  /^(?:eq|equals|contentEquals|compare|isEqual|value|val|default|data|text|string|str|set|get|from|of|put|add)/i;

/** Where a program's line ends on which nothing after `from` may give a value, which stands in quotes or close to its sign, and which does not go on; -1. */
function endOfIdle(text: string, from: number): number {
  const farthest = Math.min(text.length, from + longLine);
  let last = 0;
  for (let i = from; i < farthest; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 34 || unit === 39 || unit === 96) return -1;
    if (unit === 10) return goesOn(last) ? -1 : i;
    if (unit === 61 && closelyFollowed(text, i)) return -1;
    if (unit > 32 && unit !== 160) last = unit;
  }
  return goesOn(last) ? -1 : farthest;
}

/** Eight units without a line end after the sign. */
function closelyFollowed(text: string, at: number): boolean {
  if (at + 8 >= text.length || text.charCodeAt(at + 1) === 32) return false;
  for (let i = at + 1; i <= at + 8; i++) if (text.charCodeAt(i) === 10) return false;
  return true;
}

/** `=`, `(`, `:`, `,`, `[`, `{`, `+`, a backslash. */
function goesOn(unit: number): boolean {
  return (
    unit === 61 ||
    unit === 40 ||
    unit === 58 ||
    unit === 44 ||
    unit === 91 ||
    unit === 123 ||
    unit === 43 ||
    unit === 92
  );
}

/** Something that may give a value follows on a line of data or prose, or the line goes on. */
function mayAssign(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 34 || unit === 39 || unit === 96) return true;
    if (unit === 61 || unit === 58 || unit === 62 || unit === 44 || unit === 32) return to - i > 4;
  }
  return /[([{+\\]$/.test(text.slice(Math.max(from, to - 4), to).trimEnd());
}

/**
 * Whether a line of a program has room for a value: a quoted one that is not ordinary (or an opened literal of another form), or
 * eight units without a blank of which one is a digit. In data, what stands before a colon is no value.
 * It errs on the side of yes, and spares the lexer most lines.
 */
function mayHoldValue(text: string, from: number, to: number, data: boolean): boolean {
  let run = 0;
  let digit = false;
  let closing = -1;
  for (let i = from; i < to; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 34 || unit === 39 || unit === 96) {
      run = 0;
      digit = false;
      if (i <= closing) continue;
      closing = i + 1;
      while (closing < to && text.charCodeAt(closing) !== unit) closing++;
      if (closing === to) return true;
      const key = data && text.charCodeAt(closing + 1) === 58;
      if (mayBeValue(text.slice(i + 1, closing), key)) return true;
    } else if (unit <= 32) {
      run = 0;
      digit = false;
    } else {
      run++;
      if (unit >= 48 && unit <= 57) digit = true;
      if (digit && run >= 8) return true;
      if ((unit === 37 || unit === 60 || unit === 91 || unit === 113) && opensLiteral(text, i, unit)) return true;
    }
  }
  return false;
}

/** Whether a line has room for what a weak name asks for: `shortestRandom` units with a digit among them. */
function mayHoldRandom(text: string, from: number, to: number): boolean {
  let run = 0;
  let digit = false;
  for (let i = from; i < to; i++) {
    const unit = text.charCodeAt(i);
    if (unit <= 32 || unit === 34 || unit === 39 || unit === 96) {
      run = 0;
      digit = false;
    } else {
      run++;
      if (unit >= 48 && unit <= 57) digit = true;
      if (digit && run >= shortestRandom) return true;
    }
  }
  return false;
}

/** What stands between two quotes, which may well be the wrong two. */
function mayBeValue(value: string, key: boolean): boolean {
  return /["'`\\]/.test(value) || (!key && value.length >= 4 && !isOrdinaryValue(value, true));
}

/** `%q(`, `<<TEXT`, `[[`, `[=[`, `q{`, `qw/`. */
function opensLiteral(text: string, at: number, unit: number): boolean {
  const next = text.charCodeAt(at + 1);
  if (unit === 37) return next > 32 && next !== 61;
  if (unit === 60) return next === 60;
  if (unit === 91) return next === 91 || next === 61;
  return /^q[qwxr]?\s*[^\w\s,;=)]/.test(text.slice(at, at + 4)) && !/\w/.test(text.charAt(at - 1));
}

/** A comment without a value, or an import. A literal over several lines that holds such a line is met at its name. */
function isIdle(source: Source, from: number, to: number): boolean {
  const { text } = source;
  let start = from;
  while (start < to && text.charCodeAt(start) <= 32) start++;
  const first = text.charCodeAt(start);
  if (first === 125 || first === 101 || first === 105) return importing.test(text.slice(start, to));
  if ((first !== 42 && first !== 47) || !syntaxOf(source).lineComments.includes('//')) return false;
  if (!inComment(text, start, text.slice(start, to))) return false;
  return (
    textAssignments(text, start, to).every(one => weighPair(source, pairOf(text, one, true)) === undefined) &&
    embeddedPairs(text, start, to).every(pair => weighPair(source, pair) === undefined)
  );
}

/** The name is given the one literal of its line, in plain sight, and that is no secret: `const ACCESS_TOKEN = "access_token";`. */
function isSettled(source: Source, nameEnd: number, lineEnd: number): boolean {
  const { text } = source;
  const [whole, sign, quote = '', value = ''] =
    /^\??\s?(=|:)\s?(["'])([^"'`\\]*)\2[;,)]*$/.exec(text.slice(nameEnd, lineEnd)) ?? [];
  if (whole === undefined || sign === undefined) return false;
  const start = nameEnd + whole.indexOf(quote) + 1;
  const from = lineAround(text, nameEnd).start;
  const before = text.slice(from, nameEnd);
  if (/["'`]/.test(before)) return false;
  const name = /[\w$.-]*$/.exec(before)?.[0] ?? '';
  return weighPair(source, { name, start, end: start + value.length, form: 'quoted' }) === undefined;
}

/** `// ...`, or a line of a block comment that begins not far above. */
function inComment(text: string, start: number, line: string): boolean {
  if (line.startsWith('//')) return true;
  if (line.startsWith('/*')) return !line.includes('*/', 2);
  if (!/^\*\s/.test(line) || line.includes('*/')) return false;
  const above = text.slice(Math.max(0, start - 4000), start);
  return above.lastIndexOf('/*') > above.lastIndexOf('*/');
}

const importing = /^(?:import\b|export\b|\})[^"'`=:(]*\bfrom ["'][\w@./-]*["'];?\s*$/;

/** Of a very long line, the stretch around and what stands there in plain sight. */
function readPairs(
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

function pairOf(text: string, { name, valueStart, valueEnd, literal, prose }: Assignment, code: boolean): Pair {
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

function embeddedPairs(text: string, start: number, end: number): Pair[] {
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
