/**
 * The only way a value crosses between client and server (invariant 1): the forked server's own Node IPC pipe. LSP runs over
 * stdio beside it; nothing traces or logs this pipe. Both ends open it on what they have: the client on the ChildProcess, the
 * server on `process`.
 */

/** Requests that the client makes. */
export interface ServerValues {
  /** All or nothing: the environment of a launch in a folder (file URI). */
  environment: {
    params: { readonly folder: string };
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

type Methods = Record<string, { params: unknown; result: unknown }>;

/** A ChildProcess, or `process` of a forked one. */
export interface Pipe {
  send?(message: unknown): unknown;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  off(event: 'message', listener: (message: unknown) => void): unknown;
}

export interface ValueChannel<Theirs extends Record<keyof Theirs, { params: unknown; result: unknown }>> {
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

export declare function openValueChannel<Theirs extends Methods, Ours extends Methods>(
  pipe: Pipe,
  handlers: Handlers<Ours>,
): ValueChannel<Theirs>;
