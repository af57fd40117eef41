import { lineEndAt, lineStartAt, nextLineAt } from './cursor.ts';
import type { Edit } from './finding.ts';
import { spanValue } from './lexer.ts';
import { refuse, type Site, type SiteOutcome } from './rewriteSite.ts';
import type { Spans } from './spans.ts';

/**
 * Takes the whole entry out of a file whose reader looks for `variable` in the environment first. What is stored is all that the
 * entry says, under the name that was asked for and under the variable's.
 */
export function withoutEntry(site: Site, variable: string): SiteOutcome {
  const { first, spans } = site;
  const value = first.role === 'block' || first.interpolated ? undefined : spanValue(spans, first);
  if (value === undefined)
    return refuse(
      'What the reader makes of this entry cannot be said for sure.',
      'Write it on one line, then move it.',
    );
  const edit =
    spans.syntax.id === 'json' ? memberOf(site) : spans.syntax.id === 'yaml' ? yamlEntryOf(site) : lineOf(site);
  if (edit === undefined)
    return refuse('The entry does not stand alone on its line.', 'Write it on a line of its own, then move it.');
  return { kind: 'edits', form: 'removed', edits: [edit], value, alias: variable };
}

/** The lines of `name = value`, if nothing else stands on them. */
function lineOf({ first, source: { text } }: Site): Edit | undefined {
  const start = lineStartAt(text, first.start);
  const before = text.slice(start, first.start);
  const after = text.slice(first.end, lineEndAt(text, first.end));
  if (!/^\ufeff?[^{}[\]=:#]*[^{}[\]=:#\s][ \t]*[=:][ \t]*$/.test(before) || !/^[ \t]*(?:[#;].*)?$/.test(after))
    return undefined;
  return { start: before.startsWith('\ufeff') ? start + 1 : start, end: nextLineAt(text, first.end), text: '' };
}

/** The line of `name: value` in a block mapping that keeps another entry, or with the mapping when nothing is left of it. */
function yamlEntryOf(site: Site): Edit | undefined {
  const { first, source } = site;
  const { text } = source;
  const start = lineStartAt(text, first.start);
  const indent = /^( *)["']?[\w.-]+["']?:[ \t]+$/.exec(text.slice(start, first.start))?.[1];
  const end = nextLineAt(text, first.end);
  if (indent === undefined || !/^[ \t]*(?:#.*)?$/.test(text.slice(first.end, lineEndAt(text, first.end))))
    return undefined;
  const own = (line: string) => line.startsWith(indent) && /^[\w"'.-]/.test(line.slice(indent.length));
  const blank = (line: string) => /^\s*(?:#.*)?$/.test(line);
  const above = text.slice(0, start).split('\n').slice(0, -1).toReversed();
  const before = above.findIndex(line => !blank(line));
  const after =
    text
      .slice(end)
      .split('\n')
      .find(line => !blank(line)) ?? '';
  const previous = above[before] ?? '';
  const deeper = previous.startsWith(`${indent} `);
  if (own(after) || own(previous) || deeper) return { start, end, text: '' };
  // The only entry of a mapping at the top goes with its name.
  if (before !== 0 || !/^[\w-]+:[ \t]*\r?$/.test(previous)) return undefined;
  return { start: lineStartAt(text, start - 1), end, text: '' };
}

/** `"name": "value"` with the comma that is its own. Undefined in an array, and where a name does not say the whole path. */
function memberOf({ first, spans, source: { text } }: Site): Edit | undefined {
  const before = /"((?:[^"\\\n]|\\.)*)"\s*:\s*$/.exec(text.slice(Math.max(0, first.start - 500), first.start));
  if (!before || openBrackets(spans, first.start) !== '{'.repeat(first.key?.name.split('.').length ?? 0))
    return undefined;
  if (before[1] === undefined || before[1].includes('.') || !first.key?.name.endsWith(before[1])) return undefined;
  const start = first.start - before[0].length;
  const blanks = /\s*$/.exec(text.slice(0, start))?.[0] ?? '';
  const opener = text.charAt(start - blanks.length - 1);
  if (opener !== '{' && opener !== ',') return undefined;
  const rest = /^(\s*)(,?)([ \t]*(?:\r?\n)?)/.exec(text.slice(first.end));
  if (rest?.[2] === ',') {
    const alone = /\n[ \t]*$/.test(blanks) && rest[3]?.includes('\n') === true;
    return { start: alone ? lineStartAt(text, start) : start, end: first.end + rest[0].length, text: '' };
  }
  // Behind the last member no comma may stay.
  if (text.charAt(first.end + (rest?.[1]?.length ?? 0)) !== '}') return undefined;
  return { start: start - blanks.length - (opener === ',' ? 1 : 0), end: first.end, text: '' };
}

/** The braces and brackets that are open at an offset, outermost first. */
function openBrackets(spans: Spans, at: number): string {
  let open = '';
  let position = 0;
  for (const span of [...spans.touching(0, at), { start: at, end: at }]) {
    for (const sign of spans.text.slice(position, Math.min(span.start, at))) {
      if (sign === '{' || sign === '[') open += sign;
      else if (sign === '}' || sign === ']') open = open.slice(0, -1);
    }
    position = Math.max(position, span.end);
  }
  return open;
}
