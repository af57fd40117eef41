/**
 * How a command in one of the editor's terminals reaches VS Code's SecretStorage: a local socket (a named pipe on Windows) that
 * the extension serves, as git's askpass does. Lines of JSON, one request and one answer each, in any order; the socket's
 * file is the user's alone (0600), and each request carries the token. Values cross here and nowhere else; neither end logs.
 */

/** Variables of the terminal: the socket's path and the token. */
export const secretStorageSocketVariable = 'KEYSWEEP_SECRET_STORAGE';
export const secretStorageTokenVariable = 'KEYSWEEP_SECRET_STORAGE_TOKEN';

export interface SecretStorageRequest {
  readonly token: string;
  readonly id: number;
  readonly op: 'get' | 'set' | 'delete' | 'keys';
  /** For all but `keys`: begins with `keysweep/`; anything else is refused. */
  readonly key?: string;
  /** For `set`. */
  readonly value?: string;
}

export interface SecretStorageAnswer {
  readonly id: number;
  /** For `get`: left out when absent. */
  readonly value?: string;
  /** For `keys`. */
  readonly keys?: readonly string[];
  /** In place of a result; never holds a value. `refused`: a wrong token or a malformed request. */
  readonly error?: 'refused' | 'failed';
}
