import type { Reference } from '../engine/reference.ts';

export const manifestName = '.env.schema';

/** A line of the manifest that names a secret. */
export interface ManifestEntry {
  readonly name: string;
  /** Undefined when the value is no reference (a public default, empty). */
  readonly reference?: Reference;
  /** The reference as written, with its place in the text. */
  readonly written: string;
  /** Of the whole line, and of the reference text inside its quotes. UTF-16. */
  readonly start: number;
  readonly end: number;
  readonly valueStart: number;
  readonly valueEnd: number;
  readonly kind?: string;
  readonly owner?: string;
  readonly purpose?: string;
  readonly expires?: string;
}

export interface ManifestProblem {
  readonly start: number;
  readonly end: number;
  readonly message: string;
}

export interface Manifest {
  readonly entries: readonly ManifestEntry[];
  readonly problems: readonly ManifestProblem[];
}

/** Total. */
export declare function readManifest(text: string): Manifest;
/** The text with the entry added (or its reference replaced), the rest untouched, line ends kept. An empty text gets the header. */
export declare function withEntry(
  text: string,
  entry: {
    readonly name: string;
    readonly reference: Reference;
    readonly kind?: string;
    readonly owner?: string;
    readonly purpose?: string;
    readonly expires?: string;
  },
): string;
export declare function withoutEntry(text: string, name: string): string;
/** The nearest manifest upward from `path` to `root`; where none is, the one that would be made: in `root`. Absolute paths. */
export declare function locateManifest(path: string, root: string): Promise<{ readonly file: string; readonly exists: boolean }>;
/** Every manifest below root (ignore files respected). */
export declare function findManifests(root: string, signal: AbortSignal): Promise<readonly string[]>;
