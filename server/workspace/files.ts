import type { Dirent } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { isWithin } from './folders.ts';
import { compileGlobs, type GlobTest } from './globs.ts';
import { excludeFiles } from './history.ts';
import type { Settings } from './settings.ts';

export interface FilesOptions {
  readonly settings: Settings;
  /** Honour ignore files, files.exclude and keysweep.exclude. Version control's own folders are left out in any case. */
  readonly ignore: boolean;
  /** The folder that the settings' globs are relative to, when it is not the root. */
  readonly base?: string;
}

/** The ignore rules that hold in a folder: those of the folders above, weakest first. */
interface Level {
  /** Absolute. */
  readonly folder: string;
  readonly rules: Ignore;
}

const versionControl = new Set(['.git', '.hg', '.svn', '.jj']);
const ignoreFile = '.gitignore';

/**
 * Absolute paths of the files below `root` that count, in path order; `root` itself when it is a file. Links to folders are not
 * followed (what they lead to is either below root, and visited there, or not part of this folder); links to files out of the
 * folder are, once. Folders that cannot be read are passed over.
 */
export async function* walkFiles(root: string, options: FilesOptions, signal: AbortSignal): AsyncGenerator<string> {
  signal.throwIfAborted();
  const status = await stat(root).catch(() => undefined);
  if (!status?.isDirectory()) {
    if (status) yield root;
    return;
  }
  const walk: Walk = {
    root,
    real: await realpath(root).catch(() => root),
    links: new Set(),
    excluded: options.ignore ? excludedGlobs(root, options) : () => false,
    ignore: options.ignore,
    signal,
  };
  const above = options.ignore ? await levelsAbove(root, options.settings) : [];
  yield* walkFolder(walk, root, ignoredAt(above, root, true) ? [] : above);
}

/** Whether a walk of `root` would leave `path` (absolute, a file) out. */
export async function isLeftOut(
  root: string,
  path: string,
  options: FilesOptions,
  signal: AbortSignal,
): Promise<boolean> {
  if (path === root) return false;
  const folders = relative(root, dirname(path)).split(sep).filter(Boolean);
  if ([...folders, basename(path)].some(name => versionControl.has(name))) return true;
  if (!options.ignore) return false;
  const excluded = excludedGlobs(root, options);
  signal.throwIfAborted();
  const above = await levelsAbove(root, options.settings);
  let levels = ignoredAt(above, root, true) ? [] : above;
  let folder = root;
  for (const name of [...folders, undefined]) {
    levels = await levelsIn(levels, folder, folder !== root && (await exists(join(folder, '.git'))));
    const child = name === undefined ? path : join(folder, name);
    if (ignoredAt(levels, child, name !== undefined) || excluded(child)) return true;
    folder = child;
  }
  return false;
}

/** `path` relative to `root` with `/`, as findings and globs name it. */
export function slashed(root: string, path: string): string {
  const result = relative(root, path);
  return sep === '/' ? result : result.replaceAll(sep, '/');
}

interface Walk {
  readonly root: string;
  readonly real: string;
  /** Files out of the folder that a link has led to. */
  readonly links: Set<string>;
  readonly excluded: GlobTest;
  readonly ignore: boolean;
  readonly signal: AbortSignal;
}

async function* walkFolder(walk: Walk, folder: string, above: readonly Level[]): AsyncGenerator<string> {
  walk.signal.throwIfAborted();
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: NodeJS.ErrnoException) =>
    error.code === 'EACCES' || error.code === 'EPERM' ? undefined : ([] as Dirent[]),
  );
  // As if it were a file: whoever tries to read it tells that it cannot be.
  if (entries === undefined) return yield folder;
  const names = new Set(entries.map(entry => entry.name));
  const nested = folder !== walk.root && names.has('.git');
  const levels = walk.ignore ? await levelsIn(above, folder, nested, names) : above;
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (versionControl.has(entry.name)) continue;
    const path = join(folder, entry.name);
    const isFolder = entry.isDirectory();
    if (!isFolder && !entry.isFile() && !entry.isSymbolicLink()) continue;
    if (ignoredAt(levels, path, isFolder) || walk.excluded(path)) continue;
    if (isFolder) yield* walkFolder(walk, path, levels);
    else if (entry.isFile() || (await leadsOut(walk, path))) yield path;
  }
}

/** A link to a file that stands outside the folder, met for the first time. */
async function leadsOut(walk: Walk, link: string): Promise<boolean> {
  const target = await realpath(link).catch(() => undefined);
  if (target === undefined || isBelow(walk.real, target) || walk.links.has(target)) return false;
  walk.links.add(target);
  return (await stat(target).catch(() => undefined))?.isFile() === true;
}

/** Of absolute paths. A root that is named although a glob leaves it out is wanted: then globs do not count. */
function excludedGlobs(root: string, { settings, base = root }: FilesOptions): GlobTest {
  const matches = compileGlobs([...settings.filesExclude, ...settings.exclude]);
  const excluded = (path: string) => matches(slashed(base, path));
  return root !== base && excluded(root) ? () => false : excluded;
}

/** git's rules: the deepest file that says something of a path decides, within it the last line. */
function ignoredAt(levels: readonly Level[], path: string, isFolder: boolean): boolean {
  for (let index = levels.length - 1; index >= 0; index--) {
    const level = levels[index];
    if (!level || !isBelow(level.folder, path)) continue;
    const result = level.rules.test(slashed(level.folder, path) + (isFolder ? '/' : ''));
    if (result.ignored) return true;
    if (result.unignored) return false;
  }
  return false;
}

/** What holds outside of `root`'s own files: the user's excludes, and the ignore files up to the repository's top. */
async function levelsAbove(root: string, settings: Settings): Promise<readonly Level[]> {
  const chain = [root];
  for (let top = root; !(await exists(join(top, '.git'))); ) {
    if (dirname(top) === top) return [];
    top = dirname(top);
    chain.unshift(top);
  }
  const [top = root] = chain;
  const levels: Level[] = [];
  for (const file of await excludesOf(top, settings)) levels.push(...(await levelFrom(top, file)));
  for (const folder of chain.slice(0, -1)) levels.push(...(await levelFrom(folder, join(folder, ignoreFile))));
  return levels;
}

/** A memo alone: asking git once for each changed file would start a process each. Asked again with the next settings. */
const asked = new WeakMap<Settings, Map<string, Promise<readonly string[]>>>();

function excludesOf(top: string, settings: Settings): Promise<readonly string[]> {
  const known = asked.get(settings) ?? new Map<string, Promise<readonly string[]>>();
  asked.set(settings, known);
  const answer = known.get(top) ?? excludeFiles(top, new AbortController().signal);
  known.set(top, answer);
  return answer;
}

/** A repository inside another is a world of its own. */
async function levelsIn(
  above: readonly Level[],
  folder: string,
  nested: boolean,
  names?: ReadonlySet<string>,
): Promise<readonly Level[]> {
  const outer = nested ? await levelFrom(folder, join(folder, '.git', 'info', 'exclude')) : above;
  if (names && !names.has(ignoreFile)) return outer;
  return [...outer, ...(await levelFrom(folder, join(folder, ignoreFile)))];
}

async function levelFrom(folder: string, file: string): Promise<Level[]> {
  const status = await stat(file).catch(() => undefined);
  if (!status?.isFile() || status.size > 1024 * 1024) return [];
  const text = await readFile(file, 'utf8').catch(() => '');
  const ignorecase = process.platform === 'win32' || process.platform === 'darwin';
  return [{ folder, rules: ignore({ ignorecase }).add(text.replace(/^\uFEFF/, '')) }];
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

function isBelow(root: string, path: string): boolean {
  return path !== root && isWithin(path, root);
}
