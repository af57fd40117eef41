import type { Edit, Source } from './finding.ts';
import { lineEndOf, usesOf } from './rewriteSite.ts';
import { type Spans, spansOf } from './spans.ts';

/** How `environ` is reached in a module, and the edit that makes it so. */
export interface PythonImport {
  /** `os.environ`, `environ`, `o.environ`. */
  readonly environ: string;
  readonly edits: readonly Edit[];
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
    const gap = usual.findIndex(({ end }, at) => /\n\s*\n/.test(text.slice(end, usual[at + 1]?.start ?? end)));
    const block = gap < 0 ? usual : usual.slice(0, gap + 1);
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
