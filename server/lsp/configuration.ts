import { basename } from 'node:path';
import {
  type Connection,
  DidChangeConfigurationNotification,
  type InitializeParams,
  type WorkspaceFolder,
} from 'vscode-languageserver/node';
import { type Confidence, confidences } from '../engine/detector.ts';
import type { Rule } from '../engine/rulePack.ts';
import type { InitializationOptions } from '../protocol/messages.ts';
import { type AcceptedFile, readAccepted } from '../workspace/accepted.ts';
import type { StoppedRule } from '../workspace/detectorPool.ts';
import { isWithin } from '../workspace/folders.ts';
import { type LoadedRules, loadRules } from '../workspace/rules.ts';
import { readSettings, type SettingProblem, type Settings } from '../workspace/settings.ts';
import type { Guard } from './guard.ts';
import { fileOf } from './places.ts';

export interface Folder {
  /** As the client writes it; empty for texts that stand in no folder. */
  readonly uri: string;
  readonly name: string;
  /** Undefined for texts that stand in no folder on disk. */
  readonly root: string | undefined;
}

/** All that holds in a folder; built anew when a part of it changes. */
export interface FolderConfiguration extends Folder {
  /** Nothing of an untrusted folder narrows what the built-in rules find (invariant 9). */
  readonly trusted: boolean;
  readonly settings: Settings;
  readonly settingProblems: readonly SettingProblem[];
  readonly rules: LoadedRules;
  readonly ruleOf: ReadonlyMap<string, Rule>;
  readonly accepted: AcceptedFile;
}

export interface Configuration {
  readonly trusted: boolean;
  /** The editor knows of trust and the user did not give it: the workspace is only looked at. Other editors never ask. */
  readonly restricted: boolean;
  folders(): readonly Folder[];
  /** The innermost folder around a document. */
  folderOf(uri: string): Folder;
  for(folder: Folder): Promise<FolderConfiguration>;
  /** Settings that hold in no folder: stores are opened with them. */
  shared(): Promise<FolderConfiguration>;
  /** Told after `for` began to answer anew for the folders. */
  onChange(listener: (folders: readonly Folder[]) => void): void;
  reload(folders?: readonly Folder[]): void;
  setTrusted(trusted: boolean): void;
  /** Rules that passed the deadline, with the rule set they stood in. */
  stop(rule: StoppedRule): void;
  stopped(): readonly StoppedRule[];
  /** Registers for what can change; call when the client is initialized. */
  start(): Promise<void>;
}

/** Texts in no folder. */
const nowhere: Folder = { uri: '', name: '', root: undefined };

export function createConfiguration(
  connection: Connection,
  params: InitializeParams,
  options: InitializationOptions,
  rulesAsset: string,
  guard: Guard,
): Configuration {
  const canAsk = params.capabilities.workspace?.configuration === true;
  const built = new Map<string, Promise<FolderConfiguration>>();
  const listeners: ((folders: readonly Folder[]) => void)[] = [];
  const stopped: StoppedRule[] = [];
  let folders = readFolders(params);
  let trusted = options.trusted === true;
  let pushed: unknown;

  /** Another editor cannot tell us which of its settings come out of the workspace: without trust none is read. */
  const readable = () => trusted || options.prompts === true;
  const ask = async (folder: Folder): Promise<{ own: unknown; files: unknown }> => {
    if (!readable()) return { own: undefined, files: undefined };
    if (!canAsk) return { own: pushed, files: undefined };
    const scope = folder.uri === '' ? {} : { scopeUri: folder.uri };
    const [own, files] = await connection.workspace.getConfiguration([
      { ...scope, section: 'keysweep' },
      { ...scope, section: 'files.exclude' },
    ]);
    return { own, files };
  };
  const build = async (folder: Folder): Promise<FolderConfiguration> => {
    const { own, files } = await ask(folder).catch(() => ({ own: undefined, files: undefined }));
    const read = readSettings(own);
    const settings = { ...read.settings, filesExclude: trusted ? trueGlobs(files) : [] };
    const [rules, accepted] = await Promise.all([
      loadRules(rulesAsset, settings, folder.root, trusted),
      folder.root !== undefined && trusted ? readAccepted(folder.root) : { entries: [], problems: [] },
    ]);
    const ruleOf = new Map(rules.set.rules.map(rule => [rule.id, rule]));
    return { ...folder, trusted, settings, settingProblems: read.problems, rules, ruleOf, accepted };
  };
  const reload = (changed: readonly Folder[] = [...folders, nowhere]) => {
    for (const folder of changed) built.delete(folder.uri);
    for (const listener of listeners) listener(changed);
  };
  const configuration: Configuration = {
    get trusted() {
      return trusted;
    },
    get restricted() {
      return !trusted && (options.prompts === true || options.trusted === false);
    },
    folders: () => folders,
    folderOf(uri) {
      const file = fileOf(uri);
      if (file === undefined) return folders[0] ?? nowhere;
      const around = folders.filter(folder => folder.root !== undefined && isWithin(file, folder.root));
      return around.sort((a, b) => (b.root?.length ?? 0) - (a.root?.length ?? 0))[0] ?? nowhere;
    },
    for(folder) {
      const known = built.get(folder.uri);
      if (known !== undefined) return known;
      const building = build(folder);
      built.set(folder.uri, building);
      // A failure is told to whoever asked, and not remembered.
      building.catch(() => {
        if (built.get(folder.uri) === building) built.delete(folder.uri);
      });
      return building;
    },
    shared: () => configuration.for(nowhere),
    onChange: listener => void listeners.push(listener),
    reload,
    setTrusted(value) {
      if (value === trusted) return;
      trusted = value;
      reload();
    },
    stop: rule => void stopped.push(rule),
    stopped: () => stopped,
    async start() {
      if (params.capabilities.workspace?.didChangeConfiguration?.dynamicRegistration === true) {
        await connection.client.register(DidChangeConfigurationNotification.type, {
          section: ['keysweep', 'files.exclude'],
        });
      }
      if (params.capabilities.workspace?.workspaceFolders === true) {
        connection.workspace.onDidChangeWorkspaceFolders(event => {
          const removed = new Set(event.removed.map(folder => folder.uri));
          const kept = folders.filter(folder => !removed.has(folder.uri));
          const added = event.added.map(readFolder);
          const gone = folders.filter(folder => removed.has(folder.uri));
          folders = [...kept, ...added];
          reload([...added, ...gone]);
        });
      }
    },
  };
  connection.onDidChangeConfiguration(change =>
    guard.run('Reading changed settings', () => {
      const settings: unknown = change.settings;
      pushed =
        typeof settings === 'object' && settings !== null && 'keysweep' in settings ? settings.keysweep : undefined;
      reload();
    }),
  );
  return configuration;
}

/** Said wherever something would be changed in a restricted workspace. */
export const restrictedReason =
  'The workspace is not trusted: it is only looked at. Trust it first, then move its secrets.';

export function rank(confidence: Confidence): number {
  return confidences.indexOf(confidence);
}

function readFolders(params: InitializeParams): readonly Folder[] {
  const given = params.workspaceFolders ?? [];
  if (given.length > 0) return given.map(readFolder);
  // Older clients know one folder only.
  return params.rootUri ? [readFolder({ uri: params.rootUri, name: '' })] : [];
}

function readFolder(folder: WorkspaceFolder): Folder {
  const root = fileOf(folder.uri);
  return { uri: folder.uri, name: folder.name || (root === undefined ? folder.uri : basename(root)), root };
}

function trueGlobs(value: unknown): readonly string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([glob, on]) => (on === true ? [glob] : []));
}
