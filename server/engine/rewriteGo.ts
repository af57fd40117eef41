import { lineEndAt, nextLineAt } from './cursor.ts';
import type { Edit } from './finding.ts';
import type { GoImport } from './goImport.ts';
import {
  fitted,
  lineEndOf,
  Neighbours,
  piecesOf,
  type Refusal,
  refuse,
  type Site,
  type SiteOutcome,
  usesOf,
} from './rewriteSite.ts';

/**
 * `os.Getenv("NAME")`, as any Go programmer would write it. It stays silent when the variable is missing, where the other languages
 * stop: a check takes a statement or a function literal of several lines in the middle of an expression, and a helper function may
 * clash with another file of the package, which is not seen here. `keysweep run` starts nothing with a name missing.
 */
export function rewriteGo(site: Site, access: GoImport): SiteOutcome {
  const near = new Neighbours(site);
  const refusal = refuseGoPlace(site, near);
  if (refusal) return refusal;
  const { text } = site.source;
  const { first, last } = site;
  const read = `${access.getenv}("${site.name}")`;
  const formatted = formatCall(site, near, read);
  if (formatted) return formatted;
  const declared = constantOf(site, near);
  if (declared?.kind === 'refused') return declared;
  const pieces = piecesOf(site);
  const quote = first.quote;
  const joint = pieces.length > 1 && spaced(site, near) ? ' + ' : '+';
  let expression = pieces.map(piece => (piece.kind === 'read' ? read : `${quote}${piece.raw}${quote}`)).join(joint);
  if (pieces.length > 1 && (near.after.text === '[' || near.after.text === '.')) expression = `(${expression})`;
  const type = declared ? declared.type : namedType(site, near);
  if (type === undefined)
    return refuse(
      'The value takes a type of its own here, which cannot be told.',
      'Put it into a string variable first, then move it.',
    );
  if (type) expression = `${type}(${expression})`;
  const literal = fitted(text, first.start, last.end, expression);
  const edits = declared ? declared.around(literal) : [literal];
  return {
    kind: 'edits',
    form: 'code',
    edits: [...edits, ...alignedComments(text, edits), ...alignedKeys(text, literal)],
  };
}

function refuseGoPlace(site: Site, near: Neighbours): Refusal | undefined {
  const { before } = near;
  const bracket = near.enclosing();
  const importing =
    before.text === 'import' || (bracket?.sign === '(' && near.previous(bracket.start).text === 'import');
  if (importing || /^\s*import\s+[\w.]+\s*$/.test(near.lineBefore(site.first.start))) {
    return refuse('An import path must be a constant text.', 'Take the credential out of the path.');
  }
  const tag =
    before.kind === 'word'
      ? !/^(?:return|case|range|in|go|defer|else)$/.test(before.text)
      : before.text === ']' || before.text === '}';
  if (tag && before.end <= site.first.start && !/\n/.test(site.source.text.slice(before.end, site.first.start))) {
    return refuse('A struct tag must be a constant text.', 'Read the variable where the struct is filled.');
  }
  return undefined;
}

/** A text that is a format must stay constant for go vet: the value becomes an argument. */
function formatCall(site: Site, near: Neighbours, read: string): SiteOutcome | undefined {
  const bracket = near.enclosing();
  if (
    bracket?.sign !== '(' ||
    !/(?:^|\.)(?:Print|Sprint|Fprint|Error|Fatal|Panic|Log|Skip|Info|Warn|Debug|Append|Wrap)f$/.test(
      near.callee(bracket.start).text,
    )
  )
    return undefined;
  if (site.first !== site.last || (near.before.text !== '(' && near.before.text !== ',')) return undefined;
  const { text } = site.source;
  const { first, ranges } = site;
  const isFormat =
    bracket.commas === 0 || (bracket.commas === 1 && /(?:Fprint|Append|Wrap)f$/.test(near.callee(bracket.start).text));
  if (!isFormat) return undefined;
  if (ranges.some(range => text.slice(range.start, range.end).includes('%'))) {
    return refuse('The text is a format, which reads the percent sign in the value.', 'Pass the value as an argument.');
  }
  const verbs = text.slice(first.contentStart, first.contentEnd).replace(/%%/g, '').match(/%/g)?.length ?? 0;
  const before =
    text
      .slice(first.contentStart, ranges[0]?.start ?? first.contentStart)
      .replace(/%%/g, '')
      .match(/%/g)?.length ?? 0;
  if (verbs > 0 && (before > 0 || ranges.length > 1 || near.after.text !== ',')) {
    return refuse(
      'The text is a format whose other arguments stand before the value.',
      'Pass the value as an argument.',
    );
  }
  const reads = ranges.map(() => `, ${read}`).join('');
  const edits = ranges.map(range => ({ ...range, text: '%s' }));
  return { kind: 'edits', form: 'code', edits: [...edits, { start: first.end, end: first.end, text: reads }] };
}

const binary = /^(?:[-+*/%&|^<>]|==|!=|<=|>=|&&|\|\||<<|>>)$/;

/** Whether gofmt puts blanks around a `+` here: not inside a call with several arguments, an index, or another operation. */
function spaced(site: Site, near: Neighbours): boolean {
  const { text } = site.source;
  for (const [token, at] of [
    [near.before, near.before.start - 1],
    [near.after, near.after.start - 1],
  ] as const) {
    if (token.text === '+') return text.charAt(at) === ' ';
    if (/^(?:==|!=|<|>|<=|>=|&&|\|\|)$/.test(token.text)) return false;
  }
  let at = site.first.start;
  for (let level = 0; level < 10; level++) {
    const bracket = near.enclosing(at);
    if (!bracket || bracket.sign === '{') return !amongAssigned(near, site);
    if (bracket.sign === '[') return false;
    const calls = /[\w)\]}]$/.test(near.lineBefore(bracket.start));
    if (calls && (bracket.commas > 0 || hasMoreArguments(site, near, bracket.start))) return false;
    const callee = near.callee(bracket.start);
    at = calls && callee.text !== '' ? callee.start : bracket.start;
    const close = closingOf(near, bracket.start);
    if (binary.test(near.previous(at).text) || binary.test(near.next(close + 1).text)) return false;
  }
  return true;
}

/** One of the values of `a, b = ...`, but not of `var a, b = ...`. */
function amongAssigned(near: Neighbours, site: Site): boolean {
  const line = near.lineBefore(site.first.start);
  return /^\s*(?!var\b|const\b)[^=,(]+,[^=]*?[:+]?=(?!=)[^{]*$/.test(line);
}

function hasMoreArguments(site: Site, near: Neighbours, open: number): boolean {
  let depth = 0;
  let token = near.next(open + 1);
  for (let steps = 0; steps < 500 && token.kind !== 'start'; steps++) {
    if (/^[([{]$/.test(token.text)) depth++;
    else if (/^[)\]}]$/.test(token.text) && --depth < 0) return false;
    else if (token.text === ',' && depth === 0) return near.next(token.end).text !== ')';
    token = near.next(Math.max(token.end, token.start + 1));
  }
  return site.source.text.length < 0;
}

/**
 * The string type declared in this file that an untyped constant takes here by itself and a call of Getenv does not. Empty when
 * there is none; undefined when there may be one.
 */
function namedType({ source, spans, first }: Site, near: Neighbours): string | undefined {
  const types = [...source.text.matchAll(/^[ \t]*type[ \t]+(\w+)[ \t]+string[ \t]*\r?$/gm)]
    .filter(match => !spans.at(match.index))
    .map(match => match[1] ?? '');
  if (types.length === 0) return '';
  const type = `(${types.join('|')})`;
  const declares = (name: string) => new RegExp(`\\b${name}\\s+\\*?${type}\\b`).exec(source.text)?.[1] ?? '';
  const { before } = near;
  const bracket = near.enclosing();
  if (before.text === ':' && bracket?.sign === '{') {
    const key = near.previous(before.start);
    const element = new RegExp(`\\]${type}\\s*$`).exec(near.lineBefore(bracket.start))?.[1];
    return element ?? (key.kind === 'word' ? declares(key.text) : '');
  }
  if (before.text === '{' || (before.text === ',' && bracket?.sign === '{')) {
    return new RegExp(`\\]${type}\\s*$`).exec(near.lineBefore(bracket?.start ?? first.start))?.[1] ?? '';
  }
  if (before.text === '=' || before.text === '==' || before.text === '!=') {
    const name = near.previous(before.start);
    return name.kind === 'word' ? declares(name.text) : '';
  }
  if (before.text === 'return') {
    const head =
      source.text
        .slice(0, first.start)
        .match(/\bfunc\b[^{\n]*\{/g)
        ?.at(-1) ?? '';
    return new RegExp(`\\)\\s*${type}\\s*\\{$`).exec(head)?.[1] ?? '';
  }
  const isArgument = bracket?.sign === '(' && (before.text === '(' || before.text === ',');
  return isArgument ? parameterType(source.text, near.callee(bracket.start).text, bracket.commas, type) : '';
}

/** The one of `types` that a function of this file wants as its argument `index`; undefined when its parameters share types. */
function parameterType(text: string, callee: string, index: number, types: string): string | undefined {
  const name = /\w+$/.exec(callee)?.[0];
  if (name === undefined) return '';
  const declared = new RegExp(`\\bfunc\\s+(?:\\([^)]*\\)\\s*)?${name}\\(([^)]*)\\)`).exec(text)?.[1];
  if (declared === undefined || !new RegExp(`\\b${types}\\b`).test(declared)) return '';
  const parameter = declared.split(',')[index]?.trimEnd() ?? '';
  return new RegExp(`\\s${types}$`).exec(parameter)?.[1] ?? (/^\s*\w+$/.test(parameter) ? undefined : '');
}

/** gofmt keeps the comments behind neighbouring lines in one column. */
function alignedComments(text: string, edits: readonly Edit[]): readonly Edit[] {
  const own = edits.at(-1);
  const lineStart = own ? text.lastIndexOf('\n', own.start - 1) + 1 : 0;
  if (
    !own ||
    text.slice(own.start, own.end).includes('\n') ||
    edits.some(edit => edit.text === '' || edit.text.includes('\n'))
  )
    return [];
  const delta = edits.reduce((sum, edit) => sum + edit.text.length - (edit.end - edit.start), 0);
  const block = blockAround(text, lineStart, /^([\t ]*)(\S[^\n]*?)([ \t]+)(\/\/[^\n]*)$/);
  if (block.length < 2) return [];
  const indent = block[0]?.match[1];
  if (block.some(({ match }) => match[1] !== indent || (match[2]?.match(/`/g)?.length ?? 0) % 2 === 1)) return [];
  const widths = block.map(({ at, match }) => (match[2]?.length ?? 0) + (at === lineStart ? delta : 0));
  const widest = Math.max(...widths);
  return block.flatMap(({ at, match }, index): Edit[] => {
    const start = at + (match[1]?.length ?? 0) + (match[2]?.length ?? 0);
    const wanted = ' '.repeat(widest - (widths[index] ?? 0) + 1);
    return match[3] === wanted ? [] : [{ start, end: start + (match[3]?.length ?? 0), text: wanted }];
  });
}

/** A value of several lines stood apart; on one line its key is aligned with its neighbours'. */
function alignedKeys(text: string, literal: Edit): readonly Edit[] {
  if (!text.slice(literal.start, literal.end).includes('\n') || literal.text.includes('\n')) return [];
  const lineStart = text.lastIndexOf('\n', literal.start - 1) + 1;
  const block = blockAround(text, lineStart, /^([\t ]*)(\w+:|"[^"\n]*":)([ ]+)(\S[^\n]*)$/, literal.end);
  const widest = Math.max(...block.map(({ match }) => match[2]?.length ?? 0));
  if (
    block.some(
      ({ at, match }) =>
        at !== lineStart && (match[2]?.length ?? 0) + (match[3]?.length ?? 0) !== widest + 1 && block.length > 2,
    )
  )
    return [];
  return block.flatMap(({ at, match }): Edit[] => {
    const start = at + (match[1]?.length ?? 0) + (match[2]?.length ?? 0);
    const wanted = ' '.repeat(widest - (match[2]?.length ?? 0) + 1);
    return match[3] === wanted ? [] : [{ start, end: start + (match[3]?.length ?? 0), text: wanted }];
  });
}

/** The unbroken run of lines of a form around the line at `lineStart`, which ends behind `end`. */
function blockAround(
  text: string,
  lineStart: number,
  form: RegExp,
  end = lineStart,
): { at: number; match: RegExpExecArray }[] {
  const lineAt = (at: number) => form.exec(text.slice(at, lineEndAt(text, at)));
  const own = lineAt(lineStart);
  if (!own) return [];
  const block = [{ at: lineStart, match: own }];
  for (let at = lineStart; at > 0; ) {
    at = text.lastIndexOf('\n', at - 2) + 1;
    const match = lineAt(at);
    if (!match || block.length > 200) break;
    block.unshift({ at, match });
  }
  for (let at = nextLineAt(text, end); at < text.length; at = nextLineAt(text, at)) {
    const match = lineAt(at);
    if (!match || block.length > 400) break;
    block.push({ at, match });
  }
  return block;
}

interface Constant {
  readonly kind: 'constant';
  /** A declared type that a string must be converted to; empty. */
  readonly type: string;
  around(literal: Edit): readonly Edit[];
}

/** The `const` that the literal gives its value, and how it becomes a `var`. */
function constantOf(site: Site, near: Neighbours): Constant | Refusal | undefined {
  const { text } = site.source;
  const line = near.lineBefore(site.first.start);
  const single = /^((?:.*[;{])?[ \t]*)const[ \t]+(\w+(?:[ \t]*,[ \t]*\w+)*)(?:[ \t]+([\w.]+))?[ \t]*=[ \t]*(.*)$/.exec(
    line,
  );
  if (single?.[2]) {
    for (const name of single[2].split(',')) {
      const refusal = refuseConstant(site, near, name.trim(), single[1] !== '');
      if (refusal) return refusal;
    }
    const at = site.first.start - line.length + (single[1]?.length ?? 0);
    const keyword = { start: at, end: at + 5, text: 'var' };
    return { kind: 'constant', type: conversion(single[3]), around: literal => [keyword, literal] };
  }
  const bracket = near.enclosing();
  if (bracket?.sign !== '(' || near.previous(bracket.start).text !== 'const') {
    const typed = /\bvar[ \t]+\w+[ \t]+([\w.]+)[ \t]*=[ \t]*$/.exec(line)?.[1];
    return typed === undefined || conversion(typed) === ''
      ? undefined
      : { kind: 'constant', type: typed, around: literal => [literal] };
  }
  return groupedConstant(site, near, bracket.start, text);
}

function conversion(type: string | undefined): string {
  return type === undefined || type === 'string' ? '' : type;
}

function refuseConstant(site: Site, near: Neighbours, constant: string, local: boolean): Refusal | undefined {
  const { text } = site.source;
  const uses = usesOf(site.spans, constant).filter(
    at =>
      at < site.first.start - 200 || at > site.first.start || !/^\s*(?:const\b|\w+\b)?[^=\n]*=/.test(text.slice(at)),
  );
  const others = usesOf(site.spans, constant).filter(
    at => !/^[ \t]*(?:const[ \t]+)?$/.test(near.lineBefore(at)) || at > site.first.end,
  );
  if (local && others.length === 0)
    return refuse(
      `${constant} is a constant that nothing uses, and Go does not compile a variable that nothing uses.`,
      'Delete the constant.',
    );
  for (const at of uses) {
    if (at > site.first.start - 400 && at < site.first.start) continue;
    const line = near.lineBefore(at);
    const constants = /^\s*const\b/.test(line) || insideConstants(near, at);
    if (constants || /\[\s*len\(\s*$/.test(line)) {
      return refuse(`${constant} is used where Go wants a constant.`, `Make that use a variable, then move the value.`);
    }
    if (
      /(?:Print|Sprint|Fprint|Error|Fatal|Panic|Log)f\((?:[^,()]*,[ \t]*)?$/.test(line) &&
      near.next(at + constant.length).text === ')'
    ) {
      return refuse(`${constant} is a format, which must be a constant.`, 'Pass the value as an argument.');
    }
  }
  return undefined;
}

function insideConstants(near: Neighbours, at: number): boolean {
  const bracket = near.enclosing(at);
  return bracket?.sign === '(' && near.previous(bracket.start).text === 'const';
}

/** A member of `const ( ... )`: the group becomes `var` when it is alone, else it moves behind the group. */
function groupedConstant(site: Site, near: Neighbours, open: number, text: string): Constant | Refusal {
  const close = closingOf(near, open);
  const keyword = near.previous(open);
  const body = close < 0 ? '' : text.slice(open + 1, close);
  const lineStart = text.lastIndexOf('\n', site.first.start) + 1;
  const lineEnd = text.indexOf('\n', site.last.end);
  const entry = /^[ \t]*(\w+)(?:[ \t]+([\w.]+))?[ \t]*=[ \t]*$/.exec(text.slice(lineStart, site.first.start));
  const rest = text.slice(site.last.end, lineEnd);
  const names = body.split('\n').filter(line => /^[ \t]*\w/.test(line));
  if (
    !entry?.[1] ||
    close < 0 ||
    lineEnd < 0 ||
    /\biota\b/.test(body) ||
    names.some(line => !line.includes('=')) ||
    !/^[ \t\r]*(?:\/\/[^\n]*)?$/.test(rest)
  ) {
    return refuse(
      'The constant stands in a group whose members depend on each other.',
      'Declare it by itself with var, then move the value.',
    );
  }
  const indent = near.lineBefore(keyword.start);
  const refusal = refuseConstant(site, near, entry[1], indent.trim() === '' && indent !== '');
  if (refusal) return refusal;
  const type = conversion(entry[2]);
  if (names.length === 1) {
    const edit = { start: keyword.start, end: keyword.end, text: 'var' };
    return { kind: 'constant', type, around: literal => [edit, literal] };
  }
  const name = `${entry[1]}${entry[2] === undefined ? '' : ` ${entry[2]}`}`;
  const comment = rest.trim() === '' ? '' : ` ${rest.trim()}`;
  const line = lineEndOf(text);
  const above = /(?:^[ \t]*\/\/[^\n]*\n)+$/m.exec(text.slice(open, lineStart))?.[0] ?? '';
  const described = above.replace(/^[ \t]*(?=\/)/gm, indent);
  return {
    kind: 'constant',
    type,
    around: literal => [
      ...realigned(text, lineStart, lineEnd + 1, above.length),
      {
        start: close + 1,
        end: close + 1,
        text: `${line}${indent === '' ? line : ''}${described}${indent}var ${name} = ${literal.text}${comment}`,
      },
    ],
  };
}

function closingOf(near: Neighbours, open: number): number {
  let depth = 0;
  let token = near.next(open);
  for (let steps = 0; steps < 20_000 && token.kind !== 'start'; steps++) {
    if (/^[([{]$/.test(token.text)) depth++;
    else if (/^[)\]}]$/.test(token.text) && --depth === 0) return token.start;
    token = near.next(Math.max(token.end, token.start + 1));
  }
  return -1;
}

const entryForm = /^([ \t]*)(\w+(?: [\w.]+)?)([ \t]+)(=[ \t]+[^\n]*?)(?:([ \t]+)(\/\/[^\n]*))?\r?\n/;

/** Takes a line, and the comment of `above` units before it, out of an aligned block and aligns the rest as gofmt does. */
function realigned(text: string, start: number, end: number, above: number): readonly Edit[] {
  const entryAt = (at: number) => entryForm.exec(text.slice(at, nextLineAt(text, at)));
  const from = start - above;
  const block: { readonly at: number; readonly match: RegExpExecArray }[] = [];
  for (let at = from; at > 0; ) {
    at = text.lastIndexOf('\n', at - 2) + 1;
    const match = entryAt(at);
    if (!match) break;
    block.unshift({ at, match });
  }
  for (let at = end, match = entryAt(at); match; at += match[0].length, match = entryAt(at)) block.push({ at, match });
  const widest = Math.max(0, ...block.map(({ match }) => match[2]?.length ?? 0));
  const edits = block.flatMap(({ at, match }, index): Edit[] => {
    const [, indent = '', name = '', gap = '', value = '', apart = ''] = match;
    const afterName = at + indent.length + name.length;
    const afterValue = afterName + gap.length + value.length;
    return [
      ...padded(afterName, gap, widest - name.length),
      ...(apart === '' ? [] : padded(afterValue, apart, commentColumn(block, index) - value.length)),
    ];
  });
  return [removal(text, from, end), ...edits].sort((a, b) => a.start - b.start);
}

function padded(at: number, gap: string, missing: number): readonly Edit[] {
  const wanted = ' '.repeat(missing + 1);
  return gap === wanted ? [] : [{ start: at, end: at + gap.length, text: wanted }];
}

/** The longest value of the unbroken run of lines with comments around one of them. */
function commentColumn(block: readonly { readonly match: RegExpExecArray }[], index: number): number {
  let first = index;
  while (block[first - 1]?.match[6] !== undefined) first--;
  let last = index;
  while (block[last + 1]?.match[6] !== undefined) last++;
  return Math.max(...block.slice(first, last + 1).map(({ match }) => match[4]?.length ?? 0));
}

/** gofmt wants no blank line at the ends of a group, and no two. */
function removal(text: string, from: number, end: number): Edit {
  const before = text.slice(Math.max(0, from - 20), from);
  const blank = /\n[ \t\r]*\n$/.exec(before)?.[0].length ?? 1;
  const last = /^[ \t]*(?:\)|\r?\n)/.test(text.slice(end, end + 20));
  const first = /\([ \t\r]*\n$/.test(before);
  const after = first ? (/^(?:[ \t\r]*\n)+/.exec(text.slice(end, end + 200))?.[0].length ?? 0) : 0;
  return { start: last ? from - blank + 1 : from, end: end + after, text: '' };
}
