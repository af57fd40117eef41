import { readFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import type { Certificate, Finding } from '../engine/detector.ts';
import type { Reference } from '../engine/reference.ts';
import { printReference } from '../engine/reference.ts';
import type { SecretStore } from '../stores/store.ts';
import { StoreError } from '../stores/store.ts';
import type { Stores } from '../stores/stores.ts';
import { isWithin } from '../workspace/folders.ts';
import type { ManifestEntry } from '../workspace/manifest.ts';
import { manifestName, readManifest } from '../workspace/manifest.ts';
import { projectOf } from './moveSecret.ts';
import { foreignOwners } from './owners.ts';

/** In code; referenced and stored here; referenced and missing here; stored and not referenced; accepted; a certificate alone. */
export type InventoryState = 'inCode' | 'stored' | 'missing' | 'unused' | 'accepted' | 'certificate';

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

export function createInventory(): Inventory {
  const found = new Map<string, FileFindings>();
  const holders = new Map<string, Set<string>>();
  const listeners = new Set<() => void>();

  function forget(file: string): boolean {
    const before = found.get(file);
    if (before === undefined) return false;
    found.delete(file);
    for (const { fingerprint } of before.findings) {
      const files = holders.get(fingerprint);
      files?.delete(file);
      if (files?.size === 0) holders.delete(fingerprint);
    }
    return true;
  }

  function announce(): void {
    for (const listener of [...listeners]) listener();
  }

  return {
    set(file, now) {
      const had = forget(file);
      // A file without anything is not kept: most of a workspace is such files.
      const isEmpty = now.findings.length === 0 && now.certificates.length === 0;
      if (!isEmpty) {
        found.set(file, now);
        for (const { fingerprint } of now.findings) {
          const files = holders.get(fingerprint) ?? new Set();
          holders.set(fingerprint, files.add(file));
        }
      }
      if (had || !isEmpty) announce();
    },
    remove(file) {
      if (forget(file)) announce();
    },
    get: file => found.get(file),
    files: () => [...found.keys()].sort(),
    holding: fingerprint => [...(holders.get(fingerprint) ?? [])],
    onChange(listener) {
      listeners.add(listener);
      return { dispose: () => void listeners.delete(listener) };
    },
  };
}

/** What the manifests name and the stores hold, asked once: it changes with them, not with a keystroke. */
export interface StoredSecrets {
  readonly rows: readonly InventoryRow[];
}

/**
 * Asks the stores, in parallel, for all that `manifests` (absolute paths) name, and lists what they hold beyond for each
 * folder's project. A store that fails or hangs makes its names `missing` with the reason in `detail`. Rejects only with the signal's reason.
 */
export async function readStored(
  folders: readonly string[],
  manifests: readonly string[],
  stores: Stores,
  signal: AbortSignal,
): Promise<StoredSecrets> {
  const [named, held] = await Promise.all([
    namedRows(folders, manifests, stores, signal),
    heldReferences(folders, manifests, stores, signal),
  ]);
  signal.throwIfAborted();
  const references = new Set(named.map(row => row.reference));
  const unused = [...held].filter(([written]) => !references.has(written));
  return { rows: [...named, ...unused.map(([written, reference]) => unusedRow(written, reference, stores))] };
}

/** A row for each name that has a reference in the manifests: `stored`, or `missing` with the reason in `detail`. */
export async function namedRows(
  folders: readonly string[],
  manifests: readonly string[],
  stores: Stores,
  signal: AbortSignal,
): Promise<readonly InventoryRow[]> {
  const texts = await Promise.all(manifests.map(file => readFile(file, 'utf8').catch(() => '')));
  const named = manifests.flatMap((file, index): readonly NamedSecret[] => {
    const text = texts[index] ?? '';
    const root = nearestFolder(file, folders);
    return readManifest(text).entries.flatMap(entry => {
      return entry.reference ? [{ file, root, text, entry, reference: entry.reference }] : [];
    });
  });
  const references = named.map(each => each.reference);
  const presence = await askPresence(references, stores, signal);
  return Promise.all(
    named.map(async each => {
      const here = presence.get(printReference(each.reference));
      // As a launch has it: what another repository keeps is missing here until the user allows it.
      const problem = here === '' ? await ownerProblem(each, stores, signal) : here;
      return namedRow(each, problem, stores);
    }),
  );
}

/** All rows: findings and certificates of the inventory as of now, then what is stored. */
export function joinRows(inventory: Inventory, stored: StoredSecrets): readonly InventoryRow[] {
  const ids = new Map<string, number>();
  const rows = inventory.files().flatMap(file => {
    const found = inventory.get(file);
    return found === undefined ? [] : foundRows(file, found);
  });
  return [...rows, ...stored.rows].map(row => {
    // The same value twice in a file: told apart by their order.
    const count = ids.get(row.id) ?? 0;
    ids.set(row.id, count + 1);
    return count === 0 ? row : { ...row, id: `${row.id}#${count}` };
  });
}

/** `readStored` and `joinRows` in one. */
export async function inventoryRows(
  inventory: Inventory,
  folders: readonly string[],
  manifests: readonly string[],
  stores: Stores,
  signal: AbortSignal,
): Promise<readonly InventoryRow[]> {
  return joinRows(inventory, await readStored(folders, manifests, stores, signal));
}

function foundRows(file: string, found: FileFindings): readonly InventoryRow[] {
  const findings = found.findings
    .filter(finding => !finding.hidden || finding.accepted !== undefined)
    .map(
      (finding): InventoryRow => ({
        id: `code ${file} ${finding.rule} ${finding.fingerprint}`,
        state: finding.accepted === undefined ? 'inCode' : 'accepted',
        label: finding.assigned === '' ? finding.title : finding.variable,
        kind: finding.kind,
        provider: finding.provider,
        confidence: finding.confidence,
        rule: finding.rule,
        store: '',
        reference: '',
        detail: finding.accepted ?? finding.title,
        file,
        path: found.path,
        range: finding.range,
        fingerprint: finding.fingerprint,
        expires: dateOf(finding.expires),
      }),
    );
  const certificates = found.certificates.map(
    (certificate): InventoryRow => ({
      id: `certificate ${file} ${certificate.subject} ${certificate.expires}`,
      state: 'certificate',
      label: certificate.subject,
      kind: 'certificate',
      provider: '',
      store: '',
      reference: '',
      detail: `Issued by ${certificate.issuer}`,
      file,
      path: found.path,
      range: certificate.range,
      expires: dateOf(certificate.expires),
    }),
  );
  return [...findings, ...certificates];
}

function dateOf(milliseconds: number | undefined): string | undefined {
  // Beyond this a Date has no text.
  return milliseconds === undefined || Math.abs(milliseconds) > 8.64e15
    ? undefined
    : new Date(milliseconds).toISOString().slice(0, 10);
}

/** Why an entry that is there may not be used; empty when it may. */
async function ownerProblem({ reference, file }: NamedSecret, stores: Stores, signal: AbortSignal): Promise<Presence> {
  try {
    const owners = await soon(own => foreignOwners(reference, dirname(file), stores, own), signal);
    if (owners === 'late') return `${stores.of(reference)?.label} did not answer in time.`;
    return owners.length === 0 ? '' : `Stored for ${owners.join(', ')}; it may be used here once you allow it.`;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof StoreError) return `${error.message} ${error.advice}`.trim();
    throw error;
  }
}

interface NamedSecret {
  readonly file: string;
  readonly root: string;
  readonly text: string;
  readonly entry: ManifestEntry;
  readonly reference: Reference;
}

/** Empty when it is there, else why not. */
type Presence = string;

async function askPresence(
  references: readonly Reference[],
  stores: Stores,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Presence>> {
  const unique = new Map(references.map(reference => [printReference(reference), reference]));
  const asked = [...unique].map(
    async ([written, reference]) => [written, await presenceOf(reference, stores, signal)] as const,
  );
  return new Map(await Promise.all(asked));
}

async function presenceOf(reference: Reference, stores: Stores, signal: AbortSignal): Promise<Presence> {
  const store = stores.of(reference);
  if (store === undefined) return `No store for ${reference.backend} is set up here.`;
  try {
    const here = await soon(own => store.has(reference, own), signal);
    if (here === 'late') return `${store.label} did not answer in time.`;
    return here ? '' : `Not in ${store.label} here.`;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof StoreError) return `${error.message} ${error.advice}`.trim();
    throw error;
  }
}

/** Milliseconds. */
const storePatience = 15_000;

/** One store that hangs does not keep what the others say. */
async function soon<Result>(
  ask: (signal: AbortSignal) => Promise<Result>,
  signal: AbortSignal,
): Promise<Result | 'late'> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), storePatience);
  const own = AbortSignal.any([signal, limit.signal]);
  const stopped = new Promise<'late'>((resolve, reject) => {
    own.addEventListener('abort', () => (signal.aborted ? reject(signal.reason) : resolve('late')), { once: true });
  });
  try {
    return await Promise.race([stopped, ask(own)]);
  } finally {
    clearTimeout(timer);
  }
}

function namedRow(named: NamedSecret, presence: Presence | undefined, stores: Stores): InventoryRow {
  const { file, root, text, entry, reference } = named;
  return {
    id: `name ${file} ${entry.name}`,
    state: presence === '' ? 'stored' : 'missing',
    label: entry.name,
    kind: entry.kind ?? '',
    provider: '',
    store: stores.of(reference)?.id ?? reference.backend,
    reference: printReference(reference),
    detail: presence ?? '',
    file,
    path: relative(root, file).split(sep).join('/'),
    range: { start: positionAt(text, entry.start), end: positionAt(text, entry.end) },
    owner: entry.owner,
    purpose: entry.purpose,
    expires: entry.expires,
  };
}

function positionAt(text: string, offset: number): { readonly line: number; readonly character: number } {
  const before = text.slice(0, offset).split(/\r\n|\r|\n/);
  return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
}

/** What the stores hold for the projects of the folders and their manifests. */
async function heldReferences(
  folders: readonly string[],
  manifests: readonly string[],
  stores: Stores,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Reference>> {
  const places = new Set([...folders.map(folder => join(folder, manifestName)), ...manifests]);
  const asked = stores.all.map(async store => {
    const projects = new Set(await Promise.all([...places].map(place => projectOf(place, store, signal))));
    return Promise.all([...projects].map(project => listed(store, project, signal)));
  });
  const references = (await Promise.all(asked)).flat(2);
  return new Map(references.map(reference => [printReference(reference), reference]));
}

async function listed(store: SecretStore, project: string, signal: AbortSignal): Promise<readonly Reference[]> {
  try {
    const found = await soon(own => store.list(project, own), signal);
    return found === 'late' ? [] : found;
  } catch (error) {
    signal.throwIfAborted();
    // A store that cannot be asked is told of by the names that it keeps, and by its own check.
    if (error instanceof StoreError) return [];
    throw error;
  }
}

function unusedRow(written: string, reference: Reference, stores: Stores): InventoryRow {
  const store = stores.of(reference);
  return {
    id: `unused ${written}`,
    state: 'unused',
    label: reference.path.split('/').at(-1) || reference.key,
    kind: '',
    provider: '',
    store: store?.id ?? reference.backend,
    reference: written,
    detail: `Stored in ${store?.label ?? reference.backend}; no manifest of this workspace names it.`,
    file: '',
    path: '',
  };
}

function nearestFolder(file: string, folders: readonly string[]): string {
  const above = folders.filter(folder => isWithin(file, folder));
  return above.sort((a, b) => b.length - a.length)[0] ?? dirname(file);
}
