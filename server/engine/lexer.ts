import { nowhere } from './backwardReader.ts';
import { type Literal, lineEndAt, lineStartAt, type Span, type Surroundings } from './cursor.ts';
import { decodeEscapes, escapes } from './decode.ts';
import type { Source } from './finding.ts';
import { syntaxOf } from './languages.ts';
import { type Spans, spansOf } from './spans.ts';
import { surroundingsOf } from './surroundings.ts';

export type { Literal } from './cursor.ts';

/** The lexical surroundings of a range. */
export interface Place {
  readonly literal?: Literal;
  readonly comment: boolean;
  /** Dotted name that the literal is assigned to (`stripe.apiKey`, `services.db.environment.PASSWORD`), or a keyword argument's; empty. */
  readonly assigned: string;
  /** Dotted callee whose argument the literal is, and which one (0-based); empty and -1. */
  readonly callee: string;
  readonly argument: number;
  /** Compared with `==`, `===`, `!=`, `.equals(` instead of assigned. */
  readonly compared: boolean;
}

/** A name and the value that a text gives it: assignment, map entry, attribute, option, keyword argument ... */
export interface Assignment {
  /** Dotted as in `Place.assigned`; the range is its innermost part. */
  readonly name: string;
  readonly nameStart: number;
  readonly nameEnd: number;
  /** The value as written, without quotes. */
  readonly valueStart: number;
  readonly valueEnd: number;
  /** Undefined when the value is no literal (an identifier, a call, a reference). */
  readonly literal?: Literal;
  /** Read as far as one line shows it: in a comment, in prose, in a text of another format. */
  readonly prose?: true;
}

export interface Language {
  /** A row id of the lexer's table: `javascript`, `python`, `dotenv`, `yaml`, `text` ... */
  readonly id: string;
  /** Programs, as against data and plain text. */
  readonly code: boolean;
}

export function languageOf(source: Source): Language {
  const { id, code } = syntaxOf(source);
  return { id, code };
}

/** What surrounds `[start, end)`; looks only at the lines that it must. Never throws. */
export function placeOf(source: Source, start: number, end: number): Place {
  const spans = spansOf(source);
  const span = spans.at(start);
  const inHole = span?.holes.some(hole => hole.start <= start && start < hole.end && span.role !== 'heredoc') === true;
  const literal = span && !span.comment && !inHole && span.end >= end ? span : undefined;
  const around = literal ? aroundLiteral(spans, literal) : nowhere;
  const inner =
    around.assigned === '' || literal?.role === 'block' || literal?.role === 'heredoc'
      ? innerName(source.text, start, end)
      : '';
  return {
    literal,
    comment: span?.comment === true,
    assigned: inner === '' ? around.assigned : inner,
    callee: around.callee,
    argument: around.argument,
    compared: around.compared,
  };
}

/**
 * The assignments whose name or value touches the line that holds `offset`; of a very long line those around `offset`.
 * The names of literals that are not `wanted` need not be read.
 */
export function assignmentsAt(
  source: Source,
  offset: number,
  wanted: (literal: Literal) => boolean = () => true,
): readonly Assignment[] {
  const { text } = source;
  const spans = spansOf(source);
  const start = Math.max(lineStartAt(text, offset), offset - widest);
  const end = Math.min(lineEndAt(text, offset), offset + widest);
  const found: Assignment[] = [];
  for (const span of spans.touching(start, end)) {
    if (span.role === 'key' || span.role === 'pattern') continue;
    const lineBased =
      span.comment || span.role === 'block' || span.role === 'heredoc' || span.end > end || span.start < start;
    if (lineBased) found.push(...textAssignments(text, Math.max(start, span.start), Math.min(end, span.end)));
    if (span.comment) continue;
    const within =
      span.contentEnd - span.contentStart > 8
        ? textAssignments(text, Math.max(start, span.contentStart), Math.min(end, span.contentEnd))
        : none;
    if (within.length === 0 && !wanted(span)) continue;
    const around = aroundLiteral(spans, span);
    if (around.assigned !== '') found.push(assignmentOf(around, span));
    else found.push(...within);
  }
  if (spans.syntax.scanner === 'text') found.push(...textAssignments(text, start, end));
  else if (spans.syntax.code) found.push(...unquotedAssignments(spans, start, end));
  return distinct(found);
}

const none: readonly Assignment[] = [];

/** Of a longer line only what is this near counts. */
const widest = 1000;

/** The value that a literal's text stands for: escapes of its language undone. Undefined when interpolated. */
export function literalValue(source: Source, literal: Literal): string | undefined {
  const spans = spansOf(source);
  const span = spans.at(literal.start);
  return span && !span.interpolated ? spanValue(spans, span) : undefined;
}

/** The value of a literal without holes, or of the part `[start, end)` of one. */
export function spanValue(
  { text, syntax }: Pick<Spans, 'text' | 'syntax'>,
  span: Span,
  start = span.contentStart,
  end = span.contentEnd,
): string | undefined {
  const written = unifiesLineEnds.has(syntax.id)
    ? text.slice(start, end).replace(/\r\n?/g, '\n')
    : text.slice(start, end);
  if (span.role === 'attribute' || span.role === 'element') {
    return span.quote === '<![CDATA[' ? written : decodeEntities(written);
  }
  if (span.role === 'block') return blockValue(text, span);
  if (span.quote === '"""' && span.escapes === 'java') {
    const stripped = written.includes('\n') ? textBlock(written) : written;
    return stripped === undefined ? undefined : decodeEscapes(stripped, escapes.java)?.value;
  }
  return decodeEscapes(written, escapes[span.escapes])?.value;
}

/** Languages that read every line end in a literal as a line feed. */
const unifiesLineEnds: ReadonlySet<string> = new Set(
  'javascript typescript typescriptreact html python go java kotlin rust swift dart ruby yaml toml dotenv'.split(' '),
);

/** Java's text block without its incidental blanks (JLS 3.10.6). Undefined when the range is not the whole content. */
function textBlock(written: string): string | undefined {
  const lines = written.replace(/\r\n?/g, '\n').split('\n');
  if (lines.shift()?.trim() !== '') return undefined;
  const last = lines.length - 1;
  const significant = lines.filter((line, index) => index === last || line.trim() !== '');
  const indent = Math.min(...significant.map(line => line.length - line.trimStart().length));
  return lines.map(line => line.slice(indent).trimEnd()).join('\n');
}

/** A YAML block scalar without its indentation, line ends kept (`|`) or folded (`>`), the last one by the chomping sign. */
function blockValue(text: string, span: Span): string | undefined {
  const header = /^[|>]([1-9])?([-+])?([1-9])?/.exec(text.slice(span.anchor, span.anchor + 4));
  if (!header || span.quote === '>' || header[1] !== undefined || header[3] !== undefined) return undefined;
  const lines = text.slice(span.contentStart, span.contentEnd).replace(/\r\n?/g, '\n').split('\n');
  const indents = lines.filter(line => line.trim() !== '').map(line => line.length - line.trimStart().length);
  const indent = indents[0] ?? 0;
  return lines.map(line => line.slice(indent)).join('\n') + (header[2] === '-' ? '' : '\n');
}

const entities: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function decodeEntities(written: string): string {
  return written.replace(/&(?:#x([0-9a-fA-F]{1,6})|#([0-9]{1,7})|([a-z]{2,4}));/g, (whole, hex, decimal, name) => {
    if (typeof name === 'string') return entities[name] ?? whole;
    const code = typeof hex === 'string' ? Number.parseInt(hex, 16) : Number.parseInt(String(decimal), 10);
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}

function aroundLiteral(spans: Spans, span: Span): Surroundings {
  let around = spans.around.get(span);
  if (!around) {
    around = readAround(spans, span);
    spans.around.set(span, around);
  }
  return around;
}

function readAround(spans: Spans, span: Span): Surroundings {
  if (span.role === 'key') return nowhere;
  if (span.key)
    return { ...nowhere, assigned: span.key.name, name: { start: span.key.nameStart, end: span.key.nameEnd } };
  if (spans.syntax.scanner === 'shell') return aroundShellWord(spans, span);
  if (spans.syntax.scanner === 'code' || spans.syntax.id === 'html') return surroundingsOf(spans, span);
  return nowhere;
}

/** What stands before a command's name: keywords, and variables for it alone. */
const commandPrefix = /^(?:(?:then|do|else|if|elif|while|until|!|sudo|exec|time|RUN|CMD)\s+|[A-Za-z_]\w*=[^\s"']*\s+)+/;

/** `NAME=value`, `--name=value`, `--name value`, `${NAME:-value}`, `set NAME value`, `ENV NAME value`, `[ "$NAME" = value ]`. */
function aroundShellWord(spans: Spans, span: Span): Surroundings {
  const { text } = spans;
  const outer = spans.parentOf(span);
  const from = Math.max(lineStartAt(text, span.start), span.start - 400, outer?.contentStart ?? 0);
  const before = text.slice(from, span.start);
  const parameter = /\$\{([A-Za-z_]\w*):?[-=+]$/.exec(before);
  const word = /[^\s;|&()]*$/.exec(before)?.[0] ?? '';
  const own = parameter ?? /^["']?(?:-{1,2})?([A-Za-z_][\w.-]*)(?:\[\w*\])?\+?=/.exec(word);
  const command = /(?:^|[;|&(])[ \t]*([^;|&]*)$/.exec(before)?.[1]?.replace(commandPrefix, '') ?? '';
  const callee =
    /^(?![\w-]*=)(?!(?:export|readonly|local|declare|typeset|set|ENV|ARG|LABEL)\s)([\w./[-]+)\s/.exec(command)?.[1] ??
    '';
  const found = (name: string, at: number, compared = false): Surroundings => {
    return { assigned: name, name: { start: at, end: at + name.length }, callee, argument: -1, compared };
  };
  if (own?.[1])
    return found(own[1], from + (own === parameter ? own.index : before.length - word.length) + own[0].indexOf(own[1]));
  const previous = /(\S+)[ \t]+["']?$/.exec(before);
  const last = previous?.[1] ?? '';
  const at = from + (previous?.index ?? 0);
  if (/^--?[A-Za-z][\w-]*$/.test(last))
    return found(last.replace(/^-+/, ''), at + (last.length - last.replace(/^-+/, '').length));
  if (/^(?:==?|!=)$/.test(last)) {
    const operand = /\$\{?(\w+)\}?"?[ \t]+(?:==?|!=)[ \t]+["']?$/.exec(before);
    return found(operand?.[1] ?? '', from + (operand?.index ?? 0) + 1, true);
  }
  if (/^[A-Za-z_]\w*$/.test(last) && /(?:^|[;&|]\s*|\s)(?:set|setx|setenv|ENV|ARG|LABEL|SetEnv)\s[^;&|]*$/.test(before))
    return found(last, at);
  return { ...nowhere, callee };
}

function assignmentOf(around: Surroundings, span: Span): Assignment {
  return {
    name: around.assigned,
    nameStart: around.name.start,
    nameEnd: around.name.end,
    valueStart: span.contentStart,
    valueEnd: span.contentEnd,
    literal: span,
  };
}

const written =
  /(?<![\w.$-])(?:--?)?["'`]?([A-Za-z_][\w.-]{0,80})["'`]?(?:[ \t]{0,8}(?::{1,3}=|=>|[.+?|]?=|:(?!\/\/))[ \t]{0,8}|(?<=--[\w-]{1,80})[ \t]{1,4})(?:["'`]([^"'`\n]{1,2000})["'`]|([^\s"'`,;)}\]<]{1,2000}))/g;

/** Assignments of any language, as far as one line shows them: in comments, prose, heredocs, texts inside texts. */
export function textAssignments(text: string, start: number, end: number): readonly Assignment[] {
  const line = text.slice(start, Math.min(end, start + 4000));
  const found: Assignment[] = [];
  for (const match of line.matchAll(written)) {
    const name = match[1];
    const value = match[2] ?? match[3];
    if (name === undefined || value === undefined) continue;
    const nameStart = start + match.index + match[0].indexOf(name);
    const valueEnd = start + match.index + match[0].length - (match[2] === undefined ? 0 : 1);
    found.push({
      ...{ name, nameStart, nameEnd: nameStart + name.length },
      ...{ valueStart: valueEnd - value.length, valueEnd, prose: true },
    });
  }
  return found;
}

/** The name that the range's own line gives it. */
function innerName(text: string, start: number, end: number): string {
  const lineStart = Math.max(lineStartAt(text, start), start - 1000);
  const lineEnd = Math.min(lineEndAt(text, end), end + 200);
  const inside = textAssignments(text, lineStart, lineEnd).find(
    ({ valueStart, valueEnd }) => valueStart <= start && start < valueEnd,
  );
  return inside?.name ?? '';
}

const bare = /(?<![\w$.])([A-Za-z_$][\w$.]{0,80})[ \t]{0,8}(?::=|=(?![=>~]))[ \t]{0,8}([A-Za-z_$@([{][^,;\n]{0,200})/g;

/** `NAME = expression`, where the value is no literal. */
function unquotedAssignments(spans: Spans, start: number, end: number): readonly Assignment[] {
  const line = spans.text.slice(start, Math.min(end, start + 4000));
  const found: Assignment[] = [];
  for (const match of line.matchAll(bare)) {
    const [, name, value] = match;
    if (name === undefined || value === undefined) continue;
    const nameStart = start + match.index;
    const valueStart = nameStart + match[0].length - value.length;
    if (spans.at(nameStart) || spans.at(valueStart)) continue;
    found.push({
      name,
      nameStart,
      nameEnd: nameStart + name.length,
      valueStart,
      valueEnd: valueStart + value.trimEnd().length,
    });
  }
  return found;
}

function distinct(found: readonly Assignment[]): readonly Assignment[] {
  const byPlace = new Map<string, Assignment>();
  for (const assignment of found) {
    const key = `${assignment.valueStart} ${assignment.valueEnd}`;
    const known = byPlace.get(key);
    if (!known || (assignment.literal && !known.literal)) byPlace.set(key, assignment);
  }
  return [...byPlace.values()].sort((a, b) => a.valueStart - b.valueStart);
}
