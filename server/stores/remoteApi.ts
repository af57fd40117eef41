import { readFileSync } from 'node:fs';
import { type HttpAnswer, type HttpOptions, type HttpRequest, sendRequest } from './http.ts';
import { at } from './json.ts';
import { cancelled, StoreError, type StoreErrorCode } from './store.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A request to one server, as `RemoteApi` takes it. */
export interface RemoteRequest {
  readonly method: HttpRequest['method'];
  readonly url: URL;
  readonly headers?: HttpRequest['headers'];
  readonly body?: unknown;
  readonly text?: string;
  readonly answers?: 'text';
  /** Asking twice is as good as once: it is sent again after a lost connection or a passing failure. By default what reads. */
  readonly repeatable?: boolean;
}

export interface RemoteSettings {
  /** For people: "AWS Secrets Manager". */
  readonly label: string;
  readonly environment: Environment;
  /** Variables that may name a file of authorities (PEM), the first that is set counts. */
  readonly authorityVariables?: readonly string[];
  /** What a failing answer means where its status alone does not tell; undefined: as the status says. */
  readonly meaning?: (answer: HttpAnswer) => StoreErrorCode | 'transient' | undefined;
  /** What to do when it does not know who asks. */
  readonly login: string;
  /** Milliseconds of one attempt; else KEYSWEEP_STORE_TIMEOUT (seconds), else ten seconds. */
  readonly timeout?: number;
}

/** Requests under way at once. */
const width = 8;

/**
 * Requests to a store over HTTPS. Every answer below 300 comes back, and those with a status in `expected`; all others are
 * StoreErrors, whose texts are ours: what a store answers may quote a value.
 */
export class RemoteApi {
  readonly #settings: RemoteSettings;
  #options: HttpOptions | undefined;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(settings: RemoteSettings) {
    this.#settings = settings;
  }

  async send(request: RemoteRequest, expected: readonly number[], signal: AbortSignal): Promise<HttpAnswer> {
    if (signal.aborted) throw cancelled(this.#settings.label);
    checkHeaders(request.headers ?? {}, this.#settings);
    if (this.#running >= width) await this.#turn(signal);
    else this.#running++;
    try {
      const { headers = {}, repeatable = request.method === 'GET', ...rest } = request;
      const again = repeatable || ('refused' as const);
      this.#options ??= optionsOf(this.#settings);
      const answer = await sendRequest({ ...rest, headers, repeatable: again }, this.#options, signal);
      if (answer.status < 300 || expected.includes(answer.status)) return answer;
      throw this.#failure(answer, request.url);
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }

  #turn(signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const leave = () => {
        this.#waiting.splice(this.#waiting.indexOf(take), 1);
        reject(cancelled(this.#settings.label));
      };
      const take = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      this.#waiting.push(take);
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  #failure(answer: HttpAnswer, url: URL): StoreError {
    const own = this.#settings.meaning?.(answer);
    const code = own === undefined || own === 'transient' ? codeOf(answer.status) : own;
    const { label, login } = this.#settings;
    const where = `${label} at ${url.host}`;
    const said: Readonly<Partial<Record<StoreErrorCode, readonly [string, string]>>> = {
      absent: [`${label} has nothing of that name.`, 'Store a value under this name, or correct it.'],
      deleted: [
        `It was deleted in ${label} and can be recovered there.`,
        'Recover it in the store, or set its value anew.',
      ],
      unauthenticated: [`${where} does not accept the credentials it was given.`, login],
      denied: [`${where} does not allow this to whoever asks.`, 'Ask its operator for the right, or check the name.'],
      conflict: [`${label} already holds this name, or it was changed meanwhile.`, 'Look at it, then try again.'],
      throttled: [`${where} allows no more requests for now.`, 'Wait a minute and try again.'],
      invalid: [`${where} did not take the request.`, 'Check the name and the length of the value.'],
      sealed: [`${where} is sealed.`, 'Ask its operator to unseal it.'],
    };
    const [message, advice] = said[code] ?? [
      `${where} is not available (${answer.status}).`,
      'Try again in a minute; if it stays, ask its operator.',
    ];
    return new StoreError(code, message, advice);
  }
}

function codeOf(status: number): StoreErrorCode {
  const codes: Readonly<Record<number, StoreErrorCode>> = {
    401: 'unauthenticated',
    403: 'denied',
    404: 'absent',
    409: 'conflict',
    412: 'conflict',
    429: 'throttled',
  };
  return codes[status] ?? (status >= 400 && status < 500 ? 'invalid' : 'unavailable');
}

function optionsOf({ label, environment, authorityVariables = [], meaning, timeout }: RemoteSettings): HttpOptions {
  const variables = [...authorityVariables, 'SSL_CERT_FILE'];
  const variable = variables.find(name => environment[name]);
  const file = variable === undefined ? undefined : environment[variable];
  return {
    label,
    environment,
    timeout: timeout ?? (Number(environment.KEYSWEEP_STORE_TIMEOUT) * 1000 || 10_000),
    redirects: false,
    isTransient: (answer, refused) => {
      const own = meaning?.(answer);
      if (own === 'throttled' || answer.status === 429) return true;
      return !refused && (own === 'transient' || [500, 502, 503, 504].includes(answer.status));
    },
    authorityAdvice: `Name a file with all authorities in ${variables.join(' or ')}, or this one's in NODE_EXTRA_CA_CERTS.`,
    ...(file !== undefined && { authorities: readAuthorities(file, variable ?? '') }),
  };
}

function readAuthorities(file: string, variable: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new StoreError('tls', `The authority file ${file} cannot be read.`, `Correct ${variable}.`);
  }
}

/** What could not stand in a header would fail with a worse message, or quote itself. */
function checkHeaders(headers: Readonly<Record<string, string>>, { label, login }: RemoteSettings): void {
  if (Object.values(headers).every(text => /^[\x20-\x7e]*$/.test(text))) return;
  throw new StoreError('unauthenticated', `What stands as the credentials for ${label} cannot be one.`, login);
}

/** The address of a server of the user's own choice. `variable` says where it was set. */
export function addressOf(text: string, label: string, variable: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url;
  throw new StoreError(
    'invalid',
    `The address of ${label} is not a plain http or https address.`,
    `Correct ${variable}: https://HOST, without a user or password.`,
  );
}

/** A credential that was exchanged for another, and the moment (milliseconds) from which it is asked for anew. */
export interface Lent<Credential> {
  readonly credential: Credential;
  readonly until: number;
}

/** Asks once for many, keeps the answer until shortly before its end; `forget` after it was refused. */
export class Session<Credential> {
  readonly #ask: (signal: AbortSignal) => Promise<Lent<Credential>>;
  #held: Lent<Credential> | undefined;
  #asking: { readonly answer: Promise<Lent<Credential>>; readonly signal: AbortSignal } | undefined;

  constructor(ask: (signal: AbortSignal) => Promise<Lent<Credential>>) {
    this.#ask = ask;
  }

  async get(signal: AbortSignal): Promise<Credential> {
    for (;;) {
      if (this.#held !== undefined && this.#held.until - 60_000 > Date.now()) return this.#held.credential;
      const asking = this.#asking ?? { answer: this.#ask(signal), signal };
      this.#asking = asking;
      try {
        this.#held = await asking.answer;
        return this.#held.credential;
      } catch (error) {
        // The one who asked left: the next one asks.
        if (signal.aborted || !asking.signal.aborted) throw error;
      } finally {
        if (this.#asking === asking) this.#asking = undefined;
      }
    }
  }

  forget(credential: Credential): void {
    if (this.#held?.credential === credential) this.#held = undefined;
  }
}

/** For `Lent.until`: seconds from now, or what stands in an answer as `expires_in`. */
export function inSeconds(seconds: unknown, otherwise = 300): number {
  const number = Number(seconds);
  return Date.now() + (Number.isFinite(number) && number > 0 ? number : otherwise) * 1000;
}

/** The code that a store gives in its error's body, by any of some fields. */
export function fieldOf(answer: HttpAnswer, ...paths: readonly (readonly string[])[]): string {
  for (const path of paths) {
    const text = at(answer.body, ...path);
    if (typeof text === 'string') return text;
  }
  return '';
}
