import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Confidence, Severity } from '../engine/detector.ts';
import { readJsonWithComments } from './jsonWithComments.ts';

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
  readonly defaultStore: StoreName;
  /** Stores that are offered beside keychain and vault. */
  readonly stores: readonly StoreName[];
  /** Variables that only the stores see, such as AWS_PROFILE: never a credential. */
  readonly storeVariables: Readonly<Record<string, string>>;
  readonly vaultAddress: string;
  readonly vaultNamespace: string;
  readonly vaultMount: string;
  readonly vaultPathPrefix: string;
  /** VS Code's own `files.exclude`: globs that are true. */
  readonly filesExclude: readonly string[];
}

/** Every store a user can choose. */
export const storeNames = ['keychain', 'vault', 'awssecrets', 'awsssm', 'pass', 'age'] as const;
export type StoreName = (typeof storeNames)[number];

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

type Read<T> = { readonly value: T; readonly problem?: string };
type Reader<T> = (value: unknown, fallback: T) => Read<T>;

const confidences = ['certain', 'high', 'medium', 'low'] as const;
const severities = ['error', 'warning', 'information', 'hint'] as const;

export const defaultSettings: Settings = {
  minimumConfidence: 'medium',
  severity: { certain: 'error', high: 'error', medium: 'warning', low: 'information' },
  ruleSeverity: {},
  rulePacks: [],
  exclude: [],
  scanWorkspace: true,
  maxFileSize: 10 * 1024 * 1024,
  defaultStore: 'keychain',
  stores: [],
  storeVariables: {},
  vaultAddress: '',
  vaultNamespace: '',
  vaultMount: 'secret',
  vaultPathPrefix: '',
  filesExclude: [],
};

const table: readonly (SettingRow & { readonly read: Reader<never> })[] = [
  row('minimumConfidence', 'minimumConfidence', 'resource', oneOf(confidences)),
  row('severity', 'severity', 'resource', readSeverity),
  row('ruleSeverity', 'ruleSeverity', 'resource', readRuleSeverity),
  row('rulePacks', 'rulePacks', 'resource', readStrings),
  row('exclude', 'exclude', 'resource', readStrings),
  row('scanWorkspace', 'scanWorkspace', 'resource', readBoolean),
  row('maxFileSize', 'maxFileSize', 'resource', readSize),
  row('defaultStore', 'defaultStore', 'resource', oneOf(storeNames)),
  row('stores', 'stores', 'machine', readStores),
  row('storeVariables', 'storeVariables', 'machine', readVariables),
  row('vault.address', 'vaultAddress', 'machine', readAddress),
  row('vault.namespace', 'vaultNamespace', 'machine', readSegments),
  row('vault.mount', 'vaultMount', 'machine', readMount),
  row('vault.pathPrefix', 'vaultPathPrefix', 'machine', readSegments),
];

/** Every setting of ours, in the order of package.json. `files.exclude` is VS Code's and has no row. */
export const settingRows: readonly SettingRow[] = table.map(({ key, property, scope, default: value }) => ({
  key,
  property,
  scope,
  default: value,
}));

/**
 * `value` is the object behind `keysweep` of a configuration (nested, or with dotted keys), to which the caller adds VS Code's
 * `files.exclude` object under the key `filesExclude`. Every bad field falls back to its default. Total.
 */
export function readSettings(value: unknown): {
  readonly settings: Settings;
  readonly problems: readonly SettingProblem[];
} {
  const problems: SettingProblem[] = [];
  const read: Record<string, unknown> = { ...defaultSettings };
  for (const setting of table) {
    const given = valueAt(value, setting.key);
    if (given === undefined || given === null) continue;
    const result: Read<unknown> = setting.read(given, setting.default as never);
    read[setting.property] = result.value;
    if (result.problem) problems.push({ key: setting.key, message: result.problem });
  }
  read.filesExclude = trueKeys(valueAt(value, 'filesExclude'));
  return { settings: read as unknown as Settings, problems };
}

/**
 * What a command line knows of a workspace folder's settings: `.vscode/settings.json`, resource scope alone (invariant 10:
 * a committed file never says where a credential goes). A missing file is an empty one. Never rejects.
 */
export async function readSettingsFile(root: string): Promise<ReturnType<typeof readSettings>> {
  const file = join(root, '.vscode', 'settings.json');
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'ENOENT' || code === 'ENOTDIR') return readSettings(undefined);
    return { ...readSettings(undefined), problems: [{ key: '', message: `${file} cannot be read (${code}).` }] };
  }
  const parsed = readJsonWithComments(text);
  if (parsed.kind === 'failed') {
    const message = `${file} is not valid JSON: ${parsed.message}. Its settings are not used.`;
    return { ...readSettings(undefined), problems: [{ key: '', message }] };
  }
  const own: Record<string, unknown> = {};
  const problems: SettingProblem[] = [];
  for (const setting of table) {
    const given = valueAt(parsed.value, `keysweep.${setting.key}`);
    if (given === undefined) continue;
    if (setting.scope === 'resource') own[setting.key] = given;
    else {
      const message =
        'is ignored here: only your user or machine settings and the environment say where credentials go.';
      problems.push({ key: setting.key, message });
    }
  }
  const read = readSettings({ ...own, filesExclude: valueAt(parsed.value, 'files.exclude') });
  return { settings: read.settings, problems: [...problems, ...read.problems] };
}

function row<K extends keyof Settings>(
  key: string,
  property: K,
  scope: SettingRow['scope'],
  read: Reader<Settings[K]>,
): SettingRow & { readonly read: Reader<never> } {
  return { key, property, scope, default: defaultSettings[property], read: read as unknown as Reader<never> };
}

/** `a.b` as one key, else as a path of keys. */
function valueAt(value: unknown, key: string): unknown {
  if (!isObject(value)) return undefined;
  if (Object.hasOwn(value, key)) return value[key];
  const dot = key.indexOf('.');
  if (dot < 0) return undefined;
  const first = key.slice(0, dot);
  return Object.hasOwn(value, first) ? valueAt(value[first], key.slice(dot + 1)) : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function oneOf<T extends string>(allowed: readonly T[]): Reader<T> {
  return (value, fallback) => {
    const found = allowed.find(item => item === value);
    return found === undefined
      ? { value: fallback, problem: `must be one of ${allowed.join(', ')}.` }
      : { value: found };
  };
}

function readBoolean(value: unknown, fallback: boolean): Read<boolean> {
  return typeof value === 'boolean' ? { value } : { value: fallback, problem: 'must be true or false.' };
}

function readSize(value: unknown, fallback: number): Read<number> {
  const fits = typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 256 * 1024 * 1024;
  return fits ? { value } : { value: fallback, problem: 'must be a number of bytes from 1 to 268435456.' };
}

function readStrings(value: unknown, fallback: readonly string[]): Read<readonly string[]> {
  if (!Array.isArray(value)) return { value: fallback, problem: 'must be a list of texts.' };
  const good = value.filter((item): item is string => typeof item === 'string' && item.trim() !== '');
  return good.length === value.length
    ? { value: good }
    : { value: good, problem: 'must hold only texts that are not empty; the others are ignored.' };
}

function readStores(value: unknown, fallback: Settings['stores']): Read<Settings['stores']> {
  const problem = `must be a list of ${storeNames.join(', ')}.`;
  if (!Array.isArray(value)) return { value: fallback, problem };
  const good = storeNames.filter(name => value.includes(name));
  return value.every(item => storeNames.includes(item)) ? { value: good } : { value: good, problem };
}

/** Settings are synchronised and shown: a credential in them would be read by many. */
function readVariables(value: unknown, fallback: Settings['storeVariables']): Read<Settings['storeVariables']> {
  if (!isObject(value)) return { value: fallback, problem: 'must be an object: variable to text.' };
  const entries = Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
  const secret = entries.filter(([name]) => /(?:TOKEN|SECRET|PASSWORD|KEY|KEY_ID)$/i.test(name)).map(([name]) => name);
  const read = Object.fromEntries(entries.filter(([name]) => !secret.includes(name)));
  if (secret.length > 0)
    return { value: read, problem: `must not hold credentials; set these in your environment: ${secret.join(', ')}.` };
  if (entries.length === Object.keys(value).length) return { value: read };
  return { value: read, problem: 'must hold texts alone; the others are ignored.' };
}

function readSeverity(value: unknown, fallback: Settings['severity']): Read<Settings['severity']> {
  if (!isObject(value)) return { value: fallback, problem: 'must be an object: confidence to severity.' };
  const read: Record<string, Severity> = { ...fallback };
  const wrong: string[] = [];
  for (const [key, given] of Object.entries(value)) {
    const severity = severities.find(item => item === given);
    if (severity && confidences.some(item => item === key)) read[key] = severity;
    else wrong.push(key);
  }
  const settled = read as Settings['severity'];
  if (wrong.length === 0) return { value: settled };
  const problem = `maps ${confidences.join(', ')} to one of ${severities.join(', ')}; ignored: ${wrong.join(', ')}.`;
  return { value: settled, problem };
}

function readRuleSeverity(value: unknown, fallback: Settings['ruleSeverity']): Read<Settings['ruleSeverity']> {
  if (!isObject(value)) return { value: fallback, problem: 'must be an object: rule id or glob to severity.' };
  const good: [string, Severity | 'off'][] = [];
  const wrong: string[] = [];
  for (const [key, given] of Object.entries(value)) {
    const severity = given === 'off' ? 'off' : severities.find(item => item === given);
    if (severity) good.push([key, severity]);
    else wrong.push(key);
  }
  const read = Object.fromEntries(good);
  if (wrong.length === 0) return { value: read };
  return { value: read, problem: `needs one of ${severities.join(', ')} or off; ignored: ${wrong.join(', ')}.` };
}

function readAddress(value: unknown, fallback: string): Read<string> {
  const problem =
    'must be an http or https address without user and password, for example https://vault.example.com:8200.';
  if (typeof value !== 'string') return { value: fallback, problem };
  const text = value.trim().replace(/\/+$/, '');
  if (text === '') return { value: '' };
  if (!URL.canParse(text)) return { value: fallback, problem };
  const url = new URL(text);
  const plain = /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  return plain ? { value: text } : { value: fallback, problem };
}

/** A path of names; slashes around it do not matter. */
function readSegments(value: unknown, fallback: string): Read<string> {
  if (typeof value !== 'string') return { value: fallback, problem: 'must be a text.' };
  const text = value.trim().replace(/^\/+|\/+$/g, '');
  return text.split('/').some(part => part === '.' || part === '..')
    ? { value: fallback, problem: 'must not hold `.` or `..`.' }
    : { value: text };
}

function readMount(value: unknown, fallback: string): Read<string> {
  const read = readSegments(value, fallback);
  return read.value === '' ? { value: fallback, problem: 'must not be empty.' } : read;
}

function trueKeys(value: unknown): readonly string[] {
  return isObject(value)
    ? Object.entries(value)
        .filter(([, on]) => on === true)
        .map(([glob]) => glob)
    : [];
}
