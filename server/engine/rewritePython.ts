import type { PythonImport } from './pythonImport.ts';
import {
  fitted,
  Neighbours,
  oneEdit,
  type Piece,
  piecesOf,
  type Refusal,
  refuse,
  type Site,
  type SiteOutcome,
  writtenOf,
} from './rewriteSite.ts';

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
  const written = writtenOf(site);
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
