import { homedir } from 'node:os';
import { sep } from 'node:path';
import type { Connection } from 'vscode-languageserver/node';
import { printReference, type Reference } from '../engine/reference.ts';
import { foreignOwners, homeOf } from '../secrets/owners.ts';
import { isWithin } from '../workspace/folders.ts';
import type { StoreAccess } from './storeAccess.ts';

/* Invariant 10: an entry belongs to its repository; another one that names it is asked about, by name. */

/** What a folder wants of an entry, as the question says it. */
const wishes = {
  launch: 'wants',
  fillIn: 'wants',
  reveal: 'wants to show',
  set: 'wants to replace',
  remove: 'wants to delete',
} as const;

export interface Consent {
  /**
   * True when `folder` may use the entry: it is its repository's own, or the user agrees now. Launches come again and again, so
   * that a refusal holds for them until the server ends; whatever else the user began by hand asks again. Rejects with a
   * StoreError when the store cannot tell whose it is.
   */
  agree(reference: Reference, folder: string, wish: keyof typeof wishes, signal: AbortSignal): Promise<boolean>;
}

export function createConsent(connection: Connection, access: StoreAccess): Consent {
  const answers = new Map<string, Promise<boolean>>();

  const ask = async (
    reference: Reference,
    folder: string,
    wish: keyof typeof wishes,
    owners: readonly string[],
    signal: AbortSignal,
  ) => {
    const home = await homeOf(folder);
    const allow = { title: 'Allow' };
    const chosen = await connection.window.showWarningMessage(
      `${shown(home)} ${wishes[wish]} ${printReference(reference)}, which was stored for ${owners.map(shown).join(', ')}. Allow it only if you expected this.`,
      allow,
      { title: 'Refuse' },
    );
    if (chosen?.title !== allow.title) return false;
    await (await access.stores()).of(reference)?.addOwner?.(reference, home, signal);
    return true;
  };
  return {
    async agree(reference, folder, wish, signal) {
      const owners = await foreignOwners(reference, folder, await access.stores(), signal);
      if (owners.length === 0) return true;
      const key = JSON.stringify([printReference(reference), folder]);
      const known = wish === 'launch' ? answers.get(key) : undefined;
      const asked = known ?? ask(reference, folder, wish, owners, signal);
      answers.set(key, asked);
      asked.catch(() => answers.delete(key));
      return asked;
    },
  };
}

/** The whole path, since many folders have the same name; as people write it, with `~` where a shell would. */
function shown(path: string): string {
  const home = homedir();
  if (process.platform === 'win32' || !isWithin(path, home)) return path;
  return path === home ? '~' : `~${sep}${path.slice(home.length + 1)}`;
}
