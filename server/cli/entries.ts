import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { parseReference, printReference, type Reference } from '../engine/reference.ts';
import { fillEnvironment, manifestsAbove } from '../secrets/environment.ts';
import { readStored } from '../secrets/inventory.ts';
import { nameProblem, projectOf } from '../secrets/moveSecret.ts';
import { foreignOwners, homeOf } from '../secrets/owners.ts';
import { SecretValue } from '../stores/secretValue.ts';
import type { SecretStore } from '../stores/store.ts';
import type { Stores } from '../stores/stores.ts';
import { locateManifest, readManifest, withEntry } from '../workspace/manifest.ts';
import { readSettingsFile, type StoreName, storeNames } from '../workspace/settings.ts';
import { oneOf, onlyName, readArguments, UsageError } from './arguments.ts';
import { namesHere } from './check.ts';
import { applyToDisk, readDiskText } from './diskHost.ts';
import { type Command, printable, type Session, storeMessage } from './session.ts';
import { agree, chooseStore, displayPath, openSessionStores, workspaceRoot } from './workspace.ts';

/* `get`, `set`, `rm` and `list`: single entries, by the names that the manifest gives them. */

export const get: Command = {
  summary: 'Prints the value of a name.',
  usage: 'get NAME',
  details: [
    'The one command that prints a value, and only to standard output.',
    '',
    'Exit codes: 0 printed, 1 there is no value, 2 could not do it.',
  ],
  async run(session, args) {
    const name = onlyName(readArguments(args, {}), 'a NAME');
    return withStores(session, async stores => {
      const entry = await referenceOf(session, name);
      if (entry === undefined) return tellUnnamed(session, name);
      if (!(await isOwn(session, name, entry, stores))) return 2;
      const [resolution] = await stores.resolve([entry.reference], session.signal);
      if (resolution?.kind === 'value') {
        await session.out(`${fillEnvironment(new Map([[name, resolution.value]]))[name]}\n`);
        return 0;
      }
      const isAbsent = resolution?.error.code === 'absent';
      const hint = isAbsent ? ` Run: keysweep set ${name}` : '';
      if (resolution !== undefined) session.note(printable(`keysweep: ${storeMessage(resolution.error)}${hint}`));
      return isAbsent ? 1 : 2;
    });
  },
};

export const set: Command = {
  summary: 'Stores a value under a name and adds the name to the manifest.',
  usage: 'set NAME [--store STORE]',
  details: [
    'The value is typed at a prompt that does not show it, or read from standard input (one line end at its end is dropped); it',
    'never stands on the command line. A value that is there already is replaced.',
    '',
    `  --store  for a new name: ${storeNames.join(', ')}`,
    '           (default: what the workspace settings say)',
    '',
    'Exit codes: 0 stored, 2 could not do it.',
  ],
  async run(session, args) {
    const read = readArguments(args, { store: { type: 'string' } });
    const name = onlyName(read, 'a NAME');
    const problem = nameProblem(name);
    if (problem !== undefined) throw new UsageError(problem);
    const asked = oneOf(read, 'store', storeNames);
    return withStores(session, async stores => {
      const place = await placeFor(session, name, asked, stores);
      const folder = dirname(place.manifest);
      if (!(await isOwn(session, name, { reference: place.reference, folder }, stores))) return 2;
      const value = await readValue(session, name);
      await place.store.set(place.reference, value, { folder: await homeOf(folder) }, session.signal);
      return addLine(session, name, place);
    });
  },
};

export const rm: Command = {
  summary: 'Removes the value of a name from its store.',
  usage: 'rm NAME',
  details: [
    'The line in the manifest stays, so that a run says that the value is missing; remove it when nothing reads the name any more.',
    '',
    'Exit codes: 0 removed, 1 there was none, 2 could not do it.',
  ],
  async run(session, args) {
    const name = onlyName(readArguments(args, {}), 'a NAME');
    return withStores(session, async stores => {
      const entry = (await referenceOf(session, name)) ?? (await unusedReference(session, name, stores));
      if (entry === undefined) return tellUnnamed(session, name);
      const { reference } = entry;
      const store = storeOf(stores, reference);
      if (!(await isOwn(session, name, entry, stores))) return 2;
      if (!(await store.has(reference, session.signal))) {
        session.note(printable(`keysweep: ${name} has no value in ${store.label}.`));
        return 1;
      }
      await store.remove(reference, session.signal);
      await session.out(`${printable(`Removed ${name} from ${store.label} (${printReference(reference)}).`)}\n`);
      return 0;
    });
  },
};

export const list: Command = {
  summary: 'Lists the names of the manifest, and what is stored for this project beyond.',
  usage: 'list',
  details: ['Names and references alone; no value is read.', '', 'Exit codes: 0 listed, 2 could not do it.'],
  async run(session, args) {
    if (readArguments(args, {}).positionals.length > 0) throw new UsageError('list takes no arguments.');
    return withStores(session, async stores => {
      const names = await namesHere(session, stores);
      const unused = await unusedRows(session, stores);
      for (const { name, there, row } of names) {
        await session.out(listLine(name, there ? 'there' : 'missing', row.reference));
      }
      for (const row of unused) await session.out(listLine(row.label, 'unused', row.reference));
      return 0;
    });
  },
};

/** Columns for people and programs: split at tabs. */
function listLine(...columns: readonly string[]): string {
  return `${columns.map(printable).join('\t')}\n`;
}

async function withStores(session: Session, act: (stores: Stores) => Promise<number>): Promise<number> {
  const stores = openSessionStores(session);
  try {
    return await act(stores);
  } finally {
    await stores.dispose();
  }
}

/** A reference and the folder that names it. */
interface NamedReference {
  readonly reference: Reference;
  readonly folder: string;
}

/** What the nearest manifest that has the name says. */
async function referenceOf(
  session: Session,
  name: string,
): Promise<(NamedReference & { manifest: string }) | undefined> {
  for (const manifest of await manifestsAbove(session.cwd, session.signal)) {
    const entry = readManifest(await readFile(manifest, 'utf8')).entries.find(each => each.name === name);
    if (entry === undefined) continue;
    return entry.reference && { reference: entry.reference, folder: dirname(manifest), manifest };
  }
  return undefined;
}

async function unusedReference(session: Session, name: string, stores: Stores): Promise<NamedReference | undefined> {
  const row = (await unusedRows(session, stores)).find(each => each.label === name);
  const reference = row && parseReference(row.reference);
  return reference && { reference, folder: session.cwd };
}

async function unusedRows(session: Session, stores: Stores) {
  const root = await workspaceRoot(session, session.cwd);
  const stored = await readStored([root], await manifestsAbove(session.cwd, session.signal), stores, session.signal);
  return stored.rows.filter(row => row.state === 'unused');
}

function tellUnnamed(session: Session, name: string): number {
  session.note(
    printable(
      `keysweep: No manifest (.env.schema) here or above gives ${name} a reference. Store it with: keysweep set ${name}`,
    ),
  );
  return 1;
}

function storeOf(stores: Stores, reference: Reference): SecretStore {
  const store = stores.of(reference);
  if (store === undefined) throw new UsageError(`No store for ${printReference(reference)} is set up here.`);
  return store;
}

/** Another repository's entry is used and changed only after the user agreed by name (invariant 10). */
async function isOwn(
  session: Session,
  name: string,
  { reference, folder }: NamedReference,
  stores: Stores,
): Promise<boolean> {
  const owners = await foreignOwners(reference, folder, stores, session.signal);
  if (owners.length === 0 || (await agree(session, name, reference, folder, owners, stores))) return true;
  const where = `${name} means ${printReference(reference)}, which was stored for ${owners.join(', ')}.`;
  session.note(printable(`keysweep: ${where} Change it there, or give ${name} a reference of its own.`));
  return false;
}

interface Place {
  readonly store: SecretStore;
  readonly reference: Reference;
  readonly manifest: string;
}

async function placeFor(session: Session, name: string, asked: StoreName | undefined, stores: Stores): Promise<Place> {
  const root = await workspaceRoot(session, session.cwd);
  const { file: manifest } = await locateManifest(join(session.cwd, 'any'), root);
  const known = await referenceOf(session, name);
  if (known !== undefined) {
    const store = storeOf(stores, known.reference);
    if (asked !== undefined && store.id !== asked) {
      throw new UsageError(
        `The manifest keeps ${name} in ${store.label}: ${printReference(known.reference)}. Change the line first.`,
      );
    }
    return { store, reference: known.reference, manifest: known.manifest };
  }
  const { settings } = await readSettingsFile(root);
  const store = await chooseStore(session, asked, settings, stores);
  return {
    store,
    reference: store.referenceFor(await projectOf(manifest, store, session.signal), name),
    manifest,
  };
}

async function readValue(session: Session, name: string): Promise<SecretValue> {
  const typed = session.interactive ? await session.askHidden(`Value of ${name}: `) : await readAll(process.stdin);
  const value = typed.replace(/\r?\n$/, '');
  if (value === '') throw new UsageError('The value is empty; nothing was stored.');
  return new SecretValue(value);
}

async function addLine(session: Session, name: string, { store, reference, manifest }: Place): Promise<number> {
  const stored = `Stored ${name} in ${store.label} (${printReference(reference)}).`;
  if ((await referenceOf(session, name)) !== undefined) {
    await session.out(`${printable(stored)}\n`);
    return 0;
  }
  const read = await readDiskText(manifest);
  const before = read.kind === 'text' ? read.text : '';
  const after = withEntry(before, { name, reference });
  const outcome =
    read.kind === 'unreadable'
      ? 'failed'
      : await applyToDisk([{ file: manifest, before, edits: [{ start: 0, end: before.length, text: after }] }]);
  const shown = displayPath(session.cwd, manifest);
  if (outcome === 'applied') {
    await session.out(`${printable(`${stored} ${shown} names it.`)}\n`);
    return 0;
  }
  session.note(
    printable(
      `keysweep: ${stored} Its line could not be added to ${shown}; add it: ${name}="${printReference(reference)}"`,
    ),
  );
  return 2;
}
