import { compilePattern } from './pattern.ts';
import { buildPrefilter, type Prefilter } from './prefilter.ts';

/** What is no finding: all that it names must hold, of each list one entry. Patterns are RE2 syntax and may match anywhere. */
export interface Exception {
  /** Over the value. */
  readonly values?: readonly string[];
  /** Over the whole match, of which the value is a part. */
  readonly matches?: readonly string[];
  /** Over the lines on which the match stands. */
  readonly lines?: readonly string[];
  /** ASCII texts in the value, in any case. */
  readonly words?: readonly string[];
  /** Over the path, relative to the workspace folder, with `/`. */
  readonly files?: readonly string[];
}

/** An exception that a pack makes for some rules, or without `rules` for all. */
export interface PackException extends Exception {
  /** Names it where a rule's id would stand: it can be slow and be switched off, as a rule can. */
  readonly id: string;
  readonly rules?: readonly string[];
  /** Over the path as well, when `files` are named beside globs. */
  readonly paths?: readonly string[];
}

/** Another rule's match, so many lines and columns away at most; anywhere in the text without them. */
export interface Requirement {
  readonly rule: string;
  readonly lines?: number;
  readonly columns?: number;
}

/** A match that an exception may be about. */
export interface Matched {
  readonly path: string;
  readonly value: string;
  readonly match: () => string;
  readonly lines: () => string;
}

/** Patterns are compiled at first use. One that is not RE2 syntax never matches. */
export function compileException(exception: Exception & Pick<PackException, 'paths'>): (matched: Matched) => boolean {
  const { values, matches, lines, words, files, paths } = exception;
  const tests: ((matched: Matched) => boolean)[] = [];
  for (const patterns of [paths, files]) {
    if (patterns === undefined) continue;
    const test = compileFiles(patterns);
    tests.push(({ path }) => test(path));
  }
  if (words) {
    const test = compileWords(words);
    tests.push(({ value }) => test(value));
  }
  for (const [patterns, textOf] of [
    [values, ({ value }: Matched) => value],
    [matches, ({ match }: Matched) => match()],
    [lines, (matched: Matched) => matched.lines()],
  ] as const) {
    if (patterns === undefined) continue;
    const test = compileAny(patterns);
    tests.push(matched => test(textOf(matched)));
  }
  return matched => tests.length > 0 && tests.every(test => test(matched));
}

/** Many matches of one file are asked about in a row. */
export function compileFiles(patterns: readonly string[]): (path: string) => boolean {
  const test = compileAny(patterns);
  let last: string | undefined;
  let answer = false;
  return path => {
    if (path !== last) {
      answer = test(path);
      last = path;
    }
    return answer;
  };
}

function compileWords(words: readonly string[]): (text: string) => boolean {
  let prefilter: Prefilter | undefined;
  return text => {
    prefilter ??= buildPrefilter(words);
    let found = false;
    prefilter.scan(text, 0, text.length, () => {
      found = true;
    });
    return found;
  };
}

function compileAny(patterns: readonly string[]): (text: string) => boolean {
  let expressions: readonly RegExp[] | undefined;
  return text => {
    expressions ??= patterns.flatMap(pattern => {
      const compiled = compilePattern(pattern);
      return compiled ? [new RegExp(compiled.source, compiled.flags)] : [];
    });
    return expressions.some(expression => expression.test(text));
  };
}

/** A glob over paths as a pattern: `*`, `?`, `**`, `{a,b}` and `[a-z]`, as in the globs of settings. */
export function patternOfGlob(glob: string): string {
  const plain = glob
    .trim()
    .replace(/^(?:\.?\/)+/, '')
    .replace(/\/+$/, '');
  let depth = 0;
  const body = plain.replace(globParts, (part: string) => {
    if (part === '/**') return '(?:/.*)?';
    if (part.endsWith('**/')) return `${part.startsWith('/') ? '/' : ''}(?:.*/)?`;
    if (part.startsWith('**')) return '.*';
    if (part === '*') return '[^/]*';
    if (part === '?') return '[^/]';
    if (part === '{' || part === '}') {
      depth += part === '{' ? 1 : -1;
      return part === '{' ? '(?:' : ')';
    }
    if (part === ',' && depth > 0) return '|';
    if (part.length > 1) return part.replace(/^\[!/, '[^/');
    return part.replace(/[\\^$.|+()[\]]/, '\\$&');
  });
  return `^${body}$`;
}

const globParts = /\/\*\*$|(?:\/|^)\*\*\/|\*+|\[!?[^\][/\\]+\]|[\s\S]/g;
