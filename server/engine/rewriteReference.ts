import type { Range, Span } from './cursor.ts';
import type { Edit, Source } from './finding.ts';
import { spanValue } from './lexer.ts';
import { findReferences, printReference } from './reference.ts';
import { type Refusal, refuse, type SiteEdits } from './rewriteSite.ts';
import { type Spans, spansOf } from './spans.ts';

// A reference in the value's place, and the other way round: what `keysweep inject` makes of a file that holds references.

/** The reference as text in the place of each range. Never throws; a program's own text is refused, since it would run unrendered. */
export function replaceByReference(source: Source, ranges: readonly Range[], reference: string): SiteEdits | Refusal {
  const spans = spansOf(source);
  if (spans.syntax.code)
    return refuse(
      'A program would take the reference for the value.',
      'Move the value: the program then reads the environment.',
    );
  if (spans.syntax.id === 'xml' && reference.includes('&'))
    return refuse(
      'The reference holds an ampersand, which XML takes for its own.',
      'Choose a store whose references need none.',
    );
  const edits: Edit[] = [];
  const values = new Set<string>();
  for (const { start, end } of ranges) {
    const span = spans.at(start);
    const literal = span !== undefined && !span.comment && spans.syntax.scanner !== 'text' ? span : undefined;
    if (literal && (start < literal.contentStart || end > literal.contentEnd || literal.role === 'key'))
      return refuse(
        'The value stands in no text that could be replaced as a whole.',
        'Put it between quotes, then try again.',
      );
    const value =
      literal && literal.role !== 'block' ? spanValue(spans, literal, start, end) : source.text.slice(start, end);
    if (value === undefined || (literal?.role === 'block' && /[\r\n]/.test(value)))
      return refuse('What the value stands for cannot be said for sure.', 'Write it plainly, then try again.');
    values.add(value);
    // Without quotes most readers of .env files end the value at `#`.
    const quoted =
      spans.syntax.id === 'dotenv' && literal?.quote === '' && start === literal.start && end === literal.end;
    edits.push({ start, end, text: quoted ? `"${reference}"` : reference });
  }
  const [value] = values;
  if (values.size !== 1 || value === undefined)
    return refuse('The places to be changed do not hold one and the same value.', 'Replace them one by one.');
  return { kind: 'edits', form: 'reference', edits, value };
}

export type Rendered =
  | { readonly kind: 'rendered'; readonly text: string }
  /** Where no value can be written so that the file's reader gets it back, as offsets of the references. */
  | { readonly kind: 'unwritable'; readonly at: readonly number[] };

/**
 * A text with the values in the place of its references, bare or as `{{ reference }}`, each escaped as its place in the file asks.
 * What was written is read again and compared. `values` by the printed reference; all of them must be there.
 */
export function render(source: Source, values: ReadonlyMap<string, string>): Rendered {
  const spans = spansOf(source);
  const found = findReferences(source.text).map(({ start, end, reference }) => ({
    ...withBraces(source.text, start, end),
    value: values.get(printReference(reference)) ?? '',
  }));
  const at: number[] = [];
  let text = '';
  let position = 0;
  const checks: { readonly at: number; readonly whole: string; readonly from: number }[] = [];
  for (let index = 0; index < found.length; ) {
    const span = literalAt(spans, found[index]?.start ?? 0);
    const here = found
      .slice(index)
      .filter(each => each === found[index] || (span !== undefined && each.end <= span.end));
    index += here.length;
    const start = span?.start ?? here[0]?.start ?? 0;
    const end = span?.end ?? here[0]?.end ?? 0;
    const written = span === undefined ? here.map(each => each.value).join('') : inLiteral(spans, span, here);
    if (written === undefined) at.push(here[0]?.start ?? 0);
    text += source.text.slice(position, start);
    if (span && written !== undefined) {
      const whole = readValue(spans, span, here);
      if (whole !== undefined)
        checks.push({ at: text.length + (span.contentStart - span.start), whole, from: here[0]?.start ?? 0 });
    }
    text += written ?? '';
    position = end;
  }
  text += source.text.slice(position);
  const after = spansOf({ ...source, text });
  for (const check of checks) {
    const span = after.at(check.at);
    if (span === undefined || spanValue(after, span) !== check.whole) at.push(check.from);
  }
  return at.length > 0 ? { kind: 'unwritable', at } : { kind: 'rendered', text };
}

interface Place extends Range {
  readonly value: string;
}

function withBraces(text: string, start: number, end: number): Range {
  const before = /\{\{[ \t]*$/.exec(text.slice(Math.max(0, start - 20), start))?.[0];
  const after = /^[ \t]*\}\}/.exec(text.slice(end, end + 20))?.[0];
  return before !== undefined && after !== undefined
    ? { start: start - before.length, end: end + after.length }
    : { start, end };
}

/** The literal of data in which a reference stands. */
function literalAt(spans: Spans, at: number): Span | undefined {
  const span = spans.syntax.code || spans.syntax.scanner === 'text' ? undefined : spans.at(at);
  return span === undefined || span.comment || span.role === 'key' ? undefined : span;
}

/** What the reader must get. */
function readValue(spans: Spans, span: Span, places: readonly Place[]): string | undefined {
  let whole = '';
  let position = span.contentStart;
  if (span.role === 'block' || span.quote.length > 1) return undefined;
  for (const { start, end, value } of places) {
    whole += (spanValue(spans, span, position, start) ?? '') + value;
    position = end;
  }
  return whole + (spanValue(spans, span, position) ?? '');
}

/** The whole literal with its values, quotes included; undefined where they cannot be written. */
function inLiteral(spans: Spans, span: Span, places: readonly Place[]): string | undefined {
  const { text, syntax } = spans;
  const form = formOf(syntax.id, span);
  const values = places.map(({ value }) => value);
  const filled = (encode: (value: string) => string) => {
    let content = '';
    let position = span.start;
    for (const { start, end, value } of places) {
      content += text.slice(position, start) + encode(value);
      position = end;
    }
    return content + text.slice(position, span.end);
  };
  if (form.plain !== undefined && values.every(value => form.plain?.test(value))) return filled(value => value);
  if (form.encode !== undefined) {
    return form.refused !== undefined && values.some(value => form.refused?.test(value))
      ? undefined
      : filled(form.encode);
  }
  // Unquoted, or between quotes that allow no escape: the whole literal is written anew.
  const whole = places.length === 1 && places[0]?.start === span.contentStart && places[0].end === span.contentEnd;
  return whole ? form.anew?.(values[0] ?? '') : undefined;
}

interface LiteralForm {
  /** Values that stand there as they are. */
  readonly plain?: RegExp;
  readonly encode?: (value: string) => string;
  /** Values that even `encode` cannot write. */
  readonly refused?: RegExp;
  readonly anew?: (value: string) => string | undefined;
}

const inJson = (value: string) => JSON.stringify(value).slice(1, -1);
const entities = (value: string) =>
  value.replace(
    /[&<>"'\r\n\t]/g,
    sign =>
      ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' })[sign] ?? `&#${sign.charCodeAt(0)};`,
  );
const oneLine = /^[^\r\n\0]*$/;
/** What every reader of YAML takes for text: no number, no date, no truth value. */
const plainYaml = /^(?!(?:true|false|yes|no|on|off|null|y|n|nan|inf)$)[A-Za-z][\w.+/=@-]*$/i;

function formOf(syntax: string, span: Span): LiteralForm {
  switch (syntax) {
    case 'json':
      return { encode: inJson };
    case 'yaml':
      if (span.quote === '"') return { encode: inJson };
      if (span.quote === "'") return { encode: value => value.replaceAll("'", "''"), refused: /[\r\n]/ };
      if (span.role === 'block') return { plain: oneLine };
      return { plain: plainYaml, anew: value => JSON.stringify(value) };
    case 'toml':
      if (span.quote === '"') return { encode: inJson };
      return { plain: /^[^'\r\n\0]*$/, anew: value => JSON.stringify(value) };
    case 'xml':
      return span.quote === '<![CDATA[' ? { plain: /^(?!.*\]\]>)/s } : { encode: entities };
    case 'properties':
      return {
        encode: value =>
          value
            .replace(/\\/g, '\\\\')
            .replace(/\n/g, '\\n')
            .replace(/\r/g, '\\r')
            .replace(/\t/g, '\\t')
            .replace(/^ /, '\\ '),
      };
    case 'dotenv':
      if (span.quote === "'") return { plain: /^[^'\0]*$/, anew: dotenvText };
      return { plain: /^[\w.+/=@:%,-]*$/, anew: dotenvText };
    default:
      return {
        plain: span.quote === '' ? /^(?!["'\s])[^\r\n\0;#]*(?<!\s)$/ : new RegExp(`^[^\\r\\n\\0\\\\${span.quote}]*$`),
      };
  }
}

/** In quotes that every reader of .env files reads alike; undefined for a value that would need escapes. */
export function dotenvText(value: string): string | undefined {
  if (!value.includes("'")) return `'${value}'`;
  return /["\\$`\r\n]/.test(value) ? undefined : `"${value}"`;
}
