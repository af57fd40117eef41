import type { Span } from './cursor.ts';
import type { Spans } from './spans.ts';

/**
 * How many blanks at each line's start are layout and not content, in a literal over several lines whose language takes them off:
 * `<<~` of Ruby and Perl, `<<-` of Terraform, PHP's heredocs, `"""` of Elixir and Swift, `''` of Nix. 0 elsewhere.
 */
export function layoutIndent({ text, syntax }: Spans, span: Span): number {
  const opener = text.slice(span.anchor, span.anchor + 3);
  const least =
    (span.role === 'heredoc' && (opener.startsWith('<<~') || (syntax.id === 'terraform' && opener === '<<-'))) ||
    (syntax.id === 'nix' && span.quote === "''");
  if (least) {
    const lines = text.slice(span.contentStart, span.contentEnd).split('\n');
    const first = span.role === 'heredoc' ? 0 : 1;
    const written = lines.slice(first).filter(line => line.trim() !== '');
    return written.length === 0 ? 0 : Math.min(...written.map(line => line.length - line.trimStart().length));
  }
  const closed =
    (span.role === 'heredoc' && syntax.id === 'php') ||
    (span.quote.includes('"""') && (syntax.id === 'elixir' || syntax.id === 'swift'));
  if (!closed) return 0;
  const line = text.lastIndexOf('\n', span.contentEnd - (span.role === 'heredoc' ? 0 : 1)) + 1;
  const start = span.role === 'heredoc' ? span.contentEnd : line;
  return (/^[ \t]*/.exec(text.slice(start, start + 200))?.[0] ?? '').length;
}

/** A part of such a literal without its layout; undefined when a line is indented less. */
export function withoutLayout(written: string, indent: number): string | undefined {
  const [first = '', ...rest] = written.split('\n');
  const lines: string[] = [first];
  for (const line of rest) {
    if (line.slice(0, indent).trim() !== '') return undefined;
    lines.push(line.slice(indent));
  }
  return lines.join('\n');
}
