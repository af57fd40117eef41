import { access } from 'node:fs/promises';
import { delimiter, extname, isAbsolute, join } from 'node:path';
import { UsageError } from './arguments.ts';

/** What `spawn` is called with, without a shell. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  /** Windows: the arguments are quoted already. */
  readonly verbatim: boolean;
}

/**
 * Everywhere but on Windows, what was asked for. There `npm` means `npm.cmd`, which only cmd.exe can read; what cmd.exe would
 * read as more than an argument is quoted, and what cannot be quoted (a line end, a percent sign) is refused.
 */
export async function programFor(
  command: string,
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
  platform: NodeJS.Platform,
): Promise<Program> {
  if (platform !== 'win32') return { command, args, verbatim: false };
  const found = (await findOnWindows(command, environment)) ?? command;
  if (!/^\.(cmd|bat)$/i.test(extname(found))) return { command: found, args, verbatim: false };
  const line = [quoteForBatch(found), ...args.map(quoteForBatch)].join(' ');
  const shell = environment.ComSpec ?? environment.COMSPEC ?? 'cmd.exe';
  return { command: shell, args: ['/d', '/s', '/v:off', '/c', `"${line}"`], verbatim: true };
}

/** Inside double quotes cmd.exe takes all but these as they are: https://flatt.tech/research/posts/batbadbut-you-cant-securely-execute-commands-on-windows/ */
export function quoteForBatch(argument: string): string {
  if (/[\r\n\0%]/.test(argument)) {
    throw new UsageError(
      'A batch file cannot be given an argument with a line end or a percent sign. Call the program behind it.',
    );
  }
  // `""` is a quote for cmd.exe and for most programs; backslashes before a quote are doubled as C programs expect it.
  return `"${argument.replace(/(\\*)"/g, '$1$1""').replace(/(\\+)$/, '$1$1')}"`;
}

async function findOnWindows(command: string, environment: NodeJS.ProcessEnv): Promise<string | undefined> {
  const extensions = (environment.PATHEXT ?? '.COM;.EXE;.BAT;.CMD').split(';').filter(Boolean);
  const names = extname(command) === '' ? extensions.map(extension => command + extension) : [command];
  const hasFolder = /[\\/]/.test(command) || isAbsolute(command);
  const path = Object.entries(environment).find(([name]) => name.toUpperCase() === 'PATH')?.[1] ?? '';
  // Not the current folder: a program there must be asked for by its path.
  const folders = hasFolder ? [''] : path.split(delimiter).filter(Boolean);
  for (const folder of folders) {
    for (const name of names) {
      const file = folder === '' ? name : join(folder, name);
      const isThere = await access(file).then(
        () => true,
        () => false,
      );
      if (isThere) return file;
    }
  }
  return undefined;
}
