import { connect } from 'node:net';
import type { Reference } from '../engine/reference.ts';
import {
  type SecretStorageAnswer,
  type SecretStorageRequest,
  secretStorageSocketVariable,
  secretStorageTokenVariable,
} from '../protocol/secretStorageSocket.ts';
import { refuseValue } from './longValues.ts';
import { SecretValue } from './secretValue.ts';
import { cancelled, type SecretMetadata, type SecretStore, StoreError } from './store.ts';

/** The way to VS Code's SecretStorage: through the client, or through the socket that it serves. */
export interface SecretStorageBridge {
  get(key: string, signal: AbortSignal): Promise<string | undefined>;
  set(key: string, value: string, signal: AbortSignal): Promise<void>;
  delete(key: string, signal: AbortSignal): Promise<void>;
  keys(signal: AbortSignal): Promise<readonly string[]>;
}

/**
 * VS Code's SecretStorage, for a host without a keychain: kept on the user's own machine, encrypted by the editor. It answers
 * for `ref+keychain://`, so that a committed manifest suits teammates with a keychain and those without one. Beside each value
 * stand the folders that may use it unasked (invariant 10).
 */
export function openSecretStorage(bridge: SecretStorageBridge): SecretStore {
  /** A bridge fails with what its other end says: none of that is shown. */
  async function ask<Result>(signal: AbortSignal, call: () => Promise<Result>): Promise<Result> {
    if (signal.aborted) throw cancelled("VS Code's secret storage");
    try {
      return await call();
    } catch (error) {
      if (error instanceof StoreError) throw error;
      if (signal.aborted) throw cancelled("VS Code's secret storage");
      throw gone();
    }
  }

  let writing: Promise<unknown> = Promise.resolve();
  /** It cannot create without overwriting: of two creates in this process one waits for the other. */
  function inTurn(signal: AbortSignal, act: () => Promise<void>): Promise<void> {
    return new Promise((resolve, reject) => {
      // Whoever gives up does not wait until it is their turn.
      const leave = () => reject(cancelled("VS Code's secret storage"));
      signal.addEventListener('abort', leave, { once: true });
      const turn = writing.then(() => {
        signal.removeEventListener('abort', leave);
        if (signal.aborted) throw cancelled("VS Code's secret storage");
        return act();
      });
      writing = turn.catch(() => undefined);
      turn.then(resolve, reject);
    });
  }

  async function write(key: string, value: SecretValue, signal: AbortSignal): Promise<void> {
    await ask(signal, () => bridge.set(key, value.reveal(), signal));
    if ((await ask(signal, () => bridge.get(key, signal))) === value.reveal()) return;
    throw new StoreError(
      'conflict',
      "VS Code's secret storage did not give back what was stored.",
      'Try again; if it stays, use a vault.',
    );
  }

  /** One for each who stored or claimed it, so that a folder may stand there twice. */
  async function usersOf(reference: Reference, signal: AbortSignal): Promise<readonly string[]> {
    const key = ownersKeyOf(reference);
    return readOwners(await ask(signal, () => bridge.get(key, signal)));
  }

  async function ownersOf(reference: Reference, signal: AbortSignal): Promise<readonly string[]> {
    return [...new Set(await usersOf(reference, signal))].filter(folder => folder !== '');
  }

  /** From the second on nobody takes it back. */
  async function noteUser(reference: Reference, folder: string, signal: AbortSignal): Promise<void> {
    const known = await usersOf(reference, signal);
    if (known.includes(folder) && known.length > 1) return;
    const text = JSON.stringify([...known, folder]);
    await ask(signal, () => bridge.set(ownersKeyOf(reference), text, signal));
  }

  async function noteOwner(reference: Reference, { folder }: SecretMetadata, signal: AbortSignal): Promise<void> {
    if (!folder) return;
    if (!(await usersOf(reference, signal)).includes(folder)) await noteUser(reference, folder, signal);
  }

  async function forget(reference: Reference, signal: AbortSignal): Promise<void> {
    await ask(signal, () => bridge.delete(keyOf(reference), signal));
    await ask(signal, () => bridge.delete(ownersKeyOf(reference), signal));
  }

  return {
    id: 'secretStorage',
    label: "VS Code's secret storage",
    referenceFor: (project, name) => ({ backend: 'keychain', path: `${project}/${name}`, parameters: {}, key: '' }),

    async get(reference, signal) {
      const key = keyOf(reference);
      const value = await ask(signal, () => bridge.get(key, signal));
      if (value === undefined) throw absent(reference);
      return new SecretValue(value);
    },

    async has(reference, signal) {
      const key = keyOf(reference);
      return (await ask(signal, () => bridge.keys(signal))).includes(key);
    },

    create: (reference, value, metadata, signal) =>
      inTurn(signal, async () => {
        const key = checkedKey(reference, value);
        if ((await ask(signal, () => bridge.get(key, signal))) !== undefined) throw taken(reference);
        try {
          // First: a value without it would be anybody's.
          await noteOwner(reference, metadata, signal);
          await write(key, value, signal);
        } catch (error) {
          await forget(reference, AbortSignal.timeout(answerLimit)).catch(() => undefined);
          throw error;
        }
      }),

    set: (reference, value, metadata, signal) =>
      inTurn(signal, async () => {
        const key = checkedKey(reference, value);
        await noteUser(reference, metadata.folder ?? '', signal);
        await write(key, value, signal);
      }),

    claim: (reference, value, metadata, signal) =>
      inTurn(signal, async () => {
        const key = checkedKey(reference, value);
        const held = await ask(signal, () => bridge.get(key, signal));
        if (held === undefined) throw absent(reference);
        if (held !== value.reveal()) throw taken(reference);
        await noteUser(reference, metadata.folder ?? '', signal);
      }),

    // Two windows share no lock: between looking and deleting one may claim what the other takes back.
    withdraw: (reference, value, signal) =>
      inTurn(signal, async () => {
        const held = await ask(signal, () => bridge.get(keyOf(reference), signal));
        if (held === value.reveal() && (await usersOf(reference, signal)).length <= 1) await forget(reference, signal);
      }),

    remove: (reference, signal) => inTurn(signal, () => forget(reference, signal)),

    async list(project, signal) {
      const start = `${keyStart}${project}/`;
      const keys = await ask(signal, () => bridge.keys(signal));
      const names = keys.filter(key => key.startsWith(start)).map(key => key.slice(start.length));
      return names.filter(name => name !== '' && !name.includes('/')).map(name => this.referenceFor(project, name));
    },

    async check(signal) {
      try {
        await ask(signal, () => bridge.keys(signal));
        return undefined;
      } catch (error) {
        if (error instanceof StoreError) return error;
        throw error;
      }
    },

    owners: ownersOf,
    addOwner: (reference, folder, signal) => inTurn(signal, () => noteOwner(reference, { folder }, signal)),
  };
}

/** The editor's SecretStorage from one of its terminals, undefined outside of one. */
export function connectSecretStorage(
  environment: Readonly<Record<string, string | undefined>>,
): SecretStorageBridge | undefined {
  const path = environment[secretStorageSocketVariable];
  const token = environment[secretStorageTokenVariable];
  if (!path || !token) return undefined;
  const ask = (request: Omit<SecretStorageRequest, 'token' | 'id'>, signal: AbortSignal) =>
    askSocket(path, { token, id: 1, ...request }, signal);
  return {
    async get(key, signal) {
      return (await ask({ op: 'get', key }, signal)).value;
    },
    async set(key, value, signal) {
      await ask({ op: 'set', key, value }, signal);
    },
    async delete(key, signal) {
      await ask({ op: 'delete', key }, signal);
    },
    async keys(signal) {
      return (await ask({ op: 'keys' }, signal)).keys ?? [];
    },
  };
}

const keyStart = 'keysweep/';
/** Milliseconds. The editor may ask its own keychain. */
const answerLimit = 10_000;

/** One connection a request: a command asks for a handful of values and ends. */
function askSocket(path: string, request: SecretStorageRequest, signal: AbortSignal): Promise<SecretStorageAnswer> {
  if (signal.aborted) return Promise.reject(cancelled("VS Code's secret storage"));
  const limit = AbortSignal.timeout(answerLimit);
  const end = AbortSignal.any([signal, limit]);
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    let text = '';
    const stop = () => fail(signal.aborted ? cancelled("VS Code's secret storage") : slow());
    const close = () => {
      end.removeEventListener('abort', stop);
      socket.destroy();
    };
    const fail = (error: StoreError) => {
      close();
      reject(error);
    };
    end.addEventListener('abort', stop, { once: true });
    socket.setEncoding('utf8');
    socket.on('error', () => fail(gone()));
    socket.on('close', () => fail(gone()));
    socket.on('connect', () => socket.write(`${JSON.stringify(request)}\n`));
    socket.on('data', (chunk: string) => {
      text += chunk;
      if (!chunk.includes('\n')) return;
      const answer = readAnswer(text.slice(0, text.indexOf('\n')));
      if (answer === undefined) return fail(gone());
      close();
      resolve(answer);
    });
  });
}

/** Undefined for anything but a good answer. */
function readAnswer(line: string): SecretStorageAnswer | undefined {
  try {
    const answer: unknown = JSON.parse(line);
    if (typeof answer !== 'object' || answer === null || 'error' in answer) return undefined;
    const value = 'value' in answer && typeof answer.value === 'string' ? { value: answer.value } : {};
    const keys: unknown = 'keys' in answer ? answer.keys : undefined;
    return { id: 1, ...value, ...(Array.isArray(keys) && { keys: keys.filter(key => typeof key === 'string') }) };
  } catch {
    return undefined;
  }
}

function keyOf(reference: Reference): string {
  const project = reference.path.slice(0, Math.max(0, reference.path.lastIndexOf('/')));
  if (
    project === '' ||
    project.startsWith('/') ||
    nameOf(reference) === '' ||
    reference.key !== '' ||
    Object.keys(reference.parameters).length > 0
  ) {
    throw new StoreError(
      'invalid',
      'A reference to a personal store names a project and a secret.',
      'Write it as ref+keychain://PROJECT/NAME.',
    );
  }
  return keyStart + reference.path;
}

/** No reference leads there: none has an empty project. */
function ownersKeyOf(reference: Reference): string {
  return `${keyStart}/owners/${keyOf(reference).slice(keyStart.length)}`;
}

function readOwners(text: string | undefined): readonly string[] {
  const folders = text === undefined ? [] : parsed(text);
  if (Array.isArray(folders)) return folders.filter(folder => typeof folder === 'string');
  throw new StoreError(
    'unavailable',
    "What VS Code's secret storage says of the entry's owner cannot be read.",
    'Remove the entry and store it again.',
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function checkedKey(reference: Reference, value: SecretValue): string {
  const refusal = refuseValue(value.reveal());
  if (refusal) throw refusal;
  return keyOf(reference);
}

function nameOf(reference: Reference): string {
  return reference.path.slice(reference.path.lastIndexOf('/') + 1);
}

function absent(reference: Reference): StoreError {
  return new StoreError(
    'absent',
    `${nameOf(reference)} is not in VS Code's secret storage.`,
    'Store a value under this name.',
  );
}

function taken(reference: Reference): StoreError {
  return new StoreError(
    'conflict',
    `${nameOf(reference)} is stored already.`,
    'Choose another name, or set its value instead.',
  );
}

function gone(): StoreError {
  return new StoreError(
    'unavailable',
    "VS Code's secret storage does not answer.",
    'Run the command in a terminal of the editor window that is open now, or use a vault.',
  );
}

function slow(): StoreError {
  return new StoreError(
    'timeout',
    "VS Code's secret storage did not answer in time.",
    'Look whether the editor shows a prompt, then try again.',
  );
}
