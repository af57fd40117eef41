import { addComment, addLiteral, type Cursor, type Key, lineEndAt, nextLineAt, type Span } from './cursor.ts';
import { deepestLevel, pairNames, pairValues, quotedEnd } from './scanJson.ts';

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
  if (dashes > 0) closeLevels(cursor, item + 1);
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
  closeLevels(cursor, indent + 1);
  const known = cursor.levels.at(-1);
  const pair = item < 0 && known?.indent === indent ? known.pair : undefined;
  closeLevels(cursor, indent);
  const path = joined(cursor.levels.at(-1)?.path, key.name);
  cursor.levels.push({ indent, name: key.name, at: key.nameStart, pair, path });
  const value = position + length;
  const blanks = /^[ \t]*/.exec(text.slice(value, end))?.[0].length ?? 0;
  readYamlValue(cursor, value + blanks, indent, end, indent, key);
}

/** Levels stand by indent: those of `indent` and more end here. */
function closeLevels({ levels }: Cursor, indent: number): void {
  while ((levels.at(-1)?.indent ?? -1) >= indent) levels.pop();
}

function joined(outer: string | undefined, name: string): string {
  return outer === undefined || outer === '' ? name : name === '' ? outer : `${outer}.${name}`;
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
  const outer = cursor.levels.at(-2)?.path;
  if (!own) return { name: joined(outer, inner.name), nameStart: inner.at, nameEnd: inner.at + inner.name.length };
  const { name, nameStart, nameEnd } = inner.pair && pairValues.has(own.name) ? inner.pair : own;
  return { name: joined(outer, name), nameStart, nameEnd };
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
