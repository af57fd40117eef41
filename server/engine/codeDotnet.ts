import { changedWord, type Place } from './codePlace.ts';
import type { Edit } from './finding.ts';
import type { CodeFile, CodeLanguage } from './rewriteCode.ts';
import { declares, type Refusal, refuse } from './rewriteSite.ts';

/** Under its full name where the file does not say that it uses `System`: of a project's other files nothing is known here. */
function environmentOf({ text, spans }: CodeFile): string {
  const used = /^[ \t]*(?:global[ \t]+)?using[ \t]+System[ \t]*;/m.test(text);
  const own = declares(spans, 'Environment', /\b(?:class|struct|record|enum|interface|namespace)\s+$/);
  return used && !own ? '' : 'System.';
}

export const csharp: CodeLanguage = {
  reader(file) {
    const system = environmentOf(file);
    return {
      read: name => ({
        text: `${system}Environment.GetEnvironmentVariable("${name}") ?? throw new ${system}InvalidOperationException("${name} is not set")`,
        binds: 'operator',
      }),
      edits: [],
    };
  },
  hole: ({ prefix, quote }) => (prefix.includes('$') && quote === '"' ? ['{(', ')}'] : undefined),
  join: ' + ',
  joints: /^[\s+]*$/,
  context: csharpContext,
};

function csharpContext(place: Place): Refusal | readonly Edit[] | undefined {
  return (
    csharpConstantPlace(place) ??
    (isFormat(place)
      ? refuse('The text is a format, which reads the braces in the value.', 'Pass the value as an argument.')
      : undefined) ??
    csharpConstant(place)
  );
}

function csharpConstantPlace(place: Place): Refusal | undefined {
  const { line, around, text } = place;
  if (around.some(({ sign, start, callee }) => sign === '[' && callee === '' && isAttribute(text, start)))
    return refuse(
      'An attribute takes constants alone, and the environment is read when the program runs.',
      'Read the value in code where the attribute is used.',
    );
  if (/\bcase\s[^:;]*$/.test(line) || /\b(?:is|or|and)\s+(?:not\s+)?$/.test(line) || place.after === '=>')
    return refuse('A pattern must be a constant.', 'Compare with ==, and move the value then.');
  if (isDefault(place))
    return refuse(
      'The default of a parameter must be a constant.',
      'Let the default be null and read the value in the body, or add an overload.',
    );
  if (/^u8$/i.test(place.after))
    return refuse('Bytes in a text are a constant.', 'Use Encoding.UTF8.GetBytes, then move the value.');
  return undefined;
}

/** Whether `[` stands where a declaration begins. */
function isAttribute(text: string, open: number): boolean {
  return (
    /(?:^|[;{}\](,>])\s*$/.test(text.slice(Math.max(0, open - 300), open).replace(/\/\/[^\n]*\n\s*$/, '\n')) &&
    /^\[\s*(?:\w+\s*:\s*)?[A-Z][\w.]*\s*[(\],]/.test(text.slice(open, open + 200))
  );
}

function isFormat(place: Place): boolean {
  return /[{}]/.test(place.written) && /^(?:Format|AppendFormat|WriteLine|Write|Log\w*)$/.test(place.called);
}

/** `(string key = "...")` of a method, but not `f(key = "...")`. */
function isDefault({ line, around }: Place): boolean {
  return (
    around[0]?.sign === '(' &&
    /[(,]\s*(?:\[[^\]]*\]\s*)?(?:this\s+)?(?:[\w.]+\??|[\w.]+<[^=]*>)\s+@?\w+\s*=\s*$/.test(line)
  );
}

const constant = /\bconst\s+(?=[\w.]+\??\s+[^;{}()]*$)/;

/** A `const` field becomes `static readonly`, a local one a variable, unless it is needed where C# wants a constant. */
function csharpConstant(place: Place): readonly Edit[] | Refusal | undefined {
  const { line } = place;
  if (!constant.test(line)) return undefined;
  const name = place.assigned;
  const use = name === undefined ? undefined : place.usesOf(name).find(at => needsConstant(place, at));
  if (name === undefined || use !== undefined)
    return refuse(
      `${name ?? 'The constant'} is used where C# wants a constant.`,
      'Take it out of there, then move the value.',
    );
  return changedWord(place, constant, isLocal(place) ? '' : 'static readonly ');
}

function needsConstant(place: Place, at: number): boolean {
  const line = place.lineBefore(at);
  return (
    /\bcase\s[^:;]*$|\bis\s+(?:not\s+)?[\w.]*$|\bconst\s[^;]*$|^\s*\[[^\]]*$|[(,]\s*(?:[\w.]+\??)\s+\w+\s*=\s*[\w.]*$/.test(
      line,
    ) || /^\w+\s*=>/.test(place.text.slice(at, at + 80))
  );
}

/** Whether the declaration stands in a body of statements. */
function isLocal(place: Place): boolean {
  const { near, text, source } = place;
  const [inner] = place.around;
  if (!inner)
    return (
      !/\b(?:class|struct|interface|record)\s/.test(text.slice(0, near.before.start)) || source.path.endsWith('.csx')
    );
  return !/\b(?:class|struct|interface|record)\b/.test(place.statementBefore(inner.start));
}
