import { type Candidate, lineAround, type Recogniser, viewAround } from './candidate.ts';
import type { Confidence } from './finding.ts';
import { type Assignment, assignmentsAt } from './lexer.ts';
import { type Sense, senseOf, wordsOf } from './names.ts';
import { looksRandom } from './rarity.ts';

/** A value assigned to a name that sounds like a secret, in any language. Looks at a line once. */
export const recogniseAssignment: Recogniser = ({ source, rule, start, end }) => {
  const { text } = source;
  const line = lineAround(text, start);
  if (!mayAssign(text, end, line.end)) return undefined;
  const view = viewAround(source, start, end);
  const candidates = assignmentsAt(view.source, start - view.base).flatMap((assignment): Candidate[] => {
    const found = weigh(view.source.text, assignment);
    if (found === undefined) return [];
    return [
      {
        rule,
        start: assignment.valueStart + view.base,
        end: assignment.valueEnd + view.base,
        parts: [],
        ...found,
        assigned: assignment.name,
        generic: true,
      },
    ];
  });
  return { candidates, next: line.end };
};

/** Something that may give a value follows on the line, and it is long enough for one. */
function mayAssign(text: string, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    // = : > ( , " ' ` and blank
    if (
      code === 61 ||
      code === 58 ||
      code === 62 ||
      code === 40 ||
      code === 44 ||
      code === 34 ||
      code === 39 ||
      code === 96 ||
      code === 32
    ) {
      return to - i > 4;
    }
  }
  return true;
}

const longest = 1000;

function weigh(text: string, assignment: Assignment): Pick<Candidate, 'confidence' | 'evidence' | 'kind'> | undefined {
  const { literal, valueStart, valueEnd, name } = assignment;
  const length = valueEnd - valueStart;
  if (literal === undefined || literal.interpolated || length < 4 || length > longest) return undefined;
  const sense = senseOf(name);
  if (sense === 'none') return undefined;
  const value = text.slice(valueStart, valueEnd);
  if (isOrdinary(value, name, literal.quote !== '')) return undefined;
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
  const mixed = /\d/.test(value) && /[A-Za-z]/.test(value) && value.length >= 8;
  return {
    confidence: 'low',
    evidence: ['Its name says that it is a secret.', mixed ? 'It mixes letters and digits.' : 'It may be a word.'],
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
