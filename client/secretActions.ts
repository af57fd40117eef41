import { env, Range, Selection, TextEditorRevealType, Uri, window, workspace } from 'vscode';
import { allowEntry, environmentStatus, type InventoryRowData, removeSecret } from '../server/protocol/messages.ts';
import { storeLabel } from './inventoryTree.ts';
import type { InventoryView } from './inventoryView.ts';
import type { Server } from './languageClient.ts';
import { openManifest } from './manifestFile.ts';

/* Guards invariant 1: a value is typed into a password prompt or shown in a quick input, and goes nowhere else. */

/** How long a revealed value stays on the screen, in seconds. */
const revealTime = 10;

/** What can be done with a row of the inventory. Without a row (from the palette) the user is asked for one. */
export class SecretActions {
  readonly #server: Server;
  readonly #inventory: InventoryView;

  constructor(server: Server, inventory: InventoryView) {
    this.#server = server;
    this.#inventory = inventory;
  }

  async open(argument: unknown): Promise<void> {
    const row = readRow(argument) ?? (await this.#pick('Open Secret', ({ uri }) => uri !== ''));
    if (row === undefined || row.uri === '') return;
    const { start, end } = row.range ?? { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } };
    const range = new Range(start.line, start.character, end.line, end.character);
    const editor = await window.showTextDocument(Uri.parse(row.uri), { selection: range });
    editor.selection = new Selection(range.start, range.end);
    editor.revealRange(range, TextEditorRevealType.InCenterIfOutsideViewport);
  }

  async copyReference(argument: unknown): Promise<void> {
    const row = readRow(argument) ?? (await this.#pick('Copy Reference', ({ reference }) => reference !== ''));
    if (row === undefined || row.reference === '') return;
    await env.clipboard.writeText(row.reference);
    window.setStatusBarMessage(`Copied the reference of ${row.label}`, 3000);
  }

  async reveal(argument: unknown): Promise<void> {
    const row = readRow(argument) ?? (await this.#pick('Reveal Value', isStored));
    if (row === undefined) return;
    const choice = await window.showWarningMessage(
      `Show the value of ${row.label} for ${revealTime} seconds?`,
      { modal: true, detail: 'Whoever sees your screen, or a recording of it, can read it.' },
      'Show',
    );
    if (choice !== 'Show') return;
    const signal = AbortSignal.timeout(60_000);
    const answer = await this.#server.values('reveal', { folder: folderOf(row), reference: row.reference }, signal);
    if ('problem' in answer) return void window.showErrorMessage(answer.problem);
    await showForAWhile(row.label, answer.value);
  }

  async setValue(argument: unknown): Promise<void> {
    const row = readRow(argument) ?? (await this.#pick('Set Value', row => row.state === 'missing' || isStored(row)));
    if (row === undefined) return;
    await this.#askAndSet(`Set Value of ${row.label}`, folderOf(row), row.label, row.reference);
  }

  async remove(argument: unknown): Promise<void> {
    const row = readRow(argument) ?? (await this.#pick('Delete Secret', isStored));
    if (row === undefined) return;
    const used = row.state === 'unused' ? '' : ' The manifest still names it: programs that read it will not start.';
    const choice = await window.showWarningMessage(
      `Delete ${row.label} from ${storeLabel(row.store)}?`,
      { modal: true, detail: `The value cannot be brought back.${used}` },
      'Delete',
    );
    if (choice !== 'Delete') return;
    const name = row.state === 'unused' ? '' : row.label;
    const answer = await this.#server.request(removeSecret, { folder: folderOf(row), reference: row.reference, name });
    if (answer.kind === 'done') window.setStatusBarMessage(answer.message, 5000);
    else void window.showErrorMessage(answer.message);
  }

  /** Asks for every missing value, one prompt each, and to allow what another folder has; Escape ends it. True when nothing is missing any more. */
  async fillIn(): Promise<boolean> {
    const missing = await this.#missing();
    if (missing.length === 0) {
      void window.showInformationMessage('Nothing is missing: every secret that the manifest names is stored.');
      return true;
    }
    for (const [index, { folder, name, reference, foreign }] of missing.entries()) {
      if (foreign) {
        const answer = await this.#server.request(allowEntry, { folder, reference, name });
        if (answer.kind === 'done') continue;
        void window.showWarningMessage(`${name} stays missing. ${answer.message}`);
        return false;
      }
      const title = `Fill In ${name}${missing.length > 1 ? ` (${index + 1}/${missing.length})` : ''}`;
      if (!(await this.#askAndSet(title, folder, name, reference))) return false;
    }
    return (await this.#missing()).length === 0;
  }

  async openManifest(): Promise<void> {
    await openManifest();
  }

  /** True when stored. */
  async #askAndSet(title: string, folder: string, name: string, reference: string): Promise<boolean> {
    const value = await window.showInputBox({
      title,
      prompt: `The value is stored under ${reference}. It is not shown, logged or written to a file.`,
      placeHolder: 'Paste or type the value',
      password: true,
      ignoreFocusOut: true,
      validateInput: text => (text === '' ? 'An empty value cannot be stored.' : undefined),
    });
    if (value === undefined || value === '') return false;
    const signal = AbortSignal.timeout(120_000);
    const { problem } = await this.#server.values('setValue', { folder, name, reference, value }, signal);
    if (problem === '') window.setStatusBarMessage(`Stored ${name}`, 3000);
    else void window.showErrorMessage(problem);
    return problem === '';
  }

  async #missing() {
    const folders = (workspace.workspaceFolders ?? []).map(folder => this.#server.uriOf(folder.uri));
    const answers = await Promise.all(
      folders.map(folder => this.#server.request(environmentStatus, { folder, attended: true })),
    );
    return answers.flatMap(({ missing }) => missing);
  }

  async #pick(title: string, wanted: (row: InventoryRowData) => boolean): Promise<InventoryRowData | undefined> {
    await this.#inventory.refresh();
    const items = this.#inventory.rows.filter(wanted).map(row => ({
      label: row.label,
      description: [storeLabel(row.store), row.path].filter(Boolean).join(' · '),
      row,
    }));
    if (items.length === 0) {
      void window.showInformationMessage(`${title}: the inventory holds no secret for this.`);
      return undefined;
    }
    const options = { title, placeHolder: 'Which secret?', matchOnDescription: true };
    return (await window.showQuickPick(items, options))?.row;
  }
}

/** The folder whose manifest the row stands in; empty for a row that stands nowhere. */
function folderOf({ uri }: InventoryRowData): string {
  return uri.slice(0, Math.max(0, uri.lastIndexOf('/')));
}

function isStored({ state }: InventoryRowData): boolean {
  return state === 'stored' || state === 'unused';
}

/** The row behind a node of the tree. */
function readRow(argument: unknown): InventoryRowData | undefined {
  if (typeof argument !== 'object' || argument === null || !('row' in argument)) return undefined;
  const { row } = argument;
  return isRow(row) ? row : undefined;
}

function isRow(value: unknown): value is InventoryRowData {
  return typeof value === 'object' && value !== null && 'state' in value && 'reference' in value && 'uri' in value;
}

/** A quick input closes itself; unlike a notification or a document it leaves no history. Several lines become a list. */
async function showForAWhile(name: string, value: string): Promise<void> {
  const lines = value.split(/\r?\n/);
  const input = lines.length > 1 ? linesInput(lines) : lineInput(value);
  let left = revealTime;
  const count = () => {
    input.title = `${name} · closes in ${left} s`;
  };
  count();
  await new Promise<void>(resolve => {
    const timer = setInterval(() => {
      left -= 1;
      if (left <= 0) input.hide();
      else count();
    }, 1000);
    input.onDidHide(() => {
      clearInterval(timer);
      resolve();
    });
    input.onDidAccept(() => input.hide());
    input.show();
  });
  input.dispose();
}

function lineInput(value: string) {
  const input = window.createInputBox();
  input.value = value;
  input.prompt = 'Only shown: what you type here is not kept.';
  input.ignoreFocusOut = false;
  return input;
}

function linesInput(lines: readonly string[]) {
  const input = window.createQuickPick();
  input.items = lines.map(label => ({ label: label === '' ? ' ' : label, alwaysShow: true }));
  input.placeholder = 'Only shown, line by line';
  return input;
}
