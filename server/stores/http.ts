import http from 'node:http';
import https from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { cancelled, StoreError } from './store.ts';

export interface HttpOptions {
  /** For people: "Vault". */
  readonly label: string;
  /** Milliseconds for one attempt, from the first byte out to the last byte in. */
  readonly timeout: number;
  /** PEM; replaces the system's authorities. */
  readonly authorities?: string;
  /** What to do about an unknown authority; by default for Vault. */
  readonly authorityAdvice?: string;
  /** Whether 307 and 308 are followed, with all headers; by default they are. */
  readonly redirects?: boolean;
  /** Which answers are worth another try (`refused`: and prove that nothing was done); by default by their status. */
  readonly isTransient?: (answer: HttpAnswer, refused: boolean) => boolean;
  readonly skipVerification?: boolean;
  /** HTTPS_PROXY, HTTP_PROXY and NO_PROXY are honoured where Node can (24.5 and newer), loopback excepted. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface HttpRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, instead of `body`; its type stands in the headers. */
  readonly text?: string;
  /** `text`: the answer's body is not JSON but the text itself. */
  readonly answers?: 'text';
  /** May be sent again after a lost connection, 429, 502 or 504; `refused`: only after an answer that says that nothing was done. */
  readonly repeatable: boolean | 'refused';
}

export interface HttpAnswer {
  readonly status: number;
  /** Parsed JSON (or the text that was asked for); undefined when there is none. It may hold values: it never goes into an error. */
  readonly body: unknown;
  /** Milliseconds, from Retry-After. */
  readonly retryAfter: number | undefined;
}

const attempts = 3;
const bodyLimit = 33_554_432;
const longestPause = 5_000;

/**
 * Sends a request, waits for the whole answer. Any status is an answer; a StoreError says that there is none: `unavailable`
 * (name, connection, no JSON), `timeout`, `tls`, `cancelled`. Redirects (a Vault standby's 307) are followed once, never from https to http.
 */
export async function sendRequest(
  request: HttpRequest,
  options: HttpOptions,
  signal: AbortSignal,
): Promise<HttpAnswer> {
  for (let attempt = 1; ; attempt++) {
    const last = attempt === attempts || request.repeatable === false;
    const outcome = await followOnce(request, options, signal);
    if (signal.aborted) throw cancelled(options.label);
    if (outcome.kind === 'failed') {
      if (last || !outcome.transient || request.repeatable === 'refused') throw outcome.error;
    } else if (last || !isTransient(outcome.answer, options, request.repeatable === 'refused')) {
      return outcome.answer;
    } else if ((outcome.answer.retryAfter ?? 0) > longestPause) {
      return outcome.answer;
    }
    const asked = outcome.kind === 'answer' ? outcome.answer.retryAfter : undefined;
    const pause = (asked ?? 100 * 2 ** attempt) * (1 + Math.random() / 4);
    await delay(pause, undefined, { signal }).catch(() => {
      throw cancelled(options.label);
    });
  }
}

function isTransient(answer: HttpAnswer, options: HttpOptions, refused: boolean): boolean {
  return options.isTransient?.(answer, refused) ?? (refused ? [429] : [429, 502, 504]).includes(answer.status);
}

type Outcome =
  | { readonly kind: 'answer'; readonly answer: HttpAnswer; readonly location?: string }
  | { readonly kind: 'failed'; readonly error: StoreError; readonly transient: boolean };

async function followOnce(request: HttpRequest, options: HttpOptions, signal: AbortSignal): Promise<Outcome> {
  const first = await sendOnce(request, options, signal);
  if (first.kind === 'failed' || first.location === undefined || ![307, 308].includes(first.answer.status))
    return first;
  if (options.redirects === false) return first;
  const url = URL.canParse(first.location, request.url.href) ? new URL(first.location, request.url.href) : undefined;
  if (url === undefined || (url.protocol !== 'https:' && url.protocol !== request.url.protocol)) return first;
  return sendOnce({ ...request, url }, options, signal);
}

function sendOnce(request: HttpRequest, options: HttpOptions, signal: AbortSignal): Promise<Outcome> {
  const { url } = request;
  const limit = AbortSignal.timeout(options.timeout);
  return new Promise(resolve => {
    const fail = (cause: unknown) => {
      if (signal.aborted) resolve({ kind: 'failed', error: cancelled(options.label), transient: false });
      else if (limit.aborted) resolve({ kind: 'failed', error: tooSlow(url, options), transient: false });
      else resolve(explain(cause, url, options));
    };
    try {
      const outgoing = begin(request, options, AbortSignal.any([signal, limit]));
      outgoing.on('error', fail);
      outgoing.on('response', response => {
        collect(response, request.answers).then(body => resolve(answerOf(response, body, url, options)), fail);
      });
    } catch (cause) {
      // A header or a port that Node refuses.
      fail(cause);
    }
  });
}

function begin(request: HttpRequest, options: HttpOptions, signal: AbortSignal): http.ClientRequest {
  const { url, method } = request;
  const text = request.text ?? (request.body === undefined ? undefined : JSON.stringify(request.body));
  const length = text === undefined ? {} : { 'content-length': Buffer.byteLength(text) };
  const type = request.body === undefined ? {} : { 'content-type': 'application/json' };
  const headers = { ...type, ...request.headers, ...length };
  const agent = agentFor(url, options);
  return (url.protocol === 'https:' ? https : http).request(url, { method, headers, signal, agent }).end(text);
}

interface Body {
  readonly json: unknown;
  /** There is text, and it is not JSON. */
  readonly broken: boolean;
}

function answerOf(response: http.IncomingMessage, body: Body, url: URL, options: HttpOptions): Outcome {
  const status = response.statusCode ?? 0;
  if (body.broken && status < 300) return { kind: 'failed', error: notJson(url, options), transient: false };
  const answer = { status, body: body.json, retryAfter: pauseOf(response.headers['retry-after']) };
  const { location } = response.headers;
  return { kind: 'answer', answer, ...(location !== undefined && { location }) };
}

async function collect(response: http.IncomingMessage, answers: HttpRequest['answers']): Promise<Body> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > bodyLimit) throw new Error('too long');
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (answers === 'text') return { json: text, broken: false };
  if (text.trim() === '') return { json: undefined, broken: false };
  try {
    return { json: JSON.parse(text), broken: false };
  } catch {
    return { json: undefined, broken: true };
  }
}

function agentFor(url: URL, options: HttpOptions): http.Agent | https.Agent {
  // Link-local: where clouds tell a machine who it is.
  const near = /^(?:localhost|127\.0\.0\.1|\[::1\]|169\.254\.\d+\.\d+|metadata\.google\.internal)$/.test(url.hostname);
  const proxy = near ? {} : { proxyEnv: { ...options.environment } };
  if (url.protocol !== 'https:') return new http.Agent(proxy);
  const trust = {
    ...(options.authorities !== undefined && { ca: options.authorities }),
    ...(options.skipVerification && { rejectUnauthorized: false }),
  };
  return new https.Agent({ ...proxy, ...trust });
}

function pauseOf(header: string | undefined): number | undefined {
  if (header === undefined) return undefined;
  const seconds = Number(header);
  if (Number.isFinite(seconds) && seconds >= 0) return seconds * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - Date.now());
}

const unknownAuthority = [
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

/** By the codes of Node (https://nodejs.org/api/errors.html, https://nodejs.org/api/tls.html#x509-certificate-error-codes). */
function explain(cause: unknown, url: URL, options: HttpOptions): Outcome {
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
  const { label } = options;
  const place = url.host;
  const failed = (error: StoreError, transient = false): Outcome => ({ kind: 'failed', error, transient });
  if (unknownAuthority.includes(code)) {
    return failed(
      new StoreError(
        'tls',
        `${label}'s certificate at ${place} is signed by an authority that this machine does not know.`,
        options.authorityAdvice ?? "Name the authority's file in VAULT_CACERT or BAO_CACERT.",
      ),
    );
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    return failed(
      new StoreError(
        'tls',
        `${label}'s certificate at ${place} is expired or not valid yet.`,
        'Check the clock here; else ask its operator to renew the certificate.',
      ),
    );
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return failed(
      new StoreError(
        'tls',
        `${label}'s certificate at ${place} was made for another host name.`,
        'Use the host name that stands in the certificate.',
      ),
    );
  }
  if (
    /^(?:ERR_TLS|ERR_SSL|CERT_|EPROTO)/.test(code) ||
    (url.protocol === 'https:' && code === 'HPE_INVALID_CONSTANT')
  ) {
    return failed(
      new StoreError(
        'tls',
        `No secure connection to ${label} at ${place} could be made.`,
        'Check that the address begins with https:// only where the server speaks TLS.',
      ),
    );
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return failed(
      new StoreError(
        'unavailable',
        `The host name ${url.hostname} of ${label} is not known here.`,
        'Check the address and the network or VPN.',
      ),
    );
  }
  if (code === 'ECONNREFUSED') {
    return failed(
      new StoreError(
        'unavailable',
        `Nothing listens for ${label} at ${place}.`,
        'Start the server, or check the address.',
      ),
    );
  }
  if (code === 'ETIMEDOUT') return failed(tooSlow(url, options));
  return failed(
    new StoreError('unavailable', `The connection to ${label} at ${place} broke.`, 'Check the network and try again.'),
    code === 'ECONNRESET' || code === 'EPIPE',
  );
}

function tooSlow(url: URL, options: HttpOptions): StoreError {
  return new StoreError(
    'timeout',
    `${options.label} at ${url.host} did not answer within ${Math.round(options.timeout / 100) / 10} seconds.`,
    'Check the network or VPN and try again.',
  );
}

function notJson(url: URL, options: HttpOptions): StoreError {
  return new StoreError(
    'unavailable',
    `What answers at ${url.host} is not ${options.label}, or its answer was cut off.`,
    'Check the address and any proxy between.',
  );
}
