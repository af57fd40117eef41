import { annotationAround, changedWord, isInAnnotation, type Place } from './codePlace.ts';
import type { Edit } from './finding.ts';
import type { CodeFile, CodeLanguage } from './rewriteCode.ts';
import { declares, oneEdit, type Refusal, refuse, type SiteOutcome, usesOf } from './rewriteSite.ts';

const constantsOnly = refuse(
  'An annotation takes constants alone, and the environment is read when the program runs.',
  'Read the value in code where the annotation is used, or inject it.',
);

const percent = refuse(
  'The text is a format, which reads the percent sign in the value.',
  'Pass the value as an argument.',
);

/** Under its full name where the file gives the short one another meaning. */
function systemOf({ spans }: CodeFile): string {
  const own = declares(spans, 'System', /\b(?:class|interface|object|enum|record|trait|val|var|def)\s+$/);
  return own ? 'java.lang.System' : 'System';
}

function isFormat({ written, called, near }: Place): boolean {
  if (!written.includes('%')) return false;
  const method = near.after.text === '.' ? near.next(near.after.end).text : '';
  return /^(?:format|printf|sprintf)$/.test(called) || /^(?:format|formatted)$/.test(method);
}

/** Spring expands `${NAME}` in @Value; all other annotations take constants alone. */
function springValue(place: Place, dollar: string): SiteOutcome | undefined {
  const { site, text } = place;
  const [range] = site.ranges;
  const isValue = /(?:^|\.)Value$/.test(annotationAround(place) ?? '') && /org\.springframework/.test(text);
  if (!isValue || !range || site.ranges.length > 1 || site.first !== site.last) return undefined;
  return oneEdit(range.start, range.end, `${dollar}{${site.name}}`);
}

export const kotlin: CodeLanguage = {
  reader(file) {
    const system = systemOf(file);
    return {
      read: name => ({ text: `${system}.getenv("${name}") ?: error("${name} is not set")`, binds: 'operator' }),
      edits: [],
    };
  },
  hole: () => ['${', '}'],
  join: ' + ',
  joints: /^[\s+]*$/,
  special: place => springValue(place, place.literal.raw ? "${'$'}" : '\\$'),
  context(place) {
    const { line, before, after } = place;
    if (annotationAround(place)) return springValue(place, '') ? undefined : constantsOnly;
    if (/\bannotation\s+class\b[^{}]*$/.test(place.text.slice(0, place.literal.start))) return constantsOnly;
    if (/^[!=]==$/.test(before) || /^[!=]==$/.test(after))
      return refuse('The value is compared by identity, which the environment does not keep.', 'Compare with ==.');
    if (isFormat(place)) return percent;
    return /\bconst\s+val\s[^={}]*=\s*(?:[^={}]*\+\s*)?$/.test(line)
      ? plainValue(place, /\bconst\s+(?=val\b)/, 'Kotlin')
      : undefined;
  },
};

/** A constant becomes a value that is computed when it is first needed, unless something here wants a constant. */
function plainValue(place: Place, word: RegExp, language: string): readonly Edit[] | Refusal {
  const name = /\bval\s+(?:`)?(\w+)/.exec(place.line)?.[1] ?? place.assigned ?? 'It';
  const use = place
    .usesOf(name)
    .find(
      at =>
        isInAnnotation(place.text, at) || /\b(?:const|inline|final)\s+val\b[^={}]*=[^{}]*$/.test(place.lineBefore(at)),
    );
  if (use !== undefined)
    return refuse(`${name} is used where ${language} wants a constant.`, 'Take it out of there, then move the value.');
  return changedWord(place, word, '');
}

export const scala: CodeLanguage = {
  reader({ text, spans }) {
    const own = usesOf(spans, 'sys').some(
      at =>
        /\b(?:val|var|def|object|package|lazy)\s+$/.test(text.slice(Math.max(0, at - 12), at)) ||
        /^sys\s*(?::|=>)/.test(text.slice(at, at + 20)),
    );
    return { read: name => ({ text: `${own ? 'scala.' : ''}sys.env("${name}")`, binds: 'atom' }), edits: [] };
  },
  join: ' + ',
  joints: /^[\s+]*$/,
  holds: /^->$/,
  special: place => springValue(place, '$'),
  context(place) {
    const { line, before, near } = place;
    if (annotationAround(place)) return springValue(place, '') ? undefined : constantsOnly;
    if (/\bcase\b(?:(?!=>|\bif\b).)*$/.test(line) && !/\bcase\s+(?:object|class)\b/.test(line))
      return refuse('A pattern must be a constant.', 'Compare with a guard (if), and move the value then.');
    if (before === ':' || /^\s*\|\s*$/.test(line))
      return refuse('The value is a type here, and types hold no secrets.', 'Use String as the type.');
    if (isFormat(place) || (/^f$/.test(place.literal.prefix) && place.written.includes('%'))) return percent;
    if (/\b(?:inline|final)\s+val\b[^={}]*=\s*$/.test(line) && near.before.text === '=') {
      return plainValue(place, /\binline\s+(?=val\b)/, 'Scala');
    }
    return undefined;
  },
};

export const groovy: CodeLanguage = {
  reader: file => {
    const system = systemOf(file);
    if (/(?:^|[/\\])jenkinsfile|\.jenkinsfile$/i.test(file.source.path))
      return refuse(
        'Jenkins hands secrets to a pipeline as credentials, and runs no file with the environment of keysweep run.',
        "Add the value to Jenkins as a credential, and bind it with environment { NAME = credentials('id') }.",
      );
    return {
      read: name => ({
        text: `Objects.requireNonNull(${system}.getenv("${name}"), "${name} is not set")`,
        binds: 'atom',
      }),
      edits: [],
    };
  },
  hole: ({ interpolated, quote }) => (interpolated && quote.startsWith('"') ? ['${', '}'] : undefined),
  join: ' + ',
  joints: /^[\s+]*$/,
  commands: true,
  special: place => springValue(place, place.literal.quote.startsWith('"') ? '\\$' : '$'),
  context(place) {
    if (annotationAround(place)) return springValue(place, '') ? undefined : constantsOnly;
    if (isFormat(place)) return percent;
    return undefined;
  },
};
