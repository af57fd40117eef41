import type { Confidence, Detection, Edit, Explanation, Source } from '../engine/detector.ts';
import type { PackException, Rule } from '../engine/rulePack.ts';
import type { ReadText } from './textReader.ts';

/* What detectorPool and its workers say to each other, and the memory that they share. */

/** Of the Int32Array that worker and parent share. */
export const slot = {
  /** Place of the rule that runs in its set's list, and after the rules of an exception; -1 between them. */
  rule: 0,
  /** Counts the starts of rules and of targets: unchanged means that the same one still runs. */
  turn: 1,
  /** Set to 1 by the worker when the rule in `slot.rule` has used up its time on this text in many small pieces; it waits then. */
  spent: 2,
  /** Counts targets. */
  target: 3,
} as const;
export const slotCount = 4;

export interface WorkerSetup {
  readonly slots: SharedArrayBuffer;
  readonly fingerprintKey: Uint8Array;
  /** Milliseconds for one rule on one text. */
  readonly deadline: number;
}

/** A closed file, which the worker reads itself. */
export interface FileTarget {
  /** Absolute. */
  readonly file: string;
  /** As Source.path. */
  readonly path: string;
  /** In bytes. */
  readonly maxSize: number;
  /** Whether the text comes back with every answer, or only when something was found in it (it is empty otherwise). */
  readonly texts: 'all' | 'found';
  /** Findings less sure than this are left out; none unless told. */
  readonly least?: Confidence;
  /** The line, 1-based, of which it shall be said why something is found there and why nothing else. */
  readonly explain?: number;
}

/** From the parent, in order. */
export type ToWorker =
  | {
      readonly kind: 'rules';
      readonly set: string;
      readonly rules: readonly Rule[];
      readonly exceptions: readonly PackException[];
      readonly stopped: readonly string[];
    }
  | { readonly kind: 'forget'; readonly set: string }
  | { readonly kind: 'open'; readonly document: number; readonly source: Source }
  | { readonly kind: 'edit'; readonly document: number; readonly edits: readonly Edit[] }
  | { readonly kind: 'close'; readonly document: number }
  | {
      readonly kind: 'detect';
      readonly batch: number;
      readonly set: string;
      /** Each an open document's number, a text, or a file. */
      readonly targets: readonly (number | Source | FileTarget)[];
      /** Detects with this one rule, or with none out of a workspace. */
      readonly limit?: { readonly only: string } | 'builtIn';
    };

export interface FromWorker {
  readonly batch: number;
  /** One for each target, in order. */
  readonly detections: readonly TargetDetection[];
}

export interface TargetDetection extends Detection {
  /** Of a file. */
  readonly read?: ReadText;
  /** Of the line asked for. */
  readonly explanation?: Explanation;
}
