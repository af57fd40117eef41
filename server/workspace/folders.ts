import nodePath, { type PlatformPath } from 'node:path';

/**
 * `path` relative to `folder`, with `/`, empty for the folder itself; undefined when it stands elsewhere. Both absolute; links are
 * not followed. `paths` is the system's own (on Windows neither case nor slashes tell paths apart, and a drive is no other's).
 */
export function pathBelow(folder: string, path: string, paths: PlatformPath = nodePath): string | undefined {
  const way = paths.relative(folder, path);
  // A name may begin with two dots.
  if (way === '..' || way.startsWith(`..${paths.sep}`) || paths.isAbsolute(way)) return undefined;
  return way.replaceAll(paths.sep, '/');
}

/** True for the folder itself too. */
export function isWithin(path: string, folder: string): boolean {
  return pathBelow(folder, path) !== undefined;
}
