import { addComment, type Cursor, isWordCode, lineEndAt, nextLineAt } from './cursor.ts';
import { type Syntax, syntaxes } from './languages.ts';
import { readHeredocs } from './scanHeredoc.ts';
import { readLuaBracket, readSpecial, readSpecialWord } from './scanSpecial.ts';
import { readString } from './scanString.ts';

/** Reads on at the cursor: one literal, comment or word, or a run of anything else. */
export function codeStep(cursor: Cursor): void {
  if (cursor.outside) {
    leaveMarkup(cursor);
    return;
  }
  readCode(cursor, Math.min(cursor.text.length, cursor.position + 4096), '', false);
}

/**
 * Reads code until `stop`, or just behind the bracket that closes what was open before (`closer`). False when there was none,
 * or when the line ended before it and `oneLine` forbids that. Between two tokens it may stop at any place.
 */
export function readCode(cursor: Cursor, stop: number, closer: string, oneLine: boolean): boolean {
  const { text, syntax } = cursor;
  const opener = closer === '' ? '' : (openers[closer] ?? '');
  const starters = startersById.get(syntax.id) ?? everything;
  let open = 1;
  for (;;) {
    if (closer === '') passOver(cursor, stop, starters);
    if (cursor.position >= stop) break;
    const code = text.charCodeAt(cursor.position);
    if (isWordCode(code)) {
      readWord(cursor);
      continue;
    }
    if (code === 10 && oneLine) return false;
    if (code <= 32) {
      cursor.position++;
      if (code === 10 && cursor.pending.length > 0) readHeredocs(cursor);
      continue;
    }
    const character = text.charAt(cursor.position);
    if (closer !== '' && character === closer && --open === 0) {
      cursor.position++;
      return true;
    }
    if (closer !== '' && character === opener) open++;
    if (character === '?' && syntax.special === 'php' && text.startsWith('?>', cursor.position)) {
      cursor.position += 2;
      cursor.outside = true;
      return false;
    }
    if ((!oneLine && readComment(cursor)) || readSpecial(cursor, character) || readString(cursor, cursor.position))
      continue;
    cursor.position++;
  }
  return closer === '';
}

/** Goes on to where a literal or comment may begin, to a short word before such a place, or to a line end that heredocs wait for. */
function passOver(cursor: Cursor, stop: number, starters: Uint8Array): void {
  const { text } = cursor;
  const wordy = wordySyntaxes.has(cursor.syntax.id);
  const waiting = cursor.pending.length > 0;
  let position = cursor.position;
  while (position < stop) {
    const code = text.charCodeAt(position);
    if (isWordCode(code)) {
      const start = position++;
      while (position < text.length && isWordCode(text.charCodeAt(position))) position++;
      if (wordy && position - start <= 7 && maySpecialize(text.charCodeAt(position))) {
        position = start;
        break;
      }
    } else if (code > 32 ? starters[code] === 1 : waiting && code === 10) break;
    else position++;
  }
  cursor.position = position;
}

/** Languages in which a word may begin a literal. */
const wordySyntaxes: ReadonlySet<string> = new Set(
  syntaxes
    .filter(
      ({ special, strings }) => (special !== undefined && special !== 'jsx') || strings.some(form => form.prefixes),
    )
    .map(({ id }) => id),
);

/** `"`, `'`, `#`, `(`, `{`, `[`, `|`, `/`: what a word before it may make another literal of. */
function maySpecialize(code: number): boolean {
  return (
    code === 34 ||
    code === 39 ||
    code === 35 ||
    code === 40 ||
    code === 123 ||
    code === 91 ||
    code === 124 ||
    code === 47
  );
}

/** The ASCII characters that may begin a literal or comment of a language; all else is passed over quickly. */
const startersById: ReadonlyMap<string, Uint8Array> = new Map(syntaxes.map(syntax => [syntax.id, startersOf(syntax)]));
const everything = new Uint8Array(128).fill(1);

function startersOf(syntax: Syntax): Uint8Array {
  const found = new Uint8Array(128);
  const marks = [
    ...syntax.lineComments,
    ...syntax.blockComments.map(([open]) => open.trimStart()),
    ...syntax.strings.map(form => form.open),
  ];
  for (const mark of [
    ...marks,
    ...(syntax.special ? ['<', '[', '#', '%', '~', '?'] : []),
    syntax.slashLiterals ? '/' : '@',
    '@',
    '$',
  ]) {
    found[mark.charCodeAt(0)] = 1;
  }
  return found;
}

const openers: Readonly<Record<string, string>> = { '}': '{', ')': '(', ']': '[' };

function readWord(cursor: Cursor): void {
  const { text, syntax } = cursor;
  const start = cursor.position;
  let end = start + 1;
  while (end < text.length && isWordCode(text.charCodeAt(end))) end++;
  cursor.position = end;
  if (end - start > 7) return;
  const next = text.charAt(end);
  if (maySpecialize(text.charCodeAt(end))) {
    if (readSpecialWord(cursor, text.slice(start, end), start)) return;
    if ((next === '"' || next === "'") && syntax.strings.some(form => form.prefixes))
      readString(cursor, start, text.slice(start, end));
  }
}

function readComment(cursor: Cursor): boolean {
  const { text, syntax, position } = cursor;
  for (const [open, close] of syntax.blockComments) {
    const atLine = open.startsWith('\n');
    const mark = atLine ? open.slice(1) : open;
    if (!text.startsWith(mark, position) || (atLine && position > 0 && text.charCodeAt(position - 1) !== 10)) continue;
    const end = syntax.nestedComments
      ? nestedEnd(text, position, open, close)
      : text.indexOf(close, position + mark.length);
    const closed = end < 0 ? text.length : end + close.length;
    addComment(cursor, position, closed, mark.length, end < 0 ? 0 : close.length);
    cursor.position = atLine ? nextLineAt(text, closed) : closed;
    return true;
  }
  for (const mark of syntax.lineComments) {
    if (!text.startsWith(mark, position)) continue;
    if (mark === '#' && syntax.id === 'php' && text.charAt(position + 1) === '[') continue;
    if (syntax.special === 'lua' && readLuaBracket(cursor, position, position + 2)) return true;
    const end = lineEndAt(text, position);
    addComment(cursor, position, end, mark.length, 0);
    cursor.position = end;
    return true;
  }
  return false;
}

function nestedEnd(text: string, start: number, open: string, close: string): number {
  let depth = 0;
  let position = start;
  while (position < text.length) {
    if (text.startsWith(open, position)) {
      depth++;
      position += open.length;
    } else if (text.startsWith(close, position)) {
      if (--depth === 0) return position;
      position += close.length;
    } else position++;
  }
  return -1;
}

function leaveMarkup(cursor: Cursor): void {
  const { text, position } = cursor;
  const open = text.indexOf('<?', position);
  cursor.outside = open < 0;
  cursor.position = open < 0 ? text.length : open + 2;
  if (open >= 0 && text.startsWith('php', open + 2)) cursor.position += 3;
  else if (open >= 0 && text.charAt(open + 2) === '=') cursor.position += 1;
}
