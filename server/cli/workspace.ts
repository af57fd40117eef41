import { randomBytes } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { dirname, relative, resolve, sep } from 'node:path';
import { printReference, type Reference } from '../engine/reference.ts';
import { homeOf } from '../secrets/owners.ts';
import { connectSecretStorage } from '../stores/secretStorage.ts';
import type { SecretStore } from '../stores/store.ts';
import { dataFolder, openStores, type Stores } from '../stores/stores.ts';
import { type DetectorPool, fingerprintKey, openDetectorPool } from '../workspace/detectorPool.ts';
import { isWithin } from '../workspace/folders.ts';
import { topFolder } from '../workspace/history.ts';
import { type LoadedRules, loadRules, type NamedPacks } from '../workspace/rules.ts';
import { defaultSettings, readSettingsFile, type Settings, type StoreName } from '../workspace/settings.ts';
import { UsageError } from './arguments.ts';
import { printable, type Session, storeMessage } from './session.ts';

/** A folder as a command sees it. Its settings and packs count: the user named the folder. */
export interface Workspace {
  readonly root: string;
  readonly settings: Settings;
  readonly rules: LoadedRules;
}

/** Problems with settings and packs are told on standard error; the rest counts. */
export async function openWorkspace(session: Session, root: string, named?: NamedPacks): Promise<Workspace> {
  const { settings, problems } = await readSettingsFile(root);
  const rules = await loadRules(session.assets.rules, settings, root, true, named);
  for (const { key, message } of problems)
    session.note(printable(`keysweep: ${key === '' ? '' : `keysweep.${key} `}${message}`));
  for (const { file, start, message, severity } of rules.problems) {
    session.note(
      printable(`${displayPath(session.cwd, file)}:${start.line + 1}:${start.character + 1}: ${severity}: ${message}`),
    );
  }
  return { root, settings, rules };
}

/**
 * The folder that `folder` belongs to: the repository's top; where there is no git the current folder, if `folder` is in it, else
 * `folder` itself. Written through the same links as `folder`.
 */
export async function workspaceRoot(session: Session, folder: string): Promise<string> {
  const top = await topFolder(folder, session.signal);
  if (top === undefined) return isWithin(folder, session.cwd) ? session.cwd : folder;
  if (isWithin(folder, top)) return top;
  return resolve(folder, relative(await realpath(folder), top));
}

/** Relative to the current folder, with `/`. */
export function displayPath(cwd: string, file: string): string {
  return (relative(cwd, file) || '.').split(sep).join('/');
}

export function displayPaths(cwd: string, files: readonly string[]): string {
  return files.map(file => displayPath(cwd, file)).join(', ');
}

/** `most` workers at the most: a single file keeps one busy. */
export async function openPool(session: Session, most: number): Promise<DetectorPool> {
  const pool = openDetectorPool({
    workers: Math.max(1, Math.min(most, availableParallelism())),
    worker: session.assets.detectorWorker,
    youngGeneration: 32,
    deadline: 2000,
    fingerprintKey: await keyFor(session),
    log: message => session.note(printable(`keysweep: ${message}`)),
  });
  pool.onStoppedRule(({ rule, path }) => {
    session.note(
      printable(`keysweep: The rule ${rule} took too long on ${path} and was switched off. Simplify its pattern.`),
    );
  });
  return pool;
}

/** Without a data folder that can be written, fingerprints hold for this run alone. */
async function keyFor(session: Session): Promise<Uint8Array> {
  try {
    return await fingerprintKey(dataFolder(session.environment));
  } catch {
    return randomBytes(32);
  }
}

/** Where credentials go is said by the environment alone (invariant 10). The caller disposes. */
export function openSessionStores(session: Session): Stores {
  return openStores({
    environment: session.environment,
    vault: {
      address: defaultSettings.vaultAddress,
      namespace: defaultSettings.vaultNamespace,
      mount: defaultSettings.vaultMount,
      pathPrefix: defaultSettings.vaultPathPrefix,
    },
    dataFolder: dataFolder(session.environment),
    keychainProcess: session.assets.keychainProcess,
    secretStorage: connectSecretStorage(session.environment),
  });
}

/** The store asked for, else the workspace's own choice, else any that is set up here. */
export async function chooseStore(
  session: Session,
  asked: StoreName | undefined,
  settings: Settings,
  stores: Stores,
): Promise<SecretStore> {
  const name = asked ?? (stores.get(settings.defaultStore) === undefined ? undefined : settings.defaultStore);
  const store = name === undefined ? stores.all[0] : stores.get(name);
  if (store === undefined) {
    if (asked === undefined || asked === 'keychain') throw new UsageError('No keychain is set up on this machine.');
    if (asked !== 'vault') throw new UsageError(storeMessage(stores.missing(asked)));
    throw new UsageError('No vault is set up: set VAULT_ADDR (or BAO_ADDR) and VAULT_TOKEN (or BAO_TOKEN).');
  }
  const instead = store.id === 'keychain' ? stores.get('secretStorage') : undefined;
  if (instead === undefined) return store;
  return (await store.check(session.signal))?.code === 'unavailable' ? instead : store;
}

/** Asks whether `folder` may use an entry that was stored for others, and remembers a yes. Without a terminal: no. */
export async function agree(
  session: Session,
  name: string,
  reference: Reference,
  folder: string,
  owners: readonly string[],
  stores: Stores,
): Promise<boolean> {
  if (!session.interactive) return false;
  const home = await homeOf(folder);
  const question = `${name} means ${printReference(reference)}, stored for ${owners.join(', ')}. May ${home} use it too? [y/N] `;
  const answer = await session.ask(printable(question));
  if (!/^y(es)?$/i.test(answer.trim())) return false;
  await stores.of(reference)?.addOwner?.(reference, home, session.signal);
  return true;
}

/** The folder that holds a file, or the folder itself. */
export function folderOf(path: string, isFolder: boolean): string {
  return isFolder ? path : dirname(path);
}
