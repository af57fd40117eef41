import { type Candidate, lineAround, type Recogniser, viewAround } from './candidate.ts';
import type { Confidence } from './finding.ts';
import { assignmentsAt } from './lexer.ts';
import { type Sense, senseOf, wordsOf } from './names.ts';
import { looksRandom, rarity } from './rarity.ts';

/** A value assigned to a name that sounds like a secret, in any language. Looks at a line once. */
export const recogniseAssignment: Recogniser = ({ source, rule, start, end }) => {
  const { text } = source;
  const line = lineAround(text, start);
  if (!mayAssign(text, end, line.end)) return undefined;
  const view = viewAround(source, start, end);
  const pairs = assignmentsAt(view.source, start - view.base).map((assignment): Pair => {
    const { name, valueStart, valueEnd, literal } = assignment;
    const from = valueStart + view.base;
    const quoted = literal !== undefined || /["'`]/.test(text.charAt(from - 1));
    return { name, start: from, end: valueEnd + view.base, quoted, interpolated: literal?.interpolated === true };
  });
  const candidates = [...pairs, ...embeddedPairs(text, line.start, line.end)].flatMap((pair): Candidate[] => {
    const found = pair.interpolated ? undefined : weigh(text.slice(pair.start, pair.end), pair);
    return found === undefined
      ? []
      : [{ rule, start: pair.start, end: pair.end, parts: [], ...found, assigned: pair.name, generic: true }];
  });
  return { candidates, next: line.end };
};

interface Pair {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** It is surely text, and no identifier or call. */
  readonly quoted: boolean;
  readonly interpolated?: boolean;
  /** Stands within a literal, a comment or prose: no lexer vouches for it. */
  readonly embedded?: boolean;
}

/** Something that may give a value follows on the line, and it is long enough for one. */
function mayAssign(text: string, from: number, to: number): boolean {
  for (let i = from; i < to - 4; i++) {
    const code = text.charCodeAt(i);
    // = : > ( , " ' ` and blank
    if (code === 61 || code === 58 || code === 62 || code === 40 || code === 44) return true;
    if (code === 34 || code === 39 || code === 96 || code === 32) return true;
  }
  return false;
}

/** JSON in a string, a query, a header, a line of prose. */
const embedded =
  /(?<![\w.-])([A-Za-z_][\w.-]{0,60})\\*["'`]?\s{0,3}(?::=|=>|[:=])\s{0,3}\\*["'`]?([^\s"'`\\,;&<>(){}[\]]{8,400})/g;

function embeddedPairs(text: string, start: number, end: number): Pair[] {
  return Array.from(text.slice(start, end).matchAll(embedded), match => {
    const [whole, name = '', value = ''] = match;
    const to = start + match.index + whole.length;
    return { name, start: to - value.length, end: to, quoted: false, embedded: true };
  });
}

const longest = 1000;

function weigh(value: string, pair: Pair): Pick<Candidate, 'confidence' | 'evidence' | 'kind'> | undefined {
  if (value.length < 4 || value.length > longest) return undefined;
  const sense = senseOf(pair.name);
  if (sense === 'none' || isOrdinary(value, pair.name, pair.quoted)) return undefined;
  if (!pair.quoted && !(looksRandom(value) && /\d/.test(value))) return undefined;
  return sense === 'password' ? weighPassword(value) : weighSecret(value, sense);
}

function weighPassword(value: string): Pick<Candidate, 'confidence' | 'evidence' | 'kind'> {
  const kinds = [/[a-z]/, /[A-Z]/, /\d/, /[^A-Za-z0-9]/].filter(kind => kind.test(value)).length;
  const random = looksRandom(value);
  const confidence: Confidence =
    random || (kinds >= 2 && value.length >= 6 && /\d|[^A-Za-z0-9_.-]/.test(value)) ? 'medium' : 'low';
  const evidence = ['Its name says that it is a password.'];
  if (random) evidence.push('It looks random.');
  else if (confidence === 'medium') evidence.push('It mixes letters with digits or signs, as passwords do.');
  else evidence.push('It may be a word.');
  return { confidence, evidence, kind: 'password' };
}

function weighSecret(value: string, sense: Sense): Pick<Candidate, 'confidence' | 'evidence' | 'kind'> | undefined {
  const random = looksRandom(value);
  if (sense === 'weak') {
    if (!random || value.length < 16 || !/\d/.test(value)) return undefined;
    return { confidence: 'medium', evidence: ['Its name may mean a secret.', 'It looks random.'] };
  }
  if (random) return { confidence: 'medium', evidence: ['Its name says that it is a secret.', 'It looks random.'] };
  const mixed = /\d.*[A-Za-z]|\d\d/.test(value) && /[A-Za-z]/.test(value) && value.length >= 10 && rarity(value) >= 5;
  if (mixed)
    return { confidence: 'medium', evidence: ['Its name says that it is a secret.', 'It mixes letters and digits.'] };
  return {
    confidence: 'low',
    evidence: ['Its name says that it is a secret.', 'It may be a word.'],
  };
}

/** What stands in such places every day and is no secret: the name again, a sentence, a path, an address, code, a version, a type. */
function isOrdinary(value: string, name: string, quoted: boolean): boolean {
  const lower = value.toLowerCase();
  if (wordsOf(value).join('') === wordsOf(name.split('.').at(-1) ?? '').join('')) return true;
  if (/^(?:true|false|null|none|nil|undefined|yes|no|on|off|\d{1,5}|[\d.,]+)$/.test(lower)) return true;
  if (
    /\s/.test(value.trim()) &&
    (/^[\p{L}\p{M}\d\s'’",.:;!?()/-]+$/u.test(value) || value.trim().split(/\s+/).length > 4)
  )
    return true;
  if (
    /^(?:[a-z][a-z0-9+.-]*:)?\/\/|^(?:\.{0,2}|~)\/[\w.-]|^[A-Za-z]:\\|^[\w.+-]+@[\w-]+\.[\w.]+$|^mailto:|^data:/i.test(
      value,
    )
  )
    return true;
  if (/^[\w-]+(?:\/[\w.-]+)+$/.test(value) && !looksRandom(value)) return true;
  if (
    /\.(?:js|ts|json|ya?ml|pem|key|crt|txt|env|py|go|java|xml|html?|css|png|svg|cfg|conf|ini|toml|jks|p12)$/.test(lower)
  )
    return true;
  if (/^[a-z_$][\w$]*(?:\.[a-z_$][\w$]*)+$/i.test(value) && !looksRandom(value)) return true;
  if (!quoted && /[([{;]$|^[\w.]+\(|^[\w.]+\[|=>|->|::|^[&*!@|]\w*$/.test(value)) return true;
  return /^\d{4}-\d\d-\d\d|^\d+(?:\.\d+)+$|^#[0-9a-f]{3,8}$|^[\w.-]+\(\)?$|^\(.*\)$|^\^.*\$$/i.test(value);
}
