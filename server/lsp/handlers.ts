import {
  type Answer,
  acceptFinding,
  allowEntry,
  environmentStatus,
  inventory as inventoryRequest,
  moveAllCandidates,
  moveSecret,
  proposeMove,
  removeSecret,
  scanWorkspace,
  storeChoices,
  trustChanged,
} from '../protocol/messages.ts';
import { completions } from './completion.ts';
import { restrictedReason } from './configuration.ts';
import { executeCommand, serverCommands } from './foreignClient.ts';
import { hover } from './hover.ts';
import type { Parts } from './parts.ts';
import { fileOf } from './places.ts';
import { requestProgress } from './progress.ts';
import { type ActionStyle, quickFixes } from './quickFixes.ts';
import type { Reactions } from './reactions.ts';

const ownCommands: ActionStyle['commands'] = {
  moveToKeychain: 'keysweep.moveToKeychain',
  moveToVault: 'keysweep.moveToVault',
  moveToStore: 'keysweep.moveToStore',
  accept: 'keysweep.accept',
  moveAll: 'keysweep.moveAll',
};
const failed = { kind: 'failed', message: 'Keysweep could not do this. Its log says where it failed.' } as const;

/** Every request and notification that the server answers, each behind the guard. */
export function handleRequests(parts: Parts, reactions: Reactions): void {
  handleLanguage(parts);
  handleMoves(parts);
  handleInventory(parts, reactions);
  handleLife(parts, reactions);
}

function handleLanguage(parts: Parts): void {
  const { connection, guard, documents, access, configuration, options, can } = parts;
  const ours = options.prompts === true;
  const style: ActionStyle = {
    commands: ours ? ownCommands : serverCommands,
    ending: ours ? '…' : '',
    disabled: can.textDocument?.codeAction?.disabledSupport === true,
  };
  connection.onHover(
    guard.request('Hover', null, ({ textDocument, position }, signal) =>
      hover(textDocument.uri, position, documents, configuration, access, signal),
    ),
  );
  connection.onCompletion(
    guard.request('Completion', [], ({ textDocument, position }, signal) =>
      completions(textDocument.uri, position, documents, configuration, access, signal),
    ),
  );
  connection.onCodeAction(
    guard.request('Code actions', [], async (asked, signal) => {
      const { all } = await access.stores();
      const vault = all.some(({ id }) => id === 'vault');
      const others = all.filter(({ id }) => id !== 'keychain' && id !== 'vault' && id !== 'secretStorage');
      const local = parts.secretStorage && access.keychainUsable() === false ? 'secretStorage' : 'keychain';
      const refused = configuration.restricted ? restrictedReason : '';
      const offered = { local, vault, others, accept: configuration.trusted, refused } as const;
      return quickFixes(asked, documents, style, offered, signal);
    }),
  );
}

function handleMoves({ connection, guard, moves, access, configuration, options, attended }: Parts): void {
  connection.onRequest(
    proposeMove,
    guard.request('Proposing a move', { kind: 'refused', message: failed.message }, (place, signal) =>
      moves.propose(place, signal),
    ),
  );
  connection.onRequest(
    moveSecret,
    guard.request('Moving', failed, (asked, signal) => attended.run(true, () => moves.move(asked, signal))),
  );
  connection.onRequest(
    moveAllCandidates,
    guard.request('Listing what can be moved', [], ({ uri }, signal) => moves.candidates(uri, signal)),
  );
  connection.onRequest(
    acceptFinding,
    guard.request('Accepting', failed, (asked, signal) => moves.accept(asked, signal)),
  );
  connection.onRequest(
    storeChoices,
    guard.request('Listing stores', [], ({ folder }, signal) =>
      access.choices(configuration.folderOf(`${folder}/x`), signal),
    ),
  );
  if (options.prompts === true) return;
  connection.onExecuteCommand(
    guard.request('Command', null, async ({ command, arguments: values }, signal) => {
      await executeCommand(command, values?.[0], connection, moves, signal);
      return null;
    }),
  );
}

function handleInventory(parts: Parts, reactions: Reactions): void {
  const { connection, guard, answers, environments, configuration, closedFiles, attended } = parts;
  connection.onRequest(
    inventoryRequest,
    guard.request('Inventory', { rows: [], open: 0, scanning: false, vault: false }, (_, signal) =>
      answers.read(signal),
    ),
  );
  connection.onRequest(
    removeSecret,
    guard.request('Deleting', failed, async (asked, signal) => {
      const answer = await answers.remove(asked, signal);
      reactions.storedChanged();
      return answer;
    }),
  );
  connection.onRequest(
    environmentStatus,
    guard.request(
      'Environment',
      { folder: '', names: [], missing: [] },
      ({ folder, attended: waiting = false }, signal) =>
        attended.run(waiting, () => environments.status(folder, signal)),
    ),
  );
  connection.onRequest(
    allowEntry,
    guard.request('Allowing', failed, async (asked, signal) => {
      const answer = await environments.allow(asked, signal);
      if (answer.kind === 'done') reactions.storedChanged();
      return answer;
    }),
  );
  connection.onRequest(
    scanWorkspace,
    guard.request('Scanning', failed, async ({ workDoneToken }, signal): Promise<Answer> => {
      const roots = configuration.folders().filter(folder => folder.root !== undefined);
      const scanning = closedFiles.scan(roots, async () => requestProgress(connection, workDoneToken, signal));
      reactions.announce();
      const { cancelled, files } = await scanning;
      reactions.announce();
      if (cancelled) return { kind: 'stale', message: 'The scan was cancelled. What was found so far is shown.' };
      return { kind: 'done', message: `${files} files looked at.` };
    }),
  );
}

function handleLife(parts: Parts, reactions: Reactions): void {
  const { connection, guard, configuration, closedFiles, channel, pool, access } = parts;
  connection.onNotification(trustChanged, ({ trusted }) => configuration.setTrusted(trusted === true));
  connection.onDidChangeWatchedFiles(({ changes }) =>
    guard.run('Reading changed files', () => reactions.filesChanged(changes.flatMap(({ uri }) => fileOf(uri) ?? []))),
  );
  connection.onShutdown(() =>
    guard.run('Stopping', async () => {
      reactions.dispose();
      closedFiles.dispose();
      channel?.dispose();
      await Promise.all([pool.close(), access.dispose()]);
    }),
  );
}
