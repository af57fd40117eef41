import type { Detection, Edit, Source } from '../engine/detector.ts';
import type { RuleSet } from './rules.ts';

export interface PoolOptions {
  readonly workers: number;
  /** The program of detectorWorker. */
  readonly worker: string | URL;
  /** Milliseconds that one rule may run on one text. */
  readonly deadline: number;
  /** Key of Host.fingerprint, 32 bytes. */
  readonly fingerprintKey: Uint8Array;
}

/** A rule that passed the deadline: switched off from now on in its rule set, in every worker. */
export interface StoppedRule {
  readonly set: string;
  readonly rule: string;
  readonly path: string;
}

/** An open text, pinned to one worker. Edits are sent, not texts. */
export interface PooledDocument {
  /** Must be called with every edit, in order, with offsets of the text just before it. */
  edit(edits: readonly Edit[]): void;
  /** Detection of the text as of this call. Rejects only with the signal's reason. */
  detect(rules: RuleSet, signal: AbortSignal): Promise<Detection>;
  close(): void;
}

export interface DetectorPool {
  open(source: Source): PooledDocument;
  /** A closed file's text; waits behind open documents. Rejects only with the signal's reason. */
  detect(source: Source, rules: RuleSet, signal: AbortSignal): Promise<Detection>;
  onStoppedRule(listener: (stopped: StoppedRule) => void): { dispose(): void };
  close(): Promise<void>;
}

export declare function openDetectorPool(options: PoolOptions): DetectorPool;
/** The key in the user's data folder, made at first use (0600). */
export declare function fingerprintKey(dataFolder: string): Promise<Uint8Array>;
