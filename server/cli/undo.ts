import { openJournal } from '../secrets/journal.ts';
import { undoMove } from '../secrets/undoMove.ts';
import type { UndoRecord } from '../secrets/undoRecords.ts';
import { dataFolder, type Stores } from '../stores/stores.ts';
import { isWithin } from '../workspace/folders.ts';
import { readArguments, UsageError } from './arguments.ts';
import { applyToDisk, readDiskText } from './diskHost.ts';
import { type Command, printable, type Session } from './session.ts';
import { displayPaths, openSessionStores, workspaceRoot } from './workspace.ts';

export const undo: Command = {
  summary: 'Puts the last move of this workspace back into the files.',
  usage: 'undo',
  details: [
    'Writes back what the last move (all moves of one `move --all`) took out of the files, where they are still as it left them.',
    'The value stays in its store, which then nothing reads any more.',
    '',
    'Exit codes: 0 put back, 1 refused or nothing to put back (no file was touched), 2 could not do it.',
  ],
  async run(session, args) {
    const read = readArguments(args, {});
    if (read.positionals.length > 0) throw new UsageError('undo takes no arguments.');
    const root = await workspaceRoot(session, session.cwd);
    const { done } = openJournal(dataFolder(session.environment));
    const records = await done.lastAct(file => isWithin(file, root));
    if (records.length === 0) {
      session.note('keysweep: There is no move to put back in this workspace.');
      return 1;
    }
    const stores = openSessionStores(session);
    try {
      for (const record of records) {
        if (!(await undoOne(session, record, stores))) return 1;
        await done.drop(record.id);
      }
      return 0;
    } finally {
      await stores.dispose();
    }
  },
};

/** Answers whether it is done. */
async function undoOne(session: Session, record: UndoRecord, stores: Stores): Promise<boolean> {
  const shown = (files: readonly string[]) => displayPaths(session.cwd, files);
  const host = {
    text: async (file: string) => {
      const read = await readDiskText(file);
      return read.kind === 'text' ? read.text : undefined;
    },
    apply: applyToDisk,
  };
  const outcome = await undoMove(record, stores, host, session.signal);
  if (outcome.kind === 'refused') {
    session.note(printable(`keysweep: The move of ${record.name} was not put back: ${outcome.reason}`));
    return false;
  }
  const lines = [
    `Put the move of ${record.name} back in ${shown(outcome.files)}.`,
    ...(outcome.kept.length === 0 ? [] : [`${shown(outcome.kept)} changed since, and still names it.`]),
    `The value stays stored as ${record.reference}; \`keysweep rm\` removes what a manifest names.`,
  ];
  await session.out(lines.map(line => `${printable(line)}\n`).join(''));
  return true;
}
