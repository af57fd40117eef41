import type { Certificate, Finding } from '../engine/detector.ts';
import type { Stores } from '../stores/stores.ts';

export const inventoryStates = ['inCode', 'stored', 'missing', 'unused', 'accepted', 'certificate'] as const;
/** In code; referenced and stored here; referenced and missing here; stored and not referenced; accepted; a certificate alone. */
export type InventoryState = (typeof inventoryStates)[number];

/** A row of the inventory: plain data, without a value. */
export interface InventoryRow {
  /** Stable while the secret is the same one in the same place. */
  readonly id: string;
  readonly state: InventoryState;
  /** For people: the variable's name, or the finding's title. */
  readonly label: string;
  readonly kind: string;
  readonly provider: string;
  readonly confidence?: string;
  readonly rule?: string;
  /** `keychain`, `vault` ...; empty for a literal. */
  readonly store: string;
  /** The reference text; empty for a literal. */
  readonly reference: string;
  /** Why it is missing: absent, locked, denied ..., for people. */
  readonly detail: string;
  /** Where it opens: absolute file, 0-based LSP positions. */
  readonly file: string;
  readonly path: string;
  readonly range?: {
    readonly start: { readonly line: number; readonly character: number };
    readonly end: { readonly line: number; readonly character: number };
  };
  readonly fingerprint?: string;
  readonly owner?: string;
  readonly purpose?: string;
  /** ISO date. */
  readonly expires?: string;
}

/** The one owner of what was found where (invariant 6). Findings come per file; stored and missing are asked when rows are read. */
export interface Inventory {
  set(file: string, found: FileFindings): void;
  remove(file: string): void;
  /** Findings of a file, those below the minimum confidence and accepted ones included. */
  get(file: string): FileFindings | undefined;
  /** Absolute paths of every file that has something, sorted. */
  files(): readonly string[];
  /** Files that hold this fingerprint. */
  holding(fingerprint: string): readonly string[];
  onChange(listener: () => void): { dispose(): void };
}

export interface FileFindings {
  readonly root: string;
  /** Relative to root. */
  readonly path: string;
  readonly findings: readonly LocatedFinding[];
  readonly certificates: readonly (Certificate & { readonly range: InventoryRow['range'] })[];
}

export interface LocatedFinding extends Finding {
  readonly range: NonNullable<InventoryRow['range']>;
  /** Below the folder's minimum confidence, switched off, or allowed by a pack: known, not shown as open. */
  readonly hidden: boolean;
  /** The reason the team gave. */
  readonly accepted?: string;
}

export declare function createInventory(): Inventory;

/** What the manifests name and the stores hold, asked once: it changes with them, not with a keystroke. */
export interface StoredSecrets {
  readonly rows: readonly InventoryRow[];
}

/**
 * Asks the stores, in parallel, for all that `manifests` (absolute paths) name, and lists what they hold beyond for each
 * folder's project. A store that fails makes its names `missing` with the reason in `detail`. Rejects only with the signal's reason.
 */
export declare function readStored(
  folders: readonly string[],
  manifests: readonly string[],
  stores: Stores,
  signal: AbortSignal,
): Promise<StoredSecrets>;
/** All rows: findings and certificates of the inventory as of now, then what is stored. */
export declare function joinRows(inventory: Inventory, stored: StoredSecrets): readonly InventoryRow[];
/** `readStored` and `joinRows` in one. */
export declare function inventoryRows(
  inventory: Inventory,
  folders: readonly string[],
  manifests: readonly string[],
  stores: Stores,
  signal: AbortSignal,
): Promise<readonly InventoryRow[]>;
