import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { parseReference } from '../engine/reference.ts';
import { fillEnvironment, type MissingName, manifestsAbove, resolveEnvironment } from '../secrets/environment.ts';
import type { Stores } from '../stores/stores.ts';
import { readArguments, UsageError } from './arguments.ts';
import { createMask } from './mask.ts';
import { type Program, programFor } from './program.ts';
import { type Command, printable, type Session } from './session.ts';
import { agree, openSessionStores } from './workspace.ts';

/* Invariant 8: nothing starts with a reference where a value should be. */

export const run: Command = {
  summary: 'Starts a program with the values of the names that the manifest lists.',
  usage: 'run [--env NAME…] [--masking] -- COMMAND [ARGUMENTS…]',
  details: [
    'The manifests are the .env.schema of the current folder and of those above it; the nearest one wins, and in each folder your',
    'own .env.schema.local before it. A real value that is already in the environment wins over a reference. If one name has no',
    'value, nothing is started and all of these are listed.',
    '',
    '  --env NAME…   give the program these names alone (also NAME,NAME)',
    '  --masking    conceal values in output that goes to a pipe or file, as for the log of a build; never on a terminal.',
    '               KEYSWEEP_MASKING=on does the same',
    '',
    "Exit codes: the program's own; 128 and the signal's number when a signal ended it; 2 when a value is missing,",
    '126 when the program cannot be started, 127 when it is not found.',
  ],
  async run(session, args) {
    const split = args.indexOf('--');
    const [command, ...rest] = split === -1 ? [] : args.slice(split + 1);
    const { only, masks } = readOptions(session, split === -1 ? args : args.slice(0, split));
    if (command === undefined) throw new UsageError('Give the command after `--`.');
    const filled = await fill(session, only);
    if (filled === undefined) return 2;
    const variables = { ...withoutOwn(session.environment), ...filled };
    const program = await programFor(command, rest, variables, process.platform);
    return start(session, program, variables, masks ? Object.values(filled) : []);
  },
};

interface Options {
  /** The names that the program gets; undefined: all. */
  readonly only: readonly string[] | undefined;
  readonly masks: boolean;
}

function readOptions(session: Session, args: readonly string[]): Options {
  const { values, lists, positionals } = readArguments(args, {
    env: { type: 'string', multiple: true },
    masking: { type: 'boolean' },
  });
  const { env } = lists;
  if (env === undefined && positionals.length > 0)
    throw new UsageError('Options of run stand before `--`, the command after it.');
  const names = [...(env ?? []), ...positionals].flatMap(text => text.split(',')).filter(Boolean);
  const masks = values.masking === true || session.environment.KEYSWEEP_MASKING === 'on';
  return { only: env === undefined ? undefined : [...new Set(names)], masks };
}

/** Undefined when a value is missing, which is told then. */
async function fill(
  session: Session,
  only: readonly string[] | undefined,
): Promise<Record<string, string> | undefined> {
  const stores = openSessionStores(session);
  try {
    const manifests = await manifestsAbove(session.cwd, session.signal);
    const resolve = () => resolveEnvironment(manifests, stores, session.environment, only, session.signal);
    let environment = await resolve();
    if (environment.kind === 'missing' && (await agreeAll(session, environment.missing, stores)))
      environment = await resolve();
    if (environment.kind === 'ready') return fillEnvironment(environment.variables);
    session.note('keysweep: Nothing was started, since these names have no value here:');
    for (const each of environment.missing) {
      session.note(printable(`  ${each.name} (${each.reference}): ${each.message}${nextStep(each)}`));
    }
    return undefined;
  } finally {
    await stores.dispose();
  }
}

function nextStep({ name, code, owners }: MissingName): string {
  if (owners !== undefined) return ' Run this in a terminal to be asked.';
  return code === 'absent' ? ` Run: keysweep set ${name}` : '';
}

/** Asks by name for each entry that belongs to another repository (invariant 10). Answers whether the user agreed to all. */
async function agreeAll(session: Session, missing: readonly MissingName[], stores: Stores): Promise<boolean> {
  const foreign = missing.filter(each => each.owners !== undefined);
  if (foreign.length < missing.length) return false;
  for (const { name, reference, folder = session.cwd, owners = [] } of foreign) {
    const parsed = parseReference(reference);
    if (parsed === undefined || !(await agree(session, name, parsed, folder, owners, stores))) return false;
  }
  return true;
}

/** What lets this process reach the editor's secrets is none of the program's business. */
function withoutOwn(environment: Session['environment']): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !/^KEYSWEEP_/i.test(name)));
}

/**
 * Answers the exit code: the program's, or 128 and the number of the signal that ended it. Output that goes to no terminal has
 * `concealed` values taken out; without any the program writes there itself.
 */
export async function start(
  session: Session,
  program: Program,
  variables: NodeJS.ProcessEnv,
  concealed: readonly string[],
): Promise<number> {
  const { command, args, verbatim } = program;
  const ways = ([process.stdout, process.stderr] as const).map(stream =>
    concealed.length > 0 && stream.isTTY !== true ? 'pipe' : 'inherit',
  );
  return new Promise(resolve => {
    let child: ChildProcess;
    try {
      child = spawn(command, args, {
        env: variables,
        stdio: ['inherit', ...ways],
        windowsVerbatimArguments: verbatim,
      });
    } catch (error) {
      // Some failures are thrown, an environment that is too large among them.
      return resolve(tellNotStarted(session, error as NodeJS.ErrnoException));
    }
    const stop = forwardSignals(child);
    conceal(child.stdout, process.stdout, concealed);
    conceal(child.stderr, process.stderr, concealed);
    child.once('error', error => {
      stop();
      resolve(tellNotStarted(session, error));
    });
    // Once the program ended and what it wrote is passed on.
    child.once('close', (code, signal) => {
      stop();
      resolve(signal === null ? (code ?? 1) : 128 + constants.signals[signal]);
    });
  });
}

function conceal(from: Readable | null, to: NodeJS.WriteStream, concealed: readonly string[]): void {
  if (from === null) return;
  from.pipe(createMask(concealed)).pipe(to, { end: false });
  // Who reads no more is told to the program, as if it wrote there itself.
  to.once('error', () => from.destroy());
}

/** Answers the exit code. */
function tellNotStarted(session: Session, { code = 'unknown error' }: NodeJS.ErrnoException): number {
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'was not found',
    E2BIG: 'could not be started: a value, or all of them together, are too long for an environment',
  };
  session.note(`keysweep: The program ${reasons[code] ?? `could not be started (${code})`}.`);
  return code === 'ENOENT' ? 127 : 126;
}

const forwarded = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'] as const;
/** What a terminal sends to the whole group, so that the program has it already. */
const sentByTerminal: readonly string[] = ['SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGCONT'];

function forwardSignals(child: ChildProcess): () => void {
  const hasTerminal = [process.stdin, process.stdout, process.stderr].some(stream => stream.isTTY === true);
  const stops = forwarded
    .filter(signal => process.platform !== 'win32' || !/USR|CONT/.test(signal))
    .map(signal => {
      const listener = () => {
        if (!hasTerminal || !sentByTerminal.includes(signal)) child.kill(signal);
      };
      process.on(signal, listener);
      return () => void process.off(signal, listener);
    });
  return () => {
    for (const stop of stops) stop();
  };
}
