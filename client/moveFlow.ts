import {
  type CancellationToken,
  commands,
  env,
  languages,
  ProgressLocation,
  type Range,
  type TextEditor,
  Uri,
  window,
  workspace,
} from 'vscode';
import {
  type Answer,
  acceptFinding,
  type FindingPlace,
  type MoveAllCandidate,
  moveAllCandidates,
  moveSecret,
  proposeMove,
  type StoreChoice,
  storeChoices,
} from '../server/protocol/messages.ts';
import type { Server } from './languageClient.ts';
import { openNearestManifest } from './manifestFile.ts';
import {
  chooseStore,
  copiesChoice,
  type MoveFamily,
  nextCandidate,
  readPlace,
  readUri,
  storesOf,
  todayPlus,
  validateDate,
  validateName,
} from './movePlan.ts';

const familyLabels: Record<MoveFamily, string> = { keychain: 'Keychain', vault: 'Vault', other: 'Another store' };

const setUp: Partial<Record<MoveFamily, string>> = {
  vault: ' Set VAULT_ADDR, or the setting keysweep.vault.address.',
  other: ' Name it in the setting keysweep.stores, and give Keysweep its address and credentials in the environment.',
};

/** Moving and accepting findings: the prompts before, the progress during, the answer after. Enter accepts every prompt. */
export class MoveFlow {
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  /** One finding: that of `argument`, else the one at the cursor. */
  async move(argument: unknown, family: MoveFamily): Promise<void> {
    const place = readPlace(argument) ?? this.#placeAtCursor();
    if (place === undefined) return showNoFinding();
    const proposal = await this.#server.request(proposeMove, place);
    if (proposal.kind !== 'proposal') return void window.showWarningMessage(proposal.message);
    const usable = storesOf(proposal.stores, family).filter(({ problem }) => problem === '');
    const store = usable.length > 1 ? await this.#pickStore(usable, 'Move') : chooseStore(proposal.stores, family);
    if (store === undefined && usable.length > 1) return;
    if (store === undefined || store.problem !== '') return this.#offerOther(place, family, store, proposal.stores);

    const steps = proposal.copies.length > 0 ? 2 : 1;
    const title = (step: number) => `Move to ${store.label}${steps > 1 ? ` (${step}/${steps})` : ''}`;
    const name = await askName(title(1), proposal.name, proposal.takenNames, store);
    if (name === undefined) return;
    const everywhere = steps === 1 ? false : await askCopies(title(2), proposal.copies);
    if (everywhere === undefined) return;

    const answer = await withProgress(`Moving ${name} to ${store.label}`, token =>
      this.#server.request(moveSecret, { ...place, name, store: store.id, everywhere }, token),
    );
    if (answer.kind === 'done') tellWalkthrough();
    showAnswer(answer, Uri.parse(place.uri), 'Open Manifest');
  }

  /** Of a code action (`{ uri }`), the explorer (a Uri), else of the active editor. */
  async moveAllInFile(argument: unknown): Promise<void> {
    const active = window.activeTextEditor?.document.uri;
    const document = argument instanceof Uri ? argument : active;
    const uri = readUri(argument) ?? (document === undefined ? undefined : this.#server.uriOf(document));
    if (uri === undefined) {
      void window.showInformationMessage('Open a file first, then choose Move All in File.');
      return;
    }
    await this.#moveAll(uri);
  }

  async moveAllInWorkspace(): Promise<void> {
    await this.#moveAll('');
  }

  async accept(argument: unknown): Promise<void> {
    const place = readPlace(argument) ?? this.#placeAtCursor();
    if (place === undefined) return showNoFinding();
    const reason = await window.showInputBox({
      title: 'Accept Finding (1/2)',
      value: 'Not a secret',
      prompt: 'Why is this no problem? The reason is committed with the team’s accepted findings.',
      placeHolder: 'For example: key of the public sandbox',
      ignoreFocusOut: true,
      validateInput: text => (text.trim() === '' ? 'Say in a few words why it may stay.' : undefined),
    });
    if (reason === undefined) return;
    const expires = await window.showInputBox({
      title: 'Accept Finding (2/2)',
      prompt: 'Until when? Leave it empty to accept it for good.',
      placeHolder: `YYYY-MM-DD, for example ${todayPlus(90)}`,
      ignoreFocusOut: true,
      validateInput: text => validateDate(text),
    });
    if (expires === undefined) return;
    const date = expires.trim();
    const params = { ...place, reason: reason.trim(), ...(date === '' ? {} : { expires: date }) };
    showAnswer(await this.#server.request(acceptFinding, params), Uri.parse(place.uri));
  }

  /** The chosen store cannot be used: says why, and offers the one that can. */
  async #offerOther(
    place: FindingPlace,
    family: MoveFamily,
    store: StoreChoice | undefined,
    stores: readonly StoreChoice[],
  ): Promise<void> {
    const problem =
      store === undefined
        ? `${familyLabels[family]} is not set up.${setUp[family] ?? ''}`
        : `${store.problem} ${store.advice}`.trim();
    const other: MoveFamily = family === 'keychain' ? 'vault' : 'keychain';
    const usable = chooseStore(stores, other);
    const button = `Move to ${familyLabels[other]}…`;
    const buttons = usable?.problem === '' ? [button] : [];
    const answer = await window.showWarningMessage(`Nothing was moved. ${problem}`, ...buttons);
    if (answer === button) await this.move(place, other);
  }

  async #moveAll(uri: string): Promise<void> {
    const candidates = await this.#server.request(moveAllCandidates, { uri });
    const movable = candidates.filter(candidate => candidate.refused === '');
    if (movable.length === 0) return void window.showInformationMessage(nothingToMove(candidates));
    const picked = await askCandidates(candidates, uri === '' ? 'Workspace' : 'File');
    if (picked === undefined || picked.length === 0) return;
    const store = await this.#askStore(picked[0]?.uri ?? uri);
    if (store === undefined) return;
    const result = await withProgress(`Moving ${picked.length} secrets to ${store.label}`, (token, report) =>
      this.#moveEach(uri, picked, store, token, report),
    );
    if (result.moved > 0) tellWalkthrough();
    const left = result.problems.length === 0 ? '' : ` ${result.problems.length} stayed: ${result.problems.join(' ')}`;
    const message = `${result.moved} of ${picked.length} secrets moved to ${store.label}.${left}`;
    showAnswer({ kind: result.problems.length === 0 ? 'done' : 'failed', message }, Uri.parse(picked[0]?.uri ?? uri));
  }

  /** One after the other: every move changes the text, so the places of the rest are asked for again. */
  async #moveEach(
    uri: string,
    picked: readonly MoveAllCandidate[],
    store: StoreChoice,
    token: CancellationToken,
    report: (message: string, increment: number) => void,
  ): Promise<{ readonly moved: number; readonly problems: readonly string[] }> {
    const problems: string[] = [];
    let moved = 0;
    let current = picked;
    for (const [index, wanted] of picked.entries()) {
      if (token.isCancellationRequested) {
        problems.push('You cancelled the rest.');
        break;
      }
      report(wanted.name, 100 / picked.length);
      if (index > 0) current = await this.#server.request(moveAllCandidates, { uri }, token);
      let answer = await this.#moveCandidate(nextCandidate(current, wanted), wanted.name, store, token);
      if (answer?.kind === 'stale') {
        current = await this.#server.request(moveAllCandidates, { uri }, token);
        answer = await this.#moveCandidate(nextCandidate(current, wanted), wanted.name, store, token);
      }
      if (answer === undefined || answer.kind === 'done') moved += 1;
      else problems.push(`${wanted.name}: ${answer.message}`);
    }
    return { moved, problems };
  }

  /** Under the name that the user agreed to. Undefined when it is no longer there: an earlier move took this copy too. */
  async #moveCandidate(
    candidate: MoveAllCandidate | undefined,
    name: string,
    store: StoreChoice,
    token: CancellationToken,
  ): Promise<Answer | undefined> {
    if (candidate === undefined) return undefined;
    const { uri, version, range, fingerprint } = candidate;
    const params = { uri, version, range, name, fingerprint, store: store.id, everywhere: true };
    return this.#server.request(moveSecret, params, token);
  }

  async #askStore(uri: string): Promise<StoreChoice | undefined> {
    const folder = workspace.getWorkspaceFolder(Uri.parse(uri)) ?? workspace.workspaceFolders?.[0];
    const choices = await this.#server.request(storeChoices, {
      folder: folder === undefined ? '' : this.#server.uriOf(folder.uri),
    });
    const usable = choices.filter(choice => choice.problem === '');
    if (usable.length === 0) {
      const problems = choices.map(choice => `${choice.label}: ${choice.problem} ${choice.advice}`.trim());
      void window.showWarningMessage(`Nothing was moved: no store can be used. ${problems.join(' ')}`);
      return undefined;
    }
    if (usable.length === 1) return usable[0];
    return this.#pickStore(usable, 'Move All (2/2)');
  }

  async #pickStore(usable: readonly StoreChoice[], title: string): Promise<StoreChoice | undefined> {
    const items = usable.map(store => ({ label: store.label, description: store.detail, store }));
    const placeHolder = 'Where should the values be kept?';
    return (await window.showQuickPick(items, { title, placeHolder, ignoreFocusOut: true }))?.store;
  }

  #placeAtCursor(): FindingPlace | undefined {
    const editor = window.activeTextEditor;
    const range = editor === undefined ? undefined : findingAtCursor(editor);
    if (editor === undefined || range === undefined) return undefined;
    return {
      uri: this.#server.uriOf(editor.document.uri),
      version: editor.document.version,
      range: {
        start: { line: range.start.line, character: range.start.character },
        end: { line: range.end.line, character: range.end.character },
      },
    };
  }
}

/** The finding under the cursor, else the nearest on its line. */
function findingAtCursor(editor: TextEditor): Range | undefined {
  const cursor = editor.selection.active;
  const ranges = languages
    .getDiagnostics(editor.document.uri)
    .filter(diagnostic => diagnostic.source === 'keysweep')
    .map(diagnostic => diagnostic.range);
  const distance = (range: Range) =>
    Math.min(Math.abs(range.start.character - cursor.character), Math.abs(range.end.character - cursor.character));
  return (
    ranges.find(range => range.contains(cursor)) ??
    ranges
      .filter(range => range.start.line <= cursor.line && cursor.line <= range.end.line)
      .sort((a, b) => distance(a) - distance(b))[0]
  );
}

async function askName(
  title: string,
  proposed: string,
  taken: readonly string[],
  store: StoreChoice,
): Promise<string | undefined> {
  const name = await window.showInputBox({
    title,
    value: proposed,
    prompt: `Name of the environment variable that will carry the value. It is kept in ${store.detail}.`,
    ignoreFocusOut: true,
    validateInput: text => validateName(text, taken),
  });
  return name?.trim();
}

/** True for every place, false for this one, undefined when dismissed. */
async function askCopies(title: string, copies: readonly string[]): Promise<boolean | undefined> {
  const items = copiesChoice(copies);
  const picked = await window.showQuickPick(items, {
    title,
    placeHolder: 'The same value stands in other places',
    ignoreFocusOut: true,
  });
  return picked?.everywhere;
}

async function askCandidates(
  candidates: readonly MoveAllCandidate[],
  where: string,
): Promise<readonly MoveAllCandidate[] | undefined> {
  const items = candidates
    .filter(candidate => candidate.refused === '')
    .map(candidate => {
      const copies = candidate.copies > 0 ? `, ${candidate.copies + 1} places` : '';
      return {
        label: candidate.name,
        description: `${candidate.label}, line ${candidate.range.start.line + 1}${copies}`,
        picked: true,
        candidate,
      };
    });
  const refused = candidates.length - items.length;
  const picked = await window.showQuickPick(items, {
    title: `Move All in ${where}`,
    placeHolder: refused === 0 ? 'Which secrets?' : `Which secrets? ${refused} more cannot be moved as they stand.`,
    canPickMany: true,
    matchOnDescription: true,
    ignoreFocusOut: true,
  });
  return picked?.map(item => item.candidate);
}

function withProgress<T>(
  title: string,
  run: (token: CancellationToken, report: (message: string, increment: number) => void) => Promise<T>,
): Thenable<T> {
  return window.withProgress({ location: ProgressLocation.Notification, title, cancellable: true }, (progress, token) =>
    run(token, (message, increment) => progress.report({ message, increment })),
  );
}

/** Ticks its step off. A quick fix runs the command in a way that a walkthrough does not see. */
function tellWalkthrough(): void {
  void commands.executeCommand('setContext', 'keysweep.moved', true);
}

/** Not awaited: a notification that nobody answers must not keep the command running. */
function showAnswer(answer: Answer, document: Uri, next?: 'Open Manifest'): void {
  const buttons = [
    ...(answer.link === undefined ? [] : ['Rotate…']),
    ...(answer.kind === 'done' && next !== undefined ? [next] : []),
  ];
  const shown =
    answer.kind === 'failed'
      ? window.showErrorMessage(answer.message, ...buttons)
      : answer.kind === 'done' && answer.rotate !== true
        ? window.showInformationMessage(answer.message, ...buttons)
        : window.showWarningMessage(answer.message, ...buttons);
  void shown.then(async button => {
    if (button === 'Rotate…' && answer.link !== undefined) await env.openExternal(Uri.parse(answer.link));
    if (button === 'Open Manifest') await openNearestManifest(document);
  });
}

function showNoFinding(): void {
  void window.showInformationMessage('No finding here. Put the cursor on a value that Keysweep underlines.');
}

function nothingToMove(candidates: readonly MoveAllCandidate[]): string {
  const first = candidates[0];
  if (first === undefined) return 'There is nothing to move: Keysweep found no secrets here.';
  return `None of the ${candidates.length} findings can be moved as they stand. ${first.name}: ${first.refused}`;
}
