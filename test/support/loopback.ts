import { execFileSync } from 'node:child_process';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

export interface Received {
  readonly method: string;
  /** With the query, relative to the server. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
  /** Parsed JSON; undefined when it is none. */
  readonly body: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is, all else as JSON. */
  readonly body?: unknown;
}

export type Answerer = (received: Received) => Answer | Promise<Answer>;

/** What a network and its servers do beside answering. */
export type Fault =
  | 'throttled' // 429, try again at once
  | 'throttled long' // 429, try again in an hour
  | 'unavailable' // 503
  | 'slow' // half of a body, then nothing
  | 'truncated' // half of a body, and its end
  | 'cut' // half of a body, and the connection is gone
  | 'echo' // 400 whose body quotes all that was sent
  | 'echo 500';

export interface Loopback {
  readonly address: string;
  readonly received: Received[];
  /** The next `times` requests get this fault. */
  inject(fault: Fault, times: number): void;
  close(): Promise<void>;
}

/** A server on 127.0.0.1 that answers as `answer` says, but for the faults that are injected. */
export async function startLoopback(answer: Answerer, tls?: Certificate): Promise<Loopback> {
  const received: Received[] = [];
  const faults: Fault[] = [];
  const handle = async (request: http.IncomingMessage, response: http.ServerResponse) => {
    const read = await readRequest(request);
    received.push(read);
    const fault = faults.shift();
    if (fault?.startsWith('echo')) return send(response, fault === 'echo' ? 400 : 500, echo(read));
    if (fault === 'unavailable') return send(response, 503, '{"errors":["down"]}');
    if (fault?.startsWith('throttled'))
      return send(response, 429, '{"message":"slow down"}', { 'retry-after': fault === 'throttled' ? '0' : '3600' });
    const { status, headers, body } = await answer(read);
    const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body);
    if (fault === undefined) return send(response, status, text, headers);
    const half = text.slice(0, Math.ceil(text.length / 2)) || '{"';
    if (fault === 'truncated') return send(response, status, half, headers);
    response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(half) + 10 });
    response.write(half, () => fault === 'cut' && response.destroy());
  };
  const listener = (request: http.IncomingMessage, response: http.ServerResponse) =>
    void handle(request, response).catch((error: unknown) => {
      // Shows in the test that waits for the answer.
      send(response, 599, String(error));
    });
  const server = tls ? https.createServer(tls, listener) : http.createServer(listener);
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    received,
    inject: (fault, times) => void faults.splice(0, faults.length, ...Array<Fault>(times).fill(fault)),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Hands requests on to another server, so that faults can be put before a real one. */
export function forwardTo(address: string): Answerer {
  return async ({ method, url, headers, text }) => {
    const { host: _host, connection: _connection, 'content-length': _length, ...rest } = headers;
    const answer = await fetch(new URL(`${url.pathname}${url.search}`, address), {
      method,
      headers: rest,
      ...(text !== '' && { body: text }),
    });
    return { status: answer.status, body: await answer.text() };
  };
}

export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

/** A fresh certificate for 127.0.0.1 that signed itself; its PEM is written to `folder`/authority.pem. */
export function makeCertificate(folder: string): Certificate & { readonly file: string } {
  const file = join(folder, 'authority.pem');
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const name = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '2'];
  const key = execFileSync('openssl', ['req', '-x509', ...curve, ...name, '-keyout', '-', '-out', file], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  return { key, cert: execFileSync('openssl', ['x509', '-in', file], { encoding: 'utf8' }), file };
}

async function readRequest(request: http.IncomingMessage): Promise<Received> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const text = Buffer.concat(chunks).toString('utf8');
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
  const url = new URL(request.url ?? '/', 'http://loopback');
  return { method: request.method ?? '', url, headers, text, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function echo({ url, headers, text }: Received): string {
  const quoted = `${url.href} ${JSON.stringify(headers)} ${text}`;
  return JSON.stringify({ message: quoted, error: quoted, errors: [quoted], __type: quoted, code: quoted });
}

function send(
  response: http.ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(text);
}
