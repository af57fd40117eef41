import { parseReference } from '../engine/reference.ts';
import { manifestsAbove } from '../secrets/environment.ts';
import { type InventoryRow, namedRows } from '../secrets/inventory.ts';
import type { Stores } from '../stores/stores.ts';
import { readArguments, UsageError } from './arguments.ts';
import { type Command, printable, type Session } from './session.ts';
import { openSessionStores } from './workspace.ts';

export const check: Command = {
  summary: 'Tells whether everything that the manifest names is there.',
  usage: 'check',
  details: ['No value is read.', '', 'Exit codes: 0 all is there, 1 something is missing, 2 could not do it.'],
  async run(session, args) {
    const read = readArguments(args, {});
    if (read.positionals.length > 0) throw new UsageError('check takes no arguments.');
    const stores = openSessionStores(session);
    try {
      const names = await namesHere(session, stores);
      for (const { name, there, detail } of names)
        await session.out(`${printable(`${there ? 'there  ' : 'missing'} ${name}  ${detail}`)}\n`);
      if (names.length === 0) await session.out('No manifest (.env.schema) here or above names a secret.\n');
      return names.every(each => each.there) ? 0 : 1;
    } finally {
      await stores.dispose();
    }
  },
};

export interface NameHere {
  readonly name: string;
  readonly there: boolean;
  /** The reference and, when it is missing, why. */
  readonly detail: string;
  readonly row: InventoryRow;
}

/** What a run in the current folder would need; the nearest manifest wins, as it does there. */
export async function namesHere(session: Session, stores: Stores): Promise<readonly NameHere[]> {
  const manifests = await manifestsAbove(session.cwd, session.signal);
  const rows = await namedRows([session.cwd], manifests, stores, session.signal);
  const nearest = new Map([...rows].reverse().map(row => [row.label, row]));
  return [...nearest.values()].reverse().map(row => nameHere(session, row));
}

function nameHere(session: Session, row: InventoryRow): NameHere {
  const name = row.label;
  const current = session.environment[name];
  if (current !== undefined && current !== '' && parseReference(current) === undefined) {
    return { name, there: true, detail: 'in the environment', row };
  }
  if (row.state === 'stored') return { name, there: true, detail: row.reference, row };
  return { name, there: false, detail: `${row.reference}: ${row.detail}`, row };
}
