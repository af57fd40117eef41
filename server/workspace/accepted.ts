import { createHash } from 'node:crypto';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isMap, isNode, isSeq, LineCounter, parseDocument, stringify } from 'yaml';
import type { Finding } from '../engine/detector.ts';
import { type ForeignIgnores, foreignIgnoreFiles, foreignReason, readForeignIgnores } from './foreignIgnores.ts';
import { compileMarkers } from './inlineMarkers.ts';

/** A finding that the team lives with. Stands in `.keysweep-accepted.yaml` at the workspace folder's root, committed. */
export interface Accepted {
  readonly rule: string;
  readonly path: string;
  /** The assigned name, empty when there was none. */
  readonly assigned: string;
  readonly author: string;
  /** ISO dates (YYYY-MM-DD). */
  readonly date: string;
  readonly expires?: string;
  readonly reason: string;
  /** SHA-256 of the value, only when it is a random token that nobody can guess. */
  readonly hash?: string;
}

export interface AcceptedFile {
  readonly entries: readonly Accepted[];
  /** `line` is 0-based. */
  readonly problems: readonly { readonly message: string; readonly line: number }[];
  /** What files of other scanners accept. */
  readonly foreign?: ForeignIgnores;
}

export const acceptedFileName = '.keysweep-accepted.yaml';

/** All files at a folder's root whose change may make a finding accepted, or not any more. */
export const acceptingFiles: readonly string[] = [acceptedFileName, ...foreignIgnoreFiles];

/** Ours and other scanners'. A missing file is an empty one. Never rejects. */
export async function readAccepted(root: string): Promise<AcceptedFile> {
  const [own, { ignores, problems }] = await Promise.all([readOwn(root), readForeignIgnores(root)]);
  return { entries: own.entries, problems: [...own.problems, ...problems], ...(ignores && { foreign: ignores }) };
}

export const remarkReason = 'A remark on its line, or on the line above, tells scanners to leave it.';

/**
 * Tells of findings in a text why each is accepted, in a sentence or as its entry's reason; undefined when it is not. `path` relative to the
 * folder, with `/`; `today` an ISO date.
 */
export function acceptanceIn(
  file: AcceptedFile,
  path: string,
  text: string,
  today: string,
): (finding: Finding) => string | undefined {
  const allowedInline = compileMarkers(text);
  return finding => {
    const value = text.slice(finding.start, finding.end);
    const entry = acceptedBy(file, path, finding, value, today);
    if (entry !== undefined) return entry.reason;
    if (allowedInline(finding)) return remarkReason;
    if (file.foreign === undefined || !mayAccept(file.foreign, path)) return undefined;
    return foreignReason(file.foreign, path, finding, lineOf(text, finding.start), text);
  };
}

function mayAccept({ fingerprints, hashes, baseline }: ForeignIgnores, path: string): boolean {
  return hashes.size > 0 || fingerprints.has(path) || baseline.has(path);
}

function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return line;
}

async function readOwn(root: string): Promise<AcceptedFile> {
  let text: string;
  try {
    text = await readFile(join(root, acceptedFileName), 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'ENOENT' || code === 'ENOTDIR') return { entries: [], problems: [] };
    return {
      entries: [],
      problems: [{ message: `${acceptedFileName} cannot be read (${code}), so nothing is accepted.`, line: 0 }],
    };
  }
  return parseAccepted(text);
}

/** The entry that accepts the finding today; `value` is only hashed. */
function acceptedBy(
  file: AcceptedFile,
  path: string,
  finding: Finding,
  value: string,
  today: string,
): Accepted | undefined {
  return file.entries.find(
    entry =>
      entry.rule === finding.rule &&
      entry.path === path &&
      entry.assigned === finding.assigned &&
      (entry.hash === undefined || entry.hash === hashOf(value)) &&
      (entry.expires === undefined || today <= entry.expires),
  );
}

/** The hash that an entry may keep: undefined for a value that a person may have thought up, whose hash could be guessed. */
export function acceptedHash(finding: Finding, value: string): string | undefined {
  return finding.guessable ? undefined : hashOf(value);
}

/** Adds the entry without disturbing what stands there. Rejects when the file cannot be written, or is no list that one can add to. */
export async function appendAccepted(root: string, entry: Accepted): Promise<void> {
  const file = join(root, acceptedFileName);
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined || text.trim() === '') {
    const item = itemText(entry, '  ', '\n');
    await writeFile(file, `${header}accepted:\n${item}`, { flag: text === undefined ? 'wx' : 'w' });
    return;
  }
  const place = endOfList(text);
  if (!place)
    throw new Error(`${acceptedFileName} has no list under \`accepted:\` at its end. Correct the file first.`);
  const lineEnd = text.includes('\r\n') ? '\r\n' : '\n';
  const item = itemText(entry, place.indent, lineEnd);
  if (place.rewrite) await writeFile(file, `${place.rewrite}${lineEnd}${item}`);
  else await appendFile(file, (/\n$/.test(text) ? '' : lineEnd) + item);
}

const header = [
  '# Findings of Keysweep that the team lives with. No values: a hash stands here only for random tokens that nobody can guess.',
  '# An entry holds for its rule, path and assigned name until it expires; delete it to see the finding again.',
  '',
].join('\n');

function hashOf(value: string): string {
  return createHash('sha256').update(value).digest('hex');
}

function itemText(entry: Accepted, indent: string, lineEnd: string): string {
  const { rule, path, assigned, author, date, expires, reason, hash } = entry;
  const kept = Object.fromEntries(
    Object.entries({ rule, path, assigned, reason, author, date, expires, hash }).filter(
      ([, value]) => value !== undefined,
    ),
  );
  // Dates in quotes: other readers of YAML would make them something else.
  const lines = stringify([kept], { lineWidth: 0, version: '1.1' }).trimEnd().split('\n');
  return lines.map(line => indent + line + lineEnd).join('');
}

/** Where an item can be appended: the list must be the last thing of the file. `rewrite` replaces an empty `[]`. */
function endOfList(text: string): { readonly indent: string; readonly rewrite?: string } | undefined {
  const document = parseDocument(text, { logLevel: 'error' });
  const { contents } = document;
  if (document.errors.length > 0 || !isMap(contents)) return undefined;
  const last = contents.items.at(-1);
  if (String(last?.key) !== 'accepted') return undefined;
  const list = last?.value;
  if (isSeq(list) && list.items.length > 0) {
    if (list.flow || !list.range) return undefined;
    const start = text.lastIndexOf('\n', list.range[0] - 1) + 1;
    return { indent: text.slice(start, list.range[0]).replace(/[^ ]/g, ' ') };
  }
  const empty = /^([\s\S]*\baccepted:)[ \t]*(?:\[[ \t]*\]|null|~)?([ \t]*(?:#[^\r\n]*)?)\s*$/.exec(text);
  return empty ? { indent: '  ', rewrite: `${empty[1]}${empty[2]}` } : undefined;
}

function parseAccepted(text: string): AcceptedFile {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const lineAt = (offset: number) => Math.max(lines.linePos(offset).line - 1, 0);
  const problems = document.errors.map(error => ({
    message: `This is not valid YAML: ${error.message}`,
    line: lineAt(error.pos[0]),
  }));
  const { contents } = document;
  const list = isMap(contents) ? contents.get('accepted') : undefined;
  if (contents !== null && list === undefined)
    problems.push({ message: 'The entries stand in a list under `accepted:`.', line: 0 });
  const entries: Accepted[] = [];
  for (const item of isSeq(list) ? list.items : []) {
    const line = isNode(item) && item.range ? lineAt(item.range[0]) : 0;
    const read = readEntry(isMap(item) ? item.toJSON() : undefined);
    if (typeof read === 'string') problems.push({ message: read, line });
    else entries.push(read);
  }
  return { entries, problems };
}

/** The entry, or what is wrong with it: then it accepts nothing. */
function readEntry(value: unknown): Accepted | string {
  if (typeof value !== 'object' || value === null) return 'An accepted finding has at least rule, path and reason.';
  const fields = new Map(Object.entries(value));
  const text = (key: string) => (typeof fields.get(key) === 'string' ? String(fields.get(key)) : undefined);
  const rule = text('rule');
  const path = text('path');
  const reason = text('reason');
  if (!rule || !path || !reason) return 'An accepted finding has at least rule, path and reason, each a text.';
  const expires = fields.get('expires');
  if (expires !== undefined && !isDate(expires)) return 'expires must be a date such as 2027-01-31.';
  const hash = fields.get('hash');
  if (hash !== undefined && !(typeof hash === 'string' && /^[0-9a-f]{64}$/.test(hash)))
    return 'hash must have 64 hex digits.';
  return {
    rule,
    path,
    assigned: text('assigned') ?? '',
    author: text('author') ?? '',
    date: text('date') ?? '',
    reason,
    ...(expires !== undefined && { expires }),
    ...(typeof hash === 'string' && { hash }),
  };
}

function isDate(value: unknown): value is string {
  return typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value));
}
