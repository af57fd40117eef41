import type { Finding } from '../engine/detector.ts';
import type { Allow, PackProblem, Rule } from '../engine/rulePack.ts';
import type { Settings } from './settings.ts';

/** A pack's problem on its file; `line`, `column` and their ends are 0-based and in UTF-16 units, as LSP has them. */
export interface RuleFileProblem extends PackProblem {
  readonly file: string;
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}

/** The rules that hold in a folder. Plain data: it crosses to workers. */
export interface RuleSet {
  /** Equal ids mean equal rules. */
  readonly id: string;
  readonly rules: readonly Rule[];
  readonly allow: readonly Allow[];
}

export interface LoadedRules {
  readonly set: RuleSet;
  readonly problems: readonly RuleFileProblem[];
  /** Absolute paths of the packs read (or missing), to be watched. */
  readonly packFiles: readonly string[];
  /** Where a foreign rule stands, so that a deadline can be reported on its pack. */
  readonly origins: ReadonlyMap<string, { readonly file: string; readonly start: RuleFileProblem['start']; readonly end: RuleFileProblem['end'] }>;
}

/** The built-in rules: the asset that the build made of rules/*.yaml. Read once. */
export declare function builtInRules(asset: string): readonly Rule[];
/** Built-in and team packs merged. `trusted` false: the packs are not read at all (invariant 9). Never rejects. */
export declare function loadRules(
  asset: string,
  settings: Settings,
  root: string | undefined,
  trusted: boolean,
): Promise<LoadedRules>;
/** The entry of an allow list that accepts the finding; `path` relative to the folder, with `/`. */
export declare function allowedBy(set: RuleSet, path: string, finding: Finding): Allow | undefined;
