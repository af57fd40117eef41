import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { type HttpAnswer, type HttpOptions, type HttpRequest, sendRequest } from './http.ts';
import { isRecord } from './json.ts';
import { SecretValue } from './secretValue.ts';
import { cancelled, StoreError } from './store.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** From user or machine settings and the environment alone (invariant 10). */
export interface VaultSettings {
  readonly address: string;
  readonly namespace: string;
  readonly environment: Environment;
}

/** Where a token that the user typed is kept. */
export interface TokenKeeper {
  get(address: string, signal: AbortSignal): Promise<SecretValue | undefined>;
  set(address: string, token: SecretValue, signal: AbortSignal): Promise<void>;
  remove(address: string, signal: AbortSignal): Promise<void>;
  /** There where somebody can be asked. Undefined when dismissed, and while nobody waits for the answer. */
  readonly ask?: (address: string, signal: AbortSignal) => Promise<SecretValue | undefined>;
}

interface Token {
  readonly value: SecretValue;
  /** For people: where it came from. */
  readonly source: string;
  /** A token we kept ourselves may be replaced by asking again. */
  readonly replaceable: boolean;
}

/** Requests under way at once: an inventory of hundreds of names does not flood the server. */
const width = 8;

/** The server that is configured here; empty when none is. */
export function vaultAddress(address: string, environment: Environment): string {
  return address || environment.BAO_ADDR || environment.VAULT_ADDR || '';
}

/**
 * Authenticated requests to one Vault or OpenBao server. Statuses that say the same for every path become StoreErrors
 * (`unauthenticated`, `denied`, `throttled`, `sealed`, `unavailable`, `unsupported`); 2xx, 400 and 404 are answers.
 */
export class VaultClient {
  readonly address: string;
  readonly #settings: VaultSettings;
  readonly #keeper: TokenKeeper;
  #http: HttpOptions | undefined;
  #token: Token | undefined;
  #asking: { readonly token: Promise<Token>; readonly signal: AbortSignal } | undefined;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(settings: VaultSettings, keeper: TokenKeeper) {
    this.address = settings.address;
    this.#settings = settings;
    this.#keeper = keeper;
  }

  /** Read late: opening the stores never fails. */
  get #base(): URL {
    return readAddress(this.address);
  }

  /** For people: host and port. */
  get place(): string {
    return this.#base.host;
  }

  /** `path` without `v1/`; segments are encoded here. */
  async send(method: HttpRequest['method'], path: string, body: unknown, signal: AbortSignal): Promise<HttpAnswer> {
    for (let attempt = 1; ; attempt++) {
      const token = await this.#findToken(signal);
      const answer = await this.#sendOnce(method, path, body, token, signal);
      if (answer.status !== 403 && answer.status !== 401) return this.#judge(answer, path, signal);
      if (await this.#isValid(token, signal)) throw this.#denied(method, path);
      await this.#forget(token, signal);
      if (!token.replaceable || attempt > 1) throw this.#refusedToken(token);
    }
  }

  /** Others may have replaced it meanwhile. */
  async #forget(token: Token, signal: AbortSignal): Promise<void> {
    if (this.#token !== token) return;
    this.#token = undefined;
    await this.#keeper.remove(this.address, signal);
  }

  /** Asks nobody. False when there is no token yet; rejects when the server does not take the one there is. */
  async checkToken(signal: AbortSignal): Promise<boolean> {
    const known =
      this.#token ??
      environmentToken(this.#settings.environment) ??
      fileToken(this.#settings.environment) ??
      (await this.#keeper.get(this.address, signal));
    if (known === undefined) return false;
    await this.send('GET', 'auth/token/lookup-self', undefined, signal);
    return true;
  }

  /** Whether a person can be asked for a token. */
  get asks(): boolean {
    return this.#keeper.ask !== undefined;
  }

  #sendOnce(
    method: HttpRequest['method'],
    path: string,
    body: unknown,
    token: Token,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    return this.#inTurn(() => this.#sendNow(method, path, body, token, signal), signal);
  }

  async #inTurn<Result>(act: () => Promise<Result>, signal: AbortSignal): Promise<Result> {
    if (this.#running >= width) await this.#turn(signal);
    else this.#running++;
    try {
      return await act();
    } finally {
      const next = this.#waiting.shift();
      // Whoever waits takes over the place.
      if (next) next();
      else this.#running--;
    }
  }

  /** Whoever gives up leaves the row. */
  #turn(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(cancelled('Vault'));
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        reject(cancelled('Vault'));
      };
      const take = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      this.#waiting.push(take);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  async #sendNow(
    method: HttpRequest['method'],
    path: string,
    body: unknown,
    token: Token,
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    const [segments = '', query] = path.split('?');
    const url = new URL(this.#base);
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/${segments.split('/').map(encodeURIComponent).join('/')}`;
    url.search = query ?? '';
    const namespace = this.#settings.namespace;
    const headers = {
      'x-vault-request': 'true',
      'x-vault-token': token.value.reveal(),
      ...(namespace !== '' && { 'x-vault-namespace': namespace }),
    };
    this.#http ??= httpOptions(this.#settings.environment);
    return sendRequest(
      { method, url, headers, body, repeatable: method === 'GET' || method === 'DELETE' },
      this.#http,
      signal,
    );
  }

  async #judge(answer: HttpAnswer, path: string, signal: AbortSignal): Promise<HttpAnswer> {
    const { status } = answer;
    if (status === 404 && isUnserved(answer.body)) {
      throw new StoreError(
        'invalid',
        `Vault at ${this.place} serves nothing at ${path.split('?')[0]}: there is no such mount or namespace.`,
        'Check the mount (keysweep.vault.mount), the namespace and the address.',
      );
    }
    if ((status >= 200 && status < 300) || status === 404 || status === 400) return answer;
    const error = (code: ConstructorParameters<typeof StoreError>[0], message: string, advice: string) =>
      new StoreError(code, message, advice);
    if (status === 429)
      throw error(
        'throttled',
        `Vault at ${this.place} allows no more requests for now.`,
        'Wait a minute and try again.',
      );
    if (status === 405)
      throw error(
        'unsupported',
        `Vault at ${this.place} does not allow this kind of request there.`,
        'Check the mount: Keysweep needs a KV version 2 engine.',
      );
    if (status === 501)
      throw error(
        'unavailable',
        `Vault at ${this.place} is not initialised.`,
        'Ask its operator to run "vault operator init".',
      );
    if (status === 503) throw await this.#explain503(signal);
    if (status === 472 || status === 473) throw standby(this.place);
    throw error(
      'unavailable',
      `Vault at ${this.place} answered with status ${status}.`,
      'Try again; if it stays, ask its operator.',
    );
  }

  /** Sealed, standby or a proxy's own 503: the health page tells, without a token. */
  async #explain503(signal: AbortSignal): Promise<StoreError> {
    const url = new URL(this.#base);
    url.pathname = `${url.pathname.replace(/\/+$/, '')}/v1/sys/health`;
    this.#http ??= httpOptions(this.#settings.environment);
    const health = await sendRequest({ method: 'GET', url, headers: {}, repeatable: false }, this.#http, signal).catch(
      () => undefined,
    );
    const body = health?.body;
    if (isRecord(body) && body.sealed === true) {
      return new StoreError(
        'sealed',
        `Vault at ${this.place} is sealed.`,
        'Ask its operator to unseal it, then try again.',
      );
    }
    if (isRecord(body) && body.standby === true) return standby(this.place);
    return new StoreError(
      'unavailable',
      `Vault at ${this.place} is not available (503).`,
      'Try again in a minute; if it stays, ask its operator.',
    );
  }

  async #isValid(token: Token, signal: AbortSignal): Promise<boolean> {
    const answer = await this.#sendOnce('GET', 'auth/token/lookup-self', undefined, token, signal);
    return answer.status >= 200 && answer.status < 300;
  }

  /** Variables and files are looked at each time: `vault login` writes a new token while the editor runs. */
  async #findToken(signal: AbortSignal): Promise<Token> {
    const found = environmentToken(this.#settings.environment) ?? fileToken(this.#settings.environment);
    if (found) return checkedToken(found);
    if (this.#token) return this.#token;
    this.#token = checkedToken(await this.#askOnce(signal));
    return this.#token;
  }

  /** Many names resolved at once ask once. When the one who asked leaves, the next one asks. */
  async #askOnce(signal: AbortSignal): Promise<Token> {
    for (;;) {
      const asking = this.#asking ?? { token: this.#askForToken(signal), signal };
      this.#asking = asking;
      try {
        return await asking.token;
      } catch (error) {
        if (signal.aborted) throw cancelled('Vault');
        if (!asking.signal.aborted) throw error;
      } finally {
        if (this.#asking === asking) this.#asking = undefined;
      }
    }
  }

  async #askForToken(signal: AbortSignal): Promise<Token> {
    const kept = await this.#keeper.get(this.address, signal);
    if (kept) return { value: kept, source: 'the token in the keychain', replaceable: true };
    const typed = await this.#keeper.ask?.(this.address, signal);
    if (typed === undefined) throw this.noToken();
    const value = new SecretValue(typed.reveal().trim());
    await this.#keeper.set(this.address, value, signal);
    return { value, source: 'the token that was typed', replaceable: true };
  }

  noToken(): StoreError {
    return new StoreError(
      'unauthenticated',
      `There is no token for Vault at ${this.place}.`,
      'Run "vault login" or "bao login", or set VAULT_TOKEN or BAO_TOKEN.',
    );
  }

  #denied(method: string, path: string): StoreError {
    const right =
      {
        GET: path.includes('list=true') ? 'list' : 'read',
        POST: 'create and update',
        PUT: 'create and update',
        DELETE: 'delete',
      }[method] ?? 'read';
    return new StoreError(
      'denied',
      `The token's policy does not allow ${right} on ${path.split('?')[0]} in Vault at ${this.place}.`,
      'Ask its operator for that right, or check the path, mount and namespace.',
    );
  }

  #refusedToken(token: Token): StoreError {
    return new StoreError(
      'unauthenticated',
      `Vault at ${this.place} does not accept ${token.source}: it is expired, revoked or of another server or namespace.`,
      'Log in again ("vault login" or "bao login"), or renew the variable.',
    );
  }
}

function readAddress(address: string): URL {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol) || url.username !== '' || url.password !== '') {
    throw new StoreError(
      'invalid',
      'The address of Vault is not a plain http or https address.',
      'Write it as https://HOST:8200, without a user or password.',
    );
  }
  return url;
}

function httpOptions(environment: Environment): HttpOptions {
  const variable = (name: string) => environment[`BAO_${name}`] || environment[`VAULT_${name}`] || undefined;
  const file = variable('CACERT');
  const authorities = variable('CACERT_BYTES') ?? (file === undefined ? undefined : readAuthorities(file));
  return {
    label: 'Vault',
    timeout: readDuration(variable('CLIENT_TIMEOUT')),
    environment,
    skipVerification: /^(?:1|t|true)$/i.test(variable('SKIP_VERIFY') ?? ''),
    ...(authorities !== undefined && { authorities }),
  };
}

function readAuthorities(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new StoreError('tls', `The authority file ${file} cannot be read.`, 'Correct VAULT_CACERT or BAO_CACERT.');
  }
}

/** Milliseconds of `30`, `30s`, `500ms`, `1m30s`; ten seconds without one. At most a minute: a person waits. */
function readDuration(text: string | undefined): number {
  const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };
  let total = 0;
  for (const [, number, unit] of (text ?? '').matchAll(/(\d+(?:\.\d+)?)(ms|[smh])?/g)) {
    total += Number(number) * units[(unit ?? 's') as keyof typeof units];
  }
  return total > 0 ? Math.min(total, 60_000) : 10_000;
}

function environmentToken(environment: Environment): Token | undefined {
  const name = ['BAO_TOKEN', 'VAULT_TOKEN'].find(one => environment[one]?.trim());
  if (name === undefined) return undefined;
  return {
    value: new SecretValue(environment[name]?.trim() ?? ''),
    source: `the token in ${name}`,
    replaceable: false,
  };
}

function fileToken(environment: Environment): Token | undefined {
  for (const file of tokenFiles(environment)) {
    try {
      const value = readFileSync(file, 'utf8').trim();
      if (value !== '') return { value: new SecretValue(value), source: `the token in ${file}`, replaceable: false };
    } catch {
      // Absent or unreadable: the next place.
    }
  }
  return undefined;
}

function tokenFiles(environment: Environment): readonly string[] {
  const home = environment.HOME || environment.USERPROFILE || homedir();
  const named = [environment.BAO_TOKEN_PATH, environment.VAULT_TOKEN_PATH].filter(
    file => file !== undefined && isAbsolute(file),
  );
  return [...named.filter(file => file !== undefined), join(home, '.vault-token'), join(home, '.bao-token')];
}

/** A secret that is not there answers with an empty list of errors, a route that is not there with a sentence. */
function isUnserved(body: unknown): boolean {
  return isRecord(body) && Array.isArray(body.errors) && body.errors.length > 0;
}

/** What could not stand in a header would fail with a worse message. */
function checkedToken(token: Token): Token {
  if (/^[\x21-\x7e]+$/.test(token.value.reveal())) return token;
  throw new StoreError(
    'unauthenticated',
    `What stands as ${token.source} is no Vault token.`,
    'Log in again ("vault login" or "bao login"), or correct the variable.',
  );
}

function standby(place: string): StoreError {
  return new StoreError(
    'unavailable',
    `Vault at ${place} is a standby that does not serve requests.`,
    'Use the address of the active server.',
  );
}
