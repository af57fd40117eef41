import { type Cursor, newCursor, type Span } from './cursor.ts';
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

/** What was read of a source so far; a pure memo, so that the many questions about one text read it once. */
const memo = new WeakMap<Source, Spans>();

export function spansOf(source: Source): Spans {
  let spans = memo.get(source);
  if (!spans) {
    spans = readSpans(source.text, syntaxOf(source));
    memo.set(source, spans);
  }
  return spans;
}

/** Reads lazily: a question about an offset reads the text up to the first whole token after it. */
function readSpans(text: string, syntax: Syntax): Spans {
  const cursor = newCursor(text, syntax, readCode);
  const step = steps[syntax.scanner];
  const readTo = (offset: number) => {
    const target = Math.min(offset, text.length - 1);
    while (cursor.position <= target) {
      const before = cursor.position;
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
  };
}

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
