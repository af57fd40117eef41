import { basename } from 'node:path';
import type { Edit } from '../engine/detector.ts';
import { parseReference } from '../engine/reference.ts';
import { StoreError } from '../stores/store.ts';
import type { Stores } from '../stores/stores.ts';
import type { ApplyOutcome, TextEdits } from './moveHost.ts';
import { hashOf, type UndoFile, type UndoRecord, unsealEdits } from './undoRecords.ts';

export interface UndoHost {
  /** The file's text now; undefined when it is gone or unreadable. */
  text(file: string): Promise<string | undefined>;
  /** As MoveHost's; files named in `made` are removed instead of emptied. */
  apply(edits: readonly TextEdits[], made: ReadonlySet<string>): Promise<ApplyOutcome>;
}

export type UndoOutcome =
  /** `kept`: manifests that somebody changed since, which still name the secret. */
  | { readonly kind: 'undone'; readonly files: readonly string[]; readonly kept: readonly string[] }
  /** Nothing was touched. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Writes back what a move took out, in all of its files or none, where each is still as the move left it. The value stays stored. */
export async function undoMove(
  record: UndoRecord,
  stores: Stores,
  host: UndoHost,
  signal: AbortSignal,
): Promise<UndoOutcome> {
  const found = await Promise.all(record.files.map(async each => ({ ...each, text: await host.text(each.file) })));
  const changed = found.filter(each => each.text === undefined || hashOf(each.text) !== each.left);
  const blocking = changed.filter(each => !each.manifest).map(({ file }) => basename(file));
  if (blocking.length > 0) return refused(`${blocking.join(', ')} changed since the move.`);
  const reversals = await reversalsOf(record, stores, signal);
  if (typeof reversals === 'string') return refused(reversals);
  const edits = found.flatMap((each, index): readonly (TextEdits & UndoFile)[] =>
    changed.includes(each) || each.text === undefined
      ? []
      : [{ ...each, before: each.text, edits: reversals[index] ?? [] }],
  );
  // The manifest last: whatever happens in between, no file reads a name that nothing gives it.
  const ordered = [...edits.filter(each => !each.manifest), ...edits.filter(each => each.manifest)];
  const made = new Set(edits.filter(each => each.made).map(({ file }) => file));
  const outcome = await host.apply(ordered, made);
  if (outcome === 'applied')
    return { kind: 'undone', files: ordered.map(({ file }) => file), kept: changed.map(({ file }) => file) };
  if (outcome === 'stale') return refused('A file changed meanwhile.');
  return refused(outcome === 'failed' ? 'The files could not be edited.' : outcome.reason);
}

/** Edits a file, or why there are none. */
async function reversalsOf(
  record: UndoRecord,
  stores: Stores,
  signal: AbortSignal,
): Promise<readonly (readonly Edit[])[] | string> {
  const reference = parseReference(record.reference);
  const store = reference && stores.of(reference);
  if (reference === undefined || store === undefined) return `No store here answers for ${record.reference}.`;
  try {
    const edits = await unsealEdits(record, await store.get(reference, signal));
    return edits ?? `${record.reference} holds another value than the one that was moved.`;
  } catch (error) {
    if (error instanceof StoreError) return `${error.message} ${error.advice}`.trim();
    throw error;
  }
}

function refused(reason: string): UndoOutcome {
  return { kind: 'refused', reason };
}
