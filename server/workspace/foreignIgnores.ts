import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Finding } from '../engine/detector.ts';
import { isOfGitleaks, namesOf, standIns } from './gitleaksNames.ts';

/* What other scanners' files at a folder's root say of findings that a team lives with. Each form is read as its tool reads it. */

export const foreignIgnoreFiles = ['.gitleaksignore', '.betterleaksignore', '.secrets.baseline'] as const;

export interface ForeignIgnores {
  /** gitleaks: path -> `rule:line` (1-based) -> the file that says it. */
  readonly fingerprints: ReadonlyMap<string, readonly Fingerprint[]>;
  /** Betterleaks 2: SHA-256 of values, wherever they stand. */
  readonly hashes: ReadonlySet<string>;
  /** detect-secrets: path -> SHA-1 of a value -> what an audit said of it. */
  readonly baseline: ReadonlyMap<string, ReadonlyMap<string, boolean | undefined>>;
}

interface Fingerprint {
  readonly rule: string;
  readonly line: number;
  readonly file: string;
}

export interface IgnoreProblem {
  readonly message: string;
  readonly line: number;
}

export interface ReadIgnores {
  /** Undefined when there is no such file. */
  readonly ignores: ForeignIgnores | undefined;
  readonly problems: readonly IgnoreProblem[];
}

const largestFile = 16 * 1024 * 1024;

/** Never rejects. */
export async function readForeignIgnores(root: string): Promise<ReadIgnores> {
  const problems: IgnoreProblem[] = [];
  const texts = await Promise.all(foreignIgnoreFiles.map(name => readRootFile(root, name, problems)));
  if (texts.every(text => text === undefined)) return { ignores: undefined, problems };
  const [gitleaks = '', betterleaks = '', baseline = ''] = texts;
  const fingerprints = new Map<string, Fingerprint[]>();
  const hashes = new Set<string>();
  readLines(gitleaks, foreignIgnoreFiles[0], fingerprints, hashes);
  readLines(betterleaks, foreignIgnoreFiles[1], fingerprints, hashes);
  return { ignores: { fingerprints, hashes, baseline: readBaseline(baseline, problems) }, problems };
}

/** Why the finding is accepted; undefined when it is not. `line` is 1-based, and of the finding in `text`. */
export function foreignReason(
  ignores: ForeignIgnores,
  path: string,
  finding: Finding,
  line: number,
  text: string,
): string | undefined {
  const value = text.slice(finding.start, finding.end);
  const fingerprint = ignores.fingerprints
    .get(path)
    ?.find(each => each.line === line && isAbout(each.rule, finding.rule));
  if (fingerprint) return `Accepted in ${fingerprint.file}.`;
  if (ignores.hashes.size > 0 && ignores.hashes.has(digest('sha256', value)))
    return `Accepted in ${foreignIgnoreFiles[1]}.`;
  const known = ignores.baseline.get(path);
  const hash = known && hashedForms(text, finding).find(form => known.has(form));
  if (known === undefined || hash === undefined) return undefined;
  const audited = known.get(hash);
  if (audited === undefined) return 'Accepted in .secrets.baseline.';
  return `Accepted in .secrets.baseline, where an audit calls it ${audited ? 'a real secret' : 'no secret'}.`;
}

/** gitleaks' rule, or one of ours that stands for it. What it knows only as generic may be known better here. */
function isAbout(theirs: string, ours: string): boolean {
  if (ours === theirs || ours === `gitleaks.${theirs}`) return true;
  if (!isOfGitleaks(theirs)) return true;
  return namesOf(theirs).includes(ours) || (theirs === 'generic-api-key' && !standIns.has(ours));
}

/**
 * What detect-secrets may have hashed: the value, the whole of the word or literal around it, or that part of it which its patterns
 * take (of an armoured key what stands between the dashes, of a GitLab token the prefix, of a JWT all but the signature).
 */
function hashedForms(text: string, { start, end }: Finding): readonly string[] {
  const value = text.slice(start, end);
  const before = /[^\s"'`]{0,200}$/.exec(text.slice(Math.max(0, start - 200), start))?.[0] ?? '';
  const after = /^[^\s"'`]{0,200}/.exec(text.slice(end, end + 200))?.[0] ?? '';
  const taken = [
    /^-----(BEGIN [A-Z0-9 ]{1,40})-----/,
    /^(gl[a-z]{1,8})-/,
    /^(eyJ[\w=-]+\.[\w=-]+\.?)/,
    /^(xox\w(?:-\d+)*-[a-z0-9]+)/i,
  ];
  const parts = taken.flatMap(part => part.exec(value)?.[1] ?? []);
  const forms = new Set([
    value,
    before + value + after,
    value + after,
    before + value,
    value.replace(/=+$/, ''),
    ...parts,
  ]);
  return Array.from(forms, form => digest('sha1', form));
}

function digest(algorithm: 'sha1' | 'sha256', text: string): string {
  return createHash(algorithm).update(text).digest('hex');
}

async function readRootFile(root: string, name: string, problems: IgnoreProblem[]): Promise<string | undefined> {
  const file = join(root, name);
  try {
    const status = await stat(file);
    if (status.size <= largestFile) return (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
    problems.push({ message: `${name} is larger than 16 MB, so it is not used.`, line: 0 });
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code !== 'ENOENT' && code !== 'ENOTDIR')
      problems.push({ message: `${name} cannot be read (${code}), so it is not used.`, line: 0 });
  }
  return undefined;
}

/** `path:rule:line`; a commit before it speaks of the history alone. 64 hex digits are the hash of a value. */
function readLines(text: string, file: string, fingerprints: Map<string, Fingerprint[]>, hashes: Set<string>): void {
  for (const line of text.split(/\r?\n/).map(each => each.trim())) {
    if (line === '' || line.startsWith('#')) continue;
    if (/^[0-9a-f]{64}$/.test(line)) hashes.add(line);
    const [path = '', rule = '', number = '', ...more] = line.split(':');
    if (more.length > 0 || !/^\d{1,9}$/.test(number)) continue;
    const slashed = plainPath(path);
    fingerprints.set(slashed, [...(fingerprints.get(slashed) ?? []), { rule, line: Number(number), file }]);
  }
}

function plainPath(path: string): string {
  return path.replaceAll('\\', '/').replace(/^(?:\.\/)+/, '');
}

function readBaseline(
  text: string,
  problems: IgnoreProblem[],
): ReadonlyMap<string, ReadonlyMap<string, boolean | undefined>> {
  const known = new Map<string, Map<string, boolean | undefined>>();
  if (text.trim() === '') return known;
  const results = resultsOf(text);
  if (results === undefined) {
    const message =
      '.secrets.baseline is no JSON with `results`, so it is not used. Write it anew: detect-secrets scan';
    problems.push({ message, line: 0 });
    return known;
  }
  for (const [path, list] of Object.entries(results)) {
    const hashes = known.get(plainPath(path)) ?? new Map<string, boolean | undefined>();
    for (const entry of Array.isArray(list) ? list : []) {
      const { hashed_secret: hash, is_secret: audited } = isObject(entry) ? entry : {};
      if (typeof hash === 'string') hashes.set(hash.toLowerCase(), typeof audited === 'boolean' ? audited : undefined);
    }
    known.set(plainPath(path), hashes);
  }
  return known;
}

function resultsOf(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && isObject(value.results) ? value.results : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
