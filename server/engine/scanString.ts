import { addLiteral, type Cursor, deepest, literalSpan, type Range, type Span } from './cursor.ts';
import { type EscapesName, escapes as escapeTable } from './decode.ts';
import type { Hole, StringForm, Syntax } from './languages.ts';

/** Reads the literal whose quote (after `prefix`) stands at the cursor. False when there is none; then nothing has moved. */
export function readString(cursor: Cursor, start: number, prefix = ''): boolean {
  const { text, syntax } = cursor;
  let quoteAt = cursor.position;
  let signs = prefix;
  while (prefix === '' && (text.charAt(quoteAt) === '@' || text.charAt(quoteAt) === '$') && quoteAt < start + 4)
    quoteAt++;
  if (quoteAt > cursor.position) signs = text.slice(start, quoteAt);
  const written = signs === '' ? '' : signs.toLowerCase();
  for (const form of syntax.strings) {
    if (text.startsWith(form.open, quoteAt) && (form.prefixes ? form.prefixes.includes(written) : signs === '')) {
      return readForm(cursor, form, start, quoteAt, signs);
    }
    if (signs !== '' && prefix === '' && text.startsWith(form.open, start) && !form.prefixes)
      return readForm(cursor, form, start, start, '');
  }
  return false;
}

function readForm(cursor: Cursor, form: StringForm, start: number, quoteAt: number, prefix: string): boolean {
  const { text } = cursor;
  const contentStart = quoteAt + form.open.length;
  if (form.character) {
    const end = characterEnd(text, contentStart);
    if (end < 0) return false;
    addLiteral(
      cursor,
      { start, end, contentStart, contentEnd: end - 1 },
      { escapes: form.escapes, quote: "'", prefix },
    );
    cursor.position = end;
    return true;
  }
  const { escapes, hole } = prefix === '' ? form : dress(cursor.syntax, form, prefix);
  return readContent(cursor, {
    start,
    contentStart,
    close: form.close,
    multiline: form.multiline === true,
    prefix,
    escapes,
    hole,
    // A raw literal of Python has no escapes, and yet its backslash keeps the quote after it from closing.
    skip: escapeTable[escapes].mark !== '' || (cursor.syntax.id === 'python' && escapes === 'none'),
  });
}

/** What the prefix makes of the form. */
function dress(syntax: Syntax, form: StringForm, prefix: string): Pick<StringForm, 'escapes' | 'hole'> {
  let { escapes, hole } = form;
  for (const [letter, change] of Object.entries(syntax.prefixes ?? {})) {
    if (!(letter.length > 1 ? prefix.toLowerCase() === letter : prefix.toLowerCase().includes(letter))) continue;
    hole = change.hole ?? hole;
    if (escapes !== 'none') escapes = change.escapes ?? escapes;
  }
  return { escapes, hole };
}

function characterEnd(text: string, contentStart: number): number {
  const match = /^(?:\\(?:u\{[0-9a-fA-F]{1,6}\}|[xuU0-9][0-9a-fA-F]{0,8}|[^\r\n])|[^'\\\r\n]{1,2})'/u.exec(
    text.slice(contentStart, contentStart + 14),
  );
  return match ? contentStart + match[0].length : -1;
}

export interface Content {
  readonly start: number;
  readonly contentStart: number;
  readonly close: string;
  readonly multiline: boolean;
  readonly prefix: string;
  readonly escapes: EscapesName;
  readonly hole: Hole | undefined;
  /** The escape mark takes the character after it along. */
  readonly skip: boolean;
}

/** Reads to the closing quote. Without one, on the line where the form demands it, there is no literal and nothing has moved. */
export function readContent(cursor: Cursor, content: Content): boolean {
  const { spans } = cursor;
  const { start, contentStart, close } = content;
  if (cursor.unclosed.size > 0 && (cursor.unclosed.get(`${content.prefix}\0${close}`) ?? -1) >= contentStart)
    return false;
  const index = spans.length;
  const holes: Range[] = content.hole === undefined ? none : [];
  spans.push(unread);
  const end = contentEnd(cursor, content, index, holes);
  if (end < 0) {
    spans.length = index;
    cursor.position = start;
    return false;
  }
  const mark = { escapes: content.escapes, prefix: content.prefix, quote: close, holes };
  spans[index] = literalSpan(cursor, { start, end: end + close.length, contentStart, contentEnd: end }, mark);
  cursor.position = end + close.length;
  return true;
}

const none: Range[] = [];

/** Stands for a literal until its end is known: what is read inside its holes comes after it. */
const unread: Span = literalSpan({ text: '', parent: -1 }, { start: 0, end: 0, contentStart: 0, contentEnd: 0 });

function contentEnd(cursor: Cursor, content: Content, index: number, holes: Range[]): number {
  const { text } = cursor;
  const { close, hole, multiline } = content;
  const rules = escapeTable[content.escapes];
  const mark = content.skip ? (rules.mark === '' ? 92 : rules.mark.charCodeAt(0)) : -1;
  const doubled = 'doubled' in rules && rules.doubled === close;
  const first = close.charCodeAt(0);
  let position = content.contentStart;
  while (position < text.length) {
    const code = text.charCodeAt(position);
    if (code === mark) {
      if (hole === 'backslashParenthesis' && text.charCodeAt(position + 1) === 40) {
        position = readHole(cursor, position, index, 'backslashParenthesis', multiline, holes);
        if (position < 0) break;
      } else position += text.startsWith('\r\n', position + 1) ? 3 : 2;
    } else if (code === first && text.startsWith(close, position)) {
      if (doubled && text.startsWith(close, position + 1)) position += 2;
      else return close === '"""' || close === "'''" ? lastQuote(text, position, close, cursor.syntax.id) : position;
    } else if (code === 10 && !multiline) {
      break;
    } else if (hole !== undefined && mayOpen(code)) {
      position = readHole(cursor, position, index, hole, multiline, holes);
      if (position < 0) break;
    } else position++;
  }
  cursor.unclosed.set(`${content.prefix}\0${close}`, position < 0 || position >= text.length ? text.length : position);
  return -1;
}

/** Kotlin, Scala and C# let quotes stand before the closing three. */
function lastQuote(text: string, position: number, close: string, language: string): number {
  let end = position;
  if (language === 'kotlin' || language === 'scala') while (text.charAt(end + 3) === close.charAt(0)) end++;
  return end;
}

function mayOpen(code: number): boolean {
  return code === 36 || code === 123 || code === 35 || code === 64;
}

/** Where the text goes on behind what opens at `position`, or behind the one character when nothing does; -1: never closed. */
function readHole(
  cursor: Cursor,
  position: number,
  index: number,
  hole: Hole,
  multiline: boolean,
  holes: Range[],
): number {
  const opening = openingOf(cursor.text, position, hole);
  if (opening.length === 0) return position + opening.skip;
  if (opening.closer === '') {
    holes.push({ start: position, end: position + opening.length });
    return position + opening.length;
  }
  if (cursor.depth >= deepest) return position + opening.length;
  const { parent } = cursor;
  cursor.depth++;
  cursor.parent = index;
  cursor.position = position + opening.length;
  const closed = cursor.readCode(cursor, cursor.text.length, opening.closer, !multiline);
  cursor.depth--;
  cursor.parent = parent;
  if (!closed) return -1;
  holes.push({ start: position, end: cursor.position });
  return cursor.position;
}

interface Opening {
  /** Of what opens; 0: nothing does, go on behind `skip` characters. */
  readonly length: number;
  readonly closer: string;
  readonly skip: number;
}

function openingOf(text: string, position: number, hole: Hole): Opening {
  const pair = text.slice(position, position + 2);
  const nothing = { length: 0, closer: '', skip: 1 };
  switch (hole) {
    case 'dollarBrace':
      if (pair === '$$' && text.charAt(position + 2) === '{') return { ...nothing, skip: 3 };
      return pair === '${' ? { length: 2, closer: '}', skip: 0 } : nothing;
    case 'hashBrace':
      return pair === '#{' ? { length: 2, closer: '}', skip: 0 } : nothing;
    case 'backslashParenthesis':
      return pair === '\\(' ? { length: 2, closer: ')', skip: 0 } : nothing;
    case 'brace':
      if (pair === '{{') return { ...nothing, skip: 2 };
      return pair.startsWith('{') ? { length: 1, closer: '}', skip: 0 } : nothing;
    case 'dollar':
    case 'dollarAt':
    case 'dollarParenthesis': {
      if (pair === '${' || (hole === 'dollarAt' && pair === '@{')) return { length: 2, closer: '}', skip: 0 };
      if (hole === 'dollarParenthesis' && pair === '$(') return { length: 2, closer: ')', skip: 0 };
      if (hole === 'dollar' && pair === '{$') return { length: 1, closer: '}', skip: 0 };
      if (!pair.startsWith('$') && !(hole === 'dollarAt' && pair.startsWith('@'))) return nothing;
      const name = /^[$@][A-Za-z_][\w.]{0,200}/.exec(text.slice(position, position + 202))?.[0].replace(/\.+$/, '');
      return name ? { length: name.length, closer: '', skip: 0 } : nothing;
    }
    default:
      return hole satisfies never;
  }
}
