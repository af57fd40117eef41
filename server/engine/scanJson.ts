import { addComment, addLiteral, type Cursor, type Key, type Level, lineEndAt } from './cursor.ts';

// JSON, JSONC and JSON5.

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
export const deepestLevel = 200;

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
export function quotedEnd(text: string, position: number, quote: string): number {
  for (let at = position + 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 92) at++;
    else if (code === quote.charCodeAt(0)) return at + 1;
    else if (code === 10) return -1;
  }
  return -1;
}

/** Members that name the value beside them: `{ "name": "API_KEY", "value": "..." }`. */
export const pairNames: ReadonlySet<string> = new Set(['name', 'key', 'Name', 'Key', 'ParameterKey']);
export const pairValues: ReadonlySet<string> = new Set([
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
