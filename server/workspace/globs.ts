import { Minimatch } from 'minimatch';

/** Whether a path (relative, with `/`) matches one of some globs. */
export type GlobTest = (path: string) => boolean;

/**
 * minimatch's globs, relative to a folder, dot files included. `a/**` also matches `a` itself, so that a walk can leave the
 * whole folder out. A glob that cannot be compiled (an endless brace expansion) matches nothing.
 */
export function compileGlobs(globs: readonly string[]): GlobTest {
  const matchers = globs.flatMap(glob => compile(normalise(glob)));
  return path => matchers.some(matcher => matcher.match(path));
}

function normalise(glob: string): readonly string[] {
  const plain = glob
    .trim()
    .replace(/^(?:\.?\/)+/, '')
    .replace(/\/+$/, '');
  if (plain === '') return [];
  return plain.endsWith('/**') ? [plain, plain.slice(0, -'/**'.length)] : [plain];
}

function compile(globs: readonly string[]): readonly Minimatch[] {
  try {
    return globs.map(glob => new Minimatch(glob, { dot: true, nocomment: true, nonegate: true, braceExpandMax: 1000 }));
  } catch {
    return [];
  }
}
