import { type Candidate, lineAround, longLine, type Pair } from './candidate.ts';
import { companionOf } from './companion.ts';
import type { Part, Source } from './finding.ts';
import { syntaxOf } from './languages.ts';
import { languageOf } from './lexer.ts';
import { type Sense, senseOf, wordsOf } from './names.ts';
import { looksRandom, unlikeness } from './rarity.ts';

/** What a name's value is found to be. */
export type Weight = Pick<Candidate, 'confidence' | 'evidence' | 'kind' | 'parts'>;

const shortest = 4;
/** Units of a value that a weak name makes a secret of. */
export const shortestRandom = 16;

/** Longer values are none that a name alone makes a secret. */
export const longest = 1000;

/** Whether what a text gives a name is a secret, and how sure that is; undefined when it is none. */
export function weighPair(source: Source, pair: Pair): Weight | undefined {
  const value = source.text.slice(pair.start, pair.end);
  if (value.length < shortest || value.length > longest) return undefined;
  const sense = senseOf(pair.name);
  if (sense === 'none' || isOrdinary(value, pair)) return undefined;
  if (pair.form !== 'quoted' && /^\W?[{(]|%[a-z]|\\|\$\(/.test(value)) return undefined;
  if (pair.form === 'bare' && !standsOut(value, sense)) return undefined;
  if (pair.form === 'expression' && !isNoExpression(value)) return undefined;
  if (sense === 'password') return weighPassword(source, pair, value);
  // `zendeskApi: 'zendeskOAuth2Api'`: a name for a name.
  if (sense === 'weak' && wordsOf(value).at(-1) === wordsOf(pair.name).at(-1)) return undefined;
  const weight = weighSecret(value, sense);
  return weight && { ...weight, parts: partsBeside(source, pair, sense) };
}

function partsBeside(source: Source, pair: Pair, sense: Sense): readonly Part[] {
  const companion = companionOf(source.text, pair, sense);
  return companion === undefined ? [] : [companion];
}

/** How much a text looks like a password where nothing but a password can stand. */
export function weighArgument(value: string): 'strong' | 'word' | 'none' {
  if (value.length < shortest || value.length > longest || isOrdinaryValue(value, true) || readsAsName(value))
    return 'none';
  return isStrong(value) ? 'strong' : 'word';
}

/** Why weighPair makes nothing of it, as a sentence. */
export function objectionToPair(source: Source, pair: Pair): string {
  const value = source.text.slice(pair.start, pair.end);
  const called = `\`${pair.name.slice(0, 80)}\``;
  if (senseOf(pair.name) === 'none') return `Its name, ${called}, does not say that it is a secret.`;
  if (value.length < shortest) return `It is too short for a secret, whatever ${called} is.`;
  if (value.length > longest) return `It is too long for a secret of the name ${called}.`;
  if (isOrdinary(value, pair))
    return `Its name, ${called}, would be a secret's, but it is an everyday text: a word of the language, the name again, a sentence, a path, an address, a version or code.`;
  if (pair.form === 'bare' || pair.form === 'expression')
    return `It stands without quotes and does not look random: it may be code or a name.`;
  return `Its name, ${called}, says too little for a value that does not look as if a machine had made it.`;
}

/** Text in prose, a comment or a text of another format, which an expression or a word of that sentence may be as well. */
function standsOut(value: string, sense: Sense): boolean {
  if (/^[\w.]+[.[(]|[<>|]/.test(value) && !looksRandom(value)) return false;
  if (sense === 'password') return isStrong(value);
  return looksRandom(value) && (/\d/.test(value) || (value.length >= 20 && /[a-z][A-Z]|[A-Z][a-z]/.test(value)));
}

/** Without quotes in a program: no identifier, or one that nobody would write. */
function isNoExpression(value: string): boolean {
  if (!looksRandom(value) || !/\d/.test(value)) return false;
  return !/^[A-Za-z_$][\w$.]*$/.test(value) || (value.length >= 20 && !/[_.]/.test(value) && unlikeness(value) >= 20);
}

/** Random, or letters with digits or signs, as people choose them. */
function isStrong(value: string): boolean {
  if (looksRandom(value)) return true;
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter(kind => kind.test(value)).length;
  return kinds >= 2 && value.length >= 6 && /\d|[^A-Za-z0-9_.-]/.test(value);
}

function weighPassword(source: Source, pair: Pair, value: string): Weight | undefined {
  const random = looksRandom(value) && !readsAsName(value);
  // What a bundler has written on one line is nobody's setting.
  if (!random && isWithinLongLine(source.text, pair)) return undefined;
  const parts = partsBeside(source, pair, 'password');
  const weight = (confidence: 'medium' | 'low', reason: string): Weight => {
    return { confidence, evidence: ['Its name says that it is a password.', reason], kind: 'password', parts };
  };
  if (random) return weight('medium', 'It looks random.');
  const name =
    readsAsName(value) || (/^[a-z]+(?:-[a-z]+)+$/.test(value) && languageOf(source).code && senseOf(value) !== 'none');
  if (isStrong(value) && !name) return weight('medium', 'It mixes letters with digits or signs, as passwords do.');
  const word = name || (readsAsLabel(value) && !isCompared(source.text, pair));
  if (!word && parts.length > 0) return weight('medium', 'A user name stands beside it.');
  // `pass` alone is a step, a test's outcome or a season ticket as well.
  if (/(?:^|[^A-Za-z])pass$/i.test(pair.name)) return undefined;
  if (!word && isSetting(source, pair)) return weight('medium', 'It is a setting of a program.');
  return weight('low', 'It may be a word.');
}

/** A word with a capital, as titles and translations begin. */
function readsAsLabel(value: string): boolean {
  return /^\p{Lu}\p{Ll}+$/u.test(value);
}

function isWithinLongLine(text: string, { start, end }: Pair): boolean {
  const { start: from, end: to } = lineAround(text, start);
  return start - from >= longLine || to - end >= longLine;
}

/** `docker_password`, `new_password1`, `PGPASSWORD`, `updatePasswordMessage`: the name of a field, a column, a text or a variable. */
function readsAsName(value: string): boolean {
  if (/^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/.test(value) && /(?:^|_)[A-Z]{3,}(?:_|$)/.test(value)) return true;
  if (/^(?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[a-z][a-z0-9]*(?:_[a-z0-9]+)+|[A-Z][A-Z0-9]+)$/.test(value))
    return senseOf(value) !== 'none';
  return /^[a-z]+(?:[A-Z][a-z]+){2,}$/.test(value) && wordsOf(value).some(word => senseOf(word) !== 'none');
}

function isCompared(text: string, { start }: Pair): boolean {
  return /(?:[=!]==?|\beq|equals\w*\()\s{0,4}@?["'`]?$/.test(text.slice(Math.max(0, start - 30), start));
}

/** Formats whose values a program takes as they stand. Of YAML and shell scripts those in capitals, which go to the environment. */
function isSetting(source: Source, { name, form, start }: Pair): boolean {
  const { id } = syntaxOf(source);
  const before = source.text.slice(Math.max(0, start - 120), start);
  if (settings.has(id) || /\b(?:env(?:iron)?|(?:set|put)_?env)\W{1,3}\w+\W{1,8}$/i.test(before)) return true;
  if (environments.has(id) && /\s-{1,2}[\w-]+[ =]["']?$/.test(before)) return true;
  if (id === 'yaml') return form !== 'bare' && !name.startsWith('components.');
  return (form === 'plain' || environments.has(id)) && /(?:^|\.)[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/.test(name);
}

const settings: ReadonlySet<string> = new Set(['dotenv', 'properties', 'ini', 'toml', 'terraform', 'dockerfile']);
const environments: ReadonlySet<string> = new Set(['shell', 'makefile', 'batch', 'powershell', 'json', 'groovy']);

function weighSecret(value: string, sense: Sense): Omit<Weight, 'parts'> | undefined {
  const random = looksRandom(value) || isLongNumber(value);
  const weight = (confidence: 'medium' | 'low', name: string, reason: string): Omit<Weight, 'parts'> => {
    return { confidence, evidence: [name, reason] };
  };
  if (sense === 'weak') {
    if (!random || value.length < shortestRandom || !/\d/.test(value) || isUuid(value) || readsAsName(value))
      return undefined;
    return weight('medium', 'Its name may mean a secret.', 'It looks random.');
  }
  const named = 'Its name says that it is a secret.';
  if (random && value.length >= 10 && !readsAsName(value)) return weight('medium', named, 'It looks random.');
  const mixed =
    /\d.*[A-Za-z]|\d\d/.test(value) && /[A-Za-z]/.test(value) && value.length >= 10 && unlikeness(value) >= 0;
  if (mixed && !readsAsName(value)) return weight('medium', named, 'It mixes letters and digits.');
  return weight('low', named, 'It may be a word.');
}

/** Longer than any time stamp, id of a row, telephone or account number. */
function isLongNumber(value: string): boolean {
  return /^\d{24,}$/.test(value) && new Set(value).size >= 6;
}

function isUuid(value: string): boolean {
  return /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(value);
}

/** What stands in such places every day and is no secret: the name again, a sentence, a path, an address, code, a version, a type. */
function isOrdinary(value: string, { name, form }: Pair): boolean {
  const words = wordsOf(name.split('.').at(-1) ?? '');
  const joined = wordsOf(value).join('');
  if (
    joined === words.join('') ||
    (words.length > 1 && /^[A-Za-z_-]+$/.test(value) && joined.startsWith(words.join('')))
  )
    return true;
  return isOrdinaryValue(value, form === 'quoted' || form === 'plain');
}

/** `text`: it is surely text, and no identifier or call. */
export function isOrdinaryValue(value: string, text: boolean): boolean {
  const lower = value.toLowerCase();
  if (/^(?:true|false|null|none|nil|undefined|yes|no|on|off|\d{1,5}|\d{1,19}|[\d.,]*[.,][\d.,]*)$/.test(lower))
    return true;
  if (
    /\s/.test(value.trim()) &&
    (/^[\p{L}\p{M}\d\s'’",.:;!?()/-]+$/u.test(value) || value.trim().split(/\s+/).length > 4)
  )
    return true;
  if (
    /^(?:[a-z][a-z0-9+.-]*:)?\/\/|^(?:\.{0,2}|~)\/[\w.-]|^[A-Za-z]:[\\/]|^[\w.+-]+@[\w-]+\.[\w.]+$|^mailto:|^data:/i.test(
      value,
    )
  )
    return true;
  if (/^[\w.-]+(?:\/[\w.-]+)+$/.test(value) && (!looksRandom(value) || /(?:^|\/)[a-z]{6,}(?:\/|$)/.test(value)))
    return true;
  if (
    /\.(?:js|ts|json|ya?ml|pem|key|crt|txt|env|py|go|java|xml|html?|css|png|svg|cfg|conf|ini|toml|jks|p12)$/.test(lower)
  )
    return true;
  if (/^[a-z_$][\w$]*(?:\.[a-z_$][\w$]*)+$/i.test(value) && !looksRandom(value)) return true;
  if (/\[\^?(?:a-z|A-Z|0-9)|\(\?[:=!<]/.test(value) || /^[a-z]+(?::?\d+)?(?:\|[a-z]+(?::?\d+)?)+$/.test(value))
    return true;
  if (/^[a-z]+(?::[a-z-]+)+$/.test(value) || /^[^\p{ASCII}\s]{2}|[^\p{ASCII}\s]{4}/u.test(value)) return true;
  if (!text && /[([{;]$|^[\w.]+\(|^[\w.]+\[|=>|->|::|^[&*!@|]\w*$/.test(value)) return true;
  return /^\d{4}-\d\d-\d\d|^[\^~<>=v]*\d+(?:\.\d+)+|^#[0-9a-f]{3,8}$|^[\w.-]+\(\)?$|^\(.*\)$|^\^.*\$$/i.test(value);
}
