import type { Exception, Requirement } from './exception.ts';
import { type Entry, most, type PackReader, type Path } from './packReader.ts';
import { type Pattern, readPattern } from './pattern.ts';

/* Reads what a rule or an exception of a pack demands: patterns, places, other rules. */

export const exceptionKeys = ['values', 'matches', 'lines', 'words', 'files'] as const;

export function readExpression(
  reader: PackReader,
  value: unknown,
  path: Path,
  longest: number,
  group?: number,
): Pattern | undefined {
  if (typeof value !== 'string' || value === '' || value.length > longest) {
    reader.error(path, `A pattern is a text of 1 to ${longest} characters in RE2 syntax.`);
    return undefined;
  }
  const read = readPattern(value, group);
  if (read.kind === 'pattern') return read.pattern;
  reader.error(path, `This pattern is not RE2 syntax: ${read.message} (at character ${read.offset + 1}).`);
  return undefined;
}

/** Patterns that may match nothing in particular: of a list the good ones. Undefined when there is none. */
function readExpressions(reader: PackReader, value: unknown, path: Path): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const list = reader.list(typeof value === 'string' ? [value] : value, path, most.list);
  const good = list.filter(
    (item, index): item is string =>
      readExpression(reader, item, [...path, index], most.joined) !== undefined && typeof item === 'string',
  );
  return good.length > 0 ? good : undefined;
}

/** The conditions of an exception; undefined when it names none, or one of them cannot be read: it would except too much. */
export function readException(reader: PackReader, entry: Entry, path: Path): Exception | undefined {
  const named = exceptionKeys.filter(key => key in entry);
  const read = Object.fromEntries(
    named.map(key => [
      key,
      key === 'words'
        ? readStopwords(reader, entry[key], [...path, key])
        : readExpressions(reader, entry[key], [...path, key]),
    ]),
  );
  return named.length > 0 && named.every(key => read[key] !== undefined) ? read : undefined;
}

function readStopwords(reader: PackReader, value: unknown, path: Path): readonly string[] | undefined {
  const words = readPlain(reader, value, path, most.words);
  return words.length > 0 ? words : undefined;
}

/** Where a rule looks, what it needs beside it, and what it leaves out. */
interface Surroundings {
  readonly files?: readonly string[];
  readonly except?: readonly Exception[];
  readonly require?: readonly Requirement[];
  readonly component?: true;
}

export function surroundings(reader: PackReader, entry: Entry, path: Path): Surroundings {
  const files = readExpressions(reader, entry.files, [...path, 'files']);
  const except = reader.list(entry.except, [...path, 'except'], most.list).flatMap((item, index) => {
    const place = [...path, 'except', index];
    const read = reader.map(item, place, exceptionKeys, `An exception is a map with ${exceptionKeys.join(', ')}.`);
    if (read === undefined) return [];
    if (Object.keys(read).length === 0) reader.error(place, `An exception names one of: ${exceptionKeys.join(', ')}.`);
    return readException(reader, read, place) ?? [];
  });
  const require = reader.list(entry.require, [...path, 'require'], most.requirements).flatMap((item, index) => {
    const place = [...path, 'require', index];
    const read = reader.map(item, place, ['rule', 'lines', 'columns'], 'A requirement is a map with `rule` (an id).');
    if (read === undefined) return [];
    const { rule, lines, columns } = read;
    if (typeof rule !== 'string') reader.error(place, 'A requirement names the id of the other rule as `rule`.');
    for (const key of ['lines', 'columns'])
      if (key in read && !isCount(read[key])) reader.error([...place, key], `\`${key}\` is a number from 0 on.`);
    if (typeof rule !== 'string') return [];
    return [{ rule, ...(isCount(lines) && { lines }), ...(isCount(columns) && { columns }) }];
  });
  return {
    ...(files && { files }),
    ...(except.length > 0 && { except }),
    ...(require.length > 0 && { require }),
    ...(reader.flag(entry.component, [...path, 'component']) && { component: true }),
  };
}

export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}

/** ASCII alone is ever met. */
export function readPlain(reader: PackReader, value: unknown, path: Path, longest?: number): string[] {
  return reader.words(value, path, longest).filter((word, index) => {
    const plain = /^[\0-\x7f]+$/.test(word);
    if (!plain) reader.warn([...path, index], 'A keyword holds only ASCII characters: this one is never met.');
    return plain;
  });
}
