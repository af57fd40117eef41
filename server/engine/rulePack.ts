import type { Confidence, Kind, PartRole, Severity } from './detector.ts';

/** A rule as a detector takes it: every field filled. The YAML form is documented in rules/rulePack.schema.json. */
export interface Rule {
  readonly id: string;
  readonly title: string;
  /** What the credential can do, in a sentence. */
  readonly description: string;
  readonly provider: string;
  readonly kind: Kind;
  readonly confidence: Confidence;
  readonly severity: Severity;
  /** Literal texts (any case) one of which stands in every match or close before it. */
  readonly keywords: readonly string[];
  /** RE2 syntax. The value is the group named `secret`, else the first group, else the whole match. Empty for a structural rule. */
  readonly pattern: string;
  /** A recogniser of the engine instead of a pattern. */
  readonly structure?: Structure;
  /** Offline checksum that the value must satisfy: see judge.ts. */
  readonly checksum?: string;
  /** Least Shannon entropy of the value, bits per character. */
  readonly entropy?: number;
  /** Words one of which must stand near (same line or the three lines above); in lower case. */
  readonly context: readonly string[];
  /** Another rule whose match close by completes this one. */
  readonly pair?: { readonly rule: string; readonly role: PartRole };
  /** Known so that it is not mistaken for something else; never a finding (public by design, identifiers). */
  readonly report: boolean;
  readonly expires: string;
  /** Where its owner rotates or revokes it. */
  readonly rotate: string;
  readonly documentation: string;
  /** `true` for a rule out of a workspace: it may be hostile. */
  readonly foreign: boolean;
}

export type Structure = 'pem' | 'jwt' | 'url' | 'connectionString' | 'assignment';

/** Accepts findings of some rules in some files. Globs are minimatch's, relative to the workspace folder. */
export interface Allow {
  readonly paths: readonly string[];
  readonly rules: readonly string[];
  readonly reason: string;
}

export interface RulePack {
  readonly rules: readonly Rule[];
  /** For rules of earlier packs: id or glob -> what changes. */
  readonly changes: readonly { readonly id: string; readonly severity?: Severity; readonly confidence?: Confidence }[];
  readonly disable: readonly string[];
  readonly allow: readonly Allow[];
}

/** A place in the pack, as the keys and indices that lead to it: `['rules', 3, 'pattern']`. */
export interface PackProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly severity: 'error' | 'warning';
}

/** Total: keeps every good rule and says what is wrong with the others. `foreign` marks a workspace's pack. */
export declare function readRulePack(
  value: unknown,
  foreign: boolean,
): { readonly pack: RulePack; readonly problems: readonly PackProblem[] };
