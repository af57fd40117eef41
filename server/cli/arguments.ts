import { type ParseArgsConfig, parseArgs } from 'node:util';

/** The command line cannot be understood: said with a hint to the help, exit code 2. */
export class UsageError extends Error {}

type Options = NonNullable<ParseArgsConfig['options']>;

export interface Arguments {
  readonly values: Readonly<Record<string, string | boolean | undefined>>;
  /** Options that may be given several times. */
  readonly lists: Readonly<Record<string, readonly string[] | undefined>>;
  readonly positionals: readonly string[];
}

/** Strict; an argument that is no option is never repeated in the message, since it may be a secret. */
export function readArguments(args: readonly string[], options: Options): Arguments {
  try {
    const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
    const given = Object.entries(values);
    return {
      values: Object.fromEntries(given.filter(([, value]) => !Array.isArray(value))) as Arguments['values'],
      lists: Object.fromEntries(given.filter(([, value]) => Array.isArray(value))) as Arguments['lists'],
      positionals,
    };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const option = args.find(arg => arg.startsWith('-') && !isKnown(arg, options))?.split('=')[0];
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION')
      throw new UsageError(`There is no option ${option ?? 'of that name'}.`);
    if (code === 'ERR_PARSE_ARGS_INVALID_OPTION_VALUE')
      throw new UsageError('An option misses its value, or has one that it does not take.');
    throw error;
  }
}

function isKnown(arg: string, options: Options): boolean {
  const name = arg.split('=')[0] ?? '';
  return Object.entries(options).some(
    ([long, { short }]) => name === `--${long}` || (short !== undefined && name === `-${short}`),
  );
}

/** The value of an option that has to be one of a few; undefined when it is not given. */
export function oneOf<T extends string>(args: Arguments, option: string, allowed: readonly T[]): T | undefined {
  const given = args.values[option];
  if (given === undefined) return undefined;
  const found = allowed.find(each => each === given);
  if (found === undefined) throw new UsageError(`--${option} is one of ${allowed.join(', ')}.`);
  return found;
}

/** The only positional argument. */
export function onlyName(args: Arguments, what: string): string {
  const [name, ...rest] = args.positionals;
  if (name === undefined) throw new UsageError(`Give ${what}.`);
  if (rest.length > 0) throw new UsageError(`Give ${what} and nothing else; a value never stands on the command line.`);
  return name;
}
