import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Inventory } from '../secrets/inventory.ts';
import type { DetectorPool } from '../workspace/detectorPool.ts';
import { isWithin, pathBelow } from '../workspace/folders.ts';
import { type ScannedFile, type ScanOptions, scanFile, scanFolder } from '../workspace/scan.ts';
import type { Configuration, Folder, FolderConfiguration } from './configuration.ts';
import { type DiagnosticPublisher, findingDiagnostics } from './diagnostics.ts';
import type { Documents } from './documents.ts';
import { readDetection } from './fileFindings.ts';
import type { Guard } from './guard.ts';
import { uriOf } from './places.ts';

/** Milliseconds in which changes on disk are gathered. */
const gather = 60;
/** More changes at once than this (another commit was checked out): the folder is walked again instead. */
const many = 500;

export interface ScanProgress {
  begin(title: string): void;
  /** `done` of `found` files. */
  report(done: number, found: number): void;
  end(): void;
  readonly signal: AbortSignal;
}

export interface ScanResult {
  readonly files: number;
  readonly cancelled: boolean;
}

export interface ClosedFiles {
  readonly scanning: boolean;
  /** Walks the folders anew, behind what is typed. A running walk of the same folder ends. */
  scan(folders: readonly Folder[], progress: () => Promise<ScanProgress>): Promise<ScanResult>;
  /** Files that were written, made or deleted by others, or closed in the editor. */
  changed(files: readonly string[]): void;
  /** Another commit is checked out: the folder is walked again, once git is through. */
  changedSoon(folder: Folder): void;
  /** Forgets what stands in folders that left the workspace. */
  forget(folders: readonly Folder[]): void;
  /** Why files of a folder were not looked at, for people. */
  skipped(): readonly string[];
  dispose(): void;
}

/** What stands on disk and in no editor. Keeps findings, never texts. */
export function createClosedFiles(
  pool: DetectorPool,
  configuration: Configuration,
  documents: Documents,
  inventory: Inventory,
  publisher: DiagnosticPublisher,
  guard: Guard,
  quietProgress: () => Promise<ScanProgress>,
): ClosedFiles {
  const walks = new Map<string, AbortController>();
  const tooLarge = new Map<string, string>();
  const waiting = new Set<string>();
  const stopped = new AbortController();
  /** Looked at while a walk was under way, which may have passed their place before they were there. */
  const seenMeanwhile = new Set<string>();
  /** The newest look at a file that is under way: what an older one finds is not shown. */
  const newest = new Map<string, symbol>();
  let running = 0;
  let timer: NodeJS.Timeout | undefined;

  const options = ({ rules, settings }: FolderConfiguration): ScanOptions => ({
    pool,
    rules: rules.set,
    settings,
    ignore: true,
    texts: 'found',
  });
  const drop = (file: string) => {
    tooLarge.delete(file);
    if (inventory.get(file) !== undefined) inventory.remove(file);
    publisher.publish(uriOf(file), 'findings', []);
  };
  const show = (file: string, scanned: ScannedFile, folder: FolderConfiguration) => {
    if (documents.covers(file)) return;
    if (scanned.kind === 'skipped') {
      drop(file);
      if (scanned.reason === 'too large') tooLarge.set(file, `${scanned.path} was not looked at: ${scanned.detail}`);
      return;
    }
    if (scanned.findings.length === 0 && scanned.certificates.length === 0) return drop(file);
    const text = TextDocument.create(uriOf(file), '', 0, scanned.text);
    const found = readDetection(text, scanned.path, scanned, folder);
    inventory.set(file, found);
    publisher.publish(text.uri, 'findings', findingDiagnostics(found, folder, scanned.text));
  };
  const walk = async (folder: Folder, progress: ScanProgress, signal: AbortSignal): Promise<number> => {
    const held = await configuration.for(folder);
    if (held.root === undefined) return 0;
    const { root } = held;
    const seen = new Set<string>();
    if (held.settings.scanWorkspace) {
      progress.begin(`Looking for secrets in ${folder.name}`);
      const report = (done: number, found: number) => progress.report(done, found);
      const skip = new Set(documents.all().map(({ key }) => key));
      for await (const scanned of scanFolder(root, { ...options(held), skip, progress: report }, signal)) {
        const file = join(root, scanned.path);
        // A folder inside this one looks at its files with its own settings.
        if (configuration.folderOf(uriOf(file)).uri !== folder.uri) continue;
        seen.add(file);
        // It may have been read before the change.
        if (!seenMeanwhile.has(file)) show(file, scanned, held);
      }
    }
    for (const file of inventory.files()) {
      const own = configuration.folderOf(uriOf(file)).uri === folder.uri && isWithin(file, root);
      if (
        own &&
        !seen.has(file) &&
        !seenMeanwhile.has(file) &&
        documents.byKey(file) === undefined &&
        !documents.covers(file)
      )
        drop(file);
    }
    return seen.size;
  };
  const scan = async (folders: readonly Folder[], open: () => Promise<ScanProgress>): Promise<ScanResult> => {
    running += 1;
    try {
      return await walkAll(folders, await open());
    } finally {
      running -= 1;
      if (running === 0) seenMeanwhile.clear();
    }
  };
  const walkAll = async (folders: readonly Folder[], progress: ScanProgress): Promise<ScanResult> => {
    const outer = AbortSignal.any([progress.signal, stopped.signal]);
    let files = 0;
    try {
      for (const folder of folders) files += await walkAlone(folder, progress, outer);
      return { files, cancelled: false };
    } catch (error) {
      if (!outer.aborted) throw error;
      return { files, cancelled: true };
    } finally {
      progress.end();
    }
  };
  /** A newer walk of the same folder takes over; the walk's other folders go on. */
  const walkAlone = async (folder: Folder, progress: ScanProgress, outer: AbortSignal): Promise<number> => {
    const controller = new AbortController();
    walks.get(folder.uri)?.abort();
    walks.set(folder.uri, controller);
    try {
      return await walk(folder, progress, AbortSignal.any([controller.signal, outer]));
    } catch (error) {
      if (controller.signal.aborted && !outer.aborted) return 0;
      throw error;
    } finally {
      if (walks.get(folder.uri) === controller) walks.delete(folder.uri);
    }
  };
  const lookAt = async (files: readonly string[]) => {
    const again = new Map<string, Folder>();
    for (const file of files) {
      const folder = configuration.folderOf(uriOf(file));
      if (folder.root === undefined) {
        drop(file);
        continue;
      }
      const kind = await kindOf(file);
      if (kind === 'folder' || files.length > many) again.set(folder.uri, folder);
      else if (kind === 'gone') dropBelow(file);
      else await lookAtOne(file, folder);
    }
    if (again.size > 0) await scan([...again.values()], quietProgress);
  };
  const lookAtOne = async (file: string, folder: Folder) => {
    const held = await configuration.for(folder);
    const path = held.root === undefined ? undefined : pathBelow(held.root, file);
    if (held.root === undefined || path === undefined || documents.covers(file)) return;
    if (!held.settings.scanWorkspace) return drop(file);
    if (running > 0) seenMeanwhile.add(file);
    const turn = Symbol(path);
    newest.set(file, turn);
    try {
      const scanned = await scanFile(held.root, path, options(held), stopped.signal);
      if (newest.get(file) === turn) show(file, scanned, held);
    } finally {
      if (newest.get(file) === turn) newest.delete(file);
    }
  };
  /** A deleted folder is announced without its files. */
  const dropBelow = (file: string) => {
    for (const known of [...newest.keys()]) if (isWithin(known, file)) newest.delete(known);
    drop(file);
    for (const known of inventory.files()) {
      if (isWithin(known, file) && documents.byKey(known) === undefined && !documents.covers(known)) drop(known);
    }
  };

  return {
    get scanning() {
      return running > 0;
    },
    scan,
    changed(files) {
      for (const file of files) waiting.add(file);
      timer ??= setTimeout(() => {
        const batch = [...waiting].filter(file => !documents.covers(file));
        timer = undefined;
        waiting.clear();
        void guard.run('Looking at changed files', () => lookAt(batch));
      }, gather);
    },
    changedSoon(folder) {
      if (folder.root !== undefined) this.changed([folder.root]);
    },
    forget(folders) {
      for (const folder of folders) {
        walks.get(folder.uri)?.abort();
        for (const file of inventory.files()) {
          const below = folder.root !== undefined && isWithin(file, folder.root);
          if (below && documents.byKey(file) === undefined && configuration.folderOf(uriOf(file)).root === undefined)
            drop(file);
        }
      }
    },
    skipped: () => [...tooLarge.values()],
    dispose() {
      clearTimeout(timer);
      stopped.abort();
    },
  };
}

async function kindOf(file: string): Promise<'file' | 'folder' | 'gone'> {
  try {
    return (await stat(file)).isDirectory() ? 'folder' : 'file';
  } catch {
    // Deleted, or not ours to read: either way nothing can be found in it.
    return 'gone';
  }
}
