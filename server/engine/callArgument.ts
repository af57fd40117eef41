import type { Candidate, Recogniser } from './candidate.ts';
import { weighArgument } from './weigh.ts';

/** A call that takes a password by its place among the arguments. */
interface Taker {
  /** Callee, from its end, in lower case. */
  readonly callee: RegExp;
  /** 0-based places of user and password; the first whose user and password are texts counts. */
  readonly places: readonly (readonly [user: number, password: number])[];
  /** The name has other meanings: a word is not enough there. */
  readonly vague?: boolean;
  /** The first argument is a host or an address: signals and events are connected as well. */
  readonly host?: boolean;
}

const takers: readonly Taker[] = [
  {
    callee: /(?:usernamepassword\w*|networkcredential|passwordauthentication|basic_?auth|digest_?auth|pscredential)$/,
    places: [[0, 1]],
  },
  {
    callee: /(?:\blog_?in|sign_?in|authenticate|set_?credentials|credentials\.basic|basicawscredentials)$/,
    places: [[0, 1]],
  },
  {
    callee: /\bcredentials$/,
    places: [
      [2, 3],
      [0, 1],
    ],
  },
  {
    callee: /(?:getconnection|\bpdo|ftp_login|ssh2_auth_password|ldap_bind|imap_open|\bsequelize|dbi->connect)$/,
    places: [[1, 2]],
  },
  {
    callee: /(?:mysqli?(?:_p?connect)?|sqlsrv_connect|oci_connect|odbc_connect)$/,
    places: [
      [1, 2],
      [0, 1],
    ],
  },
  { callee: /mysql_real_connect$/, places: [[2, 3]] },
  {
    callee: /(?:sql|db|client|conn\w*|driver|pg|ora\w*|maria\w*|smtp|ftp)(?:\.|::|->)(?:connect|open)$/,
    places: [[1, 2]],
    host: true,
  },
  { callee: /\bauth$/, places: [[0, 1]], vague: true },
];

/** `login("ada", "…")`, `new NetworkCredential("ada", "…")`, `auth=("ada", "…")`. The keyword ends with the bracket, or before the first quote. */
export const recogniseCallArgument: Recogniser = ({ source, rule, start, end }) => {
  const { text } = source;
  const callee = calleeBefore(text, end);
  const taker = takers.find(one => one.callee.test(callee));
  if (taker === undefined) return undefined;
  const given = argumentsAt(text, /["']/.test(text.charAt(end - 1)) ? end - 1 : end);
  const first = given[0];
  if (taker.host === true && first?.quoted === true && !hostLike.test(text.slice(first.start, first.end)))
    return undefined;
  for (const [userAt, passwordAt] of taker.places) {
    const user = given[userAt];
    const password = given[passwordAt];
    if (password?.quoted !== true || user === undefined || !isUser(text.slice(user.start, user.end), user.quoted))
      continue;
    const weight = weighArgument(text.slice(password.start, password.end));
    if (weight === 'none') continue;
    const candidate: Candidate = {
      ...{ rule, start: password.start, end: password.end, generic: true, kind: 'password' },
      parts: user.quoted ? [{ role: 'user', start: user.start, end: user.end }] : [],
      confidence:
        weight === 'word' && ((taker.vague === true && text.charAt(end - 2) !== '=') || !user.quoted)
          ? 'low'
          : 'medium',
      evidence: [`It stands where \`${callee.slice(-40)}\` takes a password.`],
      purpose: 'PASSWORD',
    };
    return { candidates: [candidate], next: password.end };
  }
  return { candidates: [], next: Math.max(start + 1, end) };
};

const hostLike = /[.:%]|^(?:localhost|db|database|mysql|postgres|mariadb|oracle)$/i;

/** The dotted name before a bracket, in lower case: without blanks, brackets and the sign of a keyword argument. */
function calleeBefore(text: string, end: number): string {
  const before = text.slice(Math.max(0, end - 80), end).toLowerCase();
  return /([\w$.:>-]+)\s?=?\s?[("'\s]*$/.exec(before)?.[1]?.replace(/=$/, '') ?? '';
}

interface Argument {
  readonly quoted: boolean;
  /** Without quotes. */
  readonly start: number;
  readonly end: number;
}

/** Text in quotes with what is called on it, or a short expression; and the comma behind. */
const argument =
  /\s{0,20}(?:[@bruLf]{0,2}(["'`])((?:\\.|(?!\1)[^\\\n]){0,200})\1(?:\.\w{1,30}\(\w{0,20}\))?|([^,()"'`\n]{1,80}(?:\([^()"'`\n]{0,60}\))?))\s{0,20}([,)]|$)/y;
const mostArguments = 5;

function argumentsAt(text: string, from: number): readonly Argument[] {
  const found: Argument[] = [];
  argument.lastIndex = from;
  while (found.length < mostArguments) {
    const match = argument.exec(text);
    if (match === null) break;
    const [whole, quote, content, , sign] = match;
    const start = match.index + whole.indexOf(quote ?? match[3] ?? '') + (quote === undefined ? 0 : 1);
    found.push({ quoted: quote !== undefined, start, end: start + (content ?? match[3] ?? '').length });
    if (sign !== ',') break;
  }
  return found;
}

/** A name of a person or an account; of an expression, one that says that it is one. */
function isUser(value: string, quoted: boolean): boolean {
  if (!quoted) return /(?:user|usr|login|e?mail|account|name)\w*(?:\(\))?\s*$/i.test(value);
  return (
    /^[\w.@+\\-]{1,64}$/.test(value) && !/^(?:get|put|post|head|patch|delete|options|local|basic|bearer)$/i.test(value)
  );
}
