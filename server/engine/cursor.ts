import type { EscapesName } from './decode.ts';
import type { Syntax } from './languages.ts';

export interface Range {
  readonly start: number;
  readonly end: number;
}

/** A string literal, or an unquoted value of a data format. */
export interface Literal {
  /** With quotes and prefix. */
  readonly start: number;
  readonly end: number;
  /** Between the quotes. */
  readonly contentStart: number;
  readonly contentEnd: number;
  /** `"`, `'`, `` ` ``, `"""` ..., or empty when unquoted. */
  readonly quote: string;
  /** `f`, `rb`, `$`, `@` ... before the quote. */
  readonly prefix: string;
  /** No escapes are read inside. */
  readonly raw: boolean;
  /** Holds at least one interpolation. */
  readonly interpolated: boolean;
}

/** The name that a data format gives to a value, known as soon as the value is read. */
export interface Key {
  /** Dotted with the names around it. */
  readonly name: string;
  readonly nameStart: number;
  readonly nameEnd: number;
}

/** A literal or a comment. */
export interface Span extends Literal {
  readonly comment: boolean;
  readonly escapes: EscapesName;
  /** Interpolations, with their delimiters. */
  readonly holes: readonly Range[];
  /** `attribute`: of JSX or markup. `key`: names a value and is none. `heredoc`, `block`: without quotes of its own. `word`: unquoted. */
  readonly role: 'string' | 'attribute' | 'key' | 'heredoc' | 'block' | 'word' | 'element' | 'pattern';
  /** Index of the literal in whose hole this stands; -1. */
  readonly parent: number;
  /** Where the value stands in its expression: `start`, or a heredoc's opener. */
  readonly anchor: number;
  readonly key?: Key;
}

/** What the code around a literal does with it. */
export interface Surroundings {
  /** Dotted; empty. */
  readonly assigned: string;
  /** Where the innermost name stands; empty range when there is none. */
  readonly name: Range;
  readonly callee: string;
  readonly argument: number;
  readonly compared: boolean;
}

/** What a scanner carries from one step to the next. */
export interface Cursor {
  readonly text: string;
  readonly syntax: Syntax;
  /** Sorted by start; inside each other or apart. */
  readonly spans: Span[];
  position: number;
  /** Index of the literal whose hole is being read. */
  parent: number;
  depth: number;
  /** By opening quote: up to here it is known to be never closed, which keeps hostile text linear. */
  readonly unclosed: Map<string, number>;
  /** Heredocs whose body begins at the next line. */
  pending: readonly Heredoc[];
  /** Names around the current place in data, outermost first. */
  levels: Level[];
  /** Reads code from the cursor until `stop`, or just behind the bracket `closer`; false when that never came. */
  readonly readCode: (cursor: Cursor, stop: number, closer: string, oneLine: boolean) => boolean;
  /** Whether text around code (PHP, ERB) is being read. */
  outside: boolean;
}

export interface Heredoc {
  readonly id: string;
  readonly indented: boolean;
  readonly raw: boolean;
  readonly anchor: number;
  readonly escapes: EscapesName;
}

export interface Level {
  readonly indent: number;
  readonly name: string;
  /** Where the name begins. */
  readonly at: number;
  /** What the mapping's `name:` or `key:` member says, with its place. */
  pair?: Key;
  /** Its name, dotted with the names around it, where a format keeps that. */
  readonly path?: string;
}

/** Nested holes deeper than this are read as text. */
export const deepest = 8;

export function newCursor(text: string, syntax: Syntax, readCode: Cursor['readCode']): Cursor {
  return {
    text,
    syntax,
    spans: [],
    position: text.charCodeAt(0) === 0xfeff ? 1 : 0,
    parent: -1,
    depth: 0,
    unclosed: new Map(),
    pending: [],
    levels: [],
    readCode,
    outside: syntax.special === 'php',
  };
}

export function addComment(cursor: Cursor, start: number, end: number, open: number, close: number): void {
  cursor.spans.push({
    start,
    end,
    contentStart: start + open,
    contentEnd: Math.max(start + open, end - close),
    quote: '',
    prefix: '',
    raw: true,
    interpolated: false,
    comment: true,
    escapes: 'none',
    holes: none,
    role: 'string',
    parent: cursor.parent,
    anchor: start,
  });
}

const none: readonly Range[] = [];

export interface LiteralRange {
  readonly start: number;
  readonly end: number;
  readonly contentStart: number;
  readonly contentEnd: number;
}

/** A literal of the usual kind; what differs stands in `more`. */
export function literalSpan(
  cursor: Pick<Cursor, 'text' | 'parent'>,
  range: LiteralRange,
  more: Partial<Span> = {},
): Span {
  const escapes = more.escapes ?? 'none';
  const holes = more.holes ?? none;
  const span: Span = {
    start: range.start,
    end: range.end,
    contentStart: range.contentStart,
    contentEnd: range.contentEnd,
    quote: more.quote ?? cursor.text.slice(range.contentEnd, range.end),
    prefix: more.prefix ?? '',
    raw: more.raw ?? escapes === 'none',
    interpolated: more.interpolated ?? holes.length > 0,
    comment: more.comment ?? false,
    escapes,
    holes,
    role: more.role ?? 'string',
    parent: more.parent ?? cursor.parent,
    anchor: more.anchor ?? range.start,
  };
  return more.key === undefined ? span : { ...span, key: more.key };
}

export function addLiteral(cursor: Cursor, range: LiteralRange, more: Partial<Span> = {}): void {
  cursor.spans.push(literalSpan(cursor, range, more));
}

export function lineEndAt(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  if (end < 0) return text.length;
  return end > offset && text.charCodeAt(end - 1) === 13 ? end - 1 : end;
}

export function lineStartAt(text: string, offset: number): number {
  return offset <= 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
}

/** The start of the line after the one that holds `offset`, or the end of the text. */
export function nextLineAt(text: string, offset: number): number {
  const end = text.indexOf('\n', offset);
  return end < 0 ? text.length : end + 1;
}

export function isWordCode(code: number): boolean {
  return (
    (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57) || code === 95 || code > 127
  );
}
