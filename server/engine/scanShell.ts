import { addComment, addLiteral, type Cursor, deepest, lineEndAt, literalSpan, type Range } from './cursor.ts';
import { readHeredocs } from './scanHeredoc.ts';

/** Reads on at the cursor: a comment, a word's next piece, or a run of anything else. */
export function shellStep(cursor: Cursor): void {
  readShell(cursor, Math.min(cursor.text.length, cursor.position + 4096), '');
}

/** What ends an unquoted run. */
const ending = /[\s|&;<>()"'`$]/;

/** Reads commands until `stop`, or just behind `closer`. False when it never came. */
function readShell(cursor: Cursor, stop: number, closer: '' | ')' | '}' | '`'): boolean {
  const { text } = cursor;
  while (cursor.position < stop) {
    const { position } = cursor;
    const character = text.charAt(position);
    if (character === closer) {
      cursor.position++;
      return true;
    }
    if (character === '\n') {
      cursor.position++;
      if (cursor.pending.length > 0) readHeredocs(cursor);
    } else if (/\s/.test(character)) cursor.position++;
    else if (character === '#' && startsWord(text, position)) {
      const end = lineEndAt(text, position);
      addComment(cursor, position, end, 1, 0);
      cursor.position = end;
    } else readPiece(cursor, character, closer);
  }
  return closer === '';
}

function startsWord(text: string, position: number): boolean {
  return position === 0 || /[\s;|&()]/.test(text.charAt(position - 1));
}

function readPiece(cursor: Cursor, character: string, closer: string): void {
  const { text, position } = cursor;
  if (character === "'") readSingle(cursor);
  else if (character === '"') readDouble(cursor, position);
  else if (character === '$' && text.charAt(position + 1) === "'") readAnsi(cursor);
  else if (character === '$' || character === '`') readExpansion(cursor);
  else if (character === '<' && readHeredocOpener(cursor)) return;
  else if (character === '(') {
    cursor.position++;
    nested(cursor, ')');
  } else if (ending.test(character)) cursor.position++;
  else readRun(cursor, closer);
}

/** An unquoted run of a word, from the start or behind `NAME=`, `--option=`. */
function readRun(cursor: Cursor, closer: string): void {
  const { text } = cursor;
  let end = cursor.position;
  while (end < text.length && !ending.test(text.charAt(end)) && text.charAt(end) !== closer) {
    end += text.charAt(end) === '\\' ? (text.startsWith('\r\n', end + 1) ? 3 : 2) : 1;
  }
  end = Math.min(Math.max(end, cursor.position + 1), text.length);
  const run = text.slice(cursor.position, Math.min(end, cursor.position + 300));
  const start =
    cursor.position +
    (startsWord(text, cursor.position) ? (/^(?:-{0,2}[\w.-]+(?:\[\w*\])?\+?=)/.exec(run)?.[0].length ?? 0) : 0);
  if (start < end) {
    addLiteral(cursor, { start, end, contentStart: start, contentEnd: end }, { role: 'word', escapes: 'shellWord' });
  }
  cursor.position = end;
}

function readSingle(cursor: Cursor): void {
  const { text, position } = cursor;
  const known = cursor.unclosed.get("'") ?? -1;
  const end = known >= position ? -1 : text.indexOf("'", position + 1);
  if (end < 0) {
    cursor.unclosed.set("'", text.length);
    cursor.position++;
    return;
  }
  addLiteral(cursor, { start: position, end: end + 1, contentStart: position + 1, contentEnd: end });
  cursor.position = end + 1;
}

function readAnsi(cursor: Cursor): void {
  const { text, position } = cursor;
  let end = position + 2;
  while (end < text.length && text.charAt(end) !== "'") end += text.charAt(end) === '\\' ? 2 : 1;
  if (end >= text.length) {
    cursor.position++;
    return;
  }
  addLiteral(
    cursor,
    { start: position, end: end + 1, contentStart: position + 2, contentEnd: end },
    { prefix: '$', escapes: 'shellAnsi' },
  );
  cursor.position = end + 1;
}

function readDouble(cursor: Cursor, start: number): void {
  const { text, spans } = cursor;
  if ((cursor.unclosed.get('"') ?? -1) >= start) {
    cursor.position = start + 1;
    return;
  }
  const index = spans.length;
  const range = { start, end: text.length, contentStart: start + 1, contentEnd: text.length };
  addLiteral(cursor, range);
  const holes: Range[] = [];
  const { parent } = cursor;
  cursor.parent = index;
  cursor.position = start + 1;
  while (cursor.position < text.length && text.charAt(cursor.position) !== '"') {
    const character = text.charAt(cursor.position);
    if (character === '\\') cursor.position += 2;
    else if (character === '$' || character === '`') {
      const hole = readExpansion(cursor);
      if (hole) holes.push(hole);
    } else cursor.position++;
  }
  cursor.parent = parent;
  if (cursor.position >= text.length) {
    spans.length = index;
    cursor.unclosed.set('"', text.length);
    cursor.position = start + 1;
    return;
  }
  const end = cursor.position;
  spans[index] = literalSpan(
    cursor,
    { ...range, end: end + 1, contentEnd: end },
    { escapes: 'shellDouble', holes, quote: '"' },
  );
  cursor.position = end + 1;
}

/** `$name`, `${...}`, `$(...)`, `` `...` ``. Undefined when a `$` is only itself. */
function readExpansion(cursor: Cursor): Range | undefined {
  const { text, position: start } = cursor;
  const pair = text.slice(start, start + 2);
  if (pair === '$(' || pair === '${' || pair.startsWith('`')) {
    cursor.position += pair.startsWith('`') ? 1 : 2;
    const closed = nested(cursor, pair === '$(' ? ')' : pair === '${' ? '}' : '`');
    return closed ? { start, end: cursor.position } : undefined;
  }
  const name = /^\$(?:[A-Za-z_]\w{0,200}|[0-9@*#?!$-])/.exec(text.slice(start, start + 202))?.[0];
  cursor.position += name?.length ?? 1;
  return name === undefined ? undefined : { start, end: cursor.position };
}

/** Reads to `closer`; without one the cursor goes back to where it was. */
function nested(cursor: Cursor, closer: ')' | '}' | '`'): boolean {
  const { position, text, spans } = cursor;
  const kept = spans.length;
  if (cursor.depth >= deepest || (cursor.unclosed.get(closer) ?? -1) >= position) return false;
  cursor.depth++;
  const closed = closer === '}' ? readParameter(cursor) : readShell(cursor, text.length, closer);
  cursor.depth--;
  if (closed) return true;
  spans.length = kept;
  cursor.unclosed.set(closer, text.length);
  cursor.position = position;
  return false;
}

/** Behind `${`: a name, and perhaps an operator with a word, `NAME:-word`. */
function readParameter(cursor: Cursor): boolean {
  const { text } = cursor;
  const head = /^[#!]?(?:\w{1,200}|[@*#?!$-])(?:\[[^\]\n]{0,100}\])?(?::?[-=?+]|[#%/^,@:]{1,2})?/.exec(
    text.slice(cursor.position, cursor.position + 310),
  );
  cursor.position += head?.[0].length ?? 0;
  let start = cursor.position;
  const flush = () => {
    if (start < cursor.position && /[-=+]$/.test(head?.[0] ?? '')) {
      const range = { start, end: cursor.position, contentStart: start, contentEnd: cursor.position };
      addLiteral(cursor, range, { role: 'word', escapes: 'shellWord' });
    }
  };
  while (cursor.position < text.length) {
    const character = text.charAt(cursor.position);
    if (character === '}') {
      flush();
      cursor.position++;
      return true;
    }
    if (character === '\\') cursor.position += 2;
    else if (character === '"' || (character === "'" && cursor.parent < 0) || character === '$' || character === '`') {
      flush();
      if (character === "'") readSingle(cursor);
      else if (character === '"') readDouble(cursor, cursor.position);
      else readExpansion(cursor);
      start = cursor.position;
    } else cursor.position++;
  }
  return false;
}

function readHeredocOpener(cursor: Cursor): boolean {
  const { text, position } = cursor;
  const match = /^<<(-?)[ \t]{0,8}(\\?)(["']?)([A-Za-z_][\w.-]{0,60})\3/.exec(text.slice(position, position + 90));
  if (!match?.[4] || text.charAt(position - 1) === '<') return false;
  const raw = match[2] !== '' || match[3] !== '';
  const heredoc = {
    id: match[4],
    indented: match[1] === '-',
    raw,
    anchor: position,
    escapes: raw ? 'none' : 'shellHeredoc',
  } as const;
  cursor.pending = [...cursor.pending, heredoc];
  cursor.position = position + match[0].length;
  return true;
}
