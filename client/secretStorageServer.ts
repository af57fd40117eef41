import { randomBytes, timingSafeEqual } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  type SecretStorageAnswer,
  type SecretStorageRequest,
  secretStorageSocketVariable,
  secretStorageTokenVariable,
} from '../server/protocol/secretStorageSocket.ts';

/*
 * Serves VS Code's SecretStorage to the terminals of this window, so that `keysweep run` works on a host without a keychain.
 * Guards invariant 1: only who has the token of this window's terminals is answered, and nothing is logged.
 */

/** What is served; the editor's SecretStorage fits. */
export interface Storage {
  get(key: string): PromiseLike<string | undefined>;
  store(key: string, value: string): PromiseLike<void>;
  delete(key: string): PromiseLike<void>;
  keys(): PromiseLike<readonly string[]>;
}

export interface SecretStorageSocket {
  /** For the terminals: where the socket is, and the token. */
  readonly variables: Readonly<Record<string, string>>;
  dispose(): void;
}

/** In characters: more than a value and its frame may ever have. */
const longestRequest = 7_000_000;
const keyStart = 'keysweep/';

/** Rejects when the socket cannot be made. */
export async function serveSecretStorage(storage: Storage): Promise<SecretStorageSocket> {
  const token = randomBytes(32).toString('base64url');
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    serve(socket, request => answer(request, token, storage));
  });
  const path = socketPath();
  await listen(server, path);
  if (process.platform !== 'win32') chmodSync(path, 0o600);
  return {
    variables: { [secretStorageSocketVariable]: path, [secretStorageTokenVariable]: token },
    dispose() {
      server.close();
      for (const socket of sockets) socket.destroy();
      if (process.platform !== 'win32') rmSync(dirname(path), { recursive: true, force: true });
    },
  };
}

/** In a folder of its own that only the user may enter: the socket is never open to others, not even before its mode is set. */
function socketPath(): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\keysweep-${randomBytes(16).toString('hex')}`;
  return join(mkdtempSync(join(tmpdir(), 'keysweep-')), 'storage.sock');
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => resolve());
  });
}

/** One line of JSON a request, answered in any order. */
function serve(socket: Socket, handle: (request: unknown) => Promise<SecretStorageAnswer>): void {
  let text = '';
  socket.setEncoding('utf8');
  // The other end went away: there is nobody to tell.
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: string) => {
    text += chunk;
    const lines = text.split('\n');
    text = lines.pop() ?? '';
    if (text.length > longestRequest) return socket.destroy();
    for (const line of lines) {
      void handle(parse(line)).then(result => {
        if (!socket.destroyed) socket.write(`${JSON.stringify(result)}\n`);
      });
    }
    return undefined;
  });
}

/** Never rejects. */
async function answer(received: unknown, token: string, storage: Storage): Promise<SecretStorageAnswer> {
  const request = readRequest(received, token);
  if (request === undefined) return { id: idOf(received), error: 'refused' };
  const { id, op, key = '', value = '' } = request;
  try {
    if (op === 'keys') return { id, keys: (await storage.keys()).filter(name => name.startsWith(keyStart)) };
    if (op === 'get') {
      const found = await storage.get(key);
      return found === undefined ? { id } : { id, value: found };
    }
    if (op === 'set') await storage.store(key, value);
    else await storage.delete(key);
    return { id };
  } catch {
    // The editor's error may quote the entry: the other end learns only that it failed.
    return { id, error: 'failed' };
  }
}

function readRequest(received: unknown, token: string): SecretStorageRequest | undefined {
  if (typeof received !== 'object' || received === null) return undefined;
  const { token: given, id, op, key, value }: { [field: string]: unknown } = { ...received };
  if (typeof given !== 'string' || typeof id !== 'number' || !sameText(given, token)) return undefined;
  if (op === 'keys') return { token, id, op };
  if (typeof key !== 'string' || !key.startsWith(keyStart)) return undefined;
  if (op === 'set') return typeof value === 'string' ? { token, id, op, key, value } : undefined;
  return op === 'get' || op === 'delete' ? { token, id, op, key } : undefined;
}

function idOf(received: unknown): number {
  const id = typeof received === 'object' && received !== null && 'id' in received ? received.id : 0;
  return typeof id === 'number' ? id : 0;
}

/** In constant time for texts of one length. */
function sameText(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** Undefined for what is no JSON. */
function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
