import type { Candidate } from './candidate.ts';
import type { FileRole } from './fileRole.ts';
import type { Source } from './finding.ts';
import { languageOf, type Place } from './lexer.ts';
import { wordsOf } from './names.ts';
import type { Objection } from './placeholder.ts';
import { unlikeness } from './rarity.ts';

/* What speaks against a value because of where it stands, and not of what it is. Nothing here looks farther back than `nearness`. */

/** Units before a value that are looked at: an edit farther away does not change a finding. */
const nearness = 1400;

/** The file's role, or that of the function around a value: tests of Rust stand in the file that they test. */
export function roleAt({ text, path }: Source, role: FileRole, start: number): FileRole {
  if (role !== 'ordinary' || !path.endsWith('.rs')) return role;
  const before = text.slice(Math.max(0, start - nearness), start);
  let test = false;
  for (const { 1: marks = '' } of before.matchAll(rustFunction)) test = /\btest\b/.test(marks);
  return test || /#\[cfg\(test\)\]/.test(before) ? 'test' : role;
}

/** The attributes above a function, and its head. */
const rustFunction =
  /((?:^[ \t]*#\[[^\n]*\n)*)^[ \t]*(?:pub(?:\([^)\n]*\))? )?(?:const )?(?:async )?(?:unsafe )?fn \w+/gm;

/** The value stands bare in a program, where values are literals: it is a name or a call. */
export function objectToCode(source: Source, place: Place, candidate: Candidate, value: string): Objection {
  if (candidate.distinctive === true) return undefined;
  const chain = /^[A-Za-z_$][\w$]*(?:\[-?\d+\])?(?:\.[A-Za-z_$][\w$]*)+(?=$|[(),?\\:;\]])/.exec(value)?.[0];
  if (chain !== undefined && unlikeness(chain) < 0) return code;
  if (place.literal !== undefined || place.comment || /["'`]/.test(source.text.charAt(candidate.start - 1)))
    return undefined;
  const language = languageOf(source);
  return language.code && bare.has(language.id) ? code : undefined;
}

const code = 'It is a name or a call of a program, and not a text.';

/** Programs in which a text stands in quotes always. */
const bare: ReadonlySet<string> = new Set([
  ...['javascript', 'typescript', 'typescriptreact', 'python', 'java', 'kotlin', 'scala', 'csharp', 'go', 'rust'],
  ...['swift', 'dart', 'php', 'ruby', 'c', 'groovy', 'vb'],
]);

/** A UUID tells requests, changes and jobs apart, and is no secret under such a name. */
export function objectToIdentifier(name: string, value: string): Objection {
  if (!/^[0-9a-f]{7,8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value)) return undefined;
  const words = wordsOf(name.split('.').at(-1) ?? '');
  const tail = words.at(-1) ?? '';
  const marks =
    /^(?:request|change|action|idempotency|client|task|operation|creation|correlation|trace|job|next|page)$/;
  if (/^keys?$/.test(tail) && words.length === 1) return identifier;
  return tail === 'token' && marks.test(words.at(-2) ?? '') ? identifier : undefined;
}

const identifier = 'It is an identifier (a UUID), and its name does not say that it is a secret.';

/**
 * Whether a value stands where a program tells its reader what to write: in the text that explains a function or a module, in a comment
 * of documentation, in a help text, behind the words "for example".
 */
export function inExplanation(source: Source, { literal, comment }: Place, start: number): boolean {
  const { text } = source;
  const line = text.slice(Math.max(text.lastIndexOf('\n', start - 1) + 1, start - nearness), start);
  if (comment) return docComment.test(line) || announced.test(line);
  if (literal === undefined || !languageOf(source).code) return false;
  if (announced.test(text.slice(Math.max(literal.start, start - 120), start).replace(/^.*\n/s, ''))) return true;
  const before = text.slice(Math.max(0, literal.start - nearness), literal.start);
  if (isManifold(text, literal.start, start) && documents.test(before.slice(-120))) return true;
  if (languageOf(source).id !== 'python' || !/^[rRuU]?(?:"""|''')/.test(text.slice(literal.start, literal.start + 4)))
    return false;
  return /(?:^|\n)[ \t]*$/.test(before) && !/[([{,=+\\]$/.test(before.trimEnd());
}

/** A value that stands on a later line than the literal's beginning, or after a `\n` within it. */
function isManifold(text: string, literalStart: number, start: number): boolean {
  return /\n|\\n/.test(text.slice(Math.max(literalStart, start - nearness), start));
}

const docComment = /^\s*\/\/[/!]/;

/** What follows is an example. */
const announced =
  /\b(?:e\.g\.|for (?:example|instance)|examples?\b[^\n:=]{0,20}[:=]|such as|looks? like|like this)[^\n]{0,80}$/i;

/** The name that a text of documentation is given, up to the text: `EXAMPLES = r`, `Long: `, `@moduledoc `. */
const documents =
  /(?:\b|_|[a-z](?=[A-Z]))(?:(?:module|type)?doc|docs|documentation|examples?|returns?|usage|help|help_?text|epilog|description|desc|long|short|synopsis|instructions|manual|readme)["']?\s*(?::=|=|:|=>|\+=)?\s*(?:[\w.]{1,40}\(\s*)?[rRuUfF]{0,2}$/i;
