import { type ChildProcess, spawn } from 'node:child_process';
import { cancelled, StoreError } from './store.ts';

export interface Command {
  /** For people: "pass". */
  readonly label: string;
  readonly program: string;
  /** Never a value: other users of the machine can read them. */
  readonly args: readonly string[];
  /** To its standard input, where a value belongs. */
  readonly input?: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Milliseconds; a person may have to type a passphrase. */
  readonly timeout: number;
  /** What to do when the program is not there. */
  readonly install: string;
}

export interface CommandResult {
  readonly code: number;
  /** May hold values: it never goes into an error. */
  readonly output: Buffer;
  /** For telling what went wrong, never for people: a program may quote what it was given. */
  readonly complaint: string;
}

const outputLimit = 8_388_608;

/**
 * Runs a program without a shell and waits for its end. Any exit code is an answer; a StoreError says that there is none:
 * `unavailable` (no such program, killed, too much output), `timeout`, `cancelled`.
 */
export function runCommand(command: Command, signal: AbortSignal): Promise<CommandResult> {
  const { label, timeout } = command;
  if (signal.aborted) return Promise.reject(cancelled(label));
  const limit = AbortSignal.timeout(timeout);
  return new Promise((resolve, reject) => {
    const child = begin(command);
    const output: Buffer[] = [];
    let complaint = '';
    let size = 0;
    const stop = () => child.kill('SIGKILL');
    const any = AbortSignal.any([signal, limit]);
    any.addEventListener('abort', stop, { once: true });
    child.stdout?.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > outputLimit) stop();
      else output.push(chunk);
    });
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint = `${complaint}${chunk.toString('utf8')}`.slice(-10_000);
    });
    // It may end without reading all of it.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(command.input ?? '');
    child.once('error', error => {
      any.removeEventListener('abort', stop);
      reject(notStarted(command, error));
    });
    child.once('close', code => {
      any.removeEventListener('abort', stop);
      if (signal.aborted) reject(cancelled(label));
      else if (limit.aborted) reject(tooSlow(command));
      else if (code === null) reject(ended(label));
      else resolve({ code, output: Buffer.concat(output), complaint });
    });
  });
}

function begin({ program, args, environment }: Command): ChildProcess {
  const env: NodeJS.ProcessEnv = { ...environment };
  return spawn(program, args, { env, stdio: 'pipe', windowsHide: true });
}

function notStarted({ label, program, install }: Command, error: NodeJS.ErrnoException): StoreError {
  return error.code === 'ENOENT'
    ? new StoreError('unavailable', `${label} needs the program ${program}, which is not on the PATH.`, install)
    : new StoreError('unavailable', `The program ${program} could not be started (${error.code}).`, install);
}

function tooSlow({ label, program, timeout }: Command): StoreError {
  return new StoreError(
    'timeout',
    `${label}: ${program} did not finish within ${Math.round(timeout / 1000)} seconds.`,
    'Run it in a terminal to see what it waits for, then try again.',
  );
}

function ended(label: string): StoreError {
  return new StoreError('unavailable', `The program of ${label} was ended.`, 'Try again.');
}
