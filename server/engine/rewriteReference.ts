import type { Range } from './cursor.ts';
import type { Edit, Source } from './finding.ts';
import { spanValue } from './lexer.ts';
import { type Refusal, refuse, type SiteEdits } from './rewriteSite.ts';
import { spansOf } from './spans.ts';

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
