import type { Edit, Finding, Source } from '../engine/detector.ts';
import type { SecretStore } from '../stores/store.ts';
import type { Journal } from './journal.ts';

/** A text that a move reads or edits; `version` is LSP's for an open document. Absolute path. */
export interface MoveText {
  readonly file: string;
  readonly source: Source;
  readonly version?: number;
}

export interface TextEdits {
  readonly file: string;
  /** Of the text that the edits are for; the host refuses when it is another by now. */
  readonly version?: number;
  readonly before: string;
  readonly edits: readonly Edit[];
}

/** What the fronts bring: the editor applies through LSP, the command line writes files. */
export interface MoveHost {
  /** Current text with its findings (any confidence); undefined when it is gone or unreadable. */
  read(
    file: string,
    signal: AbortSignal,
  ): Promise<{ readonly text: MoveText; readonly findings: readonly Finding[] } | undefined>;
  /**
   * Absolute paths of files that hold a finding with this fingerprint, the given one aside. A host that reads every file's text
   * anyway adds those that `mentions` accepts: the value in prose or in a comment, where no rule looks.
   */
  copies(
    fingerprint: string,
    except: string,
    signal: AbortSignal,
    mentions?: (text: string) => boolean,
  ): Promise<readonly string[]>;
  /** All files or none, in order, each still equal to `before` ('' when new); saved when it answers `applied`. */
  apply(edits: readonly TextEdits[], label: string): Promise<ApplyOutcome>;
  /** Told of what a move fails with for a reason of nobody's: a bug. Its text may quote anything and goes nowhere. */
  failed(error: unknown): void;
  /** Where a begun move is noted, so that a crash in its middle can be told. */
  readonly journal?: Journal;
}

export type ApplyOutcome =
  | 'applied'
  | 'stale'
  | 'failed'
  /** `lost`: files that were written and could not be put back. */
  | { readonly kind: 'failed'; readonly reason: string; readonly lost?: readonly string[] };

export interface MoveRequest {
  /** Workspace folder: absolute. */
  readonly root: string;
  readonly file: string;
  /** The finding's range in the text with this version (undefined on disk). */
  readonly start: number;
  readonly end: number;
  readonly version?: number;
  readonly name: string;
  readonly store: SecretStore;
  /** Every copy of the value in the workspace too, comments included. */
  readonly everywhere: boolean;
  /** Names the command that this move is a part of, so that all of it is put back together. */
  readonly act?: string;
}
