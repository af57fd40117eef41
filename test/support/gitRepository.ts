import { execFile } from 'node:child_process';
import { devNull } from 'node:os';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { tempFolder } from './tempFolder.ts';

export interface GitRepository {
  readonly folder: string;
  /** Runs git there and gives its output without the last line end. */
  readonly git: (...args: readonly string[]) => Promise<string>;
  /** Adds everything and commits it. */
  readonly commit: (message?: string) => Promise<void>;
}

/** A fresh repository holding `files`, not committed yet; the user's own git settings do not matter. Removed when the test ends. */
export async function gitRepository(
  test: Pick<TestContext, 'after'>,
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<GitRepository> {
  const folder = await tempFolder(test, files);
  const env = { ...process.env, GIT_CONFIG_GLOBAL: devNull, GIT_CONFIG_SYSTEM: devNull, LC_ALL: 'C' };
  const git = async (...args: readonly string[]) =>
    (await promisify(execFile)('git', args, { cwd: folder, env })).stdout.replace(/\r?\n$/, '');
  await git('init', '--quiet', '--initial-branch=main');
  await git('config', 'user.name', 'Ada Example');
  await git('config', 'user.email', 'ada@example.com');
  await git('config', 'commit.gpgSign', 'false');
  return {
    folder,
    git,
    commit: async (message = 'Change') => {
      await git('add', '--all', '--force');
      await git('commit', '--quiet', '--allow-empty', '--message', message);
    },
  };
}
