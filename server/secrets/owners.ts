import { lstat, readFile, realpath, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Reference } from '../engine/reference.ts';
import type { Stores } from '../stores/stores.ts';
import { manifestName } from '../workspace/manifest.ts';

/* Invariant 10: an entry belongs to the repository that it was stored for. A folder above or below it is another one's. */

/**
 * The folders that an entry belongs to when `folder` is of none of their repositories; empty when it may be used there. Rejects
 * with a StoreError when the store cannot tell: then it may not.
 */
export async function foreignOwners(
  reference: Reference,
  folder: string,
  stores: Stores,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const owners = (await stores.of(reference)?.owners?.(reference, signal)) ?? [];
  if (owners.length === 0) return [];
  const home = await homeOf(folder);
  if (owners.includes(home)) return [];
  const homes = await Promise.all(owners.map(homeOf));
  return homes.includes(home) ? [] : owners;
}

/**
 * The folder that stands for all of a repository: the top of the nearest one upward, the main one's for a linked worktree. Where
 * there is no git, the nearest folder upward that has a manifest, else `folder` itself. Without links; of a folder that is gone,
 * the path as it is.
 */
export async function homeOf(folder: string): Promise<string> {
  const real = await realpath(folder).catch(() => undefined);
  if (real === undefined) return folder;
  let withManifest: string | undefined;
  for (let current = real; ; current = dirname(current)) {
    const git = await lstat(join(current, '.git')).catch(() => undefined);
    if (git !== undefined) return git.isFile() ? ((await mainOf(current)) ?? current) : current;
    if (withManifest === undefined && (await lstat(join(current, manifestName)).catch(() => undefined))?.isFile())
      withManifest = current;
    if (dirname(current) === current) return withManifest ?? real;
  }
}

/**
 * The main repository of a linked worktree. What a folder says of itself proves nothing: it is believed only where the repository
 * lists the worktree in turn. https://git-scm.com/docs/gitrepository-layout
 */
async function mainOf(worktree: string): Promise<string | undefined> {
  const file = join(worktree, '.git');
  try {
    const [, link = ''] = /^gitdir:\s*(.+)/.exec(await shortText(file)) ?? [];
    const own = await realpath(resolve(worktree, link.trim()));
    const shared = await realpath(resolve(own, await shortText(join(own, 'commondir'))));
    const back = await realpath(resolve(own, await shortText(join(own, 'gitdir'))));
    if (dirname(own) !== join(shared, 'worktrees') || back !== file) return undefined;
    return basename(shared) === '.git' ? dirname(shared) : shared;
  } catch {
    // A submodule, or nothing that git would take for a repository.
    return undefined;
  }
}

async function shortText(file: string): Promise<string> {
  const status = await stat(file);
  if (!status.isFile() || status.size > 10_000) throw new Error('No file of git');
  return (await readFile(file, 'utf8')).trim();
}
