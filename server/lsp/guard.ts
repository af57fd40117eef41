import { type CancellationToken, LSPErrorCodes, ResponseError } from 'vscode-languageserver/node';

export interface Log {
  error(message: string): void;
}

export type Handler<P, R> = (params: P, token: CancellationToken) => Promise<R | ResponseError<void>>;

export interface Guard {
  /** A request handler that cannot fail: what it throws is logged, and the answer is `fallback`. */
  request<P, R>(
    name: string,
    fallback: NoInfer<R>,
    handler: (params: P, signal: AbortSignal) => R | Promise<R>,
  ): Handler<P, R>;
  /** Work that nobody waits for. */
  run(name: string, work: () => unknown): Promise<void>;
  /** Logs where something failed, never what the error says. */
  failed(name: string, error: unknown): void;
}

export function createGuard(log: Log): Guard {
  const failed = (name: string, error: unknown) => log.error(`${name} failed: ${withoutText(error)}`);
  return {
    failed,
    request<P, R>(
      name: string,
      fallback: R,
      handler: (params: P, signal: AbortSignal) => R | Promise<R>,
    ): Handler<P, R> {
      return async (params, token) => {
        const controller = new AbortController();
        if (token.isCancellationRequested) controller.abort();
        const listener = token.onCancellationRequested(() => controller.abort());
        try {
          return await handler(params, controller.signal);
        } catch (error) {
          if (controller.signal.aborted) return new ResponseError<void>(LSPErrorCodes.RequestCancelled, 'Cancelled.');
          failed(name, error);
          return fallback;
        } finally {
          listener.dispose();
        }
      };
    },
    async run(name, work) {
      try {
        await work();
      } catch (error) {
        if (!isAbort(error)) failed(name, error);
      }
    },
  };
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError';
}

/** Where an error arose. Its message may quote the text it stumbled over, so it stays out of the log (invariant 1). */
export function withoutText(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  const { message, stack = '' } = error;
  const end = stack.indexOf(message);
  // A line of the message may look like a place too.
  const below = end === -1 ? '' : stack.slice(end + message.length);
  const places = below.split('\n').filter(line => /^\s+at /.test(line));
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : '';
  return [`${error.name}${code}`, ...places.slice(0, 8)].join('\n');
}
