import { existsSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { Reference } from '../engine/reference.ts';
import { AwsSettings } from './awsCredentials.ts';
import { type EntryApi, type EntryPlace, nameFor, openEntryStore, type StoreNames } from './entryStore.ts';
import { passFolder } from './pass.ts';
import type { Environment } from './remoteApi.ts';
import { type SecretStore, StoreError, type StoreId, type StoreLimits, storeLabels } from './store.ts';

/** A store beside keychain and vault. All of it is said by the user's own environment (invariant 10). */
interface StoreRow {
  readonly limits: StoreLimits;
  /** What is missing for it, as an advice; undefined when it can be tried. */
  missing(environment: Environment): string | undefined;
  /** For people: which of its kind. */
  place(environment: Environment): string;
  referenceFor(project: string, name: string): Reference;
  /** Loads its code. */
  open(environment: Environment, names: StoreNames): Promise<SecretStore>;
}

type MoreStores = Exclude<StoreId, 'keychain' | 'vault' | 'secretStorage'>;

const rows: Readonly<Record<MoreStores, StoreRow>> = {
  awssecrets: {
    limits: { bytes: 65_536, keepsRemoved: true },
    missing: awsMissing,
    place: awsPlace,
    referenceFor: (project, name) => plain('awssecrets', [...words(project, /[^A-Za-z0-9_+=.@-]/g), name]),
    open: loading(async () => (await import('./awsSecrets.ts')).awsSecrets),
  },
  awsssm: {
    // A standard parameter's; longer ones would cost.
    limits: { bytes: 4_096, withdrawRaces: true },
    missing: awsMissing,
    place: awsPlace,
    referenceFor: (project, name) => {
      const [first = '', ...rest] = project.split('/');
      // No name may begin with `aws` or `ssm`, in any case.
      const start = /^(?:aws|ssm)/i.test(first) ? nameFor(`p-${first} `, /[^A-Za-z0-9_.-]/g) : first;
      return plain('awsssm', [...words([start, ...rest].join('/'), /[^A-Za-z0-9_.-]/g), name]);
    },
    open: loading(async () => (await import('./awsParameters.ts')).awsParameters),
  },
  pass: {
    limits: { createRaces: true, withdrawRaces: true },
    missing: environment => {
      if (!onPath('pass', environment))
        return 'Install pass (https://www.passwordstore.org) and run "pass init GPG-ID".';
      return existsSync(join(passFolder(environment), '.gpg-id')) ? undefined : 'Run: pass init GPG-ID';
    },
    place: passFolder,
    referenceFor: (project, name) => plain('pass', [...words(project, fileUnsafe), name]),
    open: loading(async () => (await import('./pass.ts')).passStore),
  },
  age: {
    limits: { withdrawRaces: true },
    missing: environment => {
      if (!onPath('age', environment)) return 'Install age (https://age-encryption.org).';
      const { AGE_STORE_DIR = '', AGE_IDENTITY_FILE = '' } = environment;
      return isAbsolute(AGE_STORE_DIR) && isAbsolute(AGE_IDENTITY_FILE)
        ? undefined
        : 'Set AGE_STORE_DIR to a folder of your own and AGE_IDENTITY_FILE to the file of "age-keygen", both as absolute paths.';
    },
    place: ({ AGE_STORE_DIR = '' }) => AGE_STORE_DIR,
    referenceFor: (project, name) => plain('age', [...words(project, fileUnsafe), name]),
    open: loading(async () => (await import('./age.ts')).ageStore),
  },
};

/** What a file's name should not hold anywhere, or begin with. */
const fileUnsafe = /[^\p{L}\p{M}\p{N} ._@=-]|^[.-]/gu;

/** One of these stores; its code is loaded, and its settings are read, when it is first asked for something. */
export function openMore(id: StoreId, environment: Environment): SecretStore | StoreError | undefined {
  if (!isMore(id)) return undefined;
  const row = rows[id];
  const label = storeLabels[id];
  const missing = row.missing(environment);
  if (missing !== undefined) return new StoreError('unavailable', `${label} is not set up here.`, missing);
  const names: StoreNames = {
    id,
    label,
    place: row.place(environment),
    limits: row.limits,
    referenceFor: (project, name) => row.referenceFor(project, name),
  };
  let opened: Promise<SecretStore> | undefined;
  const store = () => {
    opened ??= row.open(environment, names);
    return opened;
  };
  return {
    ...names,
    get: async (...all) => (await store()).get(...all),
    has: async (...all) => (await store()).has(...all),
    create: async (...all) => (await store()).create(...all),
    set: async (...all) => (await store()).set(...all),
    claim: async (...all) => (await store()).claim(...all),
    withdraw: async (...all) => (await store()).withdraw(...all),
    remove: async (...all) => (await store()).remove(...all),
    list: async (...all) => (await store()).list(...all),
    check: async (...all) => (await store()).check(...all),
  };
}

export function isMore(id: string): id is MoreStores {
  return Object.hasOwn(rows, id);
}

function loading<Place extends EntryPlace>(
  load: () => Promise<(environment: Environment, names: StoreNames) => EntryApi<Place>>,
): StoreRow['open'] {
  return async (environment, names) => openEntryStore(names, (await load())(environment, names));
}

function plain(backend: string, parts: readonly string[]): Reference {
  return { backend, path: parts.join('/'), parameters: {}, key: '' };
}

/** The parts of a project in a store's alphabet; `bad` matches what is not of it. */
function words(project: string, bad: RegExp): readonly string[] {
  return project.split('/').map(word => nameFor(word, bad));
}

function onPath(program: string, { PATH = '' }: Environment): boolean {
  const names = process.platform === 'win32' ? [`${program}.exe`, `${program}.cmd`] : [program];
  return PATH.split(delimiter).some(folder => folder !== '' && names.some(name => existsSync(join(folder, name))));
}

function awsMissing(environment: Environment): string | undefined {
  const settings = new AwsSettings(environment);
  if (settings.region === '') return 'Set AWS_REGION, or a region in ~/.aws/config.';
  return settings.hasCredentials
    ? undefined
    : 'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run "aws configure".';
}

function awsPlace(environment: Environment): string {
  const { AWS_PROFILE, AWS_ENDPOINT_URL } = environment;
  const profile = AWS_PROFILE && `profile ${AWS_PROFILE}`;
  return [AWS_ENDPOINT_URL, new AwsSettings(environment).region, profile].filter(Boolean).join(', ');
}
