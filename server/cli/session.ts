import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';
import type { StoreError } from '../stores/store.ts';

/** What a command has of the process it runs in. Made once, by main.ts. */
export interface Session {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Absolute paths of what stands beside the program. */
  readonly assets: {
    readonly rules: string;
    readonly detectorWorker: string;
    readonly keychainProcess: string;
    readonly server: string;
    readonly packageFile: string;
  };
  /** Aborts when the user interrupts. */
  readonly signal: AbortSignal;
  /** A person sits at the terminal and can be asked. */
  readonly interactive: boolean;
  /** To standard output; waits for a slow reader, and gives up quietly on one that has gone. */
  out(text: string): Promise<void>;
  /** A line to standard error. */
  note(line: string): void;
  ask(question: string): Promise<string>;
  /** Without showing what is typed. */
  askHidden(question: string): Promise<string>;
}

export interface Command {
  /** A line for the list of commands. */
  readonly summary: string;
  /** After `keysweep`. */
  readonly usage: string;
  /** Lines on options and exit codes. */
  readonly details: readonly string[];
  /** Answers the exit code. */
  run(session: Session, args: readonly string[]): Promise<number>;
}

export function openSession(assets: Session['assets'], signal: AbortSignal): Session {
  let readerGone = false;
  const { stdin, stdout, stderr } = process;
  stdout.on('error', error => {
    readerGone = true;
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') process.exitCode = 2;
  });
  stderr.on('error', () => undefined); // Nobody is left to tell.
  const ask = async (question: string, shown: boolean) => {
    const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
    stderr.write(question);
    const lines = createInterface({ input: stdin, output: shown ? stderr : silent, terminal: true });
    // The terminal is in raw mode here: Ctrl+C arrives as a key, and Ctrl+D as the end.
    lines.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    try {
      return await new Promise<string>((resolve, reject) => {
        lines.once('line', resolve);
        lines.once('close', () => resolve(''));
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    } finally {
      lines.close();
      if (!shown) stderr.write('\n');
    }
  };
  return {
    cwd: process.cwd(),
    environment: process.env,
    assets,
    signal,
    interactive: stdin.isTTY === true && stderr.isTTY === true,
    async out(text) {
      if (readerGone || stdout.write(text)) return;
      await new Promise<void>(resolve => {
        const done = () => {
          stdout.off('drain', done).off('error', done).off('close', done);
          resolve();
        };
        stdout.on('drain', done).on('error', done).on('close', done);
      });
    },
    note: line => void stderr.write(`${line}\n`),
    ask: question => ask(question, true),
    askHidden: question => ask(question, false),
  };
}

export function versionOf(session: Session): string {
  const read: { readonly version?: unknown } = JSON.parse(readFileSync(session.assets.packageFile, 'utf8'));
  return typeof read.version === 'string' ? read.version : 'unknown';
}

/** Control characters of a file's name or a pack's text would steer the reader's terminal. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** What to report of a bug. Its message may hold anything, so its place alone is told. */
export function bugReport(error: unknown): string {
  const frames = error instanceof Error ? (error.stack ?? '').split('\n').filter(line => /^\s+at /.test(line)) : [];
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
  const kind = error instanceof Error ? error.name : typeof error;
  return [
    'keysweep: This should not have happened. Please report it with these lines:',
    `${kind} ${code}`,
    ...frames,
  ].join('\n');
}

/** A store's failure for people, on one line. */
export function storeMessage(error: StoreError): string {
  return [error.message, error.advice].filter(text => text !== '').join(' ');
}
