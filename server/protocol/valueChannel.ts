/**
 * The only way a value crosses between client and server (invariant 1): the forked server's own Node IPC pipe. LSP runs over
 * stdio beside it; nothing traces or logs this pipe. Both ends open it on what they have: the client on the ChildProcess, the
 * server on `process`.
 */

/** Requests that the client makes. */
export interface ServerValues {
  /** All or nothing: the environment of a launch in a folder (file URI). */
  environment: {
    /** `attended`: somebody waits for it, and can be asked for a vault's token. */
    params: { readonly folder: string; readonly attended?: boolean };
    result:
      | { readonly kind: 'ready'; readonly values: Readonly<Record<string, string>> }
      | { readonly kind: 'missing'; readonly missing: readonly { readonly name: string; readonly message: string }[] };
  };
  reveal: {
    params: { readonly folder: string; readonly reference: string };
    result: { readonly value: string } | { readonly problem: string };
  };
  /** Stores a typed value under a manifest's name (its reference decides the store). */
  setValue: {
    params: { readonly folder: string; readonly name: string; readonly reference: string; readonly value: string };
    result: { readonly problem: string };
  };
}

/** Requests that the server makes. */
export interface ClientValues {
  /** A password prompt; undefined when dismissed. */
  prompt: { params: { readonly title: string; readonly detail: string }; result: { readonly value?: string } };
  'secretStorage.get': { params: { readonly key: string }; result: { readonly value?: string } };
  'secretStorage.set': { params: { readonly key: string; readonly value: string }; result: Record<string, never> };
  'secretStorage.delete': { params: { readonly key: string }; result: Record<string, never> };
  'secretStorage.keys': { params: Record<string, never>; result: { readonly keys: readonly string[] } };
}

type Methods<M> = Record<keyof M, { params: unknown; result: unknown }>;

/** A ChildProcess, or `process` of a forked one. `disconnect` is told when the other end is gone. */
export interface Pipe {
  readonly connected?: boolean;
  send?(message: unknown, handle?: undefined, options?: undefined, sent?: (error: Error | null) => void): unknown;
  on(event: 'message' | 'disconnect', listener: (message: unknown) => void): unknown;
  off(event: 'message' | 'disconnect', listener: (message: unknown) => void): unknown;
}

export interface ValueChannel<Theirs extends Methods<Theirs>> {
  /** Rejects when the other end is gone, fails, or the signal aborts; never with a value in the message. */
  request<M extends keyof Theirs & string>(
    method: M,
    params: Theirs[M]['params'],
    signal: AbortSignal,
  ): Promise<Theirs[M]['result']>;
  dispose(): void;
}

export type Handlers<Ours> = {
  readonly [M in keyof Ours]: Ours[M] extends { params: infer P; result: infer R }
    ? (params: P, signal: AbortSignal) => Promise<R>
    : never;
};

/** What travels. Both ends tell their own messages from another's on the same pipe by `keysweep`. */
type Message =
  | { readonly keysweep: 'request'; readonly id: number; readonly method: string; readonly params: unknown }
  | { readonly keysweep: 'answer'; readonly id: number; readonly result?: unknown; readonly failed?: true }
  | { readonly keysweep: 'cancel'; readonly id: number };

interface Pending {
  resolve(result: unknown): void;
  reject(reason: unknown): void;
}

/** `failed` is told what a handler threw, which may quote a value: it must not log the message. */
export function openValueChannel<Theirs extends Methods<Theirs>, Ours extends Methods<Ours>>(
  pipe: Pipe,
  handlers: Handlers<Ours>,
  failed: (method: string, error: unknown) => void = () => undefined,
): ValueChannel<Theirs> {
  const pending = new Map<number, Pending>();
  const running = new Map<number, AbortController>();
  const table: Readonly<Record<string, unknown>> = handlers;
  let last = 0;
  let gone = false;

  const send = (message: Message, unsent: () => void) => {
    if (gone || pipe.send === undefined || pipe.connected === false) return unsent();
    pipe.send(message, undefined, undefined, error => {
      if (error !== null) unsent();
    });
  };
  const close = () => {
    gone = true;
    pipe.off('message', receive);
    pipe.off('disconnect', close);
    for (const controller of running.values()) controller.abort();
    for (const request of pending.values()) request.reject(new Error('The other end of the value channel is gone.'));
    running.clear();
    pending.clear();
  };
  const answer = async (id: number, method: string, params: unknown) => {
    const handler = Object.hasOwn(table, method) ? table[method] : undefined;
    const controller = new AbortController();
    running.set(id, controller);
    let message: Message = { keysweep: 'answer', id, failed: true };
    try {
      if (typeof handler === 'function') {
        message = { keysweep: 'answer', id, result: await handler(params, controller.signal) };
      }
    } catch (error) {
      if (!controller.signal.aborted) failed(method, error);
      // It may quote what the handler worked on: the other end learns only that it failed.
      message = { keysweep: 'answer', id, failed: true };
    }
    running.delete(id);
    send(message, () => undefined);
  };
  const receive = (received: unknown) => {
    const message = readMessage(received);
    if (message === undefined) return;
    if (message.keysweep === 'request') void answer(message.id, message.method, message.params);
    else if (message.keysweep === 'cancel') running.get(message.id)?.abort();
    else {
      const request = pending.get(message.id);
      if (message.failed) request?.reject(new Error('The other end of the value channel could not answer.'));
      else request?.resolve(message.result);
    }
  };
  pipe.on('message', receive);
  pipe.on('disconnect', close);

  return {
    request<M extends keyof Theirs & string>(method: M, params: Theirs[M]['params'], signal: AbortSignal) {
      return new Promise<Theirs[M]['result']>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        last += 1;
        const id = last;
        const settle = () => {
          pending.delete(id);
          signal.removeEventListener('abort', abort);
        };
        const abort = () => {
          settle();
          send({ keysweep: 'cancel', id }, () => undefined);
          reject(signal.reason);
        };
        const request: Pending = {
          resolve(result) {
            settle();
            resolve(result as Theirs[M]['result']);
          },
          reject(reason) {
            settle();
            reject(reason);
          },
        };
        pending.set(id, request);
        signal.addEventListener('abort', abort);
        send({ keysweep: 'request', id, method, params }, () =>
          request.reject(new Error('The other end of the value channel is gone.')),
        );
      });
    },
    dispose: close,
  };
}

/** Undefined for what is not ours. */
function readMessage(value: unknown): Message | undefined {
  if (typeof value !== 'object' || value === null || !('keysweep' in value) || !('id' in value)) return undefined;
  if (typeof value.id !== 'number') return undefined;
  const { keysweep, id } = value;
  if (keysweep === 'cancel') return { keysweep, id };
  if (keysweep === 'answer') {
    if ('failed' in value && value.failed === true) return { keysweep, id, failed: true };
    return { keysweep, id, result: 'result' in value ? value.result : undefined };
  }
  if (keysweep === 'request' && 'method' in value && typeof value.method === 'string') {
    return { keysweep, id, method: value.method, params: 'params' in value ? value.params : undefined };
  }
  return undefined;
}
