import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { Edit } from '../engine/detector.ts';
import { edited } from '../engine/rewrite.ts';
import { type SealedText, sealText, unsealText } from '../stores/sealedText.ts';
import type { SecretValue } from '../stores/secretValue.ts';
import { openRecordFolder } from './recordFolder.ts';

/* What a finished move can be put back by. The text that it took out of the files holds the value, so it is kept sealed with that
   very value: without the stored entry nobody can read it. */

export interface UndoRecord {
  readonly id: string;
  /** Moves of one command have the same and are put back together. */
  readonly act: string;
  /** ISO. */
  readonly done: string;
  readonly name: string;
  readonly reference: string;
  readonly files: readonly UndoFile[];
  readonly sealed: SealedText;
}

export interface UndoFile {
  /** Absolute. */
  readonly file: string;
  /** SHA-256 of the text as the move left it. */
  readonly left: string;
  /** The move made the file. */
  readonly made: boolean;
  /** Only gained the name: to leave it as it is harms nothing. */
  readonly manifest: boolean;
}

export interface UndoRecords {
  keep(done: DoneMove, value: SecretValue): Promise<void>;
  /** The moves of the last act that touched a file which `counts`, the last one first; empty when there is none. */
  lastAct(counts: (file: string) => boolean): Promise<readonly UndoRecord[]>;
  drop(id: string): Promise<void>;
}

export interface DoneMove {
  /** Undefined: an act of its own. */
  readonly act: string | undefined;
  readonly name: string;
  readonly reference: string;
  readonly edits: readonly DoneEdits[];
  /** Of the edits' files, those that only gained the name. */
  readonly manifests: readonly string[];
}

export interface DoneEdits {
  readonly file: string;
  readonly before: string;
  readonly edits: readonly Edit[];
}

/** More are dropped, the oldest first. */
const mostKept = 100;

/** In `undo/` of the data folder. Their ids sort by time. */
export function openUndoRecords(dataFolder: string): UndoRecords {
  const kept = openRecordFolder(join(dataFolder, 'undo'), isRecord);
  const newestFirst = async () => [...(await kept.ids())].sort().reverse();
  let count = 0;
  return {
    async keep({ act, name, reference, edits, manifests }, value) {
      const id = `${Date.now()}-${String(count++).padStart(6, '0')}-${randomUUID()}`;
      const files = edits.map(each => ({
        file: each.file,
        left: hashOf(edited(each.before, each.edits)),
        made: each.before === '',
        manifest: manifests.includes(each.file),
      }));
      const sealed = await sealText(JSON.stringify(edits.map(reversed)), value);
      await kept.write({ id, act: act ?? id, done: new Date().toISOString(), name, reference, files, sealed });
      await Promise.all((await newestFirst()).slice(mostKept).map(old => kept.remove(old)));
    },
    async lastAct(counts) {
      const records: UndoRecord[] = [];
      for (const id of await newestFirst()) {
        const record = await kept.read(id);
        if (record === undefined) continue;
        const [last] = records;
        if (last === undefined ? record.files.some(({ file }) => counts(file)) : record.act === last.act)
          records.push(record);
      }
      return records;
    },
    drop: id => kept.remove(id),
  };
}

/** The edits that put each file of a record back, in its order; undefined when the value is not the one that was moved. */
export async function unsealEdits(
  record: UndoRecord,
  value: SecretValue,
): Promise<readonly (readonly Edit[])[] | undefined> {
  const text = await unsealText(record.sealed, value);
  return text === undefined ? undefined : (JSON.parse(text) as readonly (readonly Edit[])[]);
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** What turns the edited text into the one before, as edits of the edited text. */
function reversed({ before, edits }: DoneEdits): readonly Edit[] {
  let shift = 0;
  return [...edits]
    .sort((a, b) => a.start - b.start)
    .map(({ start, end, text }) => {
      const from = start + shift;
      shift += text.length - (end - start);
      return { start: from, end: from + text.length, text: before.slice(start, end) };
    });
}

function isRecord(value: unknown): value is UndoRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { id, act, done, name, reference, files, sealed } = value as Partial<Record<keyof UndoRecord, unknown>>;
  const texts = [id, act, done, name, reference];
  if (!texts.every(each => typeof each === 'string') || !Array.isArray(files)) return false;
  if (typeof sealed !== 'object' || sealed === null) return false;
  const parts: readonly unknown[] = Object.values(sealed);
  return parts.length === 4 && parts.every(part => typeof part === 'string') && files.every(isFile);
}

function isFile(value: unknown): value is UndoFile {
  if (typeof value !== 'object' || value === null) return false;
  const { file, left, made, manifest } = value as Partial<Record<keyof UndoFile, unknown>>;
  return (
    typeof file === 'string' && typeof left === 'string' && typeof made === 'boolean' && typeof manifest === 'boolean'
  );
}
