import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { StoreError } from '../stores/store.ts';
import { UsageError } from './arguments.ts';
import { bugReport, type Command, openSession, type Session, storeMessage, versionOf } from './session.ts';

/** Loaded when called: `scan` needs no store, and `--help` nothing at all. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  scan: async () => (await import('./scan.ts')).scan,
  explain: async () => (await import('./explain.ts')).explain,
  move: async () => (await import('./move.ts')).move,
  undo: async () => (await import('./undo.ts')).undo,
  run: async () => (await import('./run.ts')).run,
  check: async () => (await import('./check.ts')).check,
  get: async () => (await import('./entries.ts')).get,
  set: async () => (await import('./entries.ts')).set,
  rm: async () => (await import('./entries.ts')).rm,
  list: async () => (await import('./entries.ts')).list,
  inventory: async () => (await import('./inventory.ts')).inventory,
  lsp: async () => (await import('./lsp.ts')).lsp,
  completion: async () => (await import('./completion.ts')).completionOf(commands),
};

void main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<void> {
  const interrupted = new AbortController();
  const beside = (name: string) => fileURLToPath(new URL(name, import.meta.url));
  const assets = {
    rules: beside('./rules.json'),
    detectorWorker: beside('./detectorWorker.js'),
    keychainProcess: beside('./keychainProcess.js'),
    server: beside('./server.js'),
    packageFile: beside('../package.json'),
  };
  const session = openSession(assets, interrupted.signal);
  // These two hand signals on to the program that they start.
  let signalCode: number | undefined;
  if (args[0] !== 'run' && args[0] !== 'lsp') {
    for (const name of ['SIGINT', 'SIGTERM'] as const) {
      process.once(name, () => {
        signalCode = 128 + constants.signals[name];
        interrupted.abort();
      });
    }
  }
  const code = await answer(session, args);
  // Once what was written is taken; whatever may still be open does not hold the program.
  process.stdout.write('', () => process.exit(signalCode ?? code));
  if (process.stdout.destroyed || process.stdout.errored) process.exit(signalCode ?? code);
}

async function answer(session: Session, args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  try {
    if (name === '--version' || name === '-V') return await tell(session, `${versionOf(session)}\n`);
    if (name === '--help' || name === '-h' || name === 'help') {
      const load = rest[0] === undefined ? undefined : loader(rest[0]);
      return await tell(session, load === undefined ? await overview() : help(await load()));
    }
    if (name === undefined) throw new UsageError('Say what to do.');
    const load = loader(name);
    if (load === undefined) throw new UsageError('There is no such command.');
    const ownArgs = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
    if (ownArgs.includes('--version') || ownArgs.includes('-V')) return await tell(session, `${versionOf(session)}\n`);
    const command = await load();
    if (ownArgs.includes('--help') || ownArgs.includes('-h')) return await tell(session, help(command));
    return await command.run(session, rest);
  } catch (error) {
    return explain(session, error, name);
  }
}

function loader(name: string): (() => Promise<Command>) | undefined {
  return Object.hasOwn(commands, name) ? commands[name] : undefined;
}

async function tell(session: Session, text: string): Promise<number> {
  await session.out(text);
  return 0;
}

/** The one place where a command's failure becomes text. */
function explain(session: Session, error: unknown, name: string | undefined): number {
  if (error instanceof UsageError) {
    const known = name !== undefined && loader(name) !== undefined;
    session.note(`keysweep: ${error.message}\nSee: keysweep ${known ? `${name} ` : ''}--help`);
  } else if (error instanceof StoreError) {
    session.note(`keysweep: ${storeMessage(error)}`);
  } else if (!session.signal.aborted) {
    session.note(bugReport(error));
  }
  return 2;
}

async function overview(): Promise<string> {
  const lines = await Promise.all(
    Object.entries(commands).map(async ([name, load]) => `  ${name.padEnd(10)} ${(await load()).summary}`),
  );
  return [
    'Keysweep finds hardcoded secrets, moves them into a keychain or vault and delivers them at run time.',
    '',
    'Usage: keysweep COMMAND [OPTIONS]',
    '',
    ...lines,
    '',
    '  --help     this text; `keysweep COMMAND --help` tells more of a command',
    '  --version  the version',
    '',
  ].join('\n');
}

function help(command: Command): string {
  return [command.summary, '', `Usage: keysweep ${command.usage}`, '', ...command.details, ''].join('\n');
}
