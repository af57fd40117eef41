import type { Pair } from './candidate.ts';
import type { Part } from './finding.ts';
import { type Sense, wordsOf } from './names.ts';

/** How far around a value, in units and in lines, what belongs to it stands. */
const reach = 400;
const lines = 3;

const set = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** Last words of a name that says who signs in. */
const users = set(
  'user users username usr uname uid userid login loginname email mail account accountname principal admin adminuser dbuser role',
);

/** A name and what it is given: `user: "ada"`, `<user>ada</user>`, `"user" => 'ada'`, `user === 'ada'`, `name="user" value="ada"`, `setUser("ada")`, `--user ada`. */
const given =
  /([A-Za-z_$][\w$.-]{0,60})["'`\]]{0,2}(?:\s{0,8}(?::=|={1,3}|=>|->|[:>])\s{0,8}|\((?=["'`])|\s?,?\s{0,4}["']?value["']?\s?[:=]\s?|(?<=--[\w-]{1,60})\s)(?![\w.-]{1,60}:\s)(?:@|[bru](?=["']))?["'`]?([^\s"'`,;<>(){}[\]&|]{1,100})/g;

/** Without one of these words no name near by is one of `roleOf`. */
const mayNameUser = /us(?:e)?r|uid|name|login|mail|account|principal|admin|role/i;
const mayNameId = /(?:client|app|application|consumer|account|key|access|tenant|team)[^A-Za-z\d]*s?id/i;

/** What the text near a value says of whose it is: a user beside a password, an id beside a secret. */
export function companionOf(text: string, pair: Pick<Pair, 'name' | 'start' | 'end'>, sense: Sense): Part | undefined {
  const from = linesBefore(text, pair.start);
  const to = linesAfter(text, pair.end);
  const near = text.slice(from, to);
  if (!(sense === 'password' ? mayNameUser : mayNameId).test(near)) return undefined;
  let best: Part | undefined;
  let least = reach + 1;
  given.lastIndex = 0;
  for (let match = given.exec(near); match !== null; match = given.exec(near)) {
    const [whole, name = '', value = ''] = match;
    // A value may be the next one's name: `"key": "user", "value": "ada"`.
    given.lastIndex -= value.length;
    const start = from + match.index + whole.length - value.length;
    const distance = start < pair.start ? pair.start - start - value.length : start - pair.end;
    if (distance < 0 || distance >= least || isType(value)) continue;
    const role = roleOf(name, sense);
    if (role === undefined || (role === 'name' && distance > 80)) continue;
    least = distance;
    best = { role: role === 'name' ? 'user' : role, start, end: start + value.length };
  }
  return best;
}

/** `name` alone is a user's where it stands close. */
function roleOf(name: string, sense: Sense): 'user' | 'id' | 'name' | undefined {
  const words = wordsOf(name.split('.').at(-1) ?? '');
  const tail = (words.at(-1) ?? '').replace(/\d+$/, '');
  const before = words.at(-2) ?? '';
  if (sense === 'password') {
    if (users.has(tail) || (/^(?:name|id)$/.test(tail) && users.has(before))) return 'user';
    return words.length === 1 && tail === 'name' ? 'name' : undefined;
  }
  return /^(?:id|sid)$/.test(tail) &&
    /^(?:client|app|application|consumer|account|key|access|tenant|team)$/.test(before)
    ? 'id'
    : undefined;
}

function isType(value: string): boolean {
  return /^(?:true|false|null|none|nil|undefined|string|str|text|varchar|required|optional|object|any|unknown)$/i.test(
    value,
  );
}

function linesBefore(text: string, start: number): number {
  let at = start;
  for (let left = lines; at > 0 && start - at < reach; at--) if (text.charCodeAt(at - 1) === 10 && left-- === 0) break;
  return at;
}

function linesAfter(text: string, end: number): number {
  let at = end;
  for (let left = lines; at < text.length && at - end < reach; at++)
    if (text.charCodeAt(at) === 10 && left-- === 0) break;
  return at;
}
