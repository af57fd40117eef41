import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Page } from 'playwright-core';

/** The no-leak gate: looks for planted values wherever a session may have left them. */
export interface LeakWatch {
  /** Places that hold a marker, document text aside. */
  found(folders: readonly string[], page: Page): Promise<readonly string[]>;
  stop(): void;
}

/** Copies of document text that VS Code itself keeps: hot exit's backups and the local history. */
const documentText = /(^|\/)(Backups|History|exthost-temp)(\/|$)/;

/** Watches the argument vectors of every process from now on, and searches files and browser storage when asked. */
export function watchForLeaks(markers: readonly string[]): LeakWatch {
  const inArguments = new Set<string>();
  const timer = setInterval(() => {
    for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name))) {
      const line = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ');
      if (markers.some(marker => line.includes(marker))) inArguments.add(`argv of ${line.split(' ')[0]}`);
    }
  }, 100);
  return {
    async found(folders, page) {
      const places = [...inArguments];
      for (const folder of folders) {
        for (const file of filesBelow(folder)) {
          const path = relative(folder, file);
          if (path.startsWith('workspace/') || documentText.test(path)) continue;
          const text = read(file, 'latin1');
          if (markers.some(marker => text.includes(marker))) places.push(path);
        }
      }
      for (const [name, text] of await browserStorage(page)) {
        if (markers.some(marker => text.includes(marker))) places.push(name);
      }
      return places;
    },
    stop: () => clearInterval(timer),
  };
}

/** The browser build keeps settings and workspace state in the page's own databases. */
async function browserStorage(page: Page): Promise<readonly (readonly [string, string])[]> {
  const entries = (await page.evaluate(readBrowserStorage)) as [string, string][];
  return entries.filter(([name]) => !/Backups|History|history\.entries|textEditor/.test(name));
}

/** Runs in the page, whose types this project does not load. */
const readBrowserStorage = `(async () => {
  const entries = [['localStorage', JSON.stringify(localStorage)]];
  const done = request => new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  for (const { name } of await indexedDB.databases()) {
    const database = await done(indexedDB.open(name));
    for (const store of database.objectStoreNames) {
      const rows = database.transaction(store).objectStore(store);
      const [keys, values] = await Promise.all([done(rows.getAllKeys()), done(rows.getAll())]);
      keys.forEach((key, at) => {
        const value = values[at];
        const text = value instanceof Uint8Array ? new TextDecoder().decode(value) : JSON.stringify(value);
        entries.push([name + '/' + store + '/' + key, text ?? '']);
      });
    }
    database.close();
  }
  return entries;
})()`;

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .filter(file => (statSync(file, { throwIfNoEntry: false })?.size ?? 0) < 50_000_000);
}

function read(file: string, encoding: BufferEncoding = 'utf8'): string {
  try {
    return readFileSync(file, encoding);
  } catch {
    return ''; // gone meanwhile: a process or a file that ended
  }
}
