import type { Finding } from '../engine/detector.ts';

/** A finding that the team lives with. Stands in `.keysweep-accepted.yaml` at the workspace folder's root, committed. */
export interface Accepted {
  readonly rule: string;
  readonly path: string;
  /** The assigned name, empty when there was none. */
  readonly assigned: string;
  readonly author: string;
  /** ISO dates (YYYY-MM-DD). */
  readonly date: string;
  readonly expires?: string;
  readonly reason: string;
  /** SHA-256 of the value, only when it is a random token that nobody can guess. */
  readonly hash?: string;
}

export interface AcceptedFile {
  readonly entries: readonly Accepted[];
  readonly problems: readonly { readonly message: string; readonly line: number }[];
}

export declare const acceptedFileName: string;
/** A missing file is an empty one. Never rejects. */
export declare function readAccepted(root: string): Promise<AcceptedFile>;
/** The entry that accepts the finding today; `value` is only hashed. */
export declare function acceptedBy(
  file: AcceptedFile,
  path: string,
  finding: Finding,
  value: string,
  today: string,
): Accepted | undefined;
/** Adds the entry without disturbing what stands there. */
export declare function appendAccepted(root: string, entry: Accepted): Promise<void>;
/** Inline markers of ours and of others on the finding's line or the line above: `keysweep:allow`, `gitleaks:allow`, `pragma: allowlist secret` ... */
export declare function allowedInline(text: string, finding: Finding): boolean;
