import { type Cursor, newCursor, type Span, type Surroundings } from './cursor.ts';
import type { Source } from './finding.ts';
import { type Syntax, syntaxOf } from './languages.ts';
import { codeStep, readCode } from './scanCode.ts';
import { jsonStep } from './scanJson.ts';
import { linesStep, textStep } from './scanLines.ts';
import { markupStep } from './scanMarkup.ts';
import { shellStep } from './scanShell.ts';
import { yamlStep } from './scanYaml.ts';

export interface Spans {
  readonly text: string;
  readonly syntax: Syntax;
  /** The innermost literal or comment that holds `[offset, offset + 1)`, keys included. */
  at(offset: number): Span | undefined;
  /** The literals and comments that touch `[start, end]`, in order. */
  touching(start: number, end: number): readonly Span[];
  parentOf(span: Span): Span | undefined;
  /** A pure memo: what surrounds the literals that were asked about. */
  readonly around: Map<Span, Surroundings>;
  /** The same for the text after an edit: what was read before it is not read again. Undefined when the edit may have changed that. */
  revised(text: string, start: number): Spans | undefined;
  /** How far the reader was, and in what, somewhere in the `2 * stride` units after an offset; undefined when it passed none of its milestones there. */
  stateAfter(offset: number): Cursor | undefined;
  /** The same at an offset that is not read yet; undefined when no token ends there. */
  stateAt(offset: number): Cursor | undefined;
}

const steps: Readonly<Record<Syntax['scanner'], (cursor: Cursor) => void>> = {
  code: codeStep,
  shell: shellStep,
  json: jsonStep,
  yaml: yamlStep,
  lines: linesStep,
  markup: markupStep,
  text: textStep,
};

/**
 * What was read of a source so far; a pure memo, so that the many questions about one text read it once. What it holds outlives young
 * collections, so `takeSpans` ends it where the last question is known.
 */
const memo = new WeakMap<Source, Spans>();

export function spansOf(source: Source): Spans {
  let spans = memo.get(source);
  if (!spans) {
    spans = readSpans(source.text, syntaxOf(source));
    memo.set(source, spans);
  }
  return spans;
}

/** What was read of a source, which is forgotten here; undefined when nothing was. */
export function takeSpans(source: Source): Spans | undefined {
  const spans = memo.get(source);
  if (spans !== undefined) memo.delete(source);
  return spans;
}

/** Hands on what was read of a text to the text after an edit at `start`. False when all of it must be read anew. */
export function reviseSpans(old: Spans, source: Source, start: number): boolean {
  const spans = old.syntax === syntaxOf(source) ? old.revised(source.text, start) : undefined;
  if (spans !== undefined) memo.set(source, spans);
  return spans !== undefined;
}

/** Whether both texts are read the same from `[from, to]` of the former on, which is `[from + by, to + by]` of the latter. */
export function readAlike(old: Spans, source: Source, from: number, to: number, by: number): boolean {
  const fresh = spansOf(source);
  if (old.syntax.scanner !== 'code' && old.syntax.scanner !== 'text') {
    const state = old.stateAfter(from);
    const other = state && fresh.stateAt(state.position + by);
    if (!state || !other || !sameLevels(state, other)) return false;
  }
  const before = old.touching(from, to);
  const after = fresh.touching(from + by, to + by);
  return before.length === after.length && before.every((span, index) => sameSpan(span, after[index], by, from));
}

/** What is read after them depends on nothing else. */
function sameLevels(one: Cursor, other: Cursor): boolean {
  return (
    one.outside === other.outside &&
    one.pending.length === 0 &&
    other.pending.length === 0 &&
    one.levels.length === other.levels.length &&
    one.levels.every((level, index) => {
      const twin = other.levels[index];
      return twin?.name === level.name && twin.indent === level.indent && twin.pair?.name === level.pair?.name;
    })
  );
}

/** `two` stands `by` units further on; what begins before `from` may have grown. */
function sameSpan(one: Span, two: Span | undefined, by: number, from: number): boolean {
  return (
    two !== undefined &&
    (one.start + by === two.start || one.start < from) &&
    one.end + by === two.end &&
    one.comment === two.comment &&
    one.role === two.role &&
    one.quote === two.quote &&
    one.key?.name === two.key?.name
  );
}

/** Reads lazily: a question about an offset reads the text up to the first whole token after it. */
function readSpans(text: string, syntax: Syntax): Spans {
  return readOn(newCursor(text, syntax, readCode), []);
}

/** A cursor on its way, with the number of spans that it had then. */
interface Milestone {
  readonly cursor: Cursor;
  readonly spans: number;
}

/** Units between milestones, at least. */
const stride = 4096;
/** No milestone stands deeper: each keeps all levels around it. */
const mostLevels = 200;

function milestoneOf(cursor: Cursor): Milestone {
  const levels = cursor.levels.map(level => ({ ...level }));
  return { cursor: { ...cursor, spans: [], unclosed: new Map(cursor.unclosed), levels }, spans: cursor.spans.length };
}

/** Reads on at a cursor that has left the milestones behind it. */
function readOn(cursor: Cursor, milestones: Milestone[]): Spans {
  const { text, syntax } = cursor;
  const step = steps[syntax.scanner];
  const readTo = (offset: number) => {
    const target = Math.min(offset, text.length - 1);
    while (cursor.position <= target) {
      const before = cursor.position;
      if (before >= (milestones.at(-1)?.cursor.position ?? 0) + stride && cursor.levels.length <= mostLevels)
        milestones.push(milestoneOf(cursor));
      step(cursor);
      if (cursor.position <= before) cursor.position = before + 1;
    }
  };
  const { spans } = cursor;
  return {
    text,
    syntax,
    at(offset) {
      readTo(offset);
      for (let span = spans[lastStartingBy(spans, offset)]; span; span = spans[span.parent]) {
        if (offset < span.end) return span;
      }
      return undefined;
    },
    touching(start, end) {
      readTo(end);
      let first = lastStartingBy(spans, start);
      while (first >= 0 && (spans[first]?.parent ?? -1) >= 0) first = spans[first]?.parent ?? -1;
      return spans
        .slice(Math.max(0, first), lastStartingBy(spans, end) + 1)
        .filter(span => span.end >= start && span.start <= end);
    },
    parentOf: span => spans[span.parent],
    around: new Map(),
    revised(next, start) {
      // What was found to be never closed may be closed now.
      for (const end of cursor.unclosed.values()) if (end >= text.length) return undefined;
      let count = milestones.length;
      while (count > 0 && (milestones[count - 1]?.cursor.position ?? 0) > start - lookAhead) count--;
      const kept = milestones.slice(0, count);
      const last = kept.at(-1);
      if (last === undefined) return readSpans(next, syntax);
      const { cursor: from } = milestoneOf(last.cursor);
      return readOn({ ...from, text: next, spans: spans.slice(0, last.spans) }, kept);
    },
    stateAfter(offset) {
      readTo(offset + 2 * stride);
      return milestones.find(one => one.cursor.position >= offset && one.cursor.position < offset + 2 * stride)?.cursor;
    },
    stateAt(offset) {
      readTo(offset - 1);
      return cursor.position === offset ? cursor : undefined;
    },
  };
}

/** So far behind a token's end scanners look, those for texts without an end aside. */
const lookAhead = 4096;

/** Index of the last span that starts at or before `offset`; -1. */
function lastStartingBy(spans: readonly Span[], offset: number): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((spans[middle]?.start ?? 0) <= offset) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
