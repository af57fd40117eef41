import type { Edit, Source } from './finding.ts';
import { type Refusal, refuse, type Site, type SiteOutcome } from './rewriteSite.ts';

/** Why nothing in such a script can be rewritten. */
export function refuseShellFile({ path }: Source): Refusal | undefined {
  if (
    !/(?:^|\/)(?:\.(?:bashrc|bash_profile|bash_login|profile|zshrc|zshenv|zprofile|zlogin|kshrc)|config\.fish)$/.test(
      path,
    )
  )
    return undefined;
  return refuse(
    'This file is read when a shell starts, before anything could give it the value.',
    'Delete the line, and start what needs the value with keysweep run.',
  );
}

/**
 * sh, bash, zsh and fish. Quoted parts stay as they are; the read stands between double quotes, so that nothing splits it. fish has
 * no expansion that stops when the variable is missing.
 */
export function rewriteShell(site: Site): SiteOutcome {
  const { first, last, source, spans, name, ranges } = site;
  if (first !== last)
    return refuse('The value is put together of several pieces.', 'Write it in one piece, then move it.');
  const fish = /\.fish$/.test(source.path) || source.languageId === 'fish' || /^#!.*\bfish\b/.test(source.text);
  const read = fish ? `$${name}` : `\${${name}:?${name} is not set}`;
  const outer = spans.parentOf(first);
  if (first.role === 'heredoc') {
    if (first.raw)
      return refuse(
        'A heredoc with a quoted delimiter expands nothing.',
        'Take the quotes off the delimiter and escape its other dollar signs, then move the value.',
      );
    if (ranges.some(range => source.text.slice(range.start, range.end).endsWith('\n'))) {
      return refuse('The value takes the last line end of the heredoc along.', 'Leave the line end out.');
    }
    return plain(site, read);
  }
  if (fish && (first.prefix === '$' || outer))
    return refuse('The value stands in a text inside of another.', 'Put it into a variable first.');
  if (/=~[ \t]+["']?$/.test(source.text.slice(Math.max(0, first.contentStart - 20), first.contentStart)))
    return refuse(
      'The value is a pattern here, and a variable would stand for itself.',
      'Compare with ==, and move the value then.',
    );
  if (first.role === 'word')
    return rewriteWord(site, read, outer !== undefined && outer.quote === '"' && !inSubstitution(site));
  if (first.quote === '"') {
    const next = ranges.some(range => /\w/.test(source.text.charAt(range.end)));
    if (fish && next) return refuse('The value runs into the text behind it.', 'Put the value into a variable first.');
    return plain(site, read);
  }
  return { kind: 'edits', form: 'code', edits: [requoted(site, read)] };
}

function plain(site: Site, read: string): SiteOutcome {
  return { kind: 'edits', form: 'code', edits: site.ranges.map(range => ({ ...range, text: read })) };
}

/** An unquoted run: the read gets quotes of its own, except in `"${NAME:-word}"`, whose quotes hold it already. */
function rewriteWord(site: Site, read: string, quoted: boolean): SiteOutcome {
  const { text } = site.source;
  const { first, name, ranges } = site;
  const before = text.slice(Math.max(0, first.start - name.length - 5), first.start);
  const own = /\$\{(\w+):?-$/.exec(before);
  if (
    own?.[1] === name &&
    ranges.length === 1 &&
    text.charAt(first.end) === '}' &&
    ranges[0]?.start === first.start &&
    ranges[0].end === first.end
  ) {
    return {
      kind: 'edits',
      form: 'code',
      edits: [{ start: first.start - own[0].length, end: first.end + 1, text: read }],
    };
  }
  return plain(site, quoted ? read : `"${read}"`);
}

/** Whether the site stands in `$(...)` rather than in `${...}`. */
function inSubstitution(site: Site): boolean {
  const outer = site.spans.parentOf(site.first);
  const hole = outer?.holes.findLast(({ start, end }) => start <= site.first.start && site.first.end <= end);
  return hole !== undefined && site.source.text.charAt(hole.start + 1) !== '{';
}

/** `'pre'"${NAME}"'post'` */
function requoted(site: Site, read: string): Edit {
  const { text } = site.source;
  const { first, ranges } = site;
  const piece = (start: number, end: number) => (end > start ? `${first.prefix}'${text.slice(start, end)}'` : '');
  let replacement = '';
  let at = first.contentStart;
  for (const range of ranges) {
    replacement += `${piece(at, range.start)}"${read}"`;
    at = range.end;
  }
  return { start: first.start, end: first.end, text: replacement + piece(at, first.contentEnd) };
}
