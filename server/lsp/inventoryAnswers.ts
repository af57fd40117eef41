import { setTimeout } from 'node:timers/promises';
import { parseReference } from '../engine/reference.ts';
import type { Answer, InventoryAnswer, InventoryRowData, ReferenceParams } from '../protocol/messages.ts';
import { type Inventory, type InventoryRow, joinRows, readStored, type StoredSecrets } from '../secrets/inventory.ts';
import { StoreError } from '../stores/store.ts';
import { findManifests } from '../workspace/manifest.ts';
import type { ClosedFiles } from './closedFiles.ts';
import type { Configuration } from './configuration.ts';
import type { Consent } from './consent.ts';
import type { Documents } from './documents.ts';
import { isOpen } from './fileFindings.ts';
import { fileOf, uriOf } from './places.ts';
import type { StoreAccess } from './storeAccess.ts';

export interface InventoryAnswers {
  read(signal: AbortSignal): Promise<InventoryAnswer>;
  remove(params: ReferenceParams, signal: AbortSignal): Promise<Answer>;
  /** What the stores hold or the manifests name is another by now. */
  forgetStored(): void;
  /** Told when a store answered after `read` stopped waiting for it. */
  onLate(listener: () => void): void;
}

/** Milliseconds that a view waits for slow stores; their rows come later. */
const patience = 1500;

/** Rows for a view. What the stores hold is asked once and again after `forgetStored`; findings are as of now. */
export function createInventoryAnswers(
  inventory: Inventory,
  configuration: Configuration,
  access: StoreAccess,
  documents: Documents,
  closedFiles: ClosedFiles,
  consent: Consent,
): InventoryAnswers {
  const listeners: (() => void)[] = [];
  let stored: Promise<StoredSecrets> | undefined;
  let last: StoredSecrets = { rows: [] };

  const ask = async (): Promise<StoredSecrets> => {
    // Nothing of an untrusted workspace is followed (invariant 9): its references are not asked for.
    if (!configuration.trusted) return { rows: [] };
    const signal = AbortSignal.timeout(30_000);
    const roots = configuration.folders().flatMap(folder => (folder.root === undefined ? [] : [folder.root]));
    const manifests = (await Promise.all(roots.map(root => findManifests(root, signal)))).flat();
    return readStored(roots, [...new Set(manifests)], await access.stores(), signal);
  };
  const known = (): Promise<StoredSecrets> => {
    if (stored !== undefined) return stored;
    const asking = ask();
    stored = asking;
    asking.then(
      found => {
        if (stored === asking) last = found;
      },
      () => {
        if (stored === asking) stored = undefined;
      },
    );
    return asking;
  };
  /** A hanging keychain does not keep the findings from being seen. */
  const knownSoon = async (): Promise<StoredSecrets> => {
    const asking = known();
    const late = new AbortController();
    const timeout = setTimeout(patience, 'late' as const, { signal: late.signal }).catch(() => 'late' as const);
    const found = await Promise.race([asking, timeout]);
    late.abort();
    if (found !== 'late') return found;
    const tell = () => {
      for (const listener of listeners) listener();
    };
    asking.then(tell, tell);
    return last;
  };
  const dataOf = ({ file, ...row }: InventoryRow): InventoryRowData => {
    const open = documents.byKey(file);
    const uri = file === '' ? '' : (open?.uri ?? uriOf(file));
    const folder = uri === '' ? '' : configuration.folderOf(uri).uri;
    return { ...row, uri, folder, ...(open === undefined ? {} : { version: open.text.version }) };
  };

  return {
    async read(signal) {
      const found = await knownSoon();
      signal.throwIfAborted();
      const open = inventory
        .files()
        .reduce((count, file) => count + (inventory.get(file)?.findings.filter(isOpen).length ?? 0), 0);
      const vault = configuration.trusted && (await access.stores()).get('vault') !== undefined;
      return { rows: joinRows(inventory, found).map(dataOf), open, scanning: closedFiles.scanning, vault };
    },
    async remove({ folder, reference, name }, signal) {
      const parsed = parseReference(reference);
      const store = parsed === undefined ? undefined : (await access.stores()).of(parsed);
      if (!configuration.trusted || parsed === undefined || store === undefined) {
        return { kind: 'refused', message: 'No store is configured here that holds this secret. Nothing was deleted.' };
      }
      const directory = fileOf(folder) ?? configuration.folderOf(folder).root;
      try {
        if (directory !== undefined && !(await consent.agree(parsed, directory, 'remove', signal))) {
          return { kind: 'refused', message: 'It was stored for another folder. Nothing was deleted.' };
        }
        await store.remove(parsed, signal);
      } catch (error) {
        if (!(error instanceof StoreError)) throw error;
        return { kind: 'failed', message: `${error.message} ${error.advice}`.trim() };
      }
      stored = undefined;
      const next = name === '' ? '' : ` The manifest still names it: set a new value, or remove the line for ${name}.`;
      return { kind: 'done', message: `Deleted from ${store.label}.${next}` };
    },
    forgetStored() {
      stored = undefined;
    },
    onLate: listener => void listeners.push(listener),
  };
}
