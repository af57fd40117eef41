import type { Confidence, Severity } from '../engine/detector.ts';

/** All that a user can set, read by one total function. Keys are those of package.json without `keysweep.`. */
export interface Settings {
  readonly minimumConfidence: Confidence;
  /** By confidence. */
  readonly severity: Readonly<Record<Confidence, Severity>>;
  /** Rule id or glob -> severity, or `off`. */
  readonly ruleSeverity: Readonly<Record<string, Severity | 'off'>>;
  /** Paths relative to the workspace folder. */
  readonly rulePacks: readonly string[];
  /** minimatch globs, relative to the workspace folder, beside `files.exclude` and ignore files. */
  readonly exclude: readonly string[];
  readonly scanWorkspace: boolean;
  /** In bytes; larger files are not scanned and said so. */
  readonly maxFileSize: number;
  readonly defaultStore: 'keychain' | 'vault';
  readonly vaultAddress: string;
  readonly vaultNamespace: string;
  readonly vaultMount: string;
  readonly vaultPathPrefix: string;
  /** VS Code's own `files.exclude`: globs that are true. */
  readonly filesExclude: readonly string[];
}

export interface SettingProblem {
  readonly key: string;
  readonly message: string;
}

export interface SettingRow {
  /** As in package.json, after `keysweep.`: `vault.address`. */
  readonly key: string;
  readonly property: keyof Settings;
  readonly default: unknown;
  /** `resource`: a folder of a trusted workspace may set it. `machine`: user and machine settings alone. */
  readonly scope: 'resource' | 'machine';
}
export declare const settingRows: readonly SettingRow[];
export declare const defaultSettings: Settings;
/** `value` is the object behind `keysweep` of a configuration; every bad field falls back to its default. */
export declare function readSettings(value: unknown): {
  readonly settings: Settings;
  readonly problems: readonly SettingProblem[];
};
