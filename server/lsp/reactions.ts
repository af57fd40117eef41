import { DidChangeWatchedFilesNotification } from 'vscode-languageserver/node';
import { environmentChanged, inventoryChanged, statusChanged } from '../protocol/messages.ts';
import { type JournalEntry, unfinishedMessage } from '../secrets/journal.ts';
import { createChangeReader, watchHeads } from './changes.ts';
import type { Folder } from './configuration.ts';
import { ruleDiagnostics } from './diagnostics.ts';
import type { Parts } from './parts.ts';
import { fileOf } from './places.ts';
import { offeredProgress } from './progress.ts';
import { bringsSettings, readStatus } from './status.ts';
import { tell } from './tell.ts';

/** Milliseconds between two announcements of a changed inventory. */
const announceEvery = 250;

export interface Reactions {
  /** Tells the client that the inventory is another; at most a few times a second. */
  announce(): void;
  /** What the stores hold or the manifests name is another. */
  storedChanged(): void;
  filesChanged(files: readonly string[]): Promise<void>;
  /** Once the client is initialized: registers, looks at every file, says how things are. */
  start(): Promise<void>;
  dispose(): void;
}

/** What follows from what: the one place that knows which change makes which part look again. */
export function connectReactions(parts: Parts): Reactions {
  const { connection, can, options, guard, pool, configuration, access, inventory, documents, closedFiles } = parts;
  const ours = options.prompts === true;
  const showRuleProblems = ruleProblems(parts);
  const tellRestricted = restrictedNotice(parts);
  let unfinished: readonly JournalEntry[] = [];
  let heads: { dispose(): void } | undefined;
  let stopped = false;

  const announce = throttle(announceEvery, () => {
    if (ours) void connection.sendNotification(inventoryChanged, {});
  });
  const storedChanged = () => {
    parts.answers.forgetStored();
    announce.call();
    if (ours && !stopped) void connection.sendNotification(environmentChanged, {});
  };
  const tellStatus = async () => {
    const folders = await Promise.all(foldersOf(parts).map(folder => configuration.for(folder)));
    if (stopped) return;
    const status = readStatus(
      folders,
      configuration.stopped(),
      [...documents.skipped(), ...closedFiles.skipped()],
      unfinished,
    );
    if (ours) void connection.sendNotification(statusChanged, status);
    await tellRestricted();
  };
  const scan = async (folders: readonly Folder[], shown: boolean) => {
    const roots = folders.filter(folder => folder.root !== undefined);
    if (roots.length === 0) return;
    const visible = shown && can.window?.workDoneProgress === true;
    const scanning = closedFiles.scan(roots, () => offeredProgress(connection, visible));
    announce.call();
    await scanning;
    announce.call();
    await tellStatus();
  };
  const rescan = (folders: readonly Folder[]) => void guard.run('Scanning', () => scan(folders, false));
  const changes = createChangeReader(configuration, closedFiles, rescan, storedChanged);

  inventory.onChange(announce.call);
  access.onChange(storedChanged);
  parts.answers.onLate(announce.call);
  pool.onStoppedRule(stopped => {
    configuration.stop(stopped);
    void guard.run('Reporting a stopped rule', async () => {
      await showRuleProblems(foldersOf(parts));
      await tellStatus();
    });
  });
  configuration.onChange(changed => {
    const known = new Set(configuration.folders().map(({ uri }) => uri));
    const kept = changed.filter(({ uri }) => uri === '' || known.has(uri));
    closedFiles.forget(changed.filter(folder => !kept.includes(folder)));
    documents.lookAgain(changed);
    rescan(kept);
    void guard.run('Reading changed settings', async () => {
      await showRuleProblems(kept);
      await access.refresh();
      storedChanged();
      await tellStatus();
    });
  });
  documents.onSkip(() => void guard.run('Reporting a text that is passed over', tellStatus));
  documents.onClose(document => {
    const file = fileOf(document.uri);
    inventory.remove(document.key);
    if (!document.uri.startsWith('file:')) parts.publisher.publish(document.uri, 'findings', []);
    // Closed with its last cell, a notebook counts as a file again.
    if (file !== undefined) closedFiles.changed([file]);
  });
  documents.onSave(document => {
    const file = fileOf(document.uri);
    // Clients that watch tell it anyway; for the others a save is all we learn.
    if (file !== undefined) void guard.run('Reading a saved file', () => changes.changed([file]));
  });

  return {
    announce: announce.call,
    storedChanged,
    filesChanged: files => changes.changed(files),
    async start() {
      await configuration.start();
      if (can.workspace?.didChangeWatchedFiles?.dynamicRegistration === true) {
        const watchers = [{ globPattern: '**/*' }];
        await connection.client.register(DidChangeWatchedFilesNotification.type, { watchers });
      } else {
        heads = await watchHeads(configuration.folders(), folder => closedFiles.changedSoon(folder));
      }
      unfinished = await tellUnfinished(parts);
      await showRuleProblems(foldersOf(parts));
      await tellStatus();
      await scan(configuration.folders(), true);
    },
    dispose() {
      stopped = true;
      parts.publisher.close();
      heads?.dispose();
      announce.dispose();
    },
  };
}

function foldersOf({ configuration }: Parts): readonly Folder[] {
  const folders = configuration.folders();
  return folders.length > 0 ? folders : [configuration.folderOf('')];
}

/** Publishes what is wrong with the packs of folders, on the packs. */
function ruleProblems({ configuration, publisher }: Parts): (folders: readonly Folder[]) => Promise<void> {
  const shown = new Map<string, ReadonlySet<string>>();
  return async folders => {
    for (const folder of folders) {
      const found = ruleDiagnostics(await configuration.for(folder), configuration.stopped());
      for (const uri of shown.get(folder.uri) ?? []) if (!found.has(uri)) publisher.publish(uri, 'rules', []);
      for (const [uri, diagnostics] of found) publisher.publish(uri, 'rules', diagnostics);
      shown.set(folder.uri, new Set(found.keys()));
    }
  };
}

/** Says once that what an untrusted workspace brings does not count. */
function restrictedNotice({ configuration, connection }: Parts): () => Promise<void> {
  let told = false;
  return async () => {
    if (told || configuration.trusted) return;
    const roots = configuration.folders().flatMap(folder => (folder.root === undefined ? [] : [folder.root]));
    if (!(await Promise.all(roots.map(bringsSettings))).some(Boolean) || told) return;
    told = true;
    tell(
      connection,
      'info',
      'Keysweep ignores the rule packs and settings of this workspace until you trust it. The built-in rules are at work.',
    );
  };
}

/** What an earlier process began and did not finish: said once, then it is the user's to look at. */
async function tellUnfinished({ journal, connection }: Parts): Promise<readonly JournalEntry[]> {
  const entries = await journal.unfinished();
  for (const entry of entries) {
    tell(connection, 'warning', unfinishedMessage(entry));
    await journal.end(entry.id);
  }
  return entries;
}

/** Runs at once, then at most once in `pause`, and always once after the last call. */
function throttle(pause: number, run: () => void): { readonly call: () => void; dispose(): void } {
  let timer: NodeJS.Timeout | undefined;
  let again = false;
  let disposed = false;
  const fire = () => {
    if (disposed) return;
    run();
    again = false;
    timer = setTimeout(() => {
      timer = undefined;
      if (again) fire();
    }, pause);
  };
  return {
    call: () => {
      if (timer === undefined) fire();
      else again = true;
    },
    dispose() {
      disposed = true;
      clearTimeout(timer);
    },
  };
}
