import {
  declares,
  fitted,
  isTextBlock,
  markedValue,
  Neighbours,
  oneEdit,
  piecesOf,
  type Refusal,
  refuse,
  type Site,
  type SiteOutcome,
  usesOf,
  writtenOf,
} from './rewriteSite.ts';
import type { Spans } from './spans.ts';

export function rewriteJava(site: Site): SiteOutcome {
  const near = new Neighbours(site);
  const annotation = inAnnotation(near);
  if (annotation) return rewriteAnnotation(site, annotation);
  const refusal = refuseConstant(site, near);
  if (refusal) return refusal;
  const { text } = site.source;
  const { first, last } = site;
  const pieces = piecesOf(site);
  const expression = pieces.length === 1 ? readOf(site) : joined(site, near);
  if (expression === undefined)
    return refuse(
      'The value stands among the lines of a text block that cannot be parted.',
      'Put the value into a variable first.',
    );
  return { kind: 'edits', form: 'code', edits: [fitted(text, first.start, last.end, expression)] };
}

/** Under full names where the short ones may mean something else: of a package's other files nothing is known here. */
function readOf({ source, spans, name }: Site): string {
  const imported =
    /^[ \t]*import[ \t]+java\.util\.Objects[ \t]*;/m.test(source.text) && !declares(spans, 'Objects', declaration);
  const system = declares(spans, 'System', declaration) ? 'java.lang.System' : 'System';
  return `${imported ? '' : 'java.util.'}Objects.requireNonNull(${system}.getenv("${name}"), "${name} is not set")`;
}

const declaration = /\b(?:class|interface|record|enum)\s+$/;

function joined(site: Site, near: Neighbours): string | undefined {
  const read = readOf(site);
  let parts = piecesOf(site).map(piece => (piece.kind === 'read' ? read : `"${piece.raw}"`));
  if (isTextBlock(site.first)) {
    const marked = markedValue(site);
    if (!marked || site.first !== site.last) return undefined;
    parts = [marked.before, undefined, marked.after]
      .filter(part => part !== '')
      .map(part => (part === undefined ? read : javaText(part)));
  }
  const sum = parts.join(' + ');
  const binds = near.after.text === '.' || near.before.text === ')' || near.before.text === '!';
  return binds ? `(${sum})` : sum;
}

function javaText(value: string): string {
  const names: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '"': '\\"', '\\': '\\\\' };
  return `"${value.replace(/[\n\r\t"\\]/g, character => names[character] ?? character)}"`;
}

/** The annotation whose argument the site is. */
function inAnnotation(near: Neighbours): string | undefined {
  let at: number | undefined;
  for (let level = 0; level < 6; level++) {
    const bracket = near.enclosing(at);
    if (!bracket || bracket.sign === '[') return undefined;
    if (bracket.sign === '(') {
      const callee = near.callee(bracket.start);
      if (near.lineBefore(callee.start + 1).endsWith('@') || near.lineBefore(callee.start).endsWith('@'))
        return callee.text.replace(/^@/, '');
      if (/@[\w.]+\s*$/.test(near.lineBefore(bracket.start))) return callee.text;
    }
    at = bracket.start;
  }
  return undefined;
}

/** Spring expands `${NAME}` in @Value; all other annotations take constants alone. */
function rewriteAnnotation(site: Site, annotation: string): SiteOutcome {
  const [range] = site.ranges;
  if (
    /(?:^|\.)Value$/.test(annotation) &&
    site.first === site.last &&
    site.ranges.length === 1 &&
    range &&
    /org\.springframework/.test(site.source.text)
  ) {
    return oneEdit(range.start, range.end, `\${${site.name}}`);
  }
  return refuse(
    'An annotation takes constants alone, and the environment is read when the program runs.',
    'Read the value in code where the annotation is used, or inject it.',
  );
}

function refuseConstant(site: Site, near: Neighbours): Refusal | undefined {
  const { first, source, spans } = site;
  const line = near.lineBefore(first.start);
  const label = /(?:^|[\s;{}])case\b(?:(?!->)[^:])*$/.test(line);
  const labels = near.before.text === ',' && /^(?::|->)$/.test(near.after.text);
  if ((label || labels) && near.enclosing()?.sign === '{') {
    return refuse('A case label must be a constant.', 'Compare with equals(), and move the value then.');
  }
  if (near.before.text === 'default' && /\)\s*default\s*$/.test(line))
    return refuse('The default of an annotation must be a constant.', 'Read the value in code.');
  if (/^[=!]=$/.test(near.before.text) || /^[=!]=$/.test(near.after.text))
    return refuse('The value is compared by identity, which the environment does not keep.', 'Compare with equals().');
  const written = writtenOf(site);
  if (written.includes('%') && isFormat(near))
    return refuse('The text is a format, which reads the percent sign in the value.', 'Pass the value as an argument.');
  if (
    /(?<![\w$.])[\w>\]]+\s+java\s*[=;,):]/.test(source.text) &&
    usesOf(spans, 'java').length > 0 &&
    readOf(site).startsWith('java.')
  )
    return refuse('The name java means something else in this file.', 'Rename that, then move the value.');
  const constant = constantOf(line);
  const use = constant === undefined ? undefined : constantUse(spans, constant, new Set());
  if (use === undefined) return undefined;
  return refuse(
    `${use} is used where Java wants a constant: in a case label or an annotation.`,
    'Take it out of there, then move the value.',
  );
}

function isFormat(near: Neighbours): boolean {
  const bracket = near.enclosing();
  const called = bracket?.sign === '(' && /(?:^|\.)(?:format|printf)$/.test(near.callee(bracket.start).text);
  return called || (near.after.text === '.' && near.next(near.after.end).text === 'formatted');
}

/** The name that a declaration before `=` gives to its value. */
function constantOf(line: string): string | undefined {
  return /\bString\s[^;{}]*$/.test(line) ? /(\w+)\s*=(?!=)[^=]*$/.exec(line)?.[1] : undefined;
}

/** The constant that stands in a label or an annotation: the one asked for, or one that is made of it. */
function constantUse(spans: Spans, constant: string, seen: Set<string>): string | undefined {
  if (seen.has(constant) || seen.size > 20) return undefined;
  seen.add(constant);
  for (const at of usesOf(spans, constant)) {
    const before = spans.text.slice(Math.max(0, at - 200), at);
    if (/\bcase\s+(?:[\w.]+\s*,\s*)*[\w.]*$/.test(before) || /@[\w.]+\s*\([^()]*$/.test(before)) return constant;
    const made = constantOf(before.slice(before.lastIndexOf('\n') + 1));
    const use = made === undefined ? undefined : constantUse(spans, made, seen);
    if (use !== undefined) return use;
  }
  return undefined;
}
