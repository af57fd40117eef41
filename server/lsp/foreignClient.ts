import type { Connection } from 'vscode-languageserver/node';
import { uinteger } from 'vscode-languageserver/node';
import type { Range } from 'vscode-languageserver-textdocument';
import type { Answer, FindingPlace } from '../protocol/messages.ts';
import { type Moves, storeName } from './moves.ts';
import type { ActionStyle } from './quickFixes.ts';
import { tell } from './tell.ts';

/** Commands that the server carries out for a client that has no prompts of ours. */
export const serverCommands: ActionStyle['commands'] = {
  moveToKeychain: 'keysweep.server.moveToKeychain',
  moveToVault: 'keysweep.server.moveToVault',
  moveToStore: 'keysweep.server.moveToStore',
  accept: 'keysweep.server.accept',
  moveAll: 'keysweep.server.moveAll',
};

const cancel = 'Cancel';

/** Asks with `window/showMessageRequest` before anything happens; every argument is read as if nobody had sent it before. */
export async function executeCommand(
  command: string,
  argument: unknown,
  connection: Connection,
  moves: Moves,
  signal: AbortSignal,
): Promise<void> {
  const show = ({ kind, message, link }: Answer) => {
    const text = link === undefined ? message : `${message} ${link}`;
    if (kind === 'done') tell(connection, 'info', text);
    else if (kind === 'failed') tell(connection, 'error', text);
    else tell(connection, 'warning', text);
  };
  const ask = async (question: string, ...choices: readonly string[]): Promise<string | undefined> => {
    const titles = [...choices, cancel].map(title => ({ title }));
    const chosen = await connection.window.showInformationMessage(question, ...titles);
    return chosen?.title === cancel ? undefined : chosen?.title;
  };

  if (command === serverCommands.moveAll) return moveAll(readUri(argument));
  const place = readPlace(argument);
  if (place === undefined)
    return show({ kind: 'refused', message: 'Put the cursor on a finding and use its code action.' });
  if (command === serverCommands.accept) return accept(place);
  return move(place, place.store);

  async function move(at: FindingPlace, store: string) {
    const proposal = await moves.propose(at, signal);
    if (proposal.kind !== 'proposal') return show({ kind: proposal.kind, message: proposal.message });
    const { name, copies } = proposal;
    const question = `Store this value as ${name} in ${storeName(store)} and rewrite the file to read it?`;
    const all = `Move All ${copies.length + 1} Copies`;
    const chosen = copies.length === 0 ? await ask(question, 'Move') : await ask(question, 'Move', all);
    if (chosen === undefined) return;
    show(await moves.move({ ...at, name, store, everywhere: chosen === all }, signal));
  }

  async function accept(at: FindingPlace) {
    const chosen = await ask(
      'Accept this finding for the whole team? The decision is written into a committed file.',
      'Accept',
    );
    if (chosen !== undefined) show(await moves.accept({ ...at, reason: 'Accepted in the editor' }, signal));
  }

  async function moveAll(uri: string) {
    const movable = (await moves.candidates(uri, signal)).filter(({ refused }) => refused === '');
    if (movable.length === 0) return show({ kind: 'refused', message: 'Nothing here can be moved.' });
    const store = (await moves.stores(uri, signal)).find(({ problem }) => problem === '');
    if (store === undefined)
      return show({ kind: 'refused', message: 'No store can be used here: there is no keychain and no vault.' });
    const names = movable.map(({ name }) => name).join(', ');
    const chosen = await ask(
      `Store ${movable.length} values in ${store.label} (${names}) and rewrite the files to read them?`,
      'Move All',
    );
    if (chosen === undefined) return;
    const answers: Answer[] = [];
    for (const candidate of movable) {
      answers.push(await moves.move({ ...candidate, store: store.id, everywhere: true }, signal));
    }
    const failed = answers.find(({ kind }) => kind !== 'done');
    show(failed ?? { kind: 'done', message: `Moved ${movable.length} secrets: ${names}. Save the changed files.` });
  }
}

function readUri(value: unknown): string {
  return isRecord(value) && typeof value.uri === 'string' ? value.uri : '';
}

function readPlace(value: unknown): (FindingPlace & { readonly store: string }) | undefined {
  if (!isRecord(value) || typeof value.uri !== 'string') return undefined;
  const range = readRange(value.range);
  const version = typeof value.version === 'number' ? value.version : null;
  const store = typeof value.store === 'string' ? value.store : 'keychain';
  return range === undefined ? undefined : { uri: value.uri, version, range, store };
}

function readRange(value: unknown): Range | undefined {
  if (!isRecord(value)) return undefined;
  const [start, end] = [readPosition(value.start), readPosition(value.end)];
  return start === undefined || end === undefined ? undefined : { start, end };
}

function readPosition(value: unknown): Range['start'] | undefined {
  if (!isRecord(value) || !uinteger.is(value.line) || !uinteger.is(value.character)) return undefined;
  return { line: value.line, character: value.character };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
