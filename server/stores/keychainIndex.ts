import { type FSWatcher, mkdirSync, readFileSync, unwatchFile, watch, watchFile } from 'node:fs';
import { mkdir, open, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isRecord } from './json.ts';
import { StoreError } from './store.ts';

/** What stands in the keychain, without values: keytar cannot list safely. */
export interface IndexEntry {
  readonly project: string;
  readonly name: string;
  /** The repositories whose references to it need no question, by their top folders. */
  readonly folders: readonly string[];
  /** ISO 8601. `changed` moves with each new value and each new user, so that others look again; until then it equals `created`. */
  readonly created: string;
  readonly changed: string;
}

/** A lock that nobody touched for so long belongs to nobody, whatever its process id says. Milliseconds. */
const staleLock = 180_000;
const lockPatience = 15_000;

/** `keychain.json` in the data folder: shared by every editor and command line of the user, written under a lock, replaced atomically. */
export class KeychainIndex {
  readonly #folder: string;
  readonly #file: string;
  readonly #lock: string;

  constructor(folder: string) {
    this.#folder = folder;
    this.#file = join(folder, 'keychain.json');
    this.#lock = join(folder, 'keychain.lock');
  }

  /** Empty when the file is missing, broken or cannot be read. */
  async read(): Promise<readonly IndexEntry[]> {
    return (await this.#load().catch(() => undefined)) ?? [];
  }

  /** Rejects when the index is there and cannot be read: nobody knows then what it says of the entry. */
  async find(project: string, name: string): Promise<IndexEntry | undefined> {
    const entries = await this.#load().catch(() => undefined);
    if (entries === undefined) throw cannotRead(this.#file);
    return entries.find(entry => entry.project === project && entry.name === name);
  }

  /** Runs `act` while no other process writes; what it returns under `entries` is kept. */
  async update<Result>(
    signal: AbortSignal,
    act: (
      entries: readonly IndexEntry[],
    ) => Promise<{ readonly entries: readonly IndexEntry[]; readonly result: Result }>,
  ): Promise<Result> {
    try {
      await mkdir(this.#folder, { recursive: true, mode: 0o700 });
      const release = await this.#acquire(signal);
      // A person may take minutes for the keychain's prompts.
      const keeping = setInterval(() => void keepFresh(this.#lock), staleLock / 6).unref();
      try {
        const present = await this.#load();
        if (present === undefined) await this.#setAside();
        const { entries, result } = await act(present ?? []);
        if (entries !== present) await replaceFile(this.#file, `${JSON.stringify({ version: 1, entries }, null, 2)}\n`);
        return result;
      } finally {
        clearInterval(keeping);
        await release();
      }
    } catch (error) {
      // What is no failure of a file is a bug.
      throw error instanceof StoreError || codeOf(error) === undefined ? error : cannotWrite(this.#folder);
    }
  }

  /** Called after any process changed the index, within a second. */
  watch(listener: () => void): { dispose(): void } {
    let before = textOf(this.#file);
    let timer: NodeJS.Timeout | undefined;
    const look = () => {
      const now = textOf(this.#file);
      if (now === before) return;
      before = now;
      listener();
    };
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(look, 50);
      timer.unref();
    };
    // File systems without notifications, or too many watchers.
    const poll = () => void watchFile(this.#file, { interval: 900, persistent: false }, soon);
    const watcher = this.#watchFolder(soon, poll);
    if (watcher === undefined) poll();
    return {
      dispose: () => {
        clearTimeout(timer);
        watcher?.close();
        unwatchFile(this.#file, soon);
      },
    };
  }

  /** `broken` is called when the folder ceases to be watched. Undefined when it cannot be. */
  #watchFolder(changed: () => void, broken: () => void): FSWatcher | undefined {
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      const watcher = watch(this.#folder, { persistent: false }, (_event, file) => {
        if (file === null || file === 'keychain.json') changed();
      });
      watcher.on('error', () => {
        watcher.close();
        broken();
      });
      return watcher;
    } catch {
      return undefined;
    }
  }

  /** Undefined when the file is there and broken. Rejects when it cannot be read: then it may be whole. */
  async #load(): Promise<readonly IndexEntry[] | undefined> {
    const text = await readFile(this.#file, 'utf8').catch((error: unknown) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    return text === undefined ? [] : readEntries(text);
  }

  /** A broken index is kept for a person to look at. */
  async #setAside(): Promise<void> {
    await rename(this.#file, `${this.#file}.broken`);
  }

  async #acquire(signal: AbortSignal): Promise<() => Promise<void>> {
    const mark = `${JSON.stringify({ pid: process.pid, host: hostname(), nonce: Math.random() })}\n`;
    const end = Date.now() + lockPatience;
    while (Date.now() < end) {
      if (signal.aborted)
        throw new StoreError('cancelled', 'The change was cancelled.', 'Start it again when you want it done.');
      if (await createFile(this.#lock, mark)) return () => removeIf(this.#lock, mark);
      const holder = await staleHolder(this.#lock);
      if (holder === undefined) await delay(10 + Math.random() * 30);
      else await removeIf(this.#lock, holder);
    }
    throw new StoreError(
      'unavailable',
      'Another Keysweep process is changing the keychain and does not finish.',
      `Close other editors or commands; if none runs, delete ${this.#lock}.`,
    );
  }
}

/** Written beside, then renamed: a reader sees the old text or the new one. Only the user may read it. */
export async function replaceFile(file: string, text: string): Promise<void> {
  const draft = `${file}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  try {
    await writeFile(draft, text, { mode: 0o600, flush: true });
    // On Windows a reader (or a virus scanner) may hold the old file for a moment.
    for (let attempt = 0; ; attempt++) {
      try {
        return await rename(draft, file);
      } catch (error) {
        if (attempt === 20 || process.platform !== 'win32') throw error;
        await delay(25);
      }
    }
  } finally {
    await rm(draft, { force: true });
  }
}

/** Undefined when it is no index. */
function readEntries(text: string): readonly IndexEntry[] | undefined {
  const data = parsed(text);
  const entries = isRecord(data) && data.version === 1 ? data.entries : undefined;
  if (!Array.isArray(entries)) return undefined;
  return entries.flatMap((entry: unknown) => {
    if (!isRecord(entry)) return [];
    const { project, name, folders, created, changed } = entry;
    if (typeof project !== 'string' || typeof name !== 'string') return [];
    return [
      {
        project,
        name,
        folders: Array.isArray(folders) ? folders.filter(folder => typeof folder === 'string') : [],
        created: typeof created === 'string' ? created : '',
        changed: typeof changed === 'string' ? changed : '',
      },
    ];
  });
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** False when it is there already. */
async function createFile(file: string, text: string): Promise<boolean> {
  try {
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(text);
    } finally {
      await handle.close();
    }
    return true;
  } catch (error) {
    // Windows answers EPERM while a deleted file is still held.
    if (codeOf(error) === 'EEXIST' || (codeOf(error) === 'EPERM' && process.platform === 'win32')) return false;
    throw error;
  }
}

async function keepFresh(lock: string): Promise<void> {
  const now = new Date();
  // Taken away or not ours to touch: then it ages, as without this.
  await utimes(lock, now, now).catch(() => undefined);
}

/** The text of a lock whose owner is gone; undefined while it is held. */
async function staleHolder(lock: string): Promise<string | undefined> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(lock, 'utf8'), stat(lock)]);
    if (Date.now() - mtimeMs > staleLock) return text;
    const owner: unknown = JSON.parse(text);
    if (!isRecord(owner) || owner.host !== hostname() || typeof owner.pid !== 'number') return undefined;
    return isRunning(owner.pid) ? undefined : text;
  } catch {
    // Just released, or being written this moment.
    return undefined;
  }
}

/** Takes a lock away only when it still is the one that was looked at. */
async function removeIf(lock: string, expected: string): Promise<void> {
  try {
    if ((await readFile(lock, 'utf8')) === expected) await rm(lock, { force: true });
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) !== 'ESRCH';
  }
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function cannotRead(file: string): StoreError {
  return new StoreError(
    'unavailable',
    `Keysweep's list of what the keychain holds, ${file}, cannot be read, so that nobody knows for whom an entry was stored.`,
    'Make it readable, restore it, or move it away: it is made anew.',
  );
}

function cannotWrite(folder: string): StoreError {
  return new StoreError(
    'unavailable',
    `Keysweep cannot write to its folder ${folder}.`,
    'Check its permissions and the free space.',
  );
}

function codeOf(error: unknown): unknown {
  return isRecord(error) ? error.code : undefined;
}
