import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { openRecordFolder } from './recordFolder.ts';
import { openUndoRecords, type UndoRecords } from './undoRecords.ts';

/** What was begun and not finished: names, references and files, never text. Survives a crash; read at the next start. */
export interface JournalEntry {
  readonly id: string;
  readonly begun: string;
  readonly name: string;
  readonly reference: string;
  readonly files: readonly string[];
}

export interface Journal {
  begin(entry: Omit<JournalEntry, 'id' | 'begun'>): Promise<string>;
  end(id: string): Promise<void>;
  /** Begun by a process that is gone. */
  unfinished(): Promise<readonly JournalEntry[]>;
  /** What is finished and can be put back. */
  readonly done: UndoRecords;
}

interface Noted extends JournalEntry {
  readonly pid: number;
}

/** In `journal/` of the data folder. */
export function openJournal(dataFolder: string): Journal {
  const records = openRecordFolder(join(dataFolder, 'journal'), isNoted);
  return {
    done: openUndoRecords(dataFolder),
    async begin(entry) {
      const id = randomUUID();
      await records.write({ ...entry, id, begun: new Date().toISOString(), pid: process.pid });
      return id;
    },
    end: id => records.remove(id),
    async unfinished() {
      const noted = await Promise.all((await records.ids()).map(id => records.read(id)));
      return noted
        .filter(each => each !== undefined)
        .filter(each => !isRunning(each))
        .map(({ id, begun, name, reference, files }) => ({ id, begun, name, reference, files }))
        .sort((a, b) => (a.begun < b.begun ? -1 : 1));
    },
  };
}

/** For people: what an unfinished entry means and what to do. Moving again is safe, since an equal value is used as it is. */
export function unfinishedMessage(entry: JournalEntry): string {
  return (
    `A move of ${entry.name} was interrupted on ${entry.begun.slice(0, 10)}. Its value may be stored as ${entry.reference} ` +
    `while ${entry.files.at(-1) ?? 'its file'} still holds it. Move it again under the same name, or remove the stored entry.`
  );
}

function isNoted(value: unknown): value is Noted {
  if (typeof value !== 'object' || value === null) return false;
  const { id, begun, name, reference, files, pid } = value as Partial<Record<keyof Noted, unknown>>;
  const texts = [id, begun, name, reference, ...(Array.isArray(files) ? files : [undefined])];
  return texts.every(text => typeof text === 'string') && typeof pid === 'number';
}

/** Process ids come round again: what a day-old entry's id names now is another process. */
const longestMove = 24 * 60 * 60 * 1000;

function isRunning(noted: Noted): boolean {
  if (Date.now() - Date.parse(noted.begun) > longestMove) return false;
  try {
    process.kill(noted.pid, 0);
    return true;
  } catch (error) {
    // Alive, and another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
