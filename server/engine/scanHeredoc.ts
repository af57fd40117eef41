import { addLiteral, type Cursor, type Heredoc, isWordCode, lineEndAt, nextLineAt } from './cursor.ts';
import type { EscapesName } from './decode.ts';

export function openHeredoc(cursor: Cursor, pattern: RegExp, escapes: EscapesName): boolean {
  const { text, position } = cursor;
  const match = pattern.exec(text.slice(position, position + 80));
  if (!match?.[3]) return false;
  // `list << name` is no heredoc: a bare opener must be in capitals or follow an operator.
  if (match[1] === '' && match[2] === '' && !(/^[A-Z_][A-Z0-9_]*$/.test(match[3]) && mayOpen(text, position)))
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

/** Whether an operand is expected, or the first argument of what is called without brackets. */
function mayOpen(text: string, position: number): boolean {
  return (
    expectsOperand(text, position) ||
    /(?<![\w$@%.])(?:print|puts|p|pp|warn|die|raise|say|system|exec|eval|push)[ \t]+$/.test(
      text.slice(Math.max(0, position - 20), position),
    )
  );
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
    if (closes(heredoc.indented ? written.trimStart() : written, heredoc.id, cursor.syntax.id)) break;
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
  const blanks = heredoc.indented ? (/^[ \t]*/.exec(text.slice(line, line + 200))?.[0].length ?? 0) : 0;
  cursor.position = Math.min(text.length, line + blanks + heredoc.id.length);
}

/** PHP goes on with code behind the closing word. */
function closes(line: string, id: string, language: string): boolean {
  if (language !== 'php') return line.replace(/[;,)].*$/, '') === id;
  return line.startsWith(id) && !/\w/.test(line.charAt(id.length));
}

/** Whether an operand is expected at `position`, so that `/` begins a pattern and `<` an element. */
export function expectsOperand(text: string, position: number): boolean {
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
