import type { SecretValue } from '../stores/secretValue.ts';
import type { StoreErrorCode } from '../stores/store.ts';
import type { Stores } from '../stores/stores.ts';

export interface MissingName {
  readonly name: string;
  readonly reference: string;
  readonly code: StoreErrorCode;
  /** What is true and what to do. */
  readonly message: string;
}

/** All or nothing (invariant 8). */
export type Environment =
  | { readonly kind: 'ready'; readonly variables: ReadonlyMap<string, SecretValue> }
  | { readonly kind: 'missing'; readonly missing: readonly MissingName[] };

/**
 * The names of the manifests (nearest first: its entry wins) and their values. A real value already in `current` wins over a
 * reference; a reference standing in `current` is resolved too.
 */
export declare function resolveEnvironment(
  manifests: readonly string[],
  stores: Stores,
  current: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Environment>;
