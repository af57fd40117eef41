import { addComment, addLiteral, type Cursor } from './cursor.ts';
import type { EscapesName } from './decode.ts';
import type { Hole } from './languages.ts';
import { readElement } from './scanElement.ts';
import { expectsOperand, openHeredoc } from './scanHeredoc.ts';
import { readContent } from './scanString.ts';

/** What a sign may begin, by the syntax's `special`. False when it begins nothing; then nothing has moved. */
const bySign: Readonly<Record<string, (cursor: Cursor, character: string) => boolean>> = {
  jsx: (cursor, character) =>
    character === '<' &&
    /[A-Za-z>_]/.test(cursor.text.charAt(cursor.position + 1)) &&
    expectsOperand(cursor.text, cursor.position) &&
    readElement(cursor),
  lua: (cursor, character) => character === '[' && readLuaBracket(cursor, -1, cursor.position),
  swift: (cursor, character) => character === '#' && readSwiftRaw(cursor),
  ruby: (cursor, character) =>
    character === '<'
      ? openHeredoc(cursor, /^<<([~-]?)(["'`]?)([A-Z_a-z]\w{0,60})\2/, 'ruby')
      : character === '%' && readPercent(cursor),
  perl: (cursor, character) => character === '<' && openHeredoc(cursor, /^<<(~?)(["']?)([A-Z_a-z]\w{0,60})\2/, 'ruby'),
  php: (cursor, character) =>
    character === '<' && openHeredoc(cursor, /^<<<([ \t]{0,4})(["']?)([A-Z_a-z]\w{0,60})\2/, 'php'),
  terraform: (cursor, character) =>
    character === '<' && openHeredoc(cursor, /^<<(-?)(["']?)([A-Z_a-z]\w{0,60})\2/, 'none'),
  elixir: (cursor, character) => character === '~' && readSigil(cursor),
};

export function readSpecial(cursor: Cursor, character: string): boolean {
  const { syntax } = cursor;
  if (character === '/' && syntax.slashLiterals) return readPattern(cursor);
  return syntax.special !== undefined && bySign[syntax.special]?.(cursor, character) === true;
}

/** What a word may begin: `r#"..."#`, `R"x(...)x"`, `r"(...)"`, `qq{...}`. The cursor stands behind the word. */
const byWord: Readonly<Record<string, (cursor: Cursor, word: string, start: number) => boolean>> = {
  rust: (cursor, word, start) => {
    const { position } = cursor;
    const hashes = /^(?:r|br|cr)$/.test(word) ? /^(#{0,30})"/.exec(restOf(cursor))?.[1] : undefined;
    return hashes !== undefined && readRaw(cursor, start, position + hashes.length + 1, `"${hashes}`, word);
  },
  cpp: (cursor, word, start) => {
    const { position } = cursor;
    const delimiter = /^(?:u8|[uUL])?R$/.test(word) ? /^"([^\s()\\"]{0,16})\(/.exec(restOf(cursor))?.[1] : undefined;
    return delimiter !== undefined && readRaw(cursor, start, position + delimiter.length + 2, `)${delimiter}"`, word);
  },
  r: (cursor, word, start) => {
    const { position, text } = cursor;
    const dashes = /^[rR]$/.test(word) ? /^["'](-{0,10})[([{]/.exec(restOf(cursor))?.[1] : undefined;
    if (dashes === undefined) return false;
    const closer = brackets[text.charAt(position + dashes.length + 1)] ?? ')';
    return readRaw(cursor, start, position + dashes.length + 2, `${closer}${dashes}${text.charAt(position)}`, word);
  },
  perl: (cursor, word, start) => {
    if (!/^(?:qq?|qw|qr|m|tr|y|s)$/.test(word) || /[$@%&>]/.test(cursor.text.charAt(start - 1))) return false;
    const escapes = word === 'q' ? 'quotesOnly' : 'ruby';
    return readDelimited(cursor, start, cursor.position, escapes, word, word === 'qq' ? 'dollarAt' : undefined);
  },
};

export function readSpecialWord(cursor: Cursor, word: string, start: number): boolean {
  const { special } = cursor.syntax;
  return special !== undefined && byWord[special]?.(cursor, word, start) === true;
}

function restOf(cursor: Cursor): string {
  return cursor.text.slice(cursor.position, cursor.position + 40);
}

function readRaw(cursor: Cursor, start: number, contentStart: number, close: string, prefix: string): boolean {
  const back = cursor.position;
  const done = readContent(cursor, {
    start,
    contentStart,
    close,
    multiline: true,
    prefix,
    escapes: 'none',
    hole: undefined,
    skip: false,
  });
  if (!done) cursor.position = back;
  return done;
}

/** `[==[ ... ]==]`, as literal or, behind `--`, as comment. */
export function readLuaBracket(cursor: Cursor, commentAt: number, position: number): boolean {
  const { text } = cursor;
  const signs = /^\[(={0,20})\[/.exec(text.slice(position, position + 24))?.[1];
  if (signs === undefined) return false;
  const close = `]${signs}]`;
  if (commentAt < 0) return readRaw(cursor, position, position + close.length, close, '');
  const end = text.indexOf(close, position);
  const closed = end < 0 ? text.length : end + close.length;
  addComment(cursor, commentAt, closed, 2 + close.length, end < 0 ? 0 : close.length);
  cursor.position = closed;
  return true;
}

function readSwiftRaw(cursor: Cursor): boolean {
  const { text, position } = cursor;
  const match = /^(#{1,10})("""|")/.exec(text.slice(position, position + 14));
  if (!match?.[1] || !match[2]) return false;
  return readRaw(cursor, position, position + match[0].length, match[2] + match[1], match[1]);
}

const brackets: Readonly<Record<string, string>> = { '(': ')', '[': ']', '{': '}', '<': '>' };

/** `%q(...)`, `%w[...]` of Ruby. */
function readPercent(cursor: Cursor): boolean {
  const { text, position } = cursor;
  const kind = /^%([qQwWiI])[^\w\s]|^%()[({[]/.exec(text.slice(position, position + 3));
  if (!kind || (kind[1] === undefined && !expectsOperand(text, position))) return false;
  const raw = kind[1] === 'q' || kind[1] === 'w' || kind[1] === 'i';
  return readDelimited(
    cursor,
    position,
    position + 1 + (kind[1]?.length ?? 0),
    raw ? 'quotesOnly' : 'ruby',
    `%${kind[1] ?? ''}`,
    raw ? undefined : 'hashBrace',
  );
}

/** `~s(...)` of Elixir. */
function readSigil(cursor: Cursor): boolean {
  const { text, position } = cursor;
  const letter = /^~([a-zA-Z])[({[<"'/|]/.exec(text.slice(position, position + 3))?.[1];
  if (letter === undefined) return false;
  const raw = letter === letter.toUpperCase();
  return readDelimited(
    cursor,
    position,
    position + 2,
    raw ? 'none' : 'elixir',
    `~${letter}`,
    raw ? undefined : 'hashBrace',
  );
}

/** A literal between brackets, which may nest, or between two equal signs. */
function readDelimited(
  cursor: Cursor,
  start: number,
  openAt: number,
  escapes: EscapesName,
  prefix: string,
  hole: Hole | undefined,
): boolean {
  const { text } = cursor;
  const open = text.charAt(openAt);
  const close = brackets[open] ?? open;
  if (/[\s\w,;=]/.test(open)) return false;
  const limit = Math.min(text.length, openAt + 100_000);
  let depth = 1;
  for (let position = openAt + 1; position < limit; position++) {
    const character = text.charAt(position);
    if (character === '\\') position++;
    else if (character === close && --depth === 0) {
      const contents = text.slice(openAt + 1, position);
      const holed = hole === 'hashBrace' ? contents.includes('#{') : hole === 'dollarAt' && /[$@][\w{]/.test(contents);
      const holes = holed ? [{ start: openAt + 1, end: position }] : [];
      const pattern = /^(?:qr|m|s|tr|y|~r)$/.test(prefix);
      addLiteral(
        cursor,
        { start, end: position + 1, contentStart: openAt + 1, contentEnd: position },
        { escapes, prefix, holes, role: pattern ? 'pattern' : 'string' },
      );
      cursor.position = position + 1;
      return true;
    } else if (character === open && open !== close) depth++;
  }
  return false;
}

/** `/x/` where an operand is expected. */
function readPattern(cursor: Cursor): boolean {
  const { text, position } = cursor;
  const next = text.charAt(position + 1);
  if (next === '/' || next === '*' || next === '=' || !expectsOperand(text, position)) return false;
  let inClass = false;
  const limit = Math.min(text.length, position + 10_000);
  for (let at = position + 1; at < limit; at++) {
    const code = text.charCodeAt(at);
    if (code === 10 || code === 13) return false;
    if (code === 92) at++;
    else if (code === 91) inClass = true;
    else if (code === 93) inClass = false;
    else if (code === 47 && !inClass) {
      addLiteral(
        cursor,
        { start: position, end: at + 1, contentStart: position + 1, contentEnd: at },
        { role: 'pattern' },
      );
      cursor.position = at + 1;
      return true;
    }
  }
  return false;
}
