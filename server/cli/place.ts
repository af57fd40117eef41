import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Arguments, UsageError } from './arguments.ts';
import type { Session } from './session.ts';

/** Where `FILE:LINE` or `FILE:LINE:COLUMN` points. */
export interface Place {
  /** Absolute. */
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly column: number | undefined;
}

/** The only positional argument. */
export async function readPlace(session: Session, args: Arguments): Promise<Place> {
  const [given, ...rest] = args.positionals;
  if (given === undefined || rest.length > 0) throw new UsageError('Give one FILE:LINE.');
  // The longest file name that exists wins: a name may hold colons and digits itself.
  for (const pattern of [/^(.+):(\d+)$/s, /^(.+?):(\d+):(\d+)$/s]) {
    const match = pattern.exec(given);
    const file = resolve(session.cwd, match?.[1] ?? '');
    if (match === null || !(await stat(file).catch(() => undefined))?.isFile()) continue;
    return { file, line: Number(match[2]), column: match[3] === undefined ? undefined : Number(match[3]) };
  }
  throw new UsageError('Give FILE:LINE with a file that exists and a line number.');
}
