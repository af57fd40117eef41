import { addComment, addLiteral, type Cursor, type Key, newCursor } from './cursor.ts';
import { type Syntax, syntaxes } from './languages.ts';

// XML and HTML: a tag, a comment or a text between tags at a time. `levels` holds the open elements.

const script = syntaxes.find(syntax => syntax.id === 'typescriptreact');

/** Elements without an end tag in HTML. */
const voidElements: ReadonlySet<string> = new Set(
  'area base br col embed hr img input link meta source track wbr'.split(' '),
);

export function markupStep(cursor: Cursor): void {
  const { text, position } = cursor;
  if (text.charAt(position) !== '<') {
    readElementText(cursor);
    return;
  }
  if (text.startsWith('<!--', position)) skipTo(cursor, '-->', true);
  else if (text.startsWith('<![CDATA[', position)) readCdata(cursor);
  else if (text.startsWith('<?', position)) skipTo(cursor, '?>', false);
  else if (/^<\/?[A-Za-z_]/.test(text.slice(position, position + 3))) readMarkupTag(cursor);
  else cursor.position++;
}

function skipTo(cursor: Cursor, close: string, comment: boolean): void {
  const { text, position } = cursor;
  const found = text.indexOf(close, position + 2);
  const end = found < 0 ? text.length : found + close.length;
  if (comment) addComment(cursor, position, end, 4, found < 0 ? 0 : 3);
  cursor.position = end;
}

function readCdata(cursor: Cursor): void {
  const { text, position } = cursor;
  const found = text.indexOf(']]>', position);
  const contentEnd = found < 0 ? text.length : found;
  const end = found < 0 ? text.length : found + 3;
  addLiteral(
    cursor,
    { start: position, end, contentStart: position + 9, contentEnd },
    { role: 'element', key: elementKey(cursor), quote: '<![CDATA[' },
  );
  cursor.position = end;
}

function readElementText(cursor: Cursor): void {
  const { text, position } = cursor;
  const found = text.indexOf('<', position);
  const end = found < 0 ? text.length : found;
  const written = text.slice(position, end);
  const start = position + (written.length - written.trimStart().length);
  const contentEnd = position + written.trimEnd().length;
  if (contentEnd > start)
    addLiteral(
      cursor,
      { start, end: contentEnd, contentStart: start, contentEnd },
      { role: 'element', key: elementKey(cursor) },
    );
  cursor.position = end;
}

/** The element's name attribute (`<string name="api_key">`), the `<key>` before it (plist), or its own name. */
function elementKey(cursor: Cursor): Key | undefined {
  const level = cursor.levels.at(-1);
  if (!level) return undefined;
  if (level.pair) return level.pair;
  const before = cursor.levels.at(-2)?.pair;
  if (before && level.name !== 'key') return before;
  return { name: level.name, nameStart: level.at, nameEnd: level.at + level.name.length };
}

function readMarkupTag(cursor: Cursor): void {
  const { text, position } = cursor;
  const closing = text.charAt(position + 1) === '/';
  const nameStart = position + (closing ? 2 : 1);
  const name = /^[^\s/>]{1,200}/.exec(text.slice(nameStart, nameStart + 200))?.[0] ?? '';
  cursor.position = nameStart + name.length;
  if (closing) {
    closeElement(cursor, name);
    const end = text.indexOf('>', cursor.position);
    cursor.position = end < 0 ? text.length : end + 1;
    return;
  }
  const attributes = readAttributes(cursor);
  if (attributes.selfClosed || (cursor.syntax.id === 'html' && voidElements.has(name.toLowerCase()))) return;
  if (cursor.levels.length < 10_000) cursor.levels.push({ indent: 0, name, at: nameStart, pair: attributes.named });
  if (cursor.syntax.id === 'html' && /^(?:script|style)$/i.test(name)) readScript(cursor, name.toLowerCase());
}

function closeElement(cursor: Cursor, name: string): void {
  const open = cursor.levels.findLastIndex((level, index) => level.name === name && index >= cursor.levels.length - 50);
  if (open < 0) return;
  const last = cursor.spans.at(-1);
  cursor.levels.length = open;
  const parent = cursor.levels.at(-1);
  if (!parent || !last) return;
  if (name === 'key' && last.role === 'element') {
    parent.pair = {
      name: cursor.text.slice(last.contentStart, last.contentEnd),
      nameStart: last.contentStart,
      nameEnd: last.contentEnd,
    };
  } else if (parent.name === 'dict') parent.pair = undefined;
}

function readAttributes(cursor: Cursor): { readonly selfClosed: boolean; readonly named: Key | undefined } {
  const { text } = cursor;
  const first = cursor.spans.length;
  for (;;) {
    while (
      cursor.position < text.length &&
      /[\s/]/.test(text.charAt(cursor.position)) &&
      !text.startsWith('/>', cursor.position)
    )
      cursor.position++;
    if (cursor.position >= text.length || text.charAt(cursor.position) === '<')
      return { selfClosed: false, named: undefined };
    if (text.startsWith('/>', cursor.position) || text.charAt(cursor.position) === '>') {
      const selfClosed = text.charAt(cursor.position) === '/';
      cursor.position += selfClosed ? 2 : 1;
      return { selfClosed, named: pairAttributes(cursor, first) };
    }
    readMarkupAttribute(cursor);
  }
}

function readMarkupAttribute(cursor: Cursor): void {
  const { text, position } = cursor;
  const name = /^[^\s=/>"'<]{1,200}/.exec(text.slice(position, position + 200))?.[0];
  if (name === undefined) {
    cursor.position++;
    return;
  }
  const nameEnd = position + name.length;
  const equals = /^\s{0,100}=\s{0,100}/.exec(text.slice(nameEnd, nameEnd + 202))?.[0].length ?? 0;
  cursor.position = nameEnd + equals;
  if (equals === 0) return;
  const quote = text.charAt(cursor.position);
  const start = cursor.position;
  const quoted = quote === '"' || quote === "'";
  const bare = quoted ? 0 : (/^[^\s>]{0,2000}/.exec(text.slice(start, start + 2000))?.[0].length ?? 0);
  const contentEnd = quoted ? text.indexOf(quote, start + 1) : start + bare;
  if (contentEnd < 0) {
    cursor.position = text.length;
    return;
  }
  const end = contentEnd + (quoted ? 1 : 0);
  const key = { name, nameStart: position, nameEnd };
  addLiteral(cursor, { start, end, contentStart: start + (quoted ? 1 : 0), contentEnd }, { role: 'attribute', key });
  cursor.position = Math.max(end, cursor.position + 1);
}

/** In `<add key="password" value="..."/>` the value's name is what the key says. Gives the key for the element's text. */
function pairAttributes(cursor: Cursor, first: number): Key | undefined {
  const { spans, text } = cursor;
  let named: Key | undefined;
  for (let index = first; index < spans.length; index++) {
    const span = spans[index];
    if (!span?.key || !/^(?:name|key|id|property|http-equiv)$/i.test(span.key.name)) continue;
    named = {
      name: text.slice(span.contentStart, span.contentEnd),
      nameStart: span.contentStart,
      nameEnd: span.contentEnd,
    };
    if (/^(?:name|key)$/i.test(span.key.name)) break;
  }
  for (let index = first; named && index < spans.length; index++) {
    const span = spans[index];
    if (span?.key && /^(?:value|content|connectionString|default)$/i.test(span.key.name))
      spans[index] = { ...span, key: named };
  }
  return named;
}

/** The code of a `<script>`, read as code. */
function readScript(cursor: Cursor, name: string): void {
  const { text, position } = cursor;
  const found = text.slice(position).search(name === 'script' ? /<\/script/i : /<\/style/i);
  const end = found < 0 ? text.length : position + found;
  if (name === 'script' && script) {
    const inner = codeCursor(cursor, script, position);
    inner.readCode(inner, end, '', false);
    for (const span of inner.spans) if (span.end <= end) cursor.spans.push(span);
  }
  cursor.position = end;
}

function codeCursor(cursor: Cursor, syntax: Syntax, position: number): Cursor {
  return { ...newCursor(cursor.text, syntax, cursor.readCode), position };
}
