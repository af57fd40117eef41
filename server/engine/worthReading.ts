import { lineAround, longLine } from './candidate.ts';
import { isWordCode, type Range } from './cursor.ts';
import type { Source } from './finding.ts';
import { syntaxOf } from './languages.ts';
import { textAssignments } from './lexer.ts';
import { senseOf } from './names.ts';
import { embeddedPairs, pairOf } from './pairs.ts';
import { isOrdinaryValue, shortestRandom, weighPair } from './weigh.ts';

/* Whether a line with a secret's name on it is worth reading: quick looks that err on the side of yes, and spare the lexer most lines. */

/**
 * Whether what stands around a name in a program tells that it is given nothing: `name.member`, `f(name, `, `name)`, `name;`. Not so
 * when a list of names takes values later on the line, or the name is compared with what stands before it.
 */
export function isOnlyRead(text: string, start: number, end: number): boolean {
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
export function endOfIdle(text: string, from: number): number {
  const most = Math.min(text.length, from + longLine);
  let last = 0;
  for (let i = from; i < most; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 34 || unit === 39 || unit === 96) return -1;
    if (unit === 10) return goesOn(last) ? -1 : i;
    if (unit === 61 && closelyFollowed(text, i)) return -1;
    if (unit > 32 && unit !== 160) last = unit;
  }
  return goesOn(last) ? -1 : most;
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
export function mayAssign(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 34 || unit === 39 || unit === 96) return true;
    if (unit === 61 || unit === 58 || unit === 62 || unit === 44 || unit === 32) return to - i > 4;
  }
  return /[([{+\\]$/.test(text.slice(Math.max(from, to - 4), to).trimEnd());
}

/** Where on a program's line a name's value may stand: not far after the name or, where something is compared, not far before it. */
export function roomFor(text: string, line: Range, name: Range): Range {
  const before = Math.max(line.start, name.start - farthest);
  const compared = compares.test(text.slice(before, name.start));
  return { start: compared ? before : name.end, end: Math.min(line.end, name.end + farthest) };
}

/** Units from a name to its value: what stands between them are types and calls. */
const farthest = 300;

const compares = /["'`]\)?\s?(?:[=!]=|\.\w*(?:[eE]q|[cC]ompare))/;

/**
 * Whether there is room for a value on a line: a quoted one that is not ordinary (or an opened literal of another form), or
 * eight units without a blank of which one is a digit. In data, what stands before a colon is no value.
 * It errs on the side of yes, and spares the lexer most lines.
 */
export function mayHoldValue(text: string, line: Range, room: Range, data: boolean): boolean {
  let run = 0;
  let digit = false;
  let closing = -1;
  for (let i = line.start; i < room.end; i++) {
    const unit = text.charCodeAt(i);
    if (unit === 34 || unit === 39 || unit === 96) {
      run = 0;
      digit = false;
      if (i <= closing) continue;
      closing = i + 1;
      while (closing < line.end && text.charCodeAt(closing) !== unit) closing++;
      if (closing === line.end) return true;
      const key = data && text.charCodeAt(closing + 1) === 58;
      if (closing > room.start && mayBeValue(text, i + 1, closing, key)) return true;
    } else if (i < room.start || unit <= 32) {
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
export function mayHoldRandom(text: string, room: Range): boolean {
  let run = 0;
  let digit = false;
  for (let i = room.start; i < room.end; i++) {
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

/** What stands between two quotes, which may well be the wrong two. What is put into it at run time does not count. */
function mayBeValue(text: string, start: number, end: number, key: boolean): boolean {
  const value = text.slice(start, end);
  const written = value.includes('${') ? value.replace(/\$\{[^{}"'`]*\}/g, '') : value;
  if (written.endsWith('\\') || (/["'`]/.test(written) && isWordCode(text.charCodeAt(start - 2)))) return true;
  return !key && written.length >= 4 && !isOrdinaryValue(written, true);
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
export function isIdle(source: Source, from: number, to: number): boolean {
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
export function isSettled(source: Source, nameEnd: number, lineEnd: number): boolean {
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
