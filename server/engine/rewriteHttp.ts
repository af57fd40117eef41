import { lineEndAt, lineStartAt, type Range } from './cursor.ts';
import type { Source } from './finding.ts';
import { refuse, type SiteOutcome } from './rewriteSite.ts';

/** Files of requests (REST Client, httpYac): `{{$processEnv NAME}}` in address, headers, body and `@name = value`; a name in comments. */
export function rewriteHttp({ text }: Source, ranges: readonly Range[], name: string): SiteOutcome {
  const edits = [];
  for (const range of ranges) {
    const line = text.slice(lineStartAt(text, range.start), lineEndAt(text, range.start));
    const before = text.slice(0, range.start);
    if (before.lastIndexOf('{%') > before.lastIndexOf('%}') || before.lastIndexOf('{{') > before.lastIndexOf('}}'))
      return refuse('The value stands inside of a script or an expression.', `Read process.env.${name} there.`);
    if (/[\r\n]|\{\{/.test(text.slice(range.start, range.end)))
      return refuse('The value cannot stand in a variable of a request.', `Read ${name} in a script of the request.`);
    const comment = /^\s*(?:#|\/\/)/.test(line);
    edits.push({ ...range, text: comment ? `\${${name}}` : `{{$processEnv ${name}}}` });
  }
  return { kind: 'edits', form: 'data', edits };
}
