import { parse as parseToml, TomlError } from 'smol-toml';
import { type Document, isMap, isNode, isPair, isScalar, isSeq, LineCounter, type Pair, parseDocument } from 'yaml';
import type { PackProblem } from '../engine/rulePack.ts';
import { tomlPlaces } from './tomlPlaces.ts';

/** A place in a file; lines and columns are 0-based and in UTF-16 units, as LSP has them. */
export interface Place {
  readonly file: string;
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}

/** A pack's problem on its file. */
export interface RuleFileProblem extends PackProblem, Place {}

/** What a pack's text says, of whatever form, and where. */
export interface PackText {
  readonly file: string;
  readonly value: unknown;
  /** Of a value, or of the nearest one above it that exists. */
  readonly placeOf: (path: PackProblem['path']) => Place;
  /** Of the text itself. */
  readonly problems: readonly RuleFileProblem[];
}

/** YAML, of which JSON is a part: whatever is well-formed is kept. */
export function readYamlPack(file: string, text: string): PackText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const at = (start: number, end: number): Place => ({
    ...{ file, start: toPosition(lines, start), end: toPosition(lines, end) },
  });
  const wrong = (place: Place, message: string): RuleFileProblem => ({
    ...{ ...place, path: [], message: `This is not valid YAML: ${message}`, severity: 'error' },
  });
  const problems = document.errors.map(({ message, pos }) => wrong(at(pos[0], Math.max(pos[1], pos[0] + 1)), message));
  const placeOf = (path: PackProblem['path']): Place => at(...rangeOf(document, path));
  try {
    return { file, value: document.toJS() ?? {}, placeOf, problems };
  } catch (error) {
    const message = error instanceof Error ? error.message : 'unknown error';
    return { file, value: undefined, placeOf, problems: [...problems, wrong(at(0, 1), message)] };
  }
}

/** TOML is kept as a whole or not at all. */
export function readTomlPack(file: string, text: string): PackText {
  const plain = text.replace(/^\uFEFF/, '');
  const lines = new LineCounter();
  for (let at = -1; at !== 0 || lines.lineStarts.length === 0; at = plain.indexOf('\n', at) + 1)
    lines.addNewLine(Math.max(at, 0));
  try {
    const value: unknown = parseToml(plain);
    const places = tomlPlaces(plain);
    const placeOf = (path: PackProblem['path']): Place => {
      const [start, end] = places(path);
      return { file, start: toPosition(lines, start), end: toPosition(lines, end) };
    };
    return { file, value, placeOf, problems: [] };
  } catch (error) {
    const known = error instanceof TomlError ? error : undefined;
    const start = { line: Math.max(0, (known?.line ?? 1) - 1), character: Math.max(0, (known?.column ?? 1) - 1) };
    const place = { file, start, end: { ...start, character: start.character + 1 } };
    // Its message goes on with the lines around, which may hold anything.
    const detail = known?.message.split('\n')[0]?.replace(/^Invalid TOML document: /, '') ?? 'it cannot be read';
    const problem: RuleFileProblem = {
      ...place,
      path: [],
      message: `This is not valid TOML: ${detail}.`,
      severity: 'error',
    };
    return { file, value: undefined, placeOf: () => place, problems: [problem] };
  }
}

/** The place that keys and indices lead to, or the nearest one above that exists: from the key to the end of a short value. */
function rangeOf(document: Document.Parsed, path: readonly (string | number)[]): [number, number] {
  let node: unknown = document.contents;
  let found: [number, number] = [0, 1];
  for (const step of path) {
    const next = isMap(node)
      ? node.items.find(item => keyOf(item) === String(step))
      : isSeq(node)
        ? node.items[Number(step)]
        : undefined;
    if (next === undefined || next === null) break;
    found = isPair(next) ? rangeOfPair(next) : (rangeOfNode(next) ?? found);
    node = isPair(next) ? next.value : next;
  }
  return found;
}

function keyOf(pair: Pair): string {
  return String(isScalar(pair.key) ? pair.key.value : pair.key);
}

function rangeOfPair(pair: Pair): [number, number] {
  const key = rangeOfNode(pair.key) ?? [0, 1];
  const value = isScalar(pair.value) ? rangeOfNode(pair.value) : undefined;
  return [key[0], Math.max(key[1], value?.[1] ?? 0)];
}

/** A rule in a list is marked on its first key alone, not over all its lines. */
function rangeOfNode(node: unknown): [number, number] | undefined {
  if (isMap(node) && node.items[0]) return rangeOfPair(node.items[0]);
  return isNode(node) && node.range ? [node.range[0], Math.max(node.range[1], node.range[0] + 1)] : undefined;
}

function toPosition(lines: LineCounter, offset: number): Place['start'] {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line - 1, 0), character: Math.max(col - 1, 0) };
}
