import { addComment, addLiteral, type Cursor, type Key, lineEndAt, literalSpan, nextLineAt } from './cursor.ts';
import { quotedEnd } from './scanJson.ts';

// Formats with a name and a value on a line: dotenv, properties, ini, make, batch; and plain text, whose lines hold quoted texts.

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
