import { watch } from 'node:fs';
import { basename, dirname, sep } from 'node:path';
import { acceptingFiles } from '../workspace/accepted.ts';
import { headFile } from '../workspace/history.ts';
import { manifestName } from '../workspace/manifest.ts';
import type { ClosedFiles } from './closedFiles.ts';
import type { Configuration, Folder } from './configuration.ts';
import { uriOf } from './places.ts';

/** What a change on disk means for the server. */
export interface ChangeReader {
  /** Absolute paths that were written, made or deleted. */
  changed(files: readonly string[]): Promise<void>;
}

export function createChangeReader(
  configuration: Configuration,
  closedFiles: ClosedFiles,
  rescan: (folders: readonly Folder[]) => void,
  manifestChanged: () => void,
): ChangeReader {
  return {
    async changed(files) {
      const counted = files.filter(file => !file.split(sep).includes('.git'));
      const reload = new Map<string, Folder>();
      const again = new Map<string, Folder>();
      const packs = await packsOf(configuration);
      for (const file of counted) {
        const folder = configuration.folderOf(uriOf(file));
        if (acceptingFiles.includes(basename(file))) reload.set(folder.uri, folder);
        if (basename(file) === '.gitignore') again.set(folder.uri, folder);
        if (basename(file) === manifestName) manifestChanged();
        for (const owner of packs.get(file) ?? []) reload.set(owner.uri, owner);
      }
      if (reload.size > 0) configuration.reload([...reload.values()]);
      const left = [...again.values()].filter(folder => !reload.has(folder.uri));
      if (left.length > 0) rescan(left);
      closedFiles.changed(counted);
    },
  };
}

async function packsOf(configuration: Configuration): Promise<ReadonlyMap<string, readonly Folder[]>> {
  const owners = new Map<string, Folder[]>();
  for (const folder of configuration.folders()) {
    for (const file of (await configuration.for(folder)).rules.packFiles) {
      owners.set(file, [...(owners.get(file) ?? []), folder]);
    }
  }
  return owners;
}

/** For clients that watch nothing: another commit is checked out when git replaces its HEAD. */
export async function watchHeads(
  folders: readonly Folder[],
  checkedOut: (folder: Folder) => void,
): Promise<{ dispose(): void }> {
  const open: { close(): void }[] = [];
  for (const folder of folders) {
    const head = folder.root === undefined ? undefined : await headFile(folder.root, AbortSignal.timeout(5000));
    if (head === undefined) continue;
    try {
      const watcher = watch(dirname(head), (_, name) => {
        if (name === basename(head) || name === 'index') checkedOut(folder);
      });
      // A repository that is deleted under us has nothing more to say.
      watcher.on('error', () => watcher.close());
      open.push(watcher);
    } catch {
      // No more watches to be had: closed files are looked at when they are opened.
    }
  }
  return {
    dispose() {
      for (const watcher of open) watcher.close();
    },
  };
}
