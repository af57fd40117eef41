import type { Edit, Source } from './detector.ts';

/** What a move would do to one text. */
export type Rewrite =
  | {
      readonly kind: 'edits';
      /** The decoded value that the program had: what must be stored. */
      readonly value: string;
      /** Sorted, disjoint, on the text as it is. Imports included. */
      readonly edits: readonly Edit[];
      /** `code` reads the environment now; `data` holds its platform's own expansion; `removed` for dotenv: the line is gone. */
      readonly form: 'code' | 'data' | 'removed';
    }
  | {
      readonly kind: 'refused';
      /** A sentence: what is true. */
      readonly reason: string;
      /** Sentences: what the user can do instead. */
      readonly waysOut: readonly string[];
    };

/**
 * The edits that turn the literals at `ranges` (each exactly a finding's value) into reads of the environment variable `name`.
 * All of one text at once, so that an import is added once. Never throws; any doubt is a refusal.
 */
export declare function rewrite(
  source: Source,
  ranges: readonly { readonly start: number; readonly end: number }[],
  name: string,
): Rewrite;
