/** What was begun and not finished: names, references, files and hashes, never text. Survives a crash; read at the next start. */
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
}

export declare function openJournal(dataFolder: string): Journal;
