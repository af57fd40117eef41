import { readBase64 } from './base64.ts';
import { knownBeginnings, knownExamples, stockWords } from './dummies.ts';
import { senseOf } from './names.ts';
import { unlikeness } from './rarity.ts';

/** Why a value is none, as a sentence about it; undefined when nothing speaks against it. */
export type Objection = string | undefined;

/** Text is put into it later, whatever else it looks like. */
export function objectToTemplate(value: string): Objection {
  return /\$\{|\{\{|<%|%\(\w+\)s/.test(value) ? template : undefined;
}

/** It points to a value or will be replaced by one: a template, an environment read, a reference to a secret manager. */
export function objectToReference(value: string): Objection {
  for (const [expression, reason] of references) if (expression.test(value)) return reason;
  return undefined;
}

const template = 'It is a template: the value is put in later.';
const pointer = 'It says where the secret is kept, and is not the secret.';
const encrypted = 'It is encrypted.';
const hashed = 'It is a hash.';
const publicHalf = 'It is the public half of a key.';

const references: readonly (readonly [RegExp, string])[] = [
  [/\$\{|\{\{|\}\}|<%|%>|#\{|<\?php|\\\(\w/, template],
  [/%\(\w+\)|^%\w+%$|%[sdv](?![\w%])|^%\{|\{\d*\}/, template],
  [/^\$(?:env:)?\(?[A-Za-z_][\w.:]*\)?$|^\$\(|^\$\d$|^`/, template],
  [/^@@?\w+@@?$|^__\w+__$|^_?[A-Z]+(?:_[A-Z]+)*_$/, template],
  [/^<[^<>]*>?$|^\[[^[\]]*\]$|^\{[^{}]*\}$|<[a-z][\w -]{2,40}>/i, template],
  [/^--[a-z][\w-]*$/, 'It is an option of a command.'],
  [/^«.*»$|^:\w+$|^@\w+$|^\?+$/, template],
  [
    /process\.env|import\.meta\.env|os\.environ|getenv|^ENV\[|^env\(|GetEnvironmentVariable|std::env|^env[.:]/i,
    template,
  ],
  [
    /^(?:var|local|data|module|secrets|vars|inputs|params|config|settings|self|this|opts|options|args|env)\.[\w.[\]"']+$/,
    template,
  ],
  [
    /^(?:op|bws|bitwarden|doppler|infisical|keeper|dashlane|sm|gcp|awssm|secretsmanager|ssm|keyring|file|vault|secret|akeyless|azkv|pass|chamber):\/\//,
    pointer,
  ],
  [
    /^ref\+|^vault:(?!v\d)|^akeyless:|^arn:aws:|\{\{?resolve:|@Microsoft\.KeyVault|\.vault\.azure\.net\/|^projects\/[^/]+\/secrets\//,
    pointer,
  ],
  [/^(?:secret|secrets|kv)\/(?:data\/)?[a-z]|^!(?:vault|Ref|Sub|GetAtt|ImportValue)\b|^credentials\(/, pointer],
  [
    /^(?:ENC|NACL|GPG|AGE)[[(]|^\$ANSIBLE_VAULT|^vault:v\d+:|^\{cipher\}|^(?:encrypted|secure|cipher|ENCRYPTED):|^AQ[IE]CAH|^gAAAAA|^76492d1116743f0|^Ag[A-C][A-Za-z0-9+/]{300}|age-encryption\.org|^CiQA|^U2FsdGVkX1/,
    encrypted,
  ],
  // Rails' credentials, Pulumi's secrets.
  [
    /^[A-Za-z0-9+/]{16,}={0,2}--[A-Za-z0-9+/]{16}(?:==)?--[A-Za-z0-9+/]{22}==$|^v1:[A-Za-z0-9+/]{16}:[A-Za-z0-9+/=]+$/,
    encrypted,
  ],
  [
    /^\$(?:2[abxy]?|1|5|6|7|y|gy|apr1|md5|argon2\w*|scrypt|pbkdf2[\w-]*|bcrypt\w*|P|H|S)\$|^\{(?:S?SHA\d*|S?MD5|CRYPT|PBKDF2\w*|bcrypt|noop|pbkdf2)\}|^(?:pbkdf2|scrypt|argon2|bcrypt)[\w:]*\$/i,
    hashed,
  ],
  [/^(?:sha-?(?:1|224|256|384|512)|md5|blake2\w*|h1)[-:=]/i, hashed],
  [
    /^(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-\S+) |^AAAA[BCE]3NzaC1|^age1[a-z0-9]{50}|^MII[BC]IjANBgkq|^MFkwEwYH|^npub1|^xpub/,
    publicHalf,
  ],
];

/** A value that stands for one: masked, typed in order, a stock word, words that ask to be replaced. `strict` where no prefix speaks for it. */
export function objectToPlaceholder(value: string, strict: boolean): Objection {
  const lower = value.toLowerCase();
  if (stockWords.has(lower) || stockWords.has(lower.replace(/[^a-z0-9]+/g, '')))
    return 'It is a word that stands in for a value.';
  if (masked(value)) return 'It is masked: one character fills most of it.';
  if (/\.\.\.|…|\*{3}|x{5}|X{5}|#{4}|•/.test(value)) return 'It is shortened or masked.';
  if (typedInOrder(lower, strict)) return 'It is typed in order, as an example is.';
  if (/^(?:deadbeef|cafebabe|feedface|baadf00d|000102030405)[0-9a-f]*$/.test(lower))
    return 'It begins as the test vectors of standards do.';
  if (/^([0-9a-f])\1{7}-([0-9a-f])\2{3}-([0-9a-f])\3{3}-([0-9a-f])\4{3}-([0-9a-f])\5{11}$/.test(lower))
    return 'Each of its groups is one digit: it was typed by hand.';
  if (pleas.test(lower) || (strict && mildPleas.test(lower)))
    return 'Its words ask to be replaced or call it an example.';
  return undefined;
}

/** `DB_PASSWORD`: the name of a variable that holds such a value. */
export function objectToVariable(value: string): Objection {
  return /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/.test(value) && senseOf(value) !== 'none'
    ? 'It is the name of a variable for such a value.'
    : undefined;
}

/** It is base64 of an ordinary text, and nothing that a machine drew. */
export function objectToEncodedText(value: string): Objection {
  if (value.length < 8 || value.length > 200 || value.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(value))
    return undefined;
  const bytes = readBase64(value) ?? '';
  if (!/^[\x20-\x7e]{6,}$/.test(bytes) || !/^[A-Za-z' _.-]+\d{0,4}[!.]?$/.test(bytes)) return undefined;
  return stockWords.has(bytes.toLowerCase()) || /^(?:a|my|the|some) \w+$|secret|password/i.test(bytes)
    ? 'It is base64 of words that stand in for a value.'
    : undefined;
}

/** It reads like a name or a path of a program: no machine has drawn it. For values whose form alone says little. */
export function objectToName(value: string): Objection {
  return /^[\w$.:/\\-]+$/.test(value) && !/^\d/.test(value) && value.length >= 8 && unlikeness(value) < 0
    ? 'It reads like a name, and not like something that a machine has made.'
    : undefined;
}

function masked(value: string): boolean {
  const counts = new Map<string, number>();
  for (const char of value) counts.set(char, (counts.get(char) ?? 0) + 1);
  const most = Math.max(0, ...counts.values());
  return most * 2 > value.length && value.length > 3;
}

const orders = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789',
  '9876543210',
  'zyxwvutsrqponmlkjihgfedcba',
  'qwertyuiop',
  'asdfghjkl',
  'qwertz',
];

/**
 * Runs of the alphabet, of digits or of the keyboard fill half of it and one is eight long; where nothing but a name speaks for it, one of
 * the two is enough.
 */
function typedInOrder(lower: string, strict: boolean): boolean {
  const { longest, total } = runsOf(lower);
  const fills = total * 2 > lower.length && lower.length > 5;
  return (strict ? longest >= longRun || fills : longest >= longRun && fills) || repeats(lower);
}

/** Short runs fill half of it: `abcd1234-efgh5678`. */
export function isPartlyInOrder(value: string): boolean {
  return value.length > 5 && runsOf(value.toLowerCase()).total * 2 > value.length;
}

const longRun = 8;

/** Of the runs of four and more in it, the longest and all together. */
function runsOf(lower: string): { readonly longest: number; readonly total: number } {
  let longest = 0;
  let total = 0;
  for (let i = 0; i < lower.length; ) {
    const run = Math.max(...orders.map(order => runLength(lower, i, order)));
    if (run >= 4) total += run;
    longest = Math.max(longest, run);
    i += Math.max(1, run >= 4 ? run : 1);
  }
  return { longest, total };
}

function runLength(text: string, start: number, order: string): number {
  const at = order.indexOf(text.charAt(start));
  if (at < 0) return 0;
  let length = 1;
  while (at + length < order.length && text.charAt(start + length) === order.charAt(at + length)) length++;
  return length;
}

/** One short piece again and again: `abcabcabcabc`, `deadbeefdeadbeef`. */
function repeats(lower: string): boolean {
  for (let size = 2; size <= 8 && size * 3 <= lower.length; size++) {
    if (lower.startsWith(lower.slice(0, -size), size)) return true;
  }
  return lower.length >= 16 && lower.startsWith(lower.slice(0, -8), 8);
}

const pleas =
  /example|change[-_ ]?(?:me|it|this)|place[-_ ]?holder|your[-_ .]?(?:own|api|key|token|secret|pass|access|auth|client|app|real|db|user)|_here\b|-here\b|redacted|dummy|replace[-_ ]?(?:me|this|with)|insert[-_ ]|to[-_ ]?be[-_ ]|put[-_ ](?:your|the)|enter[-_ ](?:your|the)|not[-_ ]?a?[-_ ]?real|goes[-_ ]?here/;

const mildPleas =
  /your[-_ .]?\w|fake|sample|fill[-_ ]?(?:me|in)|todo|fixme|lorem|ipsum|invalid|foobar|\bmock|\bdemo[-_]|not[-_ ]a[-_ ]|(?:wrong|bad|incorrect)[-_ ]?(?:pass|pw|token|secret|key)|some[-_ ]?(?:secret|token|password|key|api)|my[-_ ]?(?:secret|token|password|api|access|auth|key)|(?:^|[-_.])(?:test|testing|tests)(?:$|[-_.])/;

/** Known to the world: a provider's document or a widespread example has it. `sha256` gives lower-case hex. */
export function objectToKnownExample(value: string, sha256: (text: string) => string): Objection {
  const is = (text: string): string => sha256(text).slice(0, 12);
  const begins = knownBeginnings.some(([length, hash]) => value.length > length && is(value.slice(0, length)) === hash);
  return begins || knownExamples.has(is(value)) ? 'It is a published example value.' : undefined;
}
