import { type Dirent, readdirSync } from 'node:fs';
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
  /** Dotenv files count though an ignore file leaves them out: where a value is to go from, its copy there must be seen. */
  readonly dotenv?: boolean;
  /** The folder that the settings' globs are relative to, when it is not the root. */
  readonly base?: string;
  /** This thread has nothing else to do than to wait for the disk, which takes a third of the time. */
  readonly waits?: boolean;
}

/** The ignore rules that hold in a folder: those of the folders above, weakest first. */
interface Level {
  /** Absolute, with a separator at its end. */
  readonly prefix: string;
  readonly rules: Ignore;
}

const versionControl = new Set(['.git', '.hg', '.svn', '.jj']);
const ignoreFile = '.gitignore';
const dotenvName = /^\.env(?:\.|$)|\.env$/;

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
    waits: options.waits === true,
    dotenv: options.dotenv === true,
    signal,
  };
  const above = options.ignore ? await levelsAbove(root, options.settings) : [];
  // Not a generator in a generator for each folder: every file would be handed through all of them.
  const open = [await openFolder(walk, root, ignoredAt(above, root, true) ? [] : above)];
  for (let folder = open.at(-1); folder; folder = open.at(-1)) {
    const entry = folder.entries[folder.next++];
    if (entry === undefined) open.pop();
    else if (entry.isFolder) open.push(await openFolder(walk, entry.path, folder.levels));
    else if (!entry.isLink || (await leadsOut(walk, entry.path))) yield entry.path;
  }
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
    const child = join(folder, name ?? basename(path));
    if (ignoredAt(levels, child, name !== undefined) || excluded(child)) return true;
    folder = child;
  }
  return false;
}

/** `path` relative to `root` with `/`, as findings and globs name it. Both absolute and normalised. */
export function slashed(root: string, path: string): string {
  const prefix = withSeparator(root);
  const result = path.startsWith(prefix) ? path.slice(prefix.length) : relative(root, path);
  return sep === '/' ? result : result.replaceAll(sep, '/');
}

interface Walk {
  readonly root: string;
  readonly real: string;
  /** Files out of the folder that a link has led to. */
  readonly links: Set<string>;
  readonly excluded: GlobTest;
  readonly ignore: boolean;
  readonly waits: boolean;
  readonly dotenv: boolean;
  readonly signal: AbortSignal;
}

/** A folder that is being walked, with what counts in it, in order. */
interface OpenFolder {
  readonly levels: readonly Level[];
  readonly entries: readonly Entry[];
  next: number;
}

interface Entry {
  /** Absolute. */
  readonly path: string;
  readonly isFolder: boolean;
  readonly isLink: boolean;
}

async function openFolder(walk: Walk, folder: string, above: readonly Level[]): Promise<OpenFolder> {
  walk.signal.throwIfAborted();
  const read = await readFolder(walk, folder);
  // As if it were a file: whoever tries to read it tells that it cannot be.
  if (read === undefined) return { levels: [], entries: [{ path: folder, isFolder: false, isLink: false }], next: 0 };
  const nested = folder !== walk.root && read.some(({ name }) => name === '.git');
  const holds = read.some(({ name }) => name === ignoreFile);
  const levels = walk.ignore ? await levelsIn(above, folder, nested, holds) : above;
  const prefix = withSeparator(folder);
  const entries: Entry[] = [];
  for (const entry of read.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (versionControl.has(entry.name)) continue;
    const path = prefix + entry.name;
    const isFolder = entry.isDirectory();
    if (!isFolder && !entry.isFile() && !entry.isSymbolicLink()) continue;
    const counts = walk.dotenv && !isFolder && dotenvName.test(entry.name);
    if ((!counts && ignoredAt(levels, path, isFolder)) || walk.excluded(path)) continue;
    entries.push({ path, isFolder, isLink: entry.isSymbolicLink() });
  }
  return { levels, entries, next: 0 };
}

/** Undefined when we may not look into it; empty when it has gone. */
async function readFolder(walk: Walk, folder: string): Promise<Dirent[] | undefined> {
  try {
    return walk.waits ? readdirSync(folder, { withFileTypes: true }) : await readdir(folder, { withFileTypes: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EACCES' || code === 'EPERM' ? undefined : [];
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
  const globs = [...settings.filesExclude, ...settings.exclude];
  if (globs.length === 0) return () => false;
  const matches = compileGlobs(globs);
  const excluded = (path: string) => matches(slashed(base, path));
  return root !== base && excluded(root) ? () => false : excluded;
}

/** git's rules: the deepest file that says something of a path decides, within it the last line. */
function ignoredAt(levels: readonly Level[], path: string, isFolder: boolean): boolean {
  for (let index = levels.length - 1; index >= 0; index--) {
    const level = levels[index];
    if (!level || !path.startsWith(level.prefix)) continue;
    const below = path.slice(level.prefix.length);
    const result = level.rules.test((sep === '/' ? below : below.replaceAll(sep, '/')) + (isFolder ? '/' : ''));
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
  holdsIgnoreFile = true,
): Promise<readonly Level[]> {
  const outer = nested ? await levelFrom(folder, join(folder, '.git', 'info', 'exclude')) : above;
  if (!holdsIgnoreFile) return outer;
  return [...outer, ...(await levelFrom(folder, join(folder, ignoreFile)))];
}

async function levelFrom(folder: string, file: string): Promise<Level[]> {
  const status = await stat(file).catch(() => undefined);
  if (!status?.isFile() || status.size > 1024 * 1024) return [];
  const text = await readFile(file, 'utf8').catch(() => '');
  const ignorecase = process.platform === 'win32' || process.platform === 'darwin';
  return [{ prefix: withSeparator(folder), rules: ignore({ ignorecase }).add(text.replace(/^\uFEFF/, '')) }];
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}

function withSeparator(folder: string): string {
  return folder.endsWith(sep) ? folder : folder + sep;
}

function isBelow(root: string, path: string): boolean {
  return path !== root && isWithin(path, root);
}
