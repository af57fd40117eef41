import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { link, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { runCommand } from './command.ts';
import { type EntryApi, type EntryPlace, notOfStore, refuseParameters, type StoreNames } from './entryStore.ts';
import type { Environment } from './remoteApi.ts';
import { StoreError } from './store.ts';

/** Milliseconds: an identity may have a passphrase or sit on a token that wants to be touched. */
const patience = 120_000;

/**
 * A file for each name, encrypted by the program `age`, in a folder of the user's own: AGE_STORE_DIR, the identity in
 * AGE_IDENTITY_FILE, who else may read in AGE_RECIPIENTS_FILE. Beside a file that somebody relies on stands an empty `.claimed`.
 * https://github.com/FiloSottile/age
 */
export function ageStore(environment: Environment, names: StoreNames): EntryApi<EntryPlace> {
  const { label } = names;
  const { AGE_STORE_DIR: folder = '', AGE_IDENTITY_FILE: identity = '', AGE_RECIPIENTS_FILE: recipients } = environment;
  const fileOf = ({ whole }: EntryPlace) => join(folder, `${whole}.age`);
  const claimOf = ({ whole }: EntryPlace) => join(folder, `${whole}.claimed`);

  async function run(args: readonly string[], input: string, signal: AbortSignal): Promise<Buffer> {
    const install = 'Install age (https://age-encryption.org).';
    const command = { label, program: 'age', args, input, environment, timeout: patience, install };
    const { code, output } = await runCommand(command, signal);
    if (code === 0) return output;
    throw new StoreError(
      'denied',
      'age did not do it: the identity does not fit, or a file cannot be read.',
      'Check AGE_IDENTITY_FILE and AGE_RECIPIENTS_FILE; run age in a terminal to see why.',
    );
  }

  async function encrypt(place: EntryPlace, text: string, signal: AbortSignal): Promise<string> {
    const whom = recipients ? ['-R', recipients, '-i', identity] : ['-i', identity];
    const ciphertext = await run(['-e', ...whom], text, signal);
    const draft = `${fileOf(place)}.${randomUUID()}`;
    return onDisk(async () => {
      await mkdir(dirname(draft), { recursive: true, mode: 0o700 });
      await writeFile(draft, ciphertext, { mode: 0o600, flush: true });
      return draft;
    });
  }

  return {
    placeOf(reference) {
      refuseParameters(reference, label, []);
      const segments = reference.path.split('/');
      const isBad = (segment: string) => segment === '' || segment.startsWith('.') || /[\p{C}\\:]/u.test(segment);
      if (reference.key !== '' || segments.length < 2 || segments.some(isBad) || reference.path.length > 400)
        throw notOfStore(label, 'ref+age://PROJECT/NAME, without a key');
      return { whole: reference.path, key: '', isVersion: false };
    },

    async read(place, signal) {
      if (!existsSync(fileOf(place))) return undefined;
      return (await run(['-d', '-i', identity, fileOf(place)], '', signal)).toString('utf8');
    },

    has: async place => existsSync(fileOf(place)),

    async create(place, text, _metadata, signal) {
      const draft = await encrypt(place, text, signal);
      return onDisk(async () => {
        try {
          // Unlike a rename, a link never replaces what another put there meanwhile.
          await link(draft, fileOf(place));
          return 'created';
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code === 'EEXIST') return 'taken';
          throw error;
        } finally {
          await rm(draft, { force: true });
        }
      });
    },

    async write(place, text, _exists, _metadata, signal) {
      const draft = await encrypt(place, text, signal);
      await onDisk(async () => {
        await writeFile(claimOf(place), '', { mode: 0o600 });
        await rename(draft, fileOf(place));
      });
    },

    isUntouched: async place => !existsSync(claimOf(place)),

    async remove(place) {
      await onDisk(async () => {
        await rm(fileOf(place), { force: true });
        await rm(claimOf(place), { force: true });
      });
    },

    async list(project) {
      const inside = dirname(join(folder, names.referenceFor(project, 'x').path));
      const files = await readdir(inside).catch((): readonly string[] => []);
      const own = files.filter(file => file.endsWith('.age'));
      return own.map(file => names.referenceFor(project, file.slice(0, -'.age'.length)));
    },

    async check(signal) {
      await run(['-e', '-i', identity], 'canary', signal);
    },
  };

  /** What the file system refuses is told; its messages hold paths alone. */
  async function onDisk<Result>(act: () => Promise<Result>): Promise<Result> {
    try {
      return await act();
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === undefined) throw error;
      const advice = 'Check AGE_STORE_DIR, its permissions and the free space.';
      throw new StoreError('unavailable', `Nothing can be written to ${folder} (${code}).`, advice);
    }
  }
}
