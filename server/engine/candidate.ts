import type { Certificate, Confidence, Host, Kind, Part, Source } from './finding.ts';
import type { Structure } from './rulePack.ts';

/** A range that a rule's pattern or structure matched; judge.ts says whether it is a finding. UTF-16 offsets. */
export interface Candidate {
  /** Index in the detector's rules. */
  readonly rule: number;
  readonly start: number;
  readonly end: number;
  readonly parts: readonly Part[];
  /** Units of the match before the value and after it, where a pattern found it. */
  readonly around?: readonly [number, number];
  /** What the recogniser saw, a sentence a step. */
  readonly evidence: readonly string[];
  /** Where the recogniser knows better than its rule. */
  readonly kind?: Kind;
  readonly provider?: string;
  readonly title?: string;
  readonly confidence?: Confidence;
  readonly expires?: number;
  /** Words for the variable's name when the text around gives none: `DATABASE PASSWORD`. */
  readonly purpose?: string;
  /** The dotted name that it is assigned to, where the recogniser has read that already. */
  readonly assigned?: string;
  /** Nothing but the name before it speaks for it. */
  readonly generic?: boolean;
  /** Judged already, in the text that is encoded here. */
  readonly inner?: boolean;
  /** How sure the name that it is assigned to makes it, whatever its rule says. */
  readonly byName?: Confidence;
  /** Units of the name that stands beside it: of rules that describe the same value, the one with the longest name knows best. */
  readonly named?: number;
  /** The rule's own prefix stands in the value: its shape alone names it. */
  readonly distinctive?: boolean;
}

/** Where a keyword stands, and in what. */
export interface Hit {
  readonly source: Source;
  readonly rule: number;
  readonly start: number;
  readonly end: number;
  /** What recognisers of several rules would read twice, by the start of its line; lives as long as the look at this text. */
  readonly pairs: Map<number, readonly Pair[]>;
  /** The text is a program's: values are literals there. */
  readonly code: boolean;
  /** Values of words stand in quotes there: in programs and in JSON. */
  readonly quotes: boolean;
  readonly reject: Reject | undefined;
}

/** Told of what a recogniser looked at and let go, with the reason in a sentence without the value. UTF-16 offsets. */
export type Reject = (rule: number, start: number, end: number, reason: string) => void;

/** A name and the value that a text gives it. */
export interface Pair {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /**
   * `quoted`; `plain`: a value of a format that has them without quotes; `bare`: in prose, a comment or a text of another format, where it
   * may be an expression; `expression`: in a program, where it is one.
   */
  readonly form: 'quoted' | 'plain' | 'bare' | 'expression';
}

export interface Recognised {
  readonly candidates: readonly Candidate[];
  readonly certificates?: readonly Certificate[];
  /** Keywords that begin before it need not be looked at: they were. */
  readonly next: number;
}

/** Looks at the text around a keyword; undefined when nothing of its kind stands there. */
export type Recogniser = (hit: Hit, host: Host) => Recognised | undefined;

/** What announces each structure, in lower case. */
export const recogniserKeywords: Readonly<Record<Structure, readonly string[]>> = {
  pem: ['-----begin'],
  jwt: ['eyj'],
  url: ['://'],
  connectionString: ['password', 'pwd', 'accesskey', 'accountkey'],
  callArgument: [
    ...[
      'login(',
      'log_in(',
      'signin(',
      'sign_in(',
      'authenticate(',
      'auth(',
      'auth=(',
      'auth "',
      "auth '",
      'credentials(',
      'credentials.basic(',
    ],
    ...[
      'credential(',
      'passwordauthentication(',
      'authenticationtoken(',
      'getconnection(',
      'connect(',
      '.open(',
      'mysqli(',
      'pdo(',
    ],
    ...['sequelize(', '_bind(', 'imap_open(', 'auth_password('],
  ],
  assignment: [
    ...['pass', 'depasse', 'pwd', 'secret', 'token', 'credential', 'apikey', 'api_key', 'api-key', 'api key'],
    ...[
      'accesskey',
      'access_key',
      'access-key',
      'privatekey',
      'private_key',
      'private-key',
      'auth',
      'authorization',
      'authentication',
      '_key',
      '-key',
      'key',
    ],
  ],
};

/** The bounds of the line around `offset`, looked for at most `most` units either way. */
export function lineAround(
  text: string,
  offset: number,
  most = longLine,
): { readonly start: number; readonly end: number } {
  let start = offset;
  while (start > 0 && offset - start < most && text.charCodeAt(start - 1) !== 10) start--;
  let end = offset;
  while (end < text.length && end - offset < most && text.charCodeAt(end) !== 10) end++;
  if (end > start && text.charCodeAt(end - 1) === 13) end--;
  return { start, end };
}

/** Lines longer than this either way are looked at in part, so that time stays linear. */
export const longLine = 2000;

/** The text as a lexer shall read it: whole, or of a very long line the stretch around. `base` is where it begins. */
export function viewAround(
  source: Source,
  start: number,
  end: number,
): { readonly source: Source; readonly base: number } {
  const line = { start: lineAround(source.text, start).start, end: lineAround(source.text, end).end };
  if (start - line.start < longLine && line.end - end < longLine) return { source, base: 0 };
  const base = Math.max(line.start, start - 200);
  return { source: { ...source, text: source.text.slice(base, Math.min(line.end, end + 20)) }, base };
}
