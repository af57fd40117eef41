import { addLiteral, type Cursor, deepest } from './cursor.ts';

/** A JSX element. False when the text is none after all; then nothing has moved. */
export function readElement(cursor: Cursor): boolean {
  const start = cursor.position;
  const known = cursor.unclosed.get('<') ?? -1;
  if (known >= start) return false;
  const kept = cursor.spans.length;
  if (readTag(cursor, 0)) return true;
  cursor.spans.length = kept;
  cursor.unclosed.set('<', cursor.position >= cursor.text.length ? cursor.text.length : start);
  cursor.position = start;
  return false;
}

const deepestElement = 200;

function readTag(cursor: Cursor, depth: number): boolean {
  const { text } = cursor;
  if (depth > deepestElement) return false;
  const name = /^<[\w.:$-]*/.exec(text.slice(cursor.position, cursor.position + 100))?.[0] ?? '<';
  cursor.position += name.length;
  if (/^\s*(?:,|extends\b|=>)/.test(text.slice(cursor.position, cursor.position + 40))) return false;
  for (;;) {
    skipBlanks(cursor);
    const character = text.charAt(cursor.position);
    if (character === '') return false;
    if (character === '/') {
      cursor.position += 2;
      return text.charAt(cursor.position - 1) === '>';
    }
    if (character === '>') {
      cursor.position++;
      return readChildren(cursor, depth);
    }
    if (character === '{' ? !readBraces(cursor) : !readAttribute(cursor, depth)) return false;
  }
}

function readAttribute(cursor: Cursor, depth: number): boolean {
  const { text } = cursor;
  const name = /^[A-Za-z_$][\w:.$-]{0,200}/.exec(text.slice(cursor.position, cursor.position + 202))?.[0];
  if (name === undefined) return false;
  cursor.position += name.length;
  skipBlanks(cursor);
  if (text.charAt(cursor.position) !== '=') return true;
  cursor.position++;
  skipBlanks(cursor);
  const quote = text.charAt(cursor.position);
  if (quote === '{') return readBraces(cursor);
  if (quote === '<') return readTag(cursor, depth + 1);
  if (quote !== '"' && quote !== "'") return false;
  const start = cursor.position;
  const end = text.indexOf(quote, start + 1);
  if (end < 0) return false;
  addLiteral(cursor, { start, end: end + 1, contentStart: start + 1, contentEnd: end }, { role: 'attribute' });
  cursor.position = end + 1;
  return true;
}

function readChildren(cursor: Cursor, depth: number): boolean {
  const { text } = cursor;
  while (cursor.position < text.length) {
    const character = text.charAt(cursor.position);
    if (character === '{') {
      if (!readBraces(cursor)) return false;
    } else if (character !== '<') {
      cursor.position++;
    } else if (text.charAt(cursor.position + 1) === '/') {
      const end = text.indexOf('>', cursor.position);
      if (end < 0) return false;
      cursor.position = end + 1;
      return true;
    } else if (!readTag(cursor, depth + 1)) return false;
  }
  return false;
}

function readBraces(cursor: Cursor): boolean {
  cursor.position++;
  if (cursor.depth >= deepest * 4) return false;
  cursor.depth++;
  const closed = cursor.readCode(cursor, cursor.text.length, '}', false);
  cursor.depth--;
  return closed;
}

function skipBlanks(cursor: Cursor): void {
  while (cursor.position < cursor.text.length && cursor.text.charCodeAt(cursor.position) <= 32) cursor.position++;
}
