import {
  addComment,
  addLiteral,
  type Cursor,
  type Key,
  type Level,
  lineEndAt,
  literalSpan,
  newCursor,
  nextLineAt,
  type Span,
} from './cursor.ts';
import { type Syntax, syntaxes } from './languages.ts';
import { readCode } from './scanCode.ts';

// JSON, JSONC, JSON5, and the flow collections of YAML, which are written alike.

/** Reads on at the cursor: one token. `levels` holds a level for each open bracket. */
export function jsonStep(cursor: Cursor): void {
  const { text } = cursor;
  const character = text.charAt(cursor.position);
  if (character === '"' || character === "'") readJsonString(cursor, character);
  else if (character === '{' || character === '[') openLevel(cursor);
  else if (character === '}' || character === ']') {
    cursor.levels.pop();
    cursor.position++;
  } else if (character === ',') {
    const level = cursor.levels.at(-1);
    if (level) cursor.levels[cursor.levels.length - 1] = { ...level, name: '' };
    cursor.position++;
  } else if (character === '/' && /[/*]/.test(text.charAt(cursor.position + 1))) readSlashComment(cursor);
  else cursor.position = skipRun(text, cursor.position);
}

function skipRun(text: string, position: number): number {
  const end = text.slice(position, position + 4096).search(/["'{}[\],/]/);
  return end < 0 ? Math.min(text.length, position + 4096) : position + Math.max(1, end);
}

function readSlashComment(cursor: Cursor): void {
  const { text, position } = cursor;
  const line = text.charAt(position + 1) === '/';
  const close = line ? lineEndAt(text, position) : text.indexOf('*/', position + 2);
  const end = close < 0 ? text.length : line ? close : close + 2;
  addComment(cursor, position, end, 2, line || close < 0 ? 0 : 2);
  cursor.position = end;
}

/** Levels beyond this many keep their brackets apart and lose their names. */
const deepestLevel = 200;

function openLevel(cursor: Cursor): void {
  cursor.position++;
  if (cursor.levels.length < 100_000) cursor.levels.push({ indent: 0, name: '', at: 0 });
}

function readJsonString(cursor: Cursor, quote: string): void {
  const { text, position } = cursor;
  const end = (cursor.unclosed.get(quote) ?? -1) >= position ? -1 : quotedEnd(text, position, quote);
  if (end < 0) {
    if ((cursor.unclosed.get(quote) ?? -1) < position) cursor.unclosed.set(quote, lineEndAt(text, position));
    cursor.position++;
    return;
  }
  const range = { start: position, end, contentStart: position + 1, contentEnd: end - 1 };
  cursor.position = end;
  const after = /^\s{0,200}:/.exec(text.slice(end, end + 201))?.[0].length;
  const level = cursor.levels.at(-1);
  if (after !== undefined) {
    addLiteral(cursor, range, { escapes: 'json', role: 'key' });
    if (level)
      cursor.levels[cursor.levels.length - 1] = { ...level, name: text.slice(position + 1, end - 1), at: position + 1 };
    cursor.position = end + after;
    return;
  }
  if (level && pairNames.has(level.name))
    level.pair = { name: text.slice(position + 1, end - 1), nameStart: position + 1, nameEnd: end - 1 };
  addLiteral(cursor, range, { escapes: 'json', key: keyOf(cursor.levels) });
}

/** Behind the closing quote; -1 when the line or text ends first. */
function quotedEnd(text: string, position: number, quote: string): number {
  for (let at = position + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 92) at++;
    else if (code === quote.charCodeAt(0)) return at + 1;
    else if (code === 10) return -1;
  }
  return -1;
}

/** Members that name the value beside them: `{ "name": "API_KEY", "value": "..." }`. */
const pairNames: ReadonlySet<string> = new Set(['name', 'key', 'Name', 'Key', 'ParameterKey']);
const pairValues: ReadonlySet<string> = new Set([
  'value',
  'Value',
  'ParameterValue',
  'defaultValue',
  'secret',
  'content',
]);

/** The dotted name of a value in the innermost level. */
function keyOf(levels: readonly Level[]): Key | undefined {
  if (levels.length > deepestLevel) return undefined;
  const own = levels.findLast(level => level.name !== '');
  if (!own) return undefined;
  const outer = levels.slice(0, levels.indexOf(own)).map(level => level.name);
  const path = (name: string) => [...outer, name].filter(part => part !== '').join('.');
  if (own.pair && pairValues.has(own.name)) return { ...own.pair, name: path(own.pair.name) };
  return { name: path(own.name), nameStart: own.at, nameEnd: own.at + own.name.length };
}

// YAML: a line at a time.

/** Reads the line at the cursor, and the lines that its value goes on over. `levels` holds the open block mappings. */
export function yamlStep(cursor: Cursor): void {
  const { text } = cursor;
  const lineStart = cursor.position;
  let position = lineStart;
  while (text.charAt(position) === ' ' || text.charAt(position) === '\t') position++;
  const end = lineEndAt(text, position);
  cursor.position = nextLineAt(text, position);
  if (position >= end) return;
  if (text.startsWith('---', lineStart) || text.startsWith('...', lineStart)) cursor.levels = [];
  const dashes = /^(?:-[ \t]+)*(?:-$)?/.exec(text.slice(position, Math.min(end, position + 200)))?.[0].length ?? 0;
  const item = position - lineStart;
  position += dashes;
  if (dashes > 0)
    cursor.levels = cursor.levels.filter(level => level.indent < item || (level.indent === item && level.name !== ''));
  readYamlEntry(cursor, position, position - lineStart, end, dashes > 0 ? item : -1);
}

/** The key at `position`: its name, and how many characters it takes with its colon. */
function yamlKeyAt(text: string, position: number, end: number): { key: Key; length: number } | undefined {
  const first = text.charAt(position);
  if (first === '"' || first === "'") {
    const closed = quotedEnd(text, position, first);
    const colon =
      closed < 0 || closed > end
        ? undefined
        : /^[ \t]{0,20}:(?=\s|$)/.exec(text.slice(closed, Math.min(end, closed + 22)));
    if (!colon) return undefined;
    return { key: keyAt(text, position + 1, closed - 1), length: closed + colon[0].length - position };
  }
  if ('#,[]{}&*!|>%@`'.includes(first)) return undefined;
  const limit = Math.min(end, position + 300);
  for (let at = position; at < limit; at++) {
    const character = text.charAt(at);
    if (character === '#' && /\s/.test(text.charAt(at - 1))) return undefined;
    if (character === ':' && (at + 1 >= end || /\s/.test(text.charAt(at + 1)))) {
      const nameEnd = position + text.slice(position, at).trimEnd().length;
      return nameEnd > position ? { key: keyAt(text, position, nameEnd), length: at + 1 - position } : undefined;
    }
  }
  return undefined;
}

function keyAt(text: string, nameStart: number, nameEnd: number): Key {
  return { name: text.slice(nameStart, nameEnd), nameStart, nameEnd };
}

function readYamlEntry(cursor: Cursor, position: number, indent: number, end: number, item: number): void {
  const { text } = cursor;
  if (position >= end) return;
  if (text.charAt(position) === '#') {
    addComment(cursor, position, end, 1, 0);
    return;
  }
  const entry = yamlKeyAt(text, position, end);
  if (!entry) {
    readYamlValue(cursor, position, Math.max(indent, 0), end, item >= 0 ? item : indent);
    return;
  }
  const { key, length } = entry;
  const known = cursor.levels.find(level => level.indent === indent);
  const pair = known && item < 0 ? known.pair : undefined;
  const outer = cursor.levels.filter(level => level.indent < indent);
  cursor.levels = [...outer, { indent, name: key.name, at: key.nameStart, pair }];
  const value = position + length;
  const blanks = /^[ \t]*/.exec(text.slice(value, end))?.[0].length ?? 0;
  readYamlValue(cursor, value + blanks, indent, end, indent, key);
}

function readYamlValue(cursor: Cursor, at: number, indent: number, end: number, parentIndent: number, own?: Key): void {
  const { text } = cursor;
  let position = at;
  const properties = /^(?:(?:&[^\s,[\]{}]{1,100}|![^\s]{0,100})(?:[ \t]+|$))+/.exec(
    text.slice(position, Math.min(end, position + 300)),
  );
  position += properties?.[0].length ?? 0;
  if (position >= end) return;
  const key = yamlKeyOf(cursor, own);
  const character = text.charAt(position);
  if (character === '#') addComment(cursor, position, end, 1, 0);
  else if (character === '|' || character === '>') readBlock(cursor, position, end, parentIndent, key);
  else if (character === '"' || character === "'") readYamlQuoted(cursor, position, character, key);
  else if (character === '{' || character === '[') readFlow(cursor, position, key);
  else if (character !== '*') readPlain(cursor, position, end, parentIndent, key);
  const last = cursor.spans.at(-1);
  const level = cursor.levels.at(-1);
  if (
    own &&
    level &&
    level.indent === indent &&
    pairNames.has(own.name) &&
    last &&
    last.start >= position &&
    !last.comment
  ) {
    level.pair = {
      name: text.slice(last.contentStart, last.contentEnd),
      nameStart: last.contentStart,
      nameEnd: last.contentEnd,
    };
  }
}

function yamlKeyOf(cursor: Cursor, own: Key | undefined): Key | undefined {
  const inner = cursor.levels.at(-1);
  if (!inner || cursor.levels.length > deepestLevel) return own;
  const outer = cursor.levels.slice(0, -1).map(level => level.name);
  const path = (name: string) => [...outer, name].filter(part => part !== '').join('.');
  if (!own) return { name: path(inner.name), nameStart: inner.at, nameEnd: inner.at + inner.name.length };
  if (inner.pair && pairValues.has(own.name)) return { ...inner.pair, name: path(inner.pair.name) };
  return { ...own, name: path(own.name) };
}

function readPlain(cursor: Cursor, position: number, end: number, parentIndent: number, key: Key | undefined): void {
  const { text } = cursor;
  const line = text.slice(position, end);
  const comment = /\s#/.exec(line)?.index ?? -1;
  let contentEnd = position + (comment < 0 ? line : line.slice(0, comment)).trimEnd().length;
  if (comment < 0) contentEnd = continuedEnd(cursor, contentEnd, parentIndent);
  addLiteral(cursor, { start: position, end: contentEnd, contentStart: position, contentEnd }, { role: 'word', key });
  if (comment < 0) return;
  const sign = position + comment + line.slice(comment).indexOf('#');
  addComment(cursor, sign, end, 1, 0);
}

/** A plain scalar goes on over more deeply indented lines that are no entries. */
function continuedEnd(cursor: Cursor, contentEnd: number, parentIndent: number): number {
  const { text } = cursor;
  let last = contentEnd;
  while (cursor.position < text.length) {
    const lineEnd = lineEndAt(text, cursor.position);
    const line = text.slice(cursor.position, lineEnd);
    const indent = line.length - line.trimStart().length;
    if (indent <= parentIndent || line.trim() === '' || /^\s*(?:#|-\s)|:(?:\s|$)|\s#/.test(line)) return last;
    last = cursor.position + line.trimEnd().length;
    cursor.position = nextLineAt(text, lineEnd);
  }
  return last;
}

function readBlock(cursor: Cursor, position: number, end: number, parentIndent: number, key: Key | undefined): void {
  const { text } = cursor;
  const start = cursor.position;
  let contentEnd = start;
  while (cursor.position < text.length) {
    const lineEnd = lineEndAt(text, cursor.position);
    const line = text.slice(cursor.position, Math.min(lineEnd, cursor.position + 400));
    const indent = line.length - line.trimStart().length;
    if (line.trim() !== '' && indent <= parentIndent) break;
    if (line.trim() !== '') contentEnd = lineEnd;
    cursor.position = nextLineAt(text, lineEnd);
  }
  if (contentEnd <= start || end <= position) return;
  addLiteral(
    cursor,
    { start, end: contentEnd, contentStart: start, contentEnd },
    { role: 'block', key, quote: text.charAt(position), anchor: position },
  );
}

function readYamlQuoted(cursor: Cursor, position: number, quote: string, key: Key | undefined): void {
  const { text } = cursor;
  const known = cursor.unclosed.get(quote) ?? -1;
  let at = position + 1;
  while (at < text.length && known < position) {
    const character = text.charAt(at);
    if (quote === '"' && character === '\\') at++;
    else if (character === quote) {
      if (quote === '"' || text.charAt(at + 1) !== "'") break;
      at++;
    }
    at++;
  }
  if (known >= position || at >= text.length) {
    cursor.unclosed.set(quote, text.length);
    return;
  }
  const escapes = quote === '"' ? 'yaml' : 'doubledSingle';
  addLiteral(cursor, { start: position, end: at + 1, contentStart: position + 1, contentEnd: at }, { escapes, key });
  const end = lineEndAt(text, at);
  const comment = /^\s+#/.exec(text.slice(at + 1, end));
  if (comment) addComment(cursor, at + comment[0].length, end, 1, 0);
  cursor.position = nextLineAt(text, at);
}

/** `{a: b, "c": [d]}`, perhaps over several lines. */
function readFlow(cursor: Cursor, position: number, key: Key | undefined): void {
  const { text } = cursor;
  if ((cursor.unclosed.get('{') ?? -1) >= position) return;
  const path: { name: string; start: number }[] = [];
  let level = 0;
  let at = position;
  const add = (start: number, end: number, contentStart: number, contentEnd: number, more: Partial<Span>) => {
    const after = /^\s{0,20}:(?=[\s,\]}]|$)/.exec(text.slice(end, end + 22))?.[0].length;
    if (after !== undefined) {
      path.length = Math.min(path.length, level);
      path[level - 1] = { name: text.slice(contentStart, contentEnd), start: contentStart };
      addLiteral(cursor, { start, end, contentStart, contentEnd }, { ...more, role: 'key' });
      at = end + after;
      return;
    }
    const own = path.findLast(entry => entry !== undefined && entry.name !== '');
    const names = [key?.name ?? '', ...path.map(entry => entry?.name ?? '')].filter(name => name !== '');
    const named = own ? { name: names.join('.'), nameStart: own.start, nameEnd: own.start + own.name.length } : key;
    addLiteral(cursor, { start, end, contentStart, contentEnd }, { ...more, key: named });
    at = end;
  };
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '{' || character === '[') {
      if (++level > deepestLevel) break;
      path[level - 1] = { name: '', start: at };
      at++;
    } else if (character === '}' || character === ']') {
      path.length = Math.max(0, level - 1);
      level--;
      at++;
      if (level === 0) {
        cursor.position = Math.max(cursor.position, nextLineAt(text, at));
        return;
      }
    } else if (character === ',') {
      path[level - 1] = { name: '', start: at };
      at++;
    } else if (character === '"' || character === "'") {
      const end = quotedEnd(text, at, character);
      if (end < 0) break;
      add(at, end, at + 1, end - 1, { escapes: character === '"' ? 'yaml' : 'doubledSingle' });
    } else if (character === '#' && /\s/.test(text.charAt(at - 1))) {
      const end = lineEndAt(text, at);
      addComment(cursor, at, end, 1, 0);
      at = end;
    } else if (/\s/.test(character)) at++;
    else {
      const plain =
        /^(?:[^,[\]{}\s:#]|:(?![\s,\]}]|$)|#|[ \t]+(?![#:\s,\]}]))+/.exec(text.slice(at, at + 10_000))?.[0] ??
        character;
      add(at, at + plain.length, at, at + plain.length, { role: 'word' });
    }
  }
  cursor.unclosed.set('{', text.length);
}

// Formats with a name and a value on a line: dotenv, properties, ini, make, batch.

interface LineForm {
  /** What separates name and value; the first match counts. */
  readonly entry: RegExp;
  /** Dotted prefix from `[section]` lines. */
  readonly sections: boolean;
  readonly quotes: string;
  /** A comment may follow the value, after a blank. */
  readonly tail: string;
  /** A backslash at the end joins the next line. */
  readonly joins: boolean;
}

const lineForms: Readonly<Record<string, LineForm>> = {
  dotenv: {
    entry: /^(?:export[ \t]+)?([A-Za-z_][\w.-]{0,200})[ \t]*(?:=|:[ \t])[ \t]*/,
    sections: false,
    quotes: '"\'`',
    tail: '#',
    joins: false,
  },
  properties: {
    entry: /^([^\s=:#!](?:[^\s=:\\]|\\.){0,300})(?:[ \t]*[=:][ \t]*|[ \t]+)/,
    sections: false,
    quotes: '',
    tail: '',
    joins: true,
  },
  ini: {
    entry: /^((?:\/\/)?[^\s=;#["'][^=\n"']{0,300}?)[ \t]*(?:=|:(?=[ \t]))[ \t]*/,
    sections: true,
    quotes: '"\'',
    tail: '#;',
    joins: false,
  },
  makefile: {
    entry: /^[ \t]*(?:export[ \t]+|override[ \t]+)*([A-Za-z_][\w.-]{0,200})[ \t]*(?::{1,3}=|[?+!]?=)[ \t]*/,
    sections: false,
    quotes: '"\'',
    tail: '#',
    joins: true,
  },
  batch: {
    entry: /^[ \t]*@?(?:set|setx)[ \t]+(?:\/[a-z][ \t]+)?"?([A-Za-z_]\w{0,200})(?:=|[ \t]+)/i,
    sections: false,
    quotes: '',
    tail: '',
    joins: false,
  },
};

/** `requirepass VALUE`, `password VALUE`, `proxy_set_header Authorization "Bearer VALUE";` */
const wordEntry = /^(?:[A-Za-z_][\w-]{0,60}[ \t]+)?([A-Za-z_][\w-]{0,100})[ \t]+(?=\S+[ \t]*;?$|["'])/;

export function linesStep(cursor: Cursor): void {
  const { text, syntax } = cursor;
  const form = lineForms[syntax.id];
  let position = cursor.position;
  const end = lineEndAt(text, position);
  cursor.position = nextLineAt(text, position);
  if (syntax.id !== 'makefile') while (position < end && /[ \t]/.test(text.charAt(position))) position++;
  if (position >= end || !form) return;
  const mark = syntax.lineComments.find(sign => text.startsWith(sign, position));
  if (mark !== undefined && !(mark === '#' && text.startsWith('//', position))) {
    addComment(cursor, position, end, mark.length, 0);
    return;
  }
  const line = text.slice(position, Math.min(end, position + 1000));
  const section = form.sections ? /^\[([^\]\n]{1,200})\]/.exec(line)?.[1] : undefined;
  if (section !== undefined) cursor.levels = [{ indent: 0, name: section.replace(/["']/g, ''), at: position + 1 }];
  else readEntry(cursor, form, position, line, end);
}

function readEntry(cursor: Cursor, form: LineForm, position: number, line: string, end: number): void {
  const { syntax } = cursor;
  const match = form.entry.exec(line) ?? (syntax.id === 'ini' ? wordEntry.exec(line) : null);
  const name = match?.[1]?.trim();
  if (!match || name === undefined) {
    if (syntax.id === 'makefile' || syntax.id === 'batch' || syntax.id === 'ini') readLineQuotes(cursor, position, end);
    return;
  }
  const nameStart = position + match[0].indexOf(name);
  const section = cursor.levels.at(-1)?.name ?? '';
  const key = { name: section === '' ? name : `${section}.${name}`, nameStart, nameEnd: nameStart + name.length };
  readLineValue(cursor, form, position + match[0].length, end, key);
}

function readLineValue(cursor: Cursor, form: LineForm, start: number, end: number, key: Key): void {
  const { text, syntax } = cursor;
  const quote = text.charAt(start);
  if (start < end && form.quotes.includes(quote) && readLineQuoted(cursor, start, end, quote, key)) return;
  const line = text.slice(start, end);
  const tail = form.tail === '' ? -1 : line.search(form.tail === '#' ? /(?:^|\s)#/ : /\s[#;]/);
  let contentEnd = start + (tail < 0 ? line : line.slice(0, tail)).trimEnd().length;
  while (form.joins && text.charAt(contentEnd - 1) === '\\' && contentEnd === end && cursor.position < text.length) {
    contentEnd = lineEndAt(text, cursor.position);
    if (contentEnd === cursor.position) break;
    cursor.position = nextLineAt(text, contentEnd);
  }
  if (contentEnd > start) {
    const escapes = syntax.id === 'properties' ? 'properties' : 'none';
    const holes = syntax.id === 'dotenv' && /\$[\w{]/.test(line) ? [{ start, end: contentEnd }] : [];
    addLiteral(
      cursor,
      { start, end: contentEnd, contentStart: start, contentEnd },
      { role: 'word', key, escapes, holes },
    );
  }
  if (tail >= 0) {
    const sign = start + tail + line.slice(tail).search(/[#;]/);
    addComment(cursor, sign, end, 1, 0);
  }
}

function readLineQuoted(cursor: Cursor, start: number, lineEnd: number, quote: string, key: Key): boolean {
  const { text, syntax } = cursor;
  const limit = syntax.id === 'dotenv' ? text.length : lineEnd;
  if ((cursor.unclosed.get(quote) ?? -1) >= start) return false;
  let at = start + 1;
  while (at < limit && text.charAt(at) !== quote) at += quote === '"' && text.charAt(at) === '\\' ? 2 : 1;
  if (at >= limit) {
    if (limit === text.length) cursor.unclosed.set(quote, text.length);
    return false;
  }
  const escapes = quote === '"' && syntax.id === 'dotenv' ? 'dotenv' : 'none';
  const holes =
    quote === '"' && syntax.id === 'dotenv' && /\$[\w{]/.test(text.slice(start, at))
      ? [{ start: start + 1, end: at }]
      : [];
  addLiteral(cursor, { start, end: at + 1, contentStart: start + 1, contentEnd: at }, { key, escapes, holes });
  const end = lineEndAt(text, at);
  const comment = /^\s*#/.exec(text.slice(at + 1, end));
  if (comment) addComment(cursor, at + comment[0].length, end, 1, 0);
  cursor.position = nextLineAt(text, at);
  return true;
}

/** Quoted texts in a line that is no entry: a recipe, a directive. */
function readLineQuotes(cursor: Cursor, start: number, end: number): void {
  const { text } = cursor;
  let at = start;
  let closed = { '"': true, "'": true };
  while (at < end) {
    const quote = text.charAt(at);
    const closedAt = (quote === '"' || quote === "'") && closed[quote] ? quotedEnd(text, at, quote) : 0;
    if (closedAt > 0 && closedAt <= end) {
      const escapes = quote === '"' ? 'shellDouble' : 'none';
      const holes =
        quote === '"' && text.slice(at, closedAt).includes('$') ? [{ start: at + 1, end: closedAt - 1 }] : [];
      addLiteral(
        cursor,
        { start: at, end: closedAt, contentStart: at + 1, contentEnd: closedAt - 1 },
        { escapes, holes },
      );
      at = closedAt;
    } else {
      if (closedAt !== 0) closed = { ...closed, [quote]: false };
      at++;
    }
  }
}

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
    readCode(inner, end, '', false);
    for (const span of inner.spans) if (span.end <= end) cursor.spans.push(span);
  }
  cursor.position = end;
}

function codeCursor(cursor: Cursor, syntax: Syntax, position: number): Cursor {
  return { ...newCursor(cursor.text, syntax), position };
}

// Plain text and Markdown: quoted texts of a line.

export function textStep(cursor: Cursor): void {
  const { text, position, syntax } = cursor;
  const end = lineEndAt(text, position);
  cursor.position = nextLineAt(text, position);
  for (const [open, close] of syntax.blockComments) {
    const at = text.slice(position, Math.min(end, position + 1000)).indexOf(open);
    if (at < 0) continue;
    const found = text.indexOf(close, position + at);
    const closed = found < 0 ? text.length : found + close.length;
    addComment(cursor, position + at, closed, open.length, found < 0 ? 0 : close.length);
    cursor.position = closed;
    return;
  }
  const line = text.slice(position, end);
  for (const match of line.matchAll(/(?<![\w"])"[^"\n]*"(?!\w)|(?<![\w'])'[^'\n]*'(?!\w)|`[^`\n]+`/g)) {
    const start = position + match.index;
    const closed = start + match[0].length;
    cursor.spans.push(literalSpan(cursor, { start, end: closed, contentStart: start + 1, contentEnd: closed - 1 }));
  }
}
