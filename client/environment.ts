import {
  type CancellationToken,
  CancellationTokenSource,
  ConfigurationTarget,
  type DebugConfiguration,
  Disposable,
  debug,
  type EnvironmentVariableCollection,
  EventEmitter,
  type ExtensionContext,
  type WorkspaceFolder,
  window,
  workspace,
} from 'vscode';
import { type EnvironmentStatus, environmentStatus } from '../server/protocol/messages.ts';
import { type Server, signalOf } from './languageClient.ts';
import { consoleOf, fillCollection, listNames, safeRevival, withEnvironment } from './launchPlan.ts';
import { manifestName } from './manifestFile.ts';
import { TerminalStorage } from './secretStorage.ts';

/*
 * Gives terminals, tasks and debug sessions the secrets of the manifest. Guards invariants 1 and 8: values come over the value
 * channel, all or nothing, into a collection that VS Code does not keep (see `fillCollection`), and
 * into `config.env` only where no terminal types it.
 */

/** What the user agreed to, kept with the user's own state of this workspace, not in the workspace. */
type Consent = 'everywhere' | 'debugOnly' | 'never';
const consentKey = 'launch.consent';

/** Milliseconds without a change of the manifest before the user is asked. */
const quietTime = 1500;

const revivalSetting = 'terminal.integrated.persistentSessionReviveProcess';

export interface FolderState {
  readonly folder: WorkspaceFolder;
  /** `asked`: no answer yet. `revival`: the setting that would write environments to disk stands in the way. */
  readonly kind: 'nothing' | 'untrusted' | 'asked' | 'never' | 'debugOnly' | 'revival' | 'missing' | 'ready' | 'failed';
  readonly names: readonly string[];
  readonly missing: EnvironmentStatus['missing'];
}

export class LaunchEnvironment implements Disposable {
  readonly #server: Server;
  readonly #context: ExtensionContext;
  readonly #fillIn: () => Promise<boolean>;
  readonly #storage: TerminalStorage;
  readonly #changed = new EventEmitter<void>();
  readonly #disposables: Disposable[];
  readonly #collections = new Map<string, EnvironmentVariableCollection>();
  #states: readonly FolderState[] = [];
  #asked = false;
  #askSoon: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #again = false;

  readonly onDidChange = this.#changed.event;

  constructor(server: Server, context: ExtensionContext, fillIn: () => Promise<boolean>) {
    this.#server = server;
    this.#context = context;
    this.#fillIn = fillIn;
    this.#storage = new TerminalStorage(server, context);
    const refresh = () => void this.refresh();
    this.#disposables = [
      this.#changed,
      this.#storage,
      server.onDidChangeEnvironment(refresh),
      workspace.onDidChangeWorkspaceFolders(refresh),
      workspace.onDidGrantWorkspaceTrust(refresh),
      workspace.onDidChangeConfiguration(event => {
        if (event.affectsConfiguration(revivalSetting)) refresh();
      }),
      debug.registerDebugConfigurationProvider('*', {
        resolveDebugConfigurationWithSubstitutedVariables: (folder, configuration, token) =>
          this.#resolveDebug(folder, configuration, token ?? new CancellationTokenSource().token),
      }),
    ];
  }

  get states(): readonly FolderState[] {
    return this.#states;
  }

  /** Terminals get values now. */
  get active(): boolean {
    return this.#states.some(({ kind }) => kind === 'ready');
  }

  /** Fills every folder's collection anew, or empties it. Calls during a run are joined into one more run. Never rejects. */
  refresh(): Promise<void> {
    if (this.#running !== undefined) {
      this.#again = true;
      return this.#running;
    }
    this.#running = this.#refreshAll().finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async allow(): Promise<void> {
    if (!workspace.isTrusted) {
      void window.showWarningMessage('Trust this workspace first. Until then nothing of it gets a secret.');
      return;
    }
    this.#asked = true;
    await this.refresh();
    if (this.#states.every(({ names }) => names.length === 0)) {
      void window.showInformationMessage(
        'There is nothing to allow yet: no .env.schema here names a secret. Move one first.',
      );
      return;
    }
    await this.#ask();
    await this.refresh();
  }

  async withdraw(): Promise<void> {
    await this.#context.workspaceState.update(consentKey, 'never' satisfies Consent);
    this.clear();
    await this.refresh();
    void window.showInformationMessage(
      'New terminals, tasks and debug sessions of this workspace get no secrets any more. Close the open ones to take them away there.',
    );
  }

  clear(): void {
    for (const collection of this.#collections.values()) collection.clear();
  }

  dispose(): void {
    clearTimeout(this.#askSoon);
    this.clear();
    Disposable.from(...this.#disposables).dispose();
  }

  get #consent(): Consent | undefined {
    const stored = this.#context.workspaceState.get<string>(consentKey);
    return stored === 'everywhere' || stored === 'debugOnly' || stored === 'never' ? stored : undefined;
  }

  async #refreshAll(): Promise<void> {
    do {
      this.#again = false;
      const folders = workspace.workspaceFolders ?? [];
      this.#states = await Promise.all(folders.map(folder => this.#refreshFolder(folder)));
      this.#changed.fire();
    } while (this.#again);
    clearTimeout(this.#askSoon);
    if (this.#asked || !this.#states.some(({ kind }) => kind === 'asked')) return;
    // While several secrets are moved one after the other, their names are still coming in.
    this.#askSoon = setTimeout(() => {
      this.#asked = true;
      // Not awaited: an unanswered notification must not hold up anything.
      void this.#ask().then(() => this.refresh());
    }, quietTime);
  }

  async #refreshFolder(folder: WorkspaceFolder): Promise<FolderState> {
    const state = await this.#stateOf(folder).catch(
      (): FolderState => ({ folder, kind: 'failed', names: [], missing: [] }),
    );
    if (state.kind !== 'ready') this.#collectionOf(folder).clear();
    // `keysweep set` in a terminal reaches the editor's storage while values are still missing.
    if (state.kind === 'missing' && this.#consent === 'everywhere' && isRevivalSafe()) {
      this.#fill(folder, await this.#storage.variables(this.#server.uriOf(folder.uri)));
    }
    return state;
  }

  async #stateOf(folder: WorkspaceFolder): Promise<FolderState> {
    const uri = this.#server.uriOf(folder.uri);
    if (!workspace.isTrusted) return { folder, kind: 'untrusted', names: [], missing: [] };
    const { names, missing } = await this.#server.request(environmentStatus, { folder: uri });
    const known = { folder, names, missing };
    if (names.length === 0) return { ...known, kind: 'nothing' };
    const consent = this.#consent;
    if (consent === undefined) return { ...known, kind: 'asked' };
    if (consent === 'never') return { ...known, kind: 'never' };
    if (missing.length > 0) return { ...known, kind: 'missing' };
    if (consent === 'debugOnly') return { ...known, kind: 'debugOnly' };
    if (!isRevivalSafe()) return { ...known, kind: 'revival' };
    const storage = await this.#storage.variables(uri);
    const answer = await this.#server.values('environment', { folder: uri }, AbortSignal.timeout(60_000));
    if (answer.kind === 'missing') {
      return {
        ...known,
        kind: 'missing',
        missing: answer.missing.map(entry => ({ ...entry, reference: '', folder: uri, foreign: false })),
      };
    }
    // The consent may have been withdrawn while the stores were asked.
    if (this.#consent !== 'everywhere') return { ...known, kind: 'never' };
    this.#fill(folder, { ...answer.values, ...storage });
    return { ...known, kind: 'ready' };
  }

  #fill(folder: WorkspaceFolder, values: Readonly<Record<string, string>>): void {
    fillCollection(this.#collectionOf(folder), values);
  }

  #collectionOf(folder: WorkspaceFolder): EnvironmentVariableCollection {
    const key = folder.uri.toString();
    const known = this.#collections.get(key);
    if (known !== undefined) return known;
    const collection = this.#context.environmentVariableCollection.getScoped({ workspaceFolder: folder });
    collection.description = 'Secrets that the workspace’s .env.schema names, from your keychain or vault';
    this.#collections.set(key, collection);
    return collection;
  }

  /** Asks once a workspace; the answer is kept. Dismissed means: asked again in the next session. */
  async #ask(): Promise<void> {
    const names = [...new Set(this.#states.flatMap(state => state.names))];
    const what = names.length === 1 ? 'the secret' : `the ${names.length} secrets`;
    const revival = isRevivalSafe()
      ? ''
      : ` So that VS Code writes no terminal’s environment to disk, this also sets ${revivalSetting} to "never".`;
    const choices = { allow: 'Allow', debugOnly: 'Only in Debug Sessions', never: 'Never Here' } as const;
    const answer = await window.showInformationMessage(
      `Let Keysweep give terminals, tasks and debug sessions of this workspace ${what} that its .env.schema names (${listNames(names)})?${revival}`,
      ...Object.values(choices),
    );
    if (answer === choices.allow) await this.#remember('everywhere');
    else if (answer === choices.debugOnly) await this.#remember('debugOnly');
    else if (answer === choices.never) await this.#remember('never');
  }

  async #remember(consent: Consent): Promise<void> {
    await this.#context.workspaceState.update(consentKey, consent);
    if (consent === 'everywhere' && !isRevivalSafe()) {
      await workspace.getConfiguration().update(revivalSetting, safeRevival, ConfigurationTarget.Global);
      if (isRevivalSafe()) return;
      void window.showWarningMessage(
        `Terminals and tasks get no secrets yet: the settings of this workspace or machine set ${revivalSetting} to another value. Set it to "never" there.`,
      );
    }
  }

  /** Undefined cancels the launch without a further message. */
  async #resolveDebug(
    folder: WorkspaceFolder | undefined,
    configuration: DebugConfiguration,
    token: CancellationToken,
  ): Promise<DebugConfiguration | undefined> {
    const target = folder ?? workspace.workspaceFolders?.[0];
    if (target === undefined || !workspace.isTrusted || configuration.request === 'attach') return configuration;
    const uri = this.#server.uriOf(target.uri);
    if (!(await this.#hasSecrets(uri, token))) return configuration;
    if (this.#consent === undefined) {
      const { names } = await this.#server.request(environmentStatus, { folder: uri }, token);
      await this.#askForDebug(names);
      if (this.#consent === undefined) return undefined;
    }
    if (this.#consent === 'never') return configuration;
    const where = consoleOf(configuration);
    if (where === 'externalTerminal') return this.#refuseExternal();
    const values = await this.#valuesOrFillIn(uri, token);
    if (values === undefined) return undefined;
    if (where === 'internal') return withEnvironment(configuration, values);
    // The terminal's command line would show config.env: here only the collection carries values.
    await this.refresh();
    const kind = this.#states.find(({ folder }) => folder.uri.toString() === target.uri.toString())?.kind;
    if (kind === 'ready') return configuration;
    void window.showErrorMessage(this.#whyNoTerminal(kind), 'Allow…').then(async answer => {
      if (answer === 'Allow…') await this.allow();
    });
    return undefined;
  }

  /** A language server that is down stops only launches of a workspace that has a manifest. */
  async #hasSecrets(folder: string, token: CancellationToken): Promise<boolean> {
    try {
      return (await this.#server.request(environmentStatus, { folder }, token)).names.length > 0;
    } catch (error) {
      if ((await workspace.findFiles(`**/${manifestName}`, undefined, 1)).length === 0) return false;
      throw error;
    }
  }

  async #askForDebug(names: readonly string[]): Promise<void> {
    const answer = await window.showInformationMessage(
      'Let Keysweep give debug sessions of this workspace the secrets that its .env.schema names?',
      {
        modal: true,
        detail: `${listNames(names)}. Keysweep asks once; change it with “Allow Secrets in This Workspace”.`,
      },
      'Allow in Debug Sessions',
      'Never Here',
    );
    if (answer === 'Allow in Debug Sessions') await this.#remember('debugOnly');
    if (answer === 'Never Here') await this.#remember('never');
    void this.refresh();
  }

  async #valuesOrFillIn(
    folder: string,
    token: CancellationToken,
  ): Promise<Readonly<Record<string, string>> | undefined> {
    for (;;) {
      const answer = await this.#server.values('environment', { folder, attended: true }, signalOf(token));
      if (answer.kind === 'ready') return answer.values;
      const names = answer.missing.map(({ name }) => name);
      const choice = await window.showWarningMessage(
        `Nothing was started: ${names.length === 1 ? '1 secret is' : `${names.length} secrets are`} missing here.`,
        { modal: true, detail: answer.missing.map(({ message }) => message).join('\n') },
        'Fill In…',
      );
      if (choice !== 'Fill In…' || !(await this.#fillIn())) return undefined;
    }
  }

  #refuseExternal(): undefined {
    void window.showErrorMessage(
      'Nothing was started: an external terminal cannot be given secrets safely. Set "console" to "internalConsole" or "integratedTerminal" in the launch configuration.',
    );
    return undefined;
  }

  #whyNoTerminal(kind: FolderState['kind'] | undefined): string {
    if (this.#consent === 'debugOnly') {
      return 'Nothing was started: this launch runs in the integrated terminal, and you allowed secrets in debug sessions only. Set "console" to "internalConsole", or allow terminals too.';
    }
    if (kind !== 'revival') {
      return 'Nothing was started: the secrets could not be given to the integrated terminal. Try again, or see the log with “Keysweep: Show Log”.';
    }
    return `Nothing was started: while ${revivalSetting} is not "never", VS Code writes each terminal’s environment to disk. Set it to "never", or use "console": "internalConsole".`;
  }
}

function isRevivalSafe(): boolean {
  return workspace.getConfiguration().get<string>(revivalSetting) === safeRevival;
}
