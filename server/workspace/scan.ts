import type { Certificate, Finding } from '../engine/detector.ts';
import type { DetectorPool } from './detectorPool.ts';
import type { RuleSet } from './rules.ts';
import type { Settings } from './settings.ts';

export type ScannedFile =
  | {
      readonly kind: 'scanned';
      /** Relative to the root, with `/`. */
      readonly path: string;
      /** The text it was scanned as (BOM removed is false: offsets are on the raw text), for line numbers. */
      readonly text: string;
      readonly findings: readonly Finding[];
      readonly certificates: readonly Certificate[];
    }
  | { readonly kind: 'skipped'; readonly path: string; readonly reason: 'binary' | 'too large' | 'unreadable' | 'gone'; readonly detail: string };

export interface ScanOptions {
  readonly pool: DetectorPool;
  readonly rules: RuleSet;
  readonly settings: Settings;
  /** Honour .gitignore, files.exclude and keysweep.exclude. */
  readonly ignore: boolean;
  /** Absolute paths that another owner scans (open documents). */
  readonly skip?: ReadonlySet<string>;
  /** Told how many files are found and done. */
  readonly progress?: (done: number, found: number) => void;
}

/** Every file below `root` that counts (or `root` itself when it is a file), allow lists applied; settings' minimum confidence is not. */
export declare function scanFolder(root: string, options: ScanOptions, signal: AbortSignal): AsyncIterable<ScannedFile>;
/** One file on disk, as scanFolder would see it. */
export declare function scanFile(root: string, path: string, options: ScanOptions, signal: AbortSignal): Promise<ScannedFile>;
