import { type ChildProcess, fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { userInfo } from 'node:os';
import { delimiter } from 'node:path';
import type { KeychainCall, KeychainReply } from './keychainProcess.ts';
import { StoreError } from './store.ts';

/** Milliseconds. A call that stays quiet longer hangs, unless a second process finds the keychain alive: then a prompt is open. */
export interface KeychainLimits {
  readonly quiet: number;
  readonly prompt: number;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Operation = Omit<KeychainCall, 'account'>;
type Outcome = KeychainReply | { readonly kind: 'died' | 'hangs' };

interface Job {
  readonly operation: Operation;
  readonly signal: AbortSignal;
  readonly leave: () => void;
  readonly resolve: (value: string | boolean | null) => void;
  readonly reject: (error: StoreError) => void;
}

/** One call at a time to a child process that is replaced when it hangs, dies or has lost its keychain. Rejects with StoreErrors. */
export class KeychainConnection {
  readonly #program: string;
  readonly #environment: Environment;
  readonly #limits: KeychainLimits;
  readonly #account = accountName();
  readonly #queue: Job[] = [];
  #child: ChildProcess | undefined;
  /** The present child has answered before, so that a lost connection is worth a new child. */
  #proven = false;
  #working = false;
  readonly #ending = new AbortController();

  constructor(program: string, environment: Environment, limits: KeychainLimits = { quiet: 5_000, prompt: 120_000 }) {
    this.#program = program;
    this.#environment = environment;
    this.#limits = limits;
  }

  /** Null when there is none, or when the keychain is locked: the two look alike here. */
  async get(service: string, signal: AbortSignal): Promise<string | null> {
    const value = await this.#enqueue({ operation: 'get', service }, signal);
    return typeof value === 'string' ? value : null;
  }

  async has(service: string, signal: AbortSignal): Promise<boolean> {
    return (await this.#enqueue({ operation: 'has', service }, signal)) === true;
  }

  async set(service: string, value: string, signal: AbortSignal): Promise<void> {
    await this.#enqueue({ operation: 'set', service, value }, signal);
  }

  /** False when nothing was deleted: absent, or locked. */
  async delete(service: string, signal: AbortSignal): Promise<boolean> {
    return (await this.#enqueue({ operation: 'delete', service }, signal)) === true;
  }

  dispose(): void {
    this.#ending.abort();
    for (const job of this.#queue.splice(0)) job.reject(cancelled());
    this.#drop();
  }

  #enqueue(operation: Operation, signal: AbortSignal): Promise<string | boolean | null> {
    if (signal.aborted || this.#ending.signal.aborted) return Promise.reject(cancelled());
    return new Promise((resolve, reject) => {
      const leave = () => {
        const place = this.#queue.indexOf(job);
        if (place >= 0) this.#queue.splice(place, 1);
        reject(cancelled());
      };
      const job: Job = { operation, signal, leave, resolve, reject };
      signal.addEventListener('abort', leave, { once: true });
      this.#queue.push(job);
      void this.#work();
    });
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      try {
        job.resolve(await this.#perform(job.operation));
      } catch (error) {
        job.reject(error instanceof StoreError ? error : broken());
      }
      job.signal.removeEventListener('abort', job.leave);
    }
    this.#working = false;
  }

  /**
   * Goes on when its caller has left: a prompt that the user is reading stays open, and what comes next in the queue finds a
   * known state.
   */
  async #perform(operation: Operation): Promise<string | boolean | null> {
    for (let attempt = 0; ; attempt++) {
      const proven = this.#proven;
      const outcome = await this.#call(operation);
      if (this.#ending.signal.aborted) throw cancelled();
      if (outcome.kind === 'value') {
        this.#proven = true;
        return outcome.value;
      }
      const lost = outcome.kind === 'died' || (outcome.kind === 'failed' && isConnectionLoss(outcome.text));
      // keytar never finds a lost connection again in a living process.
      if (lost || outcome.kind !== 'failed') this.#drop();
      if (!(outcome.kind === 'died' || (lost && proven)) || attempt > 0)
        throw explain(outcome, this.#environment, this.#limits.quiet);
    }
  }

  async #call(operation: Operation): Promise<Outcome> {
    this.#child ??= this.#start();
    const reply = exchange(this.#child, { ...operation, account: this.#account });
    const outcome = await firstOf(reply, this.#limits.quiet * 0.6, this.#ending.signal);
    if (outcome !== undefined) return outcome;
    if (this.#ending.signal.aborted || !(await this.#isAlive())) return this.#abandon();
    return (await firstOf(reply, this.#limits.prompt, this.#ending.signal)) ?? this.#abandon();
  }

  /** Asks a second process for an entry that nobody has: no prompt, so a living keychain answers at once. */
  async #isAlive(): Promise<boolean> {
    const probe = this.#start();
    try {
      const reply = exchange(probe, { operation: 'has', service: 'keysweep/probe', account: this.#account });
      return (await firstOf(reply, this.#limits.quiet * 0.4, this.#ending.signal))?.kind === 'value';
    } finally {
      probe.kill('SIGKILL');
    }
  }

  #abandon(): Outcome {
    this.#drop();
    return { kind: 'hangs' };
  }

  #drop(): void {
    this.#child?.kill('SIGKILL');
    this.#child = undefined;
    this.#proven = false;
  }

  #start(): ChildProcess {
    const child = fork(this.#program, [], {
      env: helperEnvironment(this.#environment),
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    child.on('error', () => child.kill('SIGKILL'));
    child.once('exit', () => {
      if (this.#child !== child) return;
      this.#child = undefined;
      this.#proven = false;
    });
    child.unref();
    child.channel?.unref();
    return child;
  }
}

/** Settles with the reply, or with `died`; never rejects. Holds this process open meanwhile. */
function exchange(child: ChildProcess, call: KeychainCall): Promise<Outcome> {
  return new Promise(resolve => {
    const finish = (outcome: Outcome) => {
      child.off('message', onMessage);
      child.off('exit', onDeath);
      child.off('error', onDeath);
      child.channel?.unref();
      resolve(outcome);
    };
    const onMessage = (message: unknown) => finish(message as KeychainReply);
    const onDeath = () => finish({ kind: 'died' });
    child.on('message', onMessage);
    child.once('exit', onDeath);
    child.once('error', onDeath);
    child.channel?.ref();
    if (!child.connected) return onDeath();
    child.send(call, error => {
      if (error !== null) onDeath();
    });
  });
}

/** Undefined when the time is up or the signal aborts first. */
function firstOf(reply: Promise<Outcome>, limit: number, signal: AbortSignal): Promise<Outcome | undefined> {
  return new Promise(resolve => {
    const finish = (outcome: Outcome | undefined) => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      resolve(outcome);
    };
    const stop = () => finish(undefined);
    const timer = setTimeout(stop, limit);
    signal.addEventListener('abort', stop, { once: true });
    void reply.then(finish);
  });
}

/* keytar gives texts alone (measured on libsecret 0.20 and gnome-keyring 42; Windows and macOS texts are localised and not matched). */
const connectionLoss =
  /name :\d|connection is closed|session wrapping the secret does not exist|Timeout was reached|Could not connect|not provided by any \.service|disconnected|NoReply|recipient disconnected|UnknownMethod|Object does not exist|No such (?:interface|object|secret)/i;
const lockedText = /locked|interaction is not allowed|canceled the operation/i;
const noDefaultKeyring = /Object does not exist at path .*\/collection\/|No such secret collection/i;
const noBus = /autolaunch|Could not connect|Cannot spawn a message bus|Error spawning command line/i;
const noService = /org\.freedesktop\.secrets/;

function isConnectionLoss(text: string): boolean {
  return connectionLoss.test(text);
}

const vaultInstead = 'or keep the value in a vault (keysweep.vault.address)';

function explain(outcome: Exclude<Outcome, { kind: 'value' }>, environment: Environment, quiet: number): StoreError {
  switch (outcome.kind) {
    case 'hangs':
      return new StoreError(
        'timeout',
        `The keychain did not answer within ${Math.round(quiet / 100) / 10} seconds: its service hangs, or a prompt was left open.`,
        `Answer the prompt, or restart the keychain service (log out and in again), then try again; ${vaultInstead}.`,
      );
    case 'died':
      return new StoreError(
        'unavailable',
        "The keychain's helper process ended twice without an answer.",
        `Try again; if it stays, restart the editor, ${vaultInstead}.`,
      );
    case 'notLoaded':
      return notLoaded(environment);
    case 'failed':
      return explainText(outcome.text);
  }
}

function explainText(text: string): StoreError {
  if (noDefaultKeyring.test(text)) {
    return new StoreError(
      'unavailable',
      'There is no default keyring for this user yet.',
      `Create one (in "Passwords and Keys", or by logging in to the desktop once), ${vaultInstead}.`,
    );
  }
  if (lockedText.test(text)) return keychainLocked();
  if (noService.test(text)) {
    return new StoreError(
      'unavailable',
      'No secret service runs in this session.',
      `Install one (Debian, Ubuntu: sudo apt install gnome-keyring; KDE: enable KWallet), log in again, ${vaultInstead}.`,
    );
  }
  if (noBus.test(text)) {
    return new StoreError(
      'unavailable',
      'There is no session bus here, so no keychain (usual in containers, over SSH and in plain WSL).',
      `Run inside a desktop session or under "dbus-run-session" with gnome-keyring, ${vaultInstead}.`,
    );
  }
  return broken();
}

export function keychainLocked(): StoreError {
  return new StoreError(
    'locked',
    'The keychain is locked, or its unlock prompt was dismissed.',
    'Unlock it (in "Passwords and Keys", Keychain Access, or by logging in) and try again.',
  );
}

function broken(): StoreError {
  return new StoreError(
    'unavailable',
    'The keychain refused the call.',
    `Check that it works in another program, ${vaultInstead}.`,
  );
}

function cancelled(): StoreError {
  return new StoreError('cancelled', 'The keychain call was cancelled.', 'Start it again when you want it done.');
}

function notLoaded(environment: Environment): StoreError {
  const place = `${process.platform}-${process.arch}`;
  if (process.platform === 'linux' && !hasLibrary('libsecret-1.so.0', environment)) {
    return new StoreError(
      'unavailable',
      'The keychain needs libsecret, which is not installed here.',
      `Install it (Debian, Ubuntu: sudo apt install libsecret-1-0 gnome-keyring; Fedora: sudo dnf install libsecret; Arch: sudo pacman -S libsecret), ${vaultInstead}.`,
    );
  }
  return new StoreError(
    'unavailable',
    `The keychain's native part cannot be loaded on ${place}.`,
    `Install the build of Keysweep for this platform (glibc Linux, macOS and Windows on x64 and arm64 have one), ${vaultInstead}.`,
  );
}

function hasLibrary(name: string, environment: Environment): boolean {
  const triple = process.arch === 'arm64' ? 'aarch64-linux-gnu' : 'x86_64-linux-gnu';
  const folders = [
    '/usr/lib',
    '/usr/lib64',
    '/lib',
    '/lib64',
    '/usr/local/lib',
    `/usr/lib/${triple}`,
    `/lib/${triple}`,
  ];
  const extra = environment.LD_LIBRARY_PATH?.split(delimiter) ?? [];
  return [...folders, ...extra].some(folder => folder !== '' && existsSync(`${folder}/${name}`));
}

function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without an entry in the user database, as in some containers.
    return `uid-${process.getuid?.() ?? 0}`;
  }
}

function helperEnvironment(environment: Environment): NodeJS.ProcessEnv {
  return {
    ...environment,
    // glib's texts are classified: they must not be translated.
    LC_ALL: 'C',
    LANGUAGE: '',
    // A debugger that attaches to every Node process (VS Code's auto attach) must not see values.
    NODE_OPTIONS: undefined,
    VSCODE_INSPECTOR_OPTIONS: undefined,
    ...(process.versions.electron !== undefined && { ELECTRON_RUN_AS_NODE: '1' }),
  };
}
