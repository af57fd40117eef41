import type { Edit, Source } from './finding.ts';
import {
  fitted,
  lineEndOf,
  Neighbours,
  oneEdit,
  type Piece,
  piecesOf,
  type Refusal,
  refuse,
  type Site,
  type SiteOutcome,
  usesOf,
} from './rewriteSite.ts';
import { type Spans, spansOf } from './spans.ts';

/** How `environ` is reached in a module, and the edit that makes it so. */
export interface PythonImport {
  /** `os.environ`, `environ`, `o.environ`. */
  readonly environ: string;
  readonly edits: readonly Edit[];
}

export function rewritePython(site: Site, access: PythonImport): SiteOutcome {
  const near = new Neighbours(site);
  if (site.first === site.last && isStatement(site, near)) {
    return { kind: 'edits', form: 'data', edits: site.ranges.map(range => ({ ...range, text: `\${${site.name}}` })) };
  }
  const refusal = refusePythonPlace(site, near);
  if (refusal) return refusal;
  const { first, last, source } = site;
  const bytes = /b/i.test(first.prefix);
  const pieces = piecesOf(site);
  const neighbour = joinsNeighbour(near);
  const own = first.quote.charAt(0);
  const read = (quote: string) => `${access.environ}[${quote}${site.name}${quote}]${bytes ? '.encode()' : ''}`;
  if (pieces.length === 1 && !neighbour)
    return { kind: 'edits', form: 'code', edits: [fitted(source.text, first.start, last.end, read(own))] };
  if (bytes) return joinedBytes(site, pieces, read(own), neighbour);
  if (first.parent >= 0)
    return refuse(
      'The value stands in a text inside of another formatted text.',
      'Put it into a variable first, then move it.',
    );
  const hole = `{${read(own === '"' ? "'" : '"')}}`;
  if (first === last && /[ft]/i.test(first.prefix)) {
    return { kind: 'edits', form: 'code', edits: site.ranges.map(range => ({ ...range, text: hole })) };
  }
  const prefix = /r/i.test(first.prefix) ? 'rf' : 'f';
  const body = pieces.map(piece => (piece.kind === 'read' ? hole : piece.raw.replace(/[{}]/g, '$&$&'))).join('');
  if (body.includes('\\N{'))
    return refuse(
      'The text names a character with \\N{...}, which a formatted text reads otherwise.',
      'Write the character itself.',
    );
  return {
    kind: 'edits',
    form: 'code',
    edits: [fitted(source.text, first.start, last.end, `${prefix}${first.quote}${body}${first.quote}`)],
  };
}

function joinedBytes(site: Site, pieces: readonly Piece[], read: string, neighbour: boolean): SiteOutcome {
  if (neighbour)
    return refuse(
      'The bytes are joined to their neighbours without an operator.',
      'Join them with + and move the value then.',
    );
  const { first, last } = site;
  const parts = pieces.map(piece =>
    piece.kind === 'read' ? read : `${first.prefix}${first.quote}${piece.raw}${first.quote}`,
  );
  return oneEdit(first.start, last.end, `(${parts.join(' + ')})`);
}

/** A text by itself: a docstring, or a comment in disguise. */
function isStatement(site: Site, near: Neighbours): boolean {
  const { text } = site.source;
  const { first, last } = site;
  if (first.parent >= 0 || near.lineBefore(first.start).trim() !== '' || near.enclosing() !== undefined) return false;
  const lineStart = text.lastIndexOf('\n', first.start) + 1;
  if (/\\\r?\n$/.test(text.slice(Math.max(0, lineStart - 3), lineStart))) return false;
  const rest = text.slice(last.end, last.end + 200);
  return /^[ \t]*(?:;|#|\r?\n|$)/.test(rest) && near.before.kind !== 'literal';
}

function joinsNeighbour(near: Neighbours): boolean {
  return near.before.kind === 'literal' || near.after.kind === 'literal';
}

function refusePythonPlace(site: Site, near: Neighbours): Refusal | undefined {
  const { first, source } = site;
  if (source.path.endsWith('.pyi'))
    return refuse('A stub file runs nothing, so nothing could read the environment there.', 'Remove the value.');
  if (inPattern(near, first.start)) {
    return refuse('A case pattern must be a constant.', 'Compare with if, and move the value then.');
  }
  const bracket = near.enclosing();
  if (bracket?.sign === '[' && /\bLiteral$/.test(near.callee(bracket.start).text)) {
    return refuse('The value is a type here, and types hold no secrets.', 'Use str as the type.');
  }
  const written = site.ranges.map(range => source.text.slice(range.start, range.end)).join('');
  let { after } = near;
  while (after.kind === 'literal') after = near.next(after.end);
  if (after.text === '%' && written.includes('%'))
    return refuse(
      'The text is formatted with %, which would read the sign in the value.',
      'Pass the value as an argument.',
    );
  if (after.text === '.' && /^format(?:_map)?$/.test(near.next(after.end).text) && /[{}]/.test(written)) {
    return refuse(
      'The text is formatted with format(), which would read the braces in the value.',
      'Pass the value as an argument.',
    );
  }
  return undefined;
}

/** Whether the site is a pattern of `case`, before any guard. */
function inPattern(near: Neighbours, start: number): boolean {
  let at = start;
  for (let bracket = near.enclosing(); bracket; bracket = near.enclosing(bracket.start)) at = bracket.start;
  return /^\s*case(?:\s+(?![=.,])|$)(?:(?!\bif\b)[^:])*$/.test(near.lineBefore(at));
}

const shadows = new RegExp(
  [
    String.raw`(?<![\w.])os\s*(?::=|:[^=\n]+=(?!=)|=(?!=))|^[ \t]*(?:[\w.]+[ \t]*,[ \t]*){0,9}os[ \t]*,[ \t\w.,]*=(?!=)`,
    String.raw`\b(?:def|class|for|as|del)\s+os\b`,
    String.raw`\bdef\s+\w+\([^)]{0,500}\bos\b(?=\s*[,:=)])`,
    String.raw`\blambda\b[^:\n]{0,200}\bos\b(?=\s*[,:=])`,
    String.raw`\bfor\s[^\n]{1,100},\s*os\b`,
  ].join('|'),
  'm',
);

/** What the module must import. Undefined when `os` means something else and no other name is free. */
export function pythonImport(source: Source, earliest: number): PythonImport | undefined {
  const spans = spansOf(source);
  const top = importsOf(spans, source.text);
  const shadowed = shadows.test(codeOnly(spans));
  for (const line of top) {
    if (line.start > earliest) break;
    const plain = /^import\s+(.+)$/
      .exec(line.text)?.[1]
      ?.split(',')
      .map(part => part.trim());
    for (const part of plain ?? []) {
      const alias = /^os(?:\.path)?\s+as\s+(\w+)$/.exec(part)?.[1];
      if (alias && part.startsWith('os ')) return { environ: `${alias}.environ`, edits: [] };
      if (/^os(?:\.path)?$/.test(part) && !shadowed) return { environ: 'os.environ', edits: [] };
    }
    const named = /^from\s+os\s+import\s+\(?([^)]*)\)?$/.exec(line.text)?.[1];
    const environ = named
      ?.split(',')
      .map(part => /^\s*environ(?:\s+as\s+(\w+))?\s*$/.exec(part))
      .find(match => match);
    if (environ) return { environ: environ[1] ?? 'environ', edits: [] };
  }
  if (shadowed && usesOf(spans, '_os').length > 0) return undefined;
  const statement = shadowed ? 'import os as _os' : 'import os';
  return {
    environ: shadowed ? '_os.environ' : 'os.environ',
    edits: [
      insertImport(
        source,
        top.filter(line => line.start < earliest),
        statement,
        earliest,
      ),
    ],
  };
}

interface ImportLine {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The imports at the left margin, in order, without comments. */
function importsOf(spans: Spans, text: string): readonly ImportLine[] {
  const found: ImportLine[] = [];
  for (const match of text.matchAll(
    /(?:^|(?<=^\ufeff))(?:import|from)[ \t]+(?:[^\n(\\#;]*\([^)]*\)|(?:\\\r?\n|[^\n#;])*)/gm,
  )) {
    if (spans.at(match.index)) continue;
    const written = match[0].trimEnd();
    found.push({
      start: match.index,
      end: match.index + written.length,
      text: written
        .replace(/#[^\n]*/g, '')
        .replace(/\\\r?\n|\s+/g, ' ')
        .trim(),
    });
  }
  return found;
}

function codeOnly(spans: Spans): string {
  let code = '';
  let at = 0;
  for (const span of spans.touching(0, spans.text.length)) {
    if (span.start < at) continue;
    code += spans.text.slice(at, span.start);
    at = span.end;
  }
  return code + spans.text.slice(at);
}

/** Among the imports that stand before the earliest use, or at the head of the module. */
function insertImport(source: Source, imports: readonly ImportLine[], statement: string, earliest: number): Edit {
  const { text } = source;
  const line = lineEndOf(text);
  const usual = imports.filter(each => !each.text.startsWith('from __future__'));
  const [first] = usual;
  if (first) {
    const block = usual.filter((_, index) =>
      usual
        .slice(0, index)
        .every((before, at) => !/\n\s*\n/.test(text.slice(before.end, usual[at + 1]?.start ?? before.end))),
    );
    const later = block.find(each => !each.text.startsWith('import ') || each.text.slice(7) > 'os');
    const last = block.at(-1) ?? first;
    if (later) return { start: later.start, end: later.start, text: `${statement}${line}` };
    const end = text.indexOf('\n', last.end);
    return end < 0
      ? { start: text.length, end: text.length, text: `${line}${statement}` }
      : { start: end + 1, end: end + 1, text: `${statement}${line}` };
  }
  const future = imports.at(-1);
  const cell = firstCell(text, earliest);
  const at = cell ?? (future ? nextLine(text, future.end) : headEnd(source));
  const gap =
    cell === undefined && at > 0 && !/\n\s*\n$/.test(text.slice(0, at)) && /\S/.test(text.slice(0, at)) ? line : '';
  const blankAfter = /^[ \t]*\r?\n/.test(text.slice(at)) ? '' : line;
  return { start: at, end: at, text: `${gap}${statement}${line}${blankAfter}` };
}

/** Behind the `# %%` that opens the first cell with code: what stands before it belongs to no cell. */
function firstCell(text: string, earliest: number): number | undefined {
  for (const marker of text.slice(0, earliest).matchAll(/^# ?%%(?!.*\[(?:markdown|md|raw)\])[^\n]*\n/gm))
    return marker.index + marker[0].length;
  return undefined;
}

function nextLine(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  return end < 0 ? text.length : end + 1;
}

/** Behind byte order mark, shebang, encoding, licence comment and docstring. */
function headEnd(source: Source): number {
  const { text } = source;
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  for (const pattern of [
    /^#![^\n]*\n/,
    /^#[^\n]*coding[:=][^\n]*\n/,
    /^(?:[ \t]*\r?\n)*(?:#[^\n]*\n)+(?=[ \t]*\r?\n)/,
  ]) {
    at += pattern.exec(text.slice(at, at + 20_000))?.[0].length ?? 0;
  }
  const rest = /^(?:\s*(?:#[^\n]*\n)?)*/.exec(text.slice(at, at + 20_000))?.[0].length ?? 0;
  const docstring = spansOf(source).at(at + rest);
  if (docstring && !docstring.comment && docstring.start === at + rest && !/[fb]/i.test(docstring.prefix)) {
    const after = text.slice(docstring.end, docstring.end + 200);
    if (/^[ \t]*(?:#[^\n]*)?(?:\r?\n|$)/.test(after)) return nextLine(text, docstring.end);
  }
  return at + (/^(?:[ \t]*\r?\n)+/.exec(text.slice(at, at + 2000))?.[0].length ?? 0);
}
