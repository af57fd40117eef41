import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Reference } from '../engine/reference.ts';
import { type CommandResult, runCommand } from './command.ts';
import { type EntryApi, type EntryPlace, notOfStore, refuseParameters, type StoreNames } from './entryStore.ts';
import type { Environment } from './remoteApi.ts';
import { type SecretMetadata, StoreError, type StoreErrorCode } from './store.ts';

/** Lines below the value, as pass and gopass have them. */
const ownMark = 'managed-by: keysweep';
const encoded = 'keysweep-encoding: base64';
const claimed = 'keysweep-claimed: yes';
/** Milliseconds: a person types a passphrase into the agent's window. */
const patience = 120_000;

export function passFolder({ PASSWORD_STORE_DIR, HOME, USERPROFILE }: Environment): string {
  return PASSWORD_STORE_DIR || join(HOME || USERPROFILE || homedir(), '.password-store');
}

/**
 * The password store, through its program `pass`: the entry's first line is the value, what describes it stands below. A value of
 * several lines is kept in base64, so that it comes back as it was. An entry of somebody else's that holds more than lines `key:
 * text` below its first is a value as a whole. Names are files: they are looked for without asking the program.
 * https://git.zx2c4.com/password-store/about/
 */
export function passStore(environment: Environment, names: StoreNames): EntryApi<EntryPlace> {
  const { label } = names;
  const folder = passFolder(environment);
  const fileOf = ({ whole }: EntryPlace) => join(folder, `${whole}.gpg`);

  async function run(args: readonly string[], input: string, signal: AbortSignal): Promise<CommandResult> {
    const options = `${environment.PASSWORD_STORE_GPG_OPTS ?? ''} --status-fd=2`.trim();
    const command = {
      label,
      program: 'pass',
      args,
      input,
      timeout: patience,
      environment: { ...environment, PASSWORD_STORE_GPG_OPTS: options },
      install: 'Install pass (https://www.passwordstore.org).',
    };
    const result = await runCommand(command, signal);
    if (result.code === 0) return result;
    throw failure(result.complaint);
  }

  async function readEntry(place: EntryPlace, signal: AbortSignal): Promise<Entry | undefined> {
    if (!existsSync(fileOf(place))) return undefined;
    const { output } = await run(['show', '--', place.whole], '', signal);
    return parseEntry(output.toString('utf8'));
  }

  async function writeEntry(place: EntryPlace, lines: readonly string[], signal: AbortSignal): Promise<void> {
    await run(['insert', '--multiline', '--force', '--', place.whole], `${lines.join('\n')}\n`, signal);
  }

  return {
    placeOf(reference) {
      refuseParameters(reference, label, []);
      const { path, key } = reference;
      const segments = path.split('/');
      const isBad = (segment: string) => segment === '' || segment.startsWith('.') || /[\p{C}\\]/u.test(segment);
      if (key !== '' || path.startsWith('-') || segments.some(isBad) || path.length > 400)
        throw notOfStore(label, 'ref+pass://FOLDER/NAME, without a key');
      return { whole: path, key: '', isVersion: false };
    },

    async read(place, signal) {
      return (await readEntry(place, signal))?.value;
    },

    has: async place => existsSync(fileOf(place)),

    async create(place, text, metadata, signal) {
      if (existsSync(fileOf(place))) return 'taken';
      await writeEntry(place, [...valueLines(text), ...described(metadata)], signal);
      return 'created';
    },

    async write(place, text, exists, metadata, signal) {
      const before = exists ? await readEntry(place, signal) : undefined;
      if (before === undefined)
        return writeEntry(place, [...valueLines(text), ...described(metadata), claimed], signal);
      if (before.whole) {
        throw new StoreError(
          'invalid',
          `The entry ${place.whole} holds several lines that Keysweep did not write.`,
          'Change it with "pass edit", or use another name.',
        );
      }
      const others = before.lines.filter(line => line !== encoded && line !== claimed);
      await writeEntry(place, [...valueLines(text), ...others, ...(before.isOurs ? [claimed] : [])], signal);
    },

    async isUntouched(place, signal) {
      const entry = await readEntry(place, signal);
      return entry?.isOurs === true && !entry.lines.includes(claimed);
    },

    async remove(place, signal) {
      if (existsSync(fileOf(place))) await run(['rm', '--force', '--', place.whole], '', signal);
    },

    async list(project) {
      const { path } = names.referenceFor(project, 'x');
      const inside = path.slice(0, -2);
      const files = await readdir(join(folder, inside)).catch((): readonly string[] => []);
      return files
        .filter(file => file.endsWith('.gpg'))
        .map((file): Reference => ({ ...names.referenceFor(project, file.slice(0, -4)) }));
    },

    async check(signal) {
      await run(['version'], '', signal);
      if (!existsSync(join(folder, '.gpg-id'))) throw notInitialised(label, folder);
    },
  };
}

interface Entry {
  readonly value: string;
  /** Below the value. */
  readonly lines: readonly string[];
  readonly isOurs: boolean;
  /** The value is all of the entry. */
  readonly whole: boolean;
}

function parseEntry(text: string): Entry {
  const [first = '', ...rest] = text.replace(/\n$/, '').split('\n');
  const isOurs = rest.includes(ownMark);
  const whole = !isOurs && !rest.every(line => line.trim() === '' || /^[\w .-]+:/.test(line));
  const value = isOurs && rest.includes(encoded) ? Buffer.from(first, 'base64').toString('utf8') : first;
  return { value: whole ? text.replace(/\n$/, '') : value, lines: rest, isOurs, whole };
}

function valueLines(text: string): readonly string[] {
  return /[\r\n]/.test(text) ? [Buffer.from(text, 'utf8').toString('base64'), encoded] : [text];
}

function described(metadata: SecretMetadata): readonly string[] {
  const lines = Object.entries({ ...metadata, folder: undefined }).flatMap(([key, text]) =>
    text ? [`${key}: ${text.replace(/\s+/g, ' ')}`] : [],
  );
  return [ownMark, ...lines];
}

/** By gpg's own status lines: https://github.com/gpg/gnupg/blob/master/doc/DETAILS */
function failure(complaint: string): StoreError {
  const said = (word: string) => complaint.includes(`[GNUPG:] ${word}`);
  const error = (code: StoreErrorCode, message: string, advice: string) => new StoreError(code, message, advice);
  if (said('PINENTRY_LAUNCHED') || said('NEED_PASSPHRASE') || said('MISSING_PASSPHRASE'))
    return error('locked', 'gpg did not get the passphrase of the key.', 'Run "pass show" in a terminal once.');
  if (said('NO_SECKEY') || said('DECRYPTION_FAILED') || said('INV_RECP'))
    return error('denied', 'The key of this entry is not on this machine.', 'Import it with "gpg --import".');
  return error('unavailable', 'pass did not do it.', 'Run it in a terminal to see why, then try again.');
}

function notInitialised(label: string, folder: string): StoreError {
  return new StoreError('unavailable', `${label} has no store in ${folder}.`, 'Run: pass init GPG-ID');
}
