import {
  Disposable,
  type LanguageStatusItem,
  LanguageStatusSeverity,
  languages,
  StatusBarAlignment,
  type StatusBarItem,
  window,
} from 'vscode';
import type { ServerStatus } from '../server/protocol/messages.ts';
import type { FolderState, LaunchEnvironment } from './environment.ts';
import type { Server } from './languageClient.ts';
import { listNames } from './launchPlan.ts';

const severities: Record<ServerStatus['kind'], LanguageStatusSeverity> = {
  ok: LanguageStatusSeverity.Information,
  warning: LanguageStatusSeverity.Warning,
  error: LanguageStatusSeverity.Error,
};

/** Two language status items, and one status bar item that is there only while something is missing. */
export class Status implements Disposable {
  readonly #server: LanguageStatusItem;
  readonly #launch: LanguageStatusItem;
  readonly #bar: StatusBarItem;
  readonly #disposables: Disposable[];

  constructor(server: Server, environment: LaunchEnvironment) {
    this.#server = languages.createLanguageStatusItem('keysweep.server', '*');
    this.#server.name = 'Keysweep';
    this.#launch = languages.createLanguageStatusItem('keysweep.launch', '*');
    this.#launch.name = 'Keysweep Launch Environment';
    this.#bar = window.createStatusBarItem('keysweep.missing', StatusBarAlignment.Left, -10);
    this.#bar.name = 'Keysweep: Missing Secrets';
    this.#disposables = [
      this.#server,
      this.#launch,
      this.#bar,
      server.onDidChangeStatus(status => this.#showServer(status)),
      environment.onDidChange(() => this.#showLaunch(environment.states)),
    ];
    this.#showServer({ kind: 'ok', text: 'Starting', details: [] });
    this.#showLaunch([]);
  }

  dispose(): void {
    Disposable.from(...this.#disposables).dispose();
  }

  #showServer(status: ServerStatus): void {
    const item = this.#server;
    item.text = `Keysweep: ${status.text}`;
    item.detail = status.details.join(' ');
    item.severity = severities[status.kind];
    item.busy = status.text === 'Starting';
    item.command =
      status.kind === 'error'
        ? { command: 'keysweep.restartServer', title: 'Restart' }
        : { command: 'keysweep.showLog', title: 'Show Log' };
    item.accessibilityInformation = { label: `${item.text}. ${item.detail}`, role: 'status' };
  }

  #showLaunch(states: readonly FolderState[]): void {
    const { text, detail, severity, command } = launchStatus(states);
    const item = this.#launch;
    item.text = text;
    item.detail = detail;
    item.severity = severity;
    item.command = command;
    item.accessibilityInformation = { label: `${text}. ${detail}`, role: 'status' };
    const missing = missingNames(states);
    if (missing.length === 0) {
      this.#bar.hide();
      return;
    }
    this.#bar.text = `$(key) ${missing.length} missing`;
    this.#bar.tooltip = `Secrets that .env.schema names and that are not stored here: ${listNames(missing)}`;
    this.#bar.command = 'keysweep.fillIn';
    this.#bar.accessibilityInformation = {
      label: `Keysweep: ${countMissing(missing)}, ${listNames(missing)}. Fill in`,
      role: 'button',
    };
    this.#bar.show();
  }
}

interface LaunchStatus {
  readonly text: string;
  readonly detail: string;
  readonly severity: LanguageStatusSeverity;
  readonly command: { readonly command: string; readonly title: string } | undefined;
}

function launchStatus(states: readonly FolderState[]): LaunchStatus {
  const has = (kind: FolderState['kind']) => states.some(state => state.kind === kind);
  const names = [...new Set(states.flatMap(state => state.names))];
  const information = LanguageStatusSeverity.Information;
  const warning = LanguageStatusSeverity.Warning;
  const allow = { command: 'keysweep.allowSecrets', title: 'Allow…' };
  const missing = missingNames(states);
  if (missing.length > 0) {
    return {
      text: countMissing(missing),
      detail: `${listNames(missing)}. New terminals and tasks get none until all are there.`,
      severity: warning,
      command: { command: 'keysweep.fillIn', title: 'Fill In…' },
    };
  }
  if (has('revival')) {
    return {
      text: 'Terminals and tasks get no secrets',
      detail:
        'While terminal.integrated.persistentSessionReviveProcess is not "never", VS Code writes their environment to disk.',
      severity: warning,
      command: allow,
    };
  }
  if (has('failed')) {
    const detail = 'The stores could not be asked. See the log.';
    const command = { command: 'keysweep.showLog', title: 'Show Log' };
    return { text: 'Launches get no secrets', detail, severity: warning, command };
  }
  if (has('ready')) {
    const text = `Terminals get ${names.length === 1 ? '1 secret' : `${names.length} secrets`}`;
    const command = { command: 'keysweep.withdrawSecrets', title: 'Stop' };
    return { text, detail: listNames(names), severity: information, command };
  }
  if (has('debugOnly')) {
    const detail = 'Terminals and tasks get none.';
    return { text: 'Debug sessions get secrets', detail, severity: information, command: allow };
  }
  if (has('asked') || has('never')) {
    return {
      text: 'Launches get no secrets',
      detail: 'You did not allow it here.',
      severity: information,
      command: allow,
    };
  }
  if (has('untrusted')) {
    const command = { command: 'workbench.trust.manage', title: 'Manage Trust' };
    const detail = 'This workspace is not trusted: it is only looked at.';
    return { text: 'Launches get no secrets', detail, severity: information, command };
  }
  const command = { command: 'keysweep.showInventory', title: 'Show Inventory' };
  return { text: 'No manifest yet', detail: 'Move a secret, and launches get it.', severity: information, command };
}

function missingNames(states: readonly FolderState[]): readonly string[] {
  return states.flatMap(state => (state.kind === 'missing' ? state.missing.map(({ name }) => name) : []));
}

function countMissing(names: readonly string[]): string {
  return names.length === 1 ? '1 secret missing' : `${names.length} secrets missing`;
}
