import type { Range, Span } from './cursor.ts';
import type { Edit, Source } from './finding.ts';
import { spanValue } from './lexer.ts';
import { type Form, type Refusal, refuse } from './rewriteSite.ts';
import { type Spans, spansOf } from './spans.ts';

// Jupyter notebooks: JSON whose cells hold their source as a list of lines. https://nbformat.readthedocs.io/en/latest/format_description.html

type CellRewrite =
  | { readonly kind: 'edits'; readonly value: string; readonly edits: readonly Edit[]; readonly form: Form }
  | Refusal;

/** A line of a cell: its literal in the file, and where its text begins in the cell's. */
interface Line {
  readonly span: Span;
  readonly start: number;
  readonly text: string;
}

/** Rewrites Python cells as `rewriteCell` rewrites programs, a cell for itself. Never throws. */
export function rewriteNotebook(
  source: Source,
  ranges: readonly Range[],
  rewriteCell: (cell: Source, ranges: readonly Range[]) => CellRewrite,
): CellRewrite {
  const spans = spansOf(source);
  const cells = pythonCells(source, spans);
  const inCells = new Map<readonly Line[], Range[]>();
  for (const range of ranges) {
    const cell = cells?.find(lines =>
      lines.some(({ span }) => span.contentStart <= range.start && range.end <= span.contentEnd),
    );
    const start = cell && offsetIn(spans, cell, range.start);
    const end = cell && offsetIn(spans, cell, range.end);
    if (!cell || start === undefined || end === undefined)
      return refuse(
        'The value stands in no Python cell of the notebook, but in an output, a text or the data around them.',
        'Clear the outputs of the notebook, or delete the value there.',
      );
    inCells.set(cell, [...(inCells.get(cell) ?? []), { start, end }]);
  }
  const edits: Edit[] = [];
  const values = new Set<string>();
  for (const [lines, places] of inCells) {
    const result = rewriteCell({ path: 'cell.py', text: lines.map(line => line.text).join('') }, places);
    if (result.kind === 'refused') return result;
    values.add(result.value);
    for (const edit of result.edits) {
      const placed = editIn(source.text, lines, edit);
      if (placed === undefined)
        return refuse('The value stands on several lines of a cell.', 'Write it on one line, then move it.');
      edits.push(placed);
    }
  }
  const [value] = values;
  if (values.size !== 1 || value === undefined)
    return refuse('The places to be changed do not hold one and the same value.', 'Move them one by one.');
  return { kind: 'edits', form: 'code', value, edits: edits.sort((a, b) => a.start - b.start) };
}

/** The lines of each code cell; undefined when the text is no notebook of Python. */
function pythonCells(source: Source, spans: Spans): readonly (readonly Line[])[] | undefined {
  const kinds = cellKinds(source.text);
  const groups: Span[][] = [];
  for (const span of spans.touching(0, source.text.length)) {
    if (span.comment || span.role === 'key' || span.key?.name !== 'cells.source') continue;
    const last = groups.at(-1)?.at(-1);
    if (last && /^\s*,\s*$/.test(source.text.slice(last.end, span.start))) groups.at(-1)?.push(span);
    else groups.push([span]);
  }
  if (kinds?.length !== groups.length) return undefined;
  return groups.filter((_, index) => kinds[index] === 'code').map(group => linesOf(spans, group));
}

/** The kinds of the cells that have a source, in order. */
function cellKinds(text: string): readonly string[] | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined;
  }
  const member = (value: unknown, name: string): unknown =>
    typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
  const metadata = member(read, 'metadata');
  const language =
    member(member(metadata, 'language_info'), 'name') ?? member(member(metadata, 'kernelspec'), 'language');
  const cells = member(read, 'cells');
  if (!Array.isArray(cells) || (language !== undefined && language !== 'python')) return undefined;
  const written = cells.filter(cell => {
    const lines = member(cell, 'source');
    return typeof lines === 'string' || (Array.isArray(lines) && lines.length > 0);
  });
  return written.map(cell => String(member(cell, 'cell_type')));
}

function linesOf(spans: Spans, group: readonly Span[]): readonly Line[] {
  let start = 0;
  return group.map(span => {
    const text = spanValue(spans, span) ?? '';
    const line = { span, start, text };
    start += text.length;
    return line;
  });
}

function offsetIn(spans: Spans, lines: readonly Line[], at: number): number | undefined {
  const line = lines.find(({ span }) => span.contentStart <= at && at <= span.contentEnd);
  const before = line && spanValue(spans, line.span, line.span.contentStart, at);
  return before === undefined ? undefined : line && line.start + before.length;
}

/** An edit of a cell as an edit of the file; undefined when it reaches over a line. */
function editIn(text: string, lines: readonly Line[], edit: Edit): Edit | undefined {
  const line = lines.findLast(({ start }) => start <= edit.start);
  if (line === undefined || edit.end > line.start + line.text.length) return undefined;
  const written = text.slice(line.span.contentStart, line.span.contentEnd).match(/\\u[0-9a-fA-F]{4}|\\.|[\s\S]/g) ?? [];
  const place = (offset: number) => line.span.contentStart + written.slice(0, offset - line.start).join('').length;
  return { start: place(edit.start), end: place(edit.end), text: JSON.stringify(edit.text).slice(1, -1) };
}
