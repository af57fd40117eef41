import { lineStartAt } from './cursor.ts';
import { refuse, type Site, type SiteOutcome, siteValue } from './rewriteSite.ts';

/**
 * Writes what the reader of a YAML file expands. Where a scalar without quotes would not be read as text any more it gets double
 * ones, with `inDoubleQuotes` in the value's place. `bare`: the reader sees the text before YAML does, and nothing may be added.
 */
export function scalar(
  site: Site,
  reference: string,
  inDoubleQuotes = reference,
  bare = false,
  value?: string,
): SiteOutcome {
  const { first, ranges, source } = site;
  const edits = ranges.map(range => ({ ...range, text: reference }));
  if (first.role !== 'word' || bare) return { kind: 'edits', form: 'data', value, edits };
  const [range] = ranges;
  const around = (text: string) =>
    source.text.slice(first.start, range?.start) + text + source.text.slice(range?.end, first.end);
  const whole = around(inDoubleQuotes);
  if (!inFlow(site) && !/^[{[%@`&*!|>"'#]|:\s|\s#/.test(whole)) return { kind: 'edits', form: 'data', value, edits };
  if (ranges.length > 1 || /["\\\n]/.test(whole))
    return refuse('The value stands unquoted among others.', 'Put it between quotes, then move it.');
  return { kind: 'edits', form: 'data', value, edits: [{ start: first.start, end: first.end, text: `"${whole}"` }] };
}

function inFlow(site: Site): boolean {
  const { text } = site.source;
  return (
    /^[^#]*[{[]/.test(text.slice(lineStartAt(text, site.first.start), site.first.start)) ||
    /^\s*[,\]}]/.test(text.slice(site.first.end, site.first.end + 20))
  );
}

/** How a shell reads the place of a value in a script: `'single'`, `'double'`, `'none'` of quotes; undefined when that cannot be told. */
export function shellQuotes(site: Site): 'single' | 'double' | 'none' | undefined {
  const { first, source, ranges } = site;
  const content = source.text.slice(first.contentStart, first.contentEnd);
  // Escapes of YAML stand between what is written and what the shell reads; a heredoc has rules of its own.
  if ((first.quote === '"' && content.includes('\\')) || (first.quote === "'" && content.includes("''")))
    return undefined;
  if (content.includes('<<')) return undefined;
  const places = new Set(ranges.map(({ start }) => quotesAt(content, start - first.contentStart)));
  const [place] = places;
  return places.size === 1 ? place : undefined;
}

function quotesAt(script: string, at: number): 'single' | 'double' | 'none' | undefined {
  let state: 'single' | 'double' | 'none' = 'none';
  for (let index = 0; index < at; index++) {
    const sign = script.charAt(index);
    if (state === 'single') {
      if (sign === "'") state = 'none';
    } else if (sign === '\\') index++;
    else if (sign === '"') state = state === 'double' ? 'none' : 'double';
    else if (sign === "'" && state === 'none') state = 'single';
    else if (sign === '#' && state === 'none' && /^$|\s/.test(script.charAt(index - 1))) {
      const end = script.indexOf('\n', index);
      if (end < 0 || end >= at) return undefined;
      index = end;
    }
  }
  return state;
}

/** A read of the variable in a step's script; refused where the shell would not expand it to the same word. */
export function shellRead(site: Site): SiteOutcome {
  const { first, name, ranges } = site;
  const quotes = shellQuotes(site);
  const value = siteValue(site);
  const rewritten = `Read "$${name}" in the script.`;
  if (quotes === undefined || value === undefined)
    return refuse('How the shell reads this place cannot be told.', rewritten);
  if (/[$`"'\\\n]/.test(value)) return refuse('The value holds signs that the shell reads as its own.', rewritten);
  if (quotes === 'none' && !/^[\w.+=/@%:,-]+$/.test(value))
    return refuse('Without quotes the shell would split the value.', 'Put it between double quotes, then move it.');
  if (quotes !== 'single')
    return { kind: 'edits', form: 'data', edits: ranges.map(range => ({ ...range, text: `\${${name}}` })) };
  if (first.quote !== '')
    return refuse(
      'Between single quotes the shell expands nothing.',
      'Use double quotes in the script, then move the value.',
    );
  return { kind: 'edits', form: 'data', edits: ranges.map(range => ({ ...range, text: `'"\${${name}}"'` })) };
}
