import { stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseReference, printReference, type Reference } from '../engine/reference.ts';
import { walkFiles } from './files.ts';
import { isWithin } from './folders.ts';
import { defaultSettings } from './settings.ts';

/* The committed manifest: env-spec comments over dotenv lines, a reference a name, always in double quotes (an unquoted `#` ends
   the value for every dotenv reader). It stays loadable by any of them, and what people wrote there is never disturbed. */

export const manifestName = '.env.schema';

/** A line of the manifest that names a secret. */
export interface ManifestEntry {
  readonly name: string;
  /** Undefined when the value is no reference (a public default, empty). */
  readonly reference?: Reference;
  /** The reference as written, with its place in the text. */
  readonly written: string;
  /** Of the whole line, and of the reference text inside its quotes. UTF-16. */
  readonly start: number;
  readonly end: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly kind?: string;
  readonly owner?: string;
  readonly purpose?: string;
  readonly expires?: string;
}

export interface ManifestProblem {
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

export interface Manifest {
  readonly entries: readonly ManifestEntry[];
  readonly problems: readonly ManifestProblem[];
}

/** What `withEntry` writes. */
export interface NewEntry {
  readonly name: string;
  readonly reference: Reference;
  readonly kind?: string;
  readonly owner?: string;
  readonly purpose?: string;
  readonly expires?: string;
}

/** Total. */
export function readManifest(text: string): Manifest {
  const entries: ManifestEntry[] = [];
  const problems: ManifestProblem[] = [];
  let comments: string[] = [];
  let publicByDefault = false;
  let previous: Line['kind'] = 'blank';
  for (const line of linesOf(text)) {
    if (line.kind === 'comment') {
      comments.push(line.content);
      if (/@defaultSensitive\s*=\s*false\b/.test(line.content)) publicByDefault = true;
      if (isHeaderEnd(line)) comments = [];
    } else {
      if (line.kind === 'assignment') {
        const isPublic =
          comments.some(comment => publicMark.test(comment)) || (publicByDefault && !comments.some(sensitive));
        const twice = entries.some(other => other.name === line.name);
        problems.push(...problemsOf(line, isPublic, twice));
        if (validName.test(line.name)) entries.push(readEntry(line, comments));
      } else if (line.kind === 'other' && previous !== 'other') {
        problems.push(problemAt(line, 'This is no comment and no NAME="reference", so it is not read.'));
      }
      comments = [];
    }
    previous = line.kind;
  }
  return { entries, problems };
}

/** The text with the entry added (or its reference replaced), the rest untouched, line ends kept. An empty text gets the header. */
export function withEntry(text: string, entry: NewEntry): string {
  const end = lineEndOf(text);
  const written = printReference(entry.reference);
  const known = [...linesOf(text)].filter(line => line.kind === 'assignment' && line.name === entry.name).at(-1);
  if (known?.kind === 'assignment') {
    // The quotes are replaced too: whatever they were, the reference needs double ones.
    return `${text.slice(0, known.tokenStart)}"${written}"${text.slice(known.tokenEnd)}`;
  }
  const before = text.trim() === '' ? text + header.join(end) + end : text;
  const gap = /(?:^|\n)[ \t]*\r?\n$/.test(before) ? '' : /\n$/.test(before) ? end : end + end;
  const metadata = (['owner', 'purpose', 'expires', 'kind'] as const)
    .filter(key => entry[key])
    .map(key => `${key}: ${plainText(entry[key] ?? '')}`);
  const comment = metadata.length > 0 ? `# ${metadata.join('; ')}${end}` : '';
  return `${before}${gap}${comment}${entry.name}="${written}"${end}`;
}

/**
 * The nearest manifest upward from `path` to `root`, or to the top of a repository below it, which a program that starts there
 * does not look beyond; where none is, the one that would be made at that end. Absolute paths.
 */
export async function locateManifest(
  path: string,
  root: string,
): Promise<{ readonly file: string; readonly exists: boolean }> {
  const first = (await isFolder(path)) ? path : dirname(path);
  for (let folder = first; isWithin(folder, root); folder = dirname(folder)) {
    const file = join(folder, manifestName);
    if (await isFile(file)) return { file, exists: true };
    if (await stat(join(folder, '.git')).catch(() => undefined)) return { file, exists: false };
    if (dirname(folder) === folder) break;
  }
  const file = join(root, manifestName);
  return { file, exists: await isFile(file) };
}

/** Every manifest below root (ignore files respected). Rejects only with the signal's reason. */
export async function findManifests(root: string, signal: AbortSignal): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const file of walkFiles(root, { settings: defaultSettings, ignore: true }, signal)) {
    if (basename(file) === manifestName) found.push(file);
  }
  return found;
}

const header = [
  '# Names and references of secrets. No values: this file is committed.',
  '# Fill in what is missing here with `keysweep set NAME`; start programs with `keysweep run -- COMMAND`.',
  '# @defaultSensitive=true @defaultRequired=true',
  '# ---',
  '',
];

interface LineRange {
  /** Of the line without its end; `next` is where the next one begins. */
  readonly start: number;
  readonly end: number;
  readonly next: number;
}

type Line = LineRange &
  (
    | { readonly kind: 'blank' | 'other' }
    /** `content` without `#`. */
    | { readonly kind: 'comment'; readonly content: string }
    | {
        readonly kind: 'assignment';
        readonly name: string;
        /** With quotes. */
        readonly tokenStart: number;
        readonly tokenEnd: number;
        /** `"`, `'`, `` ` `` or empty; a quote that is not closed counts as none. */
        readonly quote: string;
        readonly value: string;
      }
  );

function* linesOf(text: string): Generator<Line> {
  let start = text.startsWith('\uFEFF') ? 1 : 0;
  while (start < text.length) {
    const feed = text.indexOf('\n', start);
    const next = feed < 0 ? text.length : feed + 1;
    const end = feed < 0 ? next : text[feed - 1] === '\r' && feed - 1 >= start ? feed - 1 : feed;
    yield readLine(text.slice(start, end), { start, end, next });
    start = next;
  }
}

function readLine(content: string, range: LineRange): Line {
  const trimmed = content.trim();
  if (trimmed === '') return { ...range, kind: 'blank' };
  if (trimmed.startsWith('#')) return { ...range, kind: 'comment', content: trimmed.slice(1).trim() };
  const head = /^\s*(?:export\s+)?([^\s=#"'`]+)\s*=[ \t]*/.exec(content);
  if (!head) return { ...range, kind: 'other' };
  const rest = content.slice(head[0].length);
  const quoted = /^(["'`])((?:\\.|(?!\1)[^\\])*)\1/.exec(rest);
  const value = quoted?.[2] ?? rest.replace(/(?:^|\s)#.*$/, '').trimEnd();
  const tokenStart = range.start + head[0].length;
  const tokenEnd = tokenStart + (quoted?.[0] ?? value).length;
  return { ...range, kind: 'assignment', name: head[1] ?? '', tokenStart, tokenEnd, quote: quoted?.[1] ?? '', value };
}

function readEntry(line: Extract<Line, { kind: 'assignment' }>, comments: readonly string[]): ManifestEntry {
  const reference = parseReference(line.value);
  const valueStart = line.tokenStart + line.quote.length;
  return {
    name: line.name,
    ...(reference && { reference }),
    written: line.value,
    start: line.start,
    end: line.end,
    valueStart,
    valueEnd: valueStart + line.value.length,
    ...readMetadata(comments),
  };
}

const validName = /^[A-Za-z_][A-Za-z0-9_]*$/;
const publicMark = /(?:^|\s)@(?:public|sensitive\s*=\s*false)\b/;
const sensitive = (comment: string) => /(?:^|\s)@sensitive\b(?!\s*=\s*false)/.test(comment);
/** What others put where we put references: URIs of password managers, env-spec functions, expansions. */
const foreignReference = /^(?:(?:op|pass|dl|keeper|secretref\+[a-z]+):\/\/|[a-zA-Z]+\(|\$)/;

function problemsOf(
  line: Extract<Line, { kind: 'assignment' }>,
  isPublic: boolean,
  twice: boolean,
): readonly ManifestProblem[] {
  const { name, value } = line;
  const problems: ManifestProblem[] = [];
  const say = (message: string) => problems.push(problemAt(line, message));
  if (!validName.test(name))
    say('The name of a variable has letters, digits and _ alone and does not begin with a digit.');
  if (twice) say(`${name} stands here twice, and readers differ on which line counts. Delete one.`);
  if (line.quote === '' && value.includes('#')) {
    say('Put this reference in double quotes: without them most readers take everything from # on for a comment.');
  }
  const known = parseReference(value) !== undefined || foreignReference.test(value);
  if (value !== '' && !known && !isPublic) {
    const advice = 'Move the value to a store, or write # @public above it if anybody may know it.';
    say(
      value.startsWith('ref+')
        ? `The reference of ${name} is not complete.`
        : `${name} holds a value instead of a reference. ${advice}`,
    );
  }
  return problems;
}

/** Whole values of the keys we know in `key: value; key: value` comments; a later comment wins. */
function readMetadata(comments: readonly string[]): Pick<ManifestEntry, 'kind' | 'owner' | 'purpose' | 'expires'> {
  const read: Record<string, string> = {};
  for (const part of comments.filter(comment => !comment.startsWith('@')).flatMap(comment => comment.split(';'))) {
    const found = metadataPart.exec(part.trim());
    if (found?.[1] && found[2]) read[found[1].toLowerCase()] = found[2].trim();
  }
  return read;
}

const metadataPart = /^(kind|owner|purpose|expires)\s*:\s*(.+)$/i;

function isHeaderEnd(line: Line): boolean {
  return line.kind === 'comment' && /^-{3,}$/.test(line.content);
}

function problemAt(line: LineRange, message: string): ManifestProblem {
  return { start: line.start, end: line.end, message };
}

function lineEndOf(text: string): string {
  return /\r\n/.test(text) ? '\r\n' : '\n';
}

/** What would end the comment or begin another key. */
function plainText(text: string): string {
  return text
    .replace(/[\r\n]+/g, ' ')
    .replaceAll(';', ',')
    .trim();
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() === true;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() === true;
}
