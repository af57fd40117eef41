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
  const marks = marksById.get(syntax.id) ?? everything;
  let open = 1;
  for (;;) {
    if (closer === '') passOver(cursor, stop, marks);
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
function passOver(cursor: Cursor, stop: number, marks: Uint8Array): void {
  const { text } = cursor;
  const waiting = cursor.pending.length > 0;
  let position = cursor.position;
  for (; position < stop; position++) {
    const code = text.charCodeAt(position);
    const mark = code < 128 ? (marks[code] ?? 0) : 0;
    if (mark === 0) {
      if (waiting && code === 10) break;
      continue;
    }
    const word = (mark & afterWord) === 0 ? position : wordBefore(text, position);
    if (word < position && word >= cursor.position) {
      position = word;
      break;
    }
    if ((mark & starter) !== 0) break;
  }
  cursor.position = position;
}

/** Where the short word that ends at `end` begins; `end` when there is none. */
function wordBefore(text: string, end: number): number {
  let start = end;
  while (start > 0 && end - start <= shortWord && isWordCode(text.charCodeAt(start - 1))) start--;
  return end - start <= shortWord ? start : end;
}

/** No longer one makes another literal of what follows. */
const shortWord = 7;

/** What an ASCII character may do: begin a literal or comment; be made another literal by the word before it. */
const starter = 1;
const afterWord = 2;

/** What a word before it may make another literal of. */
const specialized: readonly string[] = ['"', "'", '#', '(', '{', '[', '|', '/'];

/** By language; all other characters are passed over quickly. */
const marksById: ReadonlyMap<string, Uint8Array> = new Map(syntaxes.map(syntax => [syntax.id, marksOf(syntax)]));
const everything = new Uint8Array(128).fill(starter);

function marksOf(syntax: Syntax): Uint8Array {
  const found = new Uint8Array(128);
  const openers = [
    ...syntax.lineComments,
    ...syntax.blockComments.map(([open]) => open.trimStart()),
    ...syntax.strings.map(form => form.open),
    ...(syntax.special ? ['<', '[', '#', '%', '~', '?'] : []),
    syntax.slashLiterals ? '/' : '@',
    '@',
    '$',
  ];
  for (const opener of openers) if (!isWordCode(opener.charCodeAt(0))) found[opener.charCodeAt(0)] = starter;
  const wordy =
    (syntax.special !== undefined && syntax.special !== 'jsx') || syntax.strings.some(form => form.prefixes);
  if (wordy) for (const sign of specialized) found[sign.charCodeAt(0)] = (found[sign.charCodeAt(0)] ?? 0) | afterWord;
  return found;
}

const openers: Readonly<Record<string, string>> = { '}': '{', ')': '(', ']': '[' };

function readWord(cursor: Cursor): void {
  const { text, syntax } = cursor;
  const start = cursor.position;
  let end = start + 1;
  while (end < text.length && isWordCode(text.charCodeAt(end))) end++;
  cursor.position = end;
  if (end - start > shortWord) return;
  const next = text.charAt(end);
  if (specialized.includes(next)) {
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
