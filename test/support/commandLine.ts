import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
export const cliProgram = join(root, 'dist/cli.js');

/** Bundles the command line when its sources are newer than what was bundled last. */
export function buildCommandLine(): void {
  const sources = globSync('{server,rules}/**/*.{ts,yaml}', { cwd: root });
  const newest = Math.max(...sources.map(file => statSync(join(root, file)).mtimeMs));
  if (existsSync(cliProgram) && statSync(cliProgram).mtimeMs > newest) return;
  execFileSync(process.execPath, ['build.ts'], { cwd: root, stdio: 'inherit' });
}

export interface CommandResult {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface CommandOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
}

/** `keysweep ARGS` as a process of its own, in a folder. */
export function keysweep(
  cwd: string,
  args: readonly string[],
  { env, input = '' }: CommandOptions = {},
): CommandResult {
  const result = spawnSync(process.execPath, [cliProgram, ...args], {
    cwd,
    env: { ...process.env, ...env },
    input,
    encoding: 'utf8',
    maxBuffer: 1e9,
  });
  return { code: result.status, out: result.stdout, err: result.stderr };
}

/** The same, still running, with its output as text. */
export function startKeysweep(cwd: string, args: readonly string[], { env }: CommandOptions = {}) {
  const child = spawn(process.execPath, [cliProgram, ...args], { cwd, env: { ...process.env, ...env } });
  child.stdout.setEncoding('utf8');
  child.stderr.setEncoding('utf8');
  return child;
}
