import { BackwardReader, type Token } from './backwardReader.ts';
import type { Range, Span } from './cursor.ts';
import type { Edit, Source } from './finding.ts';
import { layoutIndent, withoutLayout } from './layout.ts';
import { spanValue } from './lexer.ts';
import type { Spans } from './spans.ts';

/** One literal, or several that are joined, and the parts of it that become reads. */
export interface Site {
  readonly source: Source;
  readonly spans: Spans;
  readonly first: Span;
  /** The same as `first` unless literals are joined. */
  readonly last: Span;
  /** Sorted, disjoint, inside the contents. More than one only in a single literal. */
  readonly ranges: readonly Range[];
  /** The environment variable. */
  readonly name: string;
}

export interface Refusal {
  readonly kind: 'refused';
  readonly reason: string;
  readonly waysOut: readonly string[];
}

/** `code` reads the environment now; `data` holds its platform's own expansion; `removed`: the entry is gone; `reference`: `inject` must render the file. */
export type Form = 'code' | 'data' | 'removed' | 'reference';

export interface SiteEdits {
  readonly kind: 'edits';
  readonly edits: readonly Edit[];
  readonly form: Form;
  /** What the program saw, when it is not the text of the range itself. */
  readonly value?: string;
  /** The variable that the reader looks for in the place of an entry that goes. */
  readonly alias?: string;
}

export type SiteOutcome = SiteEdits | Refusal;

export function refuse(reason: string, ...waysOut: readonly string[]): Refusal {
  return { kind: 'refused', reason, waysOut };
}

export function oneEdit(start: number, end: number, text: string): SiteEdits {
  return { kind: 'edits', edits: [{ start, end, text }], form: 'code' };
}

/** The literal's parts in order: text as it is written (`raw`), or a read. Empty texts are left out. */
export type Piece = { readonly kind: 'text'; readonly raw: string } | { readonly kind: 'read' };

export function piecesOf(site: Site): readonly Piece[] {
  const { text } = site.source;
  const pieces: Piece[] = [];
  let at = site.first.contentStart;
  const addText = (end: number) => {
    if (end > at) pieces.push({ kind: 'text', raw: text.slice(at, end) });
  };
  if (site.first !== site.last) {
    addText(site.ranges[0]?.start ?? at);
    pieces.push({ kind: 'read' });
    at = site.ranges[0]?.end ?? at;
  } else {
    for (const range of site.ranges) {
      addText(range.start);
      pieces.push({ kind: 'read' });
      at = range.end;
    }
  }
  addText(site.last.contentEnd);
  return pieces;
}

/** What the program saw at the site's ranges. Undefined when that cannot be said, or the ranges do not hold one value. */
export function siteValue(site: Site): string | undefined {
  if (site.first !== site.last) return joinedValue(site);
  const { first } = site;
  if (first.role === 'block') return blockPart(site);
  const whole = site.ranges[0]?.start === first.contentStart && site.ranges[0].end === first.contentEnd;
  if (whole) return first.interpolated ? undefined : spanValue(site.spans, first);
  if (isTextBlock(first)) return markedValue(site)?.value;
  const values = new Set(site.ranges.map(range => partValue(site, range)));
  const [value] = values;
  if (values.size !== 1 || value === undefined || cutsEscape(site)) return undefined;
  return value;
}

function partValue({ spans, first }: Site, { start, end }: Range): string | undefined {
  const value = spanValue(spans, first, start, end);
  const indent = value?.includes('\n') ? layoutIndent(spans, first) : 0;
  if (value === undefined || indent === 0) return value;
  return value === spans.text.slice(start, end).replaceAll('\r\n', '\n') ? withoutLayout(value, indent) : undefined;
}

/** On one line a block scalar holds what is written; over several its layout counts. */
function blockPart(site: Site): string | undefined {
  const parts = new Set(site.ranges.map(({ start, end }) => site.source.text.slice(start, end)));
  const [part] = parts;
  if (parts.size === 1 && part !== undefined && !/[\r\n]/.test(part)) return part;
  return markedValue(site)?.value;
}

export function isTextBlock(span: Span): boolean {
  return span.quote === '"""' && span.escapes === 'java';
}

/** Whether the parts of a literal, each decoded alone, are not the whole decoded. */
function cutsEscape(site: Site): boolean {
  const { first, ranges, source } = site;
  if (first.interpolated) return ranges.some(range => source.text.charAt(range.start - 1) === '\\');
  const bounds = [first.contentStart, ...ranges.flatMap(range => [range.start, range.end]), first.contentEnd];
  const parts = bounds.slice(1).map((end, index) => spanValue(site.spans, first, bounds[index], end));
  return parts.join('') !== spanValue(site.spans, first) || parts.includes(undefined);
}

function joinedValue(site: Site): string | undefined {
  const range = site.ranges[0];
  if (!range || site.ranges.length > 1) return undefined;
  const parts = site.spans
    .touching(site.first.start, site.last.end)
    .filter(
      span =>
        !span.comment &&
        span.start >= site.first.start &&
        span.end <= site.last.end &&
        span.parent === site.first.parent,
    )
    .map(span => {
      if (span.interpolated) return undefined;
      const start = span.start === site.first.start ? range.start : span.contentStart;
      return spanValue(site.spans, span, start, span.end === site.last.end ? range.end : span.contentEnd);
    });
  return parts.includes(undefined) ? undefined : parts.join('');
}

/** Stands for the value while a literal with layout is decoded as a whole. */
const mark = '\ue000';

/** A literal whose layout counts (text block, block scalar), decoded around its one range. */
export function markedValue(
  site: Site,
): { readonly before: string; readonly value: string; readonly after: string } | undefined {
  const { first, source } = site;
  const [range] = site.ranges;
  if (!range || site.ranges.length > 1 || source.text.includes(mark)) return undefined;
  const whole = spanValue(site.spans, first);
  const written =
    source.text.slice(0, range.start) +
    mark +
    source.text.slice(range.start, range.end) +
    mark +
    source.text.slice(range.end);
  const parts = spanValue({ ...site.spans, text: written }, { ...first, contentEnd: first.contentEnd + 2 })?.split(
    mark,
  );
  const [before, value, after] = parts ?? [];
  if (before === undefined || value === undefined || after === undefined || whole !== before + value + after)
    return undefined;
  return { before, value, after };
}

/** The code around a site, token by token. */
export class Neighbours {
  readonly #text: string;
  readonly #spans: Spans;
  readonly #reader: BackwardReader;
  readonly before: Token;
  readonly after: Token;
  readonly #site: Site;

  constructor(site: Site) {
    this.#text = site.source.text;
    this.#spans = site.spans;
    this.#site = site;
    this.#reader = new BackwardReader(site.spans, site.first, 20_000);
    this.before = this.#reader.before(site.first.anchor);
    this.after = this.next(site.last.end);
  }

  previous(at: number): Token {
    return this.#reader.before(at);
  }

  /** The token that begins at or after `at`. */
  next(at: number): Token {
    let position = at;
    for (;;) {
      while (position < this.#text.length && /^(?:\s|\\\r?\n)/.test(this.#text.slice(position, position + 3)))
        position++;
      if (position >= this.#text.length) return { kind: 'start', start: position, end: position, text: '' };
      const span = this.#spans.at(position);
      if (!span || span.start < position) break;
      if (!span.comment) return { kind: 'literal', start: span.start, end: span.end, text: '' };
      position = span.end;
    }
    const rest = this.#text.slice(position, position + 60);
    const word = /^[\w$]+/.exec(rest)?.[0];
    const text =
      word ?? /^(?:===?|=>|!==?|\?\.|\?\?|&&|\|\||->|:=|::|\+=|\*\*|<=|>=)/.exec(rest)?.[0] ?? rest.charAt(0);
    return { kind: word ? 'word' : 'sign', start: position, end: position + text.length, text };
  }

  /** The bracket around the site, and what stands before it. */
  enclosing(
    at = this.#site.first.anchor,
  ): { readonly sign: string; readonly start: number; readonly commas: number } | undefined {
    return this.#reader.enclosing(at);
  }

  /** The dotted name that a bracket calls; empty. */
  callee(bracketAt: number): { readonly text: string; readonly start: number } {
    return this.#reader.calleeBefore(bracketAt) ?? { text: '', start: bracketAt };
  }

  /** Whether the `:` before the site belongs to `condition ? a : b`. */
  isConditional(): boolean {
    return this.before.text === ':' && this.#reader.ternary(this.before.start);
  }

  /** Text before `at`, at most `length` characters, from the same line. */
  lineBefore(at: number, length = 300): string {
    const start = Math.max(this.#text.lastIndexOf('\n', at - 1) + 1, at - length);
    return this.#text.slice(start, at);
  }
}

/** Puts a replacement where a literal stood, apart from words that touch it. */
export function fitted(text: string, start: number, end: number, replacement: string): Edit {
  const word = /[\w$]/;
  const left = word.test(text.charAt(start - 1)) && word.test(replacement.charAt(0)) ? ' ' : '';
  const right = word.test(text.charAt(end)) && word.test(replacement.at(-1) ?? '') ? ' ' : '';
  return { start, end, text: left + replacement + right };
}

export function lineEndOf(text: string): string {
  const first = text.indexOf('\n');
  return first > 0 && text.charCodeAt(first - 1) === 13 ? '\r\n' : '\n';
}

/** The values as they are written, one after the other. */
export function writtenOf({ source, ranges }: Pick<Site, 'source' | 'ranges'>): string {
  return ranges.map(({ start, end }) => source.text.slice(start, end)).join('');
}

/** The positions of a word in code, outside of literals and comments. */
export function usesOf(spans: Spans, word: string): readonly number[] {
  const found: number[] = [];
  const { text } = spans;
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
    if (/[\w$]/.test(text.charAt(at - 1)) || /[\w$]/.test(text.charAt(at + word.length))) continue;
    const span = spans.at(at);
    if (!span || span.holes.some(hole => hole.start <= at && at < hole.end)) found.push(at);
  }
  return found;
}

/** Whether a file gives a name a meaning of its own: `words` before it declare it. */
export function declares(spans: Spans, name: string, words: RegExp): boolean {
  return usesOf(spans, name).some(at => words.test(spans.text.slice(Math.max(0, at - 20), at)));
}
