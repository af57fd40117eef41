import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
export const cliProgram = join(root, 'dist/cli.js');

/** Every command that `--help` lists. */
export const commandNames = 'scan explain move run check get set rm list inventory undo completion lsp'.split(' ');

/** Bundles the command line and the server when its sources are newer than what was bundled last; once, when test files run side by side. */
export function buildCommandLine(): void {
  const lock = join(root, 'node_modules/.building');
  while (!isBuilt()) {
    try {
      mkdirSync(lock);
    } catch {
      // Another test file builds; one that died in the middle of it did so more than a minute ago.
      if (Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0) > 60_000)
        rmSync(lock, { recursive: true, force: true });
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
      continue;
    }
    try {
      execFileSync(process.execPath, ['build.ts'], { cwd: root, stdio: 'inherit' });
      return;
    } finally {
      rmSync(lock, { recursive: true, force: true });
    }
  }
}

function isBuilt(): boolean {
  const sources = globSync('{server,rules}/**/*.{ts,yaml}', { cwd: root });
  const newest = Math.max(...sources.map(file => statSync(join(root, file)).mtimeMs));
  const last = join(root, 'dist/server.js');
  return existsSync(cliProgram) && existsSync(last) && statSync(cliProgram).mtimeMs > newest;
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

/** The same to its end, while this process serves what the command asks. */
export function awaitKeysweep(
  cwd: string,
  args: readonly string[],
  { env, input = '' }: CommandOptions = {},
): Promise<CommandResult> {
  const child = startKeysweep(cwd, args, { env });
  const result = { code: null as number | null, out: '', err: '' };
  child.stdout.on('data', (text: string) => {
    result.out += text;
  });
  child.stderr.on('data', (text: string) => {
    result.err += text;
  });
  child.stdin.end(input);
  return new Promise(resolve => {
    child.once('close', code => resolve({ ...result, code }));
  });
}
