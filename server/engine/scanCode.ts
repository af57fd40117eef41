import {
  addComment,
  addLiteral,
  type Cursor,
  deepest,
  type Heredoc,
  lineEndAt,
  literalSpan,
  nextLineAt,
  type Range,
} from './cursor.ts';
import { type EscapesName, escapes as escapeTable } from './decode.ts';
import { type Hole, type StringForm, type Syntax, syntaxes } from './languages.ts';

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
  while (cursor.position < stop) {
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
    if (closer === '' && starters[code] !== 1) {
      cursor.position++;
      continue;
    }
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
    if ((!oneLine && readComment(cursor)) || readSpecial(cursor, character) || readString(cursor, cursor.position)) continue;
    cursor.position++;
  }
  return closer === '';
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
  for (const mark of [...marks, ...(syntax.special ? '<[#%~?' : ''), syntax.slashLiterals ? '/' : '@', '@', '$']) {
    found[mark.charCodeAt(0)] = 1;
  }
  return found;
}

const openers: Readonly<Record<string, string>> = { '}': '{', ')': '(', ']': '[' };

export function isWordCode(code: number): boolean {
  return (
    (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95 || code > 127
  );
}

function readWord(cursor: Cursor): void {
  const { text, syntax } = cursor;
  const start = cursor.position;
  let end = start + 1;
  while (end < text.length && isWordCode(text.charCodeAt(end))) end++;
  cursor.position = end;
  if (end - start > 7) return;
  const next = text.charAt(end);
  if (
    next === '"' ||
    next === "'" ||
    next === '#' ||
    next === '(' ||
    next === '{' ||
    next === '[' ||
    next === '|' ||
    next === '/'
  ) {
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

/** Reads the literal whose quote (after `prefix`) stands at the cursor. False when there is none; then nothing has moved. */
function readString(cursor: Cursor, start: number, prefix = ''): boolean {
  const { text, syntax } = cursor;
  let quoteAt = cursor.position;
  let signs = prefix;
  while (prefix === '' && (text.charAt(quoteAt) === '@' || text.charAt(quoteAt) === '$') && quoteAt < start + 4)
    quoteAt++;
  if (quoteAt > cursor.position) signs = text.slice(start, quoteAt);
  for (const form of syntax.strings) {
    const written = signs.toLowerCase();
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
  return readContent(cursor, {
    start,
    contentStart,
    close: form.close,
    multiline: form.multiline === true,
    prefix,
    ...dress(cursor.syntax, form, prefix),
  });
}

/** What the prefix makes of the form. */
function dress(
  syntax: Syntax,
  form: StringForm,
  prefix: string,
): { escapes: EscapesName; hole: Hole | undefined; skip: boolean } {
  let { escapes, hole } = form;
  for (const [letter, change] of Object.entries(syntax.prefixes ?? {})) {
    if (!(letter.length > 1 ? prefix.toLowerCase() === letter : prefix.toLowerCase().includes(letter))) continue;
    hole = change.hole ?? hole;
    if (escapes !== 'none') escapes = change.escapes ?? escapes;
  }
  // A raw literal of Python has no escapes, and yet its backslash keeps the quote after it from closing.
  const skip = escapeTable[escapes].mark !== '' || (syntax.id === 'python' && escapes === 'none');
  return { escapes, hole, skip };
}

function characterEnd(text: string, contentStart: number): number {
  const match = /^(?:\\(?:u\{[0-9a-fA-F]{1,6}\}|[xuU0-9][0-9a-fA-F]{0,8}|[^\r\n])|[^'\\\r\n]{1,2})'/u.exec(
    text.slice(contentStart, contentStart + 14),
  );
  return match ? contentStart + match[0].length : -1;
}

interface Content {
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
function readContent(cursor: Cursor, content: Content): boolean {
  const { text, spans } = cursor;
  const { start, contentStart, close } = content;
  const kind = `${content.prefix}\0${close}`;
  if ((cursor.unclosed.get(kind) ?? -1) >= contentStart) return false;
  const index = spans.length;
  const holes: Range[] = [];
  // Stands for the literal until its end is known: what is read inside its holes comes after it.
  addLiteral(cursor, { start, end: text.length, contentStart, contentEnd: text.length });
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
  const closed = readCode(cursor, cursor.text.length, opening.closer, !multiline);
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

function leaveMarkup(cursor: Cursor): void {
  const { text, position } = cursor;
  const open = text.indexOf('<?', position);
  cursor.outside = open < 0;
  cursor.position = open < 0 ? text.length : open + 2;
  if (open >= 0 && text.startsWith('php', open + 2)) cursor.position += 3;
  else if (open >= 0 && text.charAt(open + 2) === '=') cursor.position += 1;
}

/** Whether an operand is expected at `position`, so that `/` begins a pattern and `<` an element. */
function expectsOperand(text: string, position: number): boolean {
  let before = position - 1;
  while (before >= 0 && text.charCodeAt(before) <= 32) before--;
  if (before < 0) return true;
  const character = text.charAt(before);
  if ('(,=:[!&|?{};~^*%<'.includes(character)) return true;
  if (character === '>') return text.charAt(before - 1) === '=';
  if (character === '+' || character === '-') return text.charAt(before - 1) !== character;
  if (!isWordCode(text.charCodeAt(before))) return false;
  let start = before;
  while (start > 0 && before - start < 12 && isWordCode(text.charCodeAt(start - 1))) start--;
  return operandWords.has(text.slice(start, before + 1)) && text.charAt(start - 1) !== '.';
}

const operandWords: ReadonlySet<string> = new Set(
  'return typeof case in of do else void delete throw new await yield default and or not if unless when while until split grep'.split(
    ' ',
  ),
);

function readSpecial(cursor: Cursor, character: string): boolean {
  const { text, syntax, position } = cursor;
  if (character === '/' && syntax.slashLiterals) return readPattern(cursor);
  switch (syntax.special) {
    case 'jsx':
      return (
        character === '<' &&
        /[A-Za-z>_]/.test(text.charAt(position + 1)) &&
        expectsOperand(text, position) &&
        readElement(cursor)
      );
    case 'lua':
      return character === '[' && readLuaBracket(cursor, -1, position);
    case 'swift':
      return character === '#' && readSwiftRaw(cursor);
    case 'ruby':
      return character === '<'
        ? openHeredoc(cursor, /^<<([~-]?)(["'`]?)([A-Z_a-z]\w{0,60})\2/, 'ruby')
        : character === '%' && readPercent(cursor);
    case 'perl':
      return character === '<' && openHeredoc(cursor, /^<<(~?)(["']?)([A-Z_a-z]\w{0,60})\2/, 'ruby');
    case 'php':
      return character === '<' && openHeredoc(cursor, /^<<<([ \t]{0,4})(["']?)([A-Z_a-z]\w{0,60})\2/, 'php');
    case 'terraform':
      return character === '<' && openHeredoc(cursor, /^<<(-?)(["']?)([A-Z_a-z]\w{0,60})\2/, 'none');
    case 'elixir':
      return character === '~' && readSigil(cursor);
    default:
      return false;
  }
}

function readSpecialWord(cursor: Cursor, word: string, start: number): boolean {
  const { text, syntax, position } = cursor;
  const rest = () => text.slice(position, position + 40);
  switch (syntax.special) {
    case 'rust': {
      const hashes = /^(?:r|br|cr)$/.test(word) ? /^(#{0,30})"/.exec(rest())?.[1] : undefined;
      return hashes !== undefined && readRaw(cursor, start, position + hashes.length + 1, `"${hashes}`, word);
    }
    case 'cpp': {
      const delimiter = /^(?:u8|[uUL])?R$/.test(word) ? /^"([^\s()\\"]{0,16})\(/.exec(rest())?.[1] : undefined;
      return delimiter !== undefined && readRaw(cursor, start, position + delimiter.length + 2, `)${delimiter}"`, word);
    }
    case 'r': {
      const dashes = /^[rR]$/.test(word) ? /^["'](-{0,10})[([{]/.exec(rest())?.[1] : undefined;
      if (dashes === undefined) return false;
      const closer = { '(': ')', '[': ']', '{': '}' }[text.charAt(position + dashes.length + 1)] ?? ')';
      return readRaw(cursor, start, position + dashes.length + 2, `${closer}${dashes}${text.charAt(position)}`, word);
    }
    case 'perl':
      return (
        /^(?:qq?|qw|qr|m|tr|y|s)$/.test(word) &&
        !/[$@%&>]/.test(text.charAt(start - 1)) &&
        readDelimited(
          cursor,
          start,
          position,
          word === 'q' ? 'quotesOnly' : 'ruby',
          word,
          word === 'qq' ? 'dollarAt' : undefined,
        )
      );
    default:
      return false;
  }
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
function readLuaBracket(cursor: Cursor, commentAt: number, position: number): boolean {
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
    raw ? 'none' : 'ruby',
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

function openHeredoc(cursor: Cursor, pattern: RegExp, escapes: EscapesName): boolean {
  const { text, position } = cursor;
  const match = pattern.exec(text.slice(position, position + 80));
  if (!match?.[3]) return false;
  // `list << name` is no heredoc: a bare opener must be in capitals or follow an operator.
  if (match[1] === '' && match[2] === '' && (!/^[A-Z_][A-Z0-9_]*$/.test(match[3]) || !expectsOperand(text, position)))
    return false;
  const raw = match[2] === "'";
  const indented = match[1] !== '' || cursor.syntax.id === 'php';
  cursor.pending = [
    ...cursor.pending,
    { id: match[3], indented, raw, anchor: position, escapes: raw ? 'none' : escapes },
  ];
  cursor.position = position + match[0].length;
  return true;
}

/** Reads the bodies of the heredocs that were opened on the line before. The cursor stands at a line's start. */
export function readHeredocs(cursor: Cursor): void {
  const { pending } = cursor;
  cursor.pending = [];
  for (const heredoc of pending) readBody(cursor, heredoc);
}

function readBody(cursor: Cursor, heredoc: Heredoc): void {
  const { text } = cursor;
  const start = cursor.position;
  let line = start;
  while (line < text.length) {
    const end = lineEndAt(text, line);
    const written = text.slice(line, Math.min(end, line + 200));
    if ((heredoc.indented ? written.trimStart() : written).replace(/[;,)].*$/, '') === heredoc.id) break;
    line = nextLineAt(text, line);
  }
  const body = text.slice(start, line);
  const holes = !heredoc.raw && /[$`]|#\{/.test(body) ? [{ start, end: line }] : [];
  addLiteral(
    cursor,
    { start, end: line, contentStart: start, contentEnd: line },
    {
      escapes: heredoc.escapes,
      raw: heredoc.raw,
      holes,
      role: 'heredoc',
      anchor: heredoc.anchor,
      quote: `<<${heredoc.id}`,
    },
  );
  cursor.position = Math.min(text.length, line + heredoc.id.length);
  if (heredoc.indented) cursor.position = lineEndAt(text, line);
}

/** A JSX element. False when the text is none after all; then nothing has moved. */
function readElement(cursor: Cursor): boolean {
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
      if (readComment(cursor)) continue;
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
  const closed = readCode(cursor, cursor.text.length, '}', false);
  cursor.depth--;
  return closed;
}

function skipBlanks(cursor: Cursor): void {
  while (cursor.position < cursor.text.length && cursor.text.charCodeAt(cursor.position) <= 32) cursor.position++;
}
