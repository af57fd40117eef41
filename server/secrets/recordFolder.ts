import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Records in a folder of their own (0700), one JSON file each, so that processes never write the same one. */
export interface RecordFolder<Kept extends { readonly id: string }> {
  /** In no order; empty when there is no folder. */
  ids(): Promise<readonly string[]>;
  /** Undefined when it is gone, or none. */
  read(id: string): Promise<Kept | undefined>;
  write(record: Kept): Promise<void>;
  remove(id: string): Promise<void>;
}

/** `isKept` tells a record from whatever else somebody put there. */
export function openRecordFolder<Kept extends { readonly id: string }>(
  folder: string,
  isKept: (value: unknown) => value is Kept,
): RecordFolder<Kept> {
  const fileOf = (id: string) => join(folder, `${id}.json`);
  return {
    async ids() {
      const names = await readdir(folder).catch(() => [] as string[]);
      return names.flatMap(name => /^([0-9a-f-]+)\.json$/.exec(name)?.[1] ?? []);
    },
    async read(id) {
      const value = parsed(await readFile(fileOf(id), 'utf8').catch(() => ''));
      return isKept(value) ? value : undefined;
    },
    async write(record) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      // Whole or not at all: a reader in another process never sees half a record.
      await writeFile(`${fileOf(record.id)}.new`, JSON.stringify(record), { mode: 0o600 });
      await rename(`${fileOf(record.id)}.new`, fileOf(record.id));
    },
    async remove(id) {
      if (/^[0-9a-f-]+$/.test(id)) await rm(fileOf(id), { force: true });
    },
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
