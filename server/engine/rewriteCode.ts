import { Place } from './codePlace.ts';
import type { Span } from './cursor.ts';
import type { Edit, Source } from './finding.ts';
import { spanValue } from './lexer.ts';
import { fitted, type Piece, piecesOf, type Refusal, refuse, type Site, type SiteOutcome } from './rewriteSite.ts';
import { type Spans, spansOf } from './spans.ts';

/** Code that has a value. An `operator` needs brackets wherever something else may take a part of it away. */
export interface Expression {
  readonly text: string;
  readonly binds: 'atom' | 'operator';
}

/** A text of a program in which literals become reads. */
export interface CodeFile {
  readonly source: Source;
  readonly spans: Spans;
  readonly text: string;
  readonly places: readonly Place[];
}

/** How a file reads the environment. */
export interface Reader {
  /** Fails loudly at run time when the variable is missing. */
  read(name: string): Expression;
  /** What the file must hold for it: an import, a function. Once a file. */
  readonly edits: readonly Edit[];
}

/** A form of literal that takes expressions. */
export interface Template {
  readonly open: string;
  readonly close: string;
  hole(expression: string): string;
  /** How a decoded text is written in it. */
  escape(text: string): string;
}

/** What a language demands of a read that takes a literal's place. */
export interface CodeLanguage {
  /** How the file reads the environment, or why it cannot. */
  reader(file: CodeFile): Reader | Refusal;
  /** What an expression needs around it inside a literal of this form; undefined when the form holds none. */
  hole?(literal: Span): readonly [open: string, close: string] | undefined;
  /** What a literal without holes becomes that takes a read in its middle. */
  readonly template?: Template;
  /** Puts texts together: an operator, or a call with what stands between its arguments. Undefined: the language has none. */
  readonly join?: string | readonly [open: string, between: string, close: string];
  /** How an expression is put in brackets, where `(` alone would not do. */
  group?(place: Place, expression: string): string;
  /** Turns a heredoc that takes no code (`<<'EOT'`) into one that does: how its other text is then written. */
  escapeRaw?(raw: string): string;
  /** What may stand between literals that are put together to one. Undefined: nothing. */
  readonly joints?: RegExp;
  /** Functions are called without brackets: `print "x"`. */
  readonly commands?: boolean;
  /** Arguments stand beside functions: `f "x" y`, so that an expression between them needs brackets. */
  readonly juxtaposed?: boolean;
  /** Signs that hold on to the one operand behind them, though they assign elsewhere: `->` between key and value. */
  readonly holds?: RegExp;
  /** A literal that gives more than its text: a command, a list of words. Then only a part of it may become a read. */
  keepsForm?(literal: Span): boolean;
  /** Why the literal must stay, or what must change with it: `const` to something that may be computed. */
  context?(place: Place): Refusal | readonly Edit[] | undefined;
  /** Goes before all else when it has an answer: forms that one language alone has. */
  special?(place: Place, reader: Reader): SiteOutcome | undefined;
}

/** An outcome a site, and one more for what the file must hold. */
export function rewriteCode(language: CodeLanguage, source: Source, sites: readonly Site[]): SiteOutcome[] {
  if (sites.length === 0) return [];
  const spans = spansOf(source);
  const places = sites.map(site => new Place(site));
  const reader = language.reader({ source, spans, text: source.text, places });
  if ('kind' in reader) return [reader];
  const outcomes = places.map(place => rewritePlace(language, reader, place));
  const reads = outcomes.some(outcome => outcome.kind === 'edits' && outcome.form === 'code');
  return reads && reader.edits.length > 0
    ? [...outcomes, { kind: 'edits', form: 'code', edits: reader.edits }]
    : outcomes;
}

function rewritePlace(language: CodeLanguage, reader: Reader, place: Place): SiteOutcome {
  const context = language.context?.(place);
  if (context && 'kind' in context) return context;
  const outcome = language.special?.(place, reader) ?? replaced(language, reader, place);
  if (outcome.kind === 'refused' || !context) return outcome;
  return { ...outcome, edits: [...context, ...outcome.edits].sort((a, b) => a.start - b.start) };
}

function replaced(language: CodeLanguage, reader: Reader, place: Place): SiteOutcome {
  const { site, text } = place;
  const { first, last } = site;
  if (first.role !== 'string' && first.role !== 'heredoc')
    return refuse('The value stands in no plain text.', 'Write it as a plain text, then move it.');
  const read = reader.read(site.name);
  const pieces = piecesOf(site);
  const hole = first === last ? language.hole?.(first) : undefined;
  if (language.keepsForm?.(first) === true || first.role === 'heredoc' || (hole && pieces.length > 1)) {
    if (!hole) return withHoles(language, place, read) ?? noHole;
    if (/qq|%|~/.test(first.prefix) && delimiterIn(read.text, text.charAt(last.contentEnd))) return noHole;
    return insideOf(site, hole, read);
  }
  if (hole && isBeside(place)) return insideOf(site, hole, read);
  const refusal = refuseNeighbours(language, place);
  if (refusal) return refusal;
  const expression = pieces.length === 1 ? read : joined(language, place, pieces, read);
  if ('kind' in expression) return expression;
  const written = bound(language, place, expression);
  if (written !== expression.text && language.commands === true && isCommand(place))
    return refuse(
      'Brackets around the text would be taken for those of the call before it.',
      'Write the call with brackets, then move the value.',
    );
  return { kind: 'edits', form: 'code', edits: [fitted(text, first.start, last.end, written)] };
}

function isBeside(place: Place): boolean {
  const { before, after } = place.near;
  return (before.kind === 'literal' && place.precededOnLine) || (after.kind === 'literal' && place.followedOnLine);
}

/** What stands directly beside a literal may be a part of it. */
function refuseNeighbours(language: CodeLanguage, place: Place): Refusal | undefined {
  const { before } = place.near;
  const beside = isBeside(place);
  if (beside && language.juxtaposed !== true)
    return refuse(
      'The text is joined to its neighbour without an operator.',
      'Join them with an operator, then move the value.',
    );
  if (before.kind === 'word' && before.end === place.literal.start && !looseWords.test(before.text))
    return refuse(
      `What ${before.text} makes of the text that it stands before is not known.`,
      'Write the text plainly, then move the value.',
    );
  return undefined;
}

function isCommand(place: Place): boolean {
  const { before } = place.near;
  return before.kind === 'word' && place.precededOnLine && !looseWords.test(before.text);
}

function insideOf(site: Site, [open, close]: readonly [string, string], read: Expression): SiteOutcome {
  const text = open + read.text + close;
  return { kind: 'edits', form: 'code', edits: site.ranges.map(range => ({ ...range, text })) };
}

const noHole = refuse(
  'The text around the value takes no code in it.',
  'Put the text together from parts, then move the value.',
);

/** Whether a literal between signs of the writer's choice would end inside of the code put into it. Brackets nest. */
function delimiterIn(code: string, close: string): boolean {
  return !/[)\]}>]/.test(close) && code.includes(close);
}

/** A heredoc that expands nothing, its opener's quotes taken off, and all but the value escaped. */
function withHoles(language: CodeLanguage, { site, text }: Place, read: Expression): SiteOutcome | undefined {
  const { first } = site;
  const hole = language.hole?.({ ...first, raw: false });
  const opener = /^<<<?[~-]?[ \t]*'(\w+)'/.exec(text.slice(first.anchor, first.anchor + 80));
  if (first.role !== 'heredoc' || !hole || !opener?.[1] || !language.escapeRaw) return undefined;
  const quoted = { start: first.anchor + opener[0].indexOf("'"), end: first.anchor + opener[0].length };
  const edits: Edit[] = [{ ...quoted, text: `"${opener[1]}"` }];
  let at = first.contentStart;
  for (const range of [...site.ranges, { start: first.contentEnd, end: first.contentEnd }]) {
    const raw = text.slice(at, range.start);
    const escaped = language.escapeRaw(raw);
    if (escaped !== raw) edits.push({ start: at, end: range.start, text: escaped });
    if (range.start < range.end) edits.push({ ...range, text: `${hole[0]}${read.text}${hole[1]}` });
    at = range.end;
  }
  return { kind: 'edits', form: 'code', edits };
}

/** The parts of a literal around the read, in a template or joined by the language's operator. */
function joined(
  language: CodeLanguage,
  place: Place,
  pieces: readonly Piece[],
  read: Expression,
): Expression | Refusal {
  const { site, text } = place;
  const { first, last } = site;
  const { join } = language;
  const template = templated(language, place, read);
  if (template !== undefined) return { text: template, binds: 'atom' };
  if (join === undefined)
    return refuse(
      'The value is a part of a text, and the language has no way to put texts together here.',
      'Give the value a name of its own, then move it.',
    );
  const open = text.slice(first.start, first.contentStart);
  const close = text.slice(last.contentEnd, last.end);
  if (pieces.some(piece => piece.kind === 'text' && unbalanced(piece.raw, close)))
    return refuse(
      'The text around the value holds the brackets that it stands in.',
      'Put it between quotes, then move it.',
    );
  const operand = read.binds === 'operator' ? `(${read.text})` : read.text;
  const parts = pieces.map(piece => (piece.kind === 'read' ? operand : `${open}${piece.raw}${close}`));
  if (typeof join === 'string') return { text: parts.join(join), binds: 'operator' };
  const [call, between, end] = join;
  const inside = pieces.map((piece, index) => (piece.kind === 'read' ? read.text : parts[index]));
  return { text: call + inside.join(between) + end, binds: 'atom' };
}

/** Whether a part of `q{...}` would end elsewhere than the whole did. */
function unbalanced(raw: string, close: string): boolean {
  const open: Readonly<Record<string, string>> = { ')': '(', ']': '[', '}': '{', '>': '<' };
  return open[close] !== undefined && (raw.includes(close) || raw.includes(open[close]));
}

/** The literal in a form that takes the read in its middle. */
function templated({ template }: CodeLanguage, { site, spans }: Place, read: Expression): string | undefined {
  const { first, last, ranges } = site;
  if (!template || first !== last || first.interpolated) return undefined;
  let body = '';
  let at = first.contentStart;
  for (const range of [...ranges, { start: first.contentEnd, end: first.contentEnd }]) {
    const before = spanValue(spans, first, at, range.start);
    if (before === undefined) return undefined;
    body += template.escape(before) + (range.start < range.end ? template.hole(read.text) : '');
    at = range.end;
  }
  return template.open + body + template.close;
}

/** The expression with brackets where its place asks for them. */
export function bound(language: CodeLanguage, place: Place, expression: Expression): string {
  const { text, binds } = expression;
  if (binds === 'atom' && !(language.juxtaposed === true && isArgument(place))) return text;
  if (isLoose(language, place)) return text;
  return language.group?.(place, text) ?? `(${text})`;
}

const looseBefore = /^(?:[=([{,;:}]|:=|=>|->|<-|\+=|)$/;
const looseWords =
  /^(?:return|throw|else|then|do|yield|in|and|or|not|if|unless|when|case|while|until|raise|begin|end|done|of|where)$/;
const continues = /^(?:[.?*/%&|<>^~=!:[({+-]|\?\.|\?\?|\?:|&&|\|\||==|!=|===|!==|<=|>=|->|=>|::|\|>|\*\*)$/;
const infixWords =
  /^(?:as|is|to|in|instanceof|and|or|xor|not|until|downTo|step|eq|ne|lt|gt|cmp|x|isa|div|mod|Is|IsNot|Like)$/;

/** Whether nothing around the literal takes a part of an expression with operators away from the rest. */
function isLoose(language: CodeLanguage, place: Place): boolean {
  const { near } = place;
  const { before, after } = near;
  const commands = language.commands === true && before.kind === 'word' && !infixWords.test(before.text);
  const left =
    before.kind === 'start' ||
    !(place.precededOnLine || before.kind === 'sign') ||
    (before.kind === 'sign'
      ? looseBefore.test(before.text) && language.holds?.test(before.text) !== true
      : commands || looseWords.test(before.text));
  if (!left) return false;
  if (after.kind === 'start') return true;
  if (!place.followedOnLine) return !continues.test(after.text) && !infixWords.test(after.text);
  return after.kind === 'sign' ? /^[;,)\]}]$/.test(after.text) : looseWords.test(after.text);
}

/** Whether the literal is an argument, or the head, of a function that is called without brackets. */
function isArgument(place: Place): boolean {
  const { before, after } = place.near;
  const left = place.precededOnLine && (before.kind !== 'sign' || /^[)\]}]$/.test(before.text));
  const right =
    place.followedOnLine && (after.kind === 'literal' || (after.kind === 'word' && !looseWords.test(after.text)));
  return (left && !looseWords.test(before.text)) || right;
}
