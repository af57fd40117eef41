import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  type CodeAction,
  CodeActionRequest,
  DidOpenNotebookDocumentNotification,
  ExecuteCommandRequest,
  HoverRequest,
  type MarkupContent,
  type Range,
} from 'vscode-languageserver/node';
import {
  acceptFinding,
  inventory,
  moveAllCandidates,
  moveSecret,
  proposeMove,
  storeChoices,
  trustChanged,
} from '../../server/protocol/messages.ts';
import type { Pipe } from '../../server/protocol/valueChannel.ts';
import { StoreError } from '../../server/stores/store.ts';
import { gitRepository } from '../support/gitRepository.ts';
import { memoryStore, memoryStores } from '../support/memoryStore.ts';
import { startTestServer, type TestServer, testRules, testToken } from '../support/startTestServer.ts';

const ours = { trusted: true, prompts: true };

async function openWithToken(server: TestServer, path = 'a.js', text = `const apiKey = "${testToken()}";\n`) {
  const uri = server.uri(path);
  await server.open(uri, text, path.endsWith('.json') ? 'json' : 'javascript');
  const [diagnostic] = await server.current(uri);
  return { uri, version: server.version(uri), range: diagnostic!.range };
}

async function actionsAt(server: TestServer, uri: string, range: Range): Promise<readonly CodeAction[]> {
  const asked = { textDocument: { uri }, range, context: { diagnostics: [] } };
  return ((await server.client.sendRequest(CodeActionRequest.type, asked)) ?? []) as CodeAction[];
}

async function hoverAt(server: TestServer, uri: string, position: Range['start']): Promise<string> {
  const found = await server.client.sendRequest(HoverRequest.type, { textDocument: { uri }, position });
  return (found?.contents as MarkupContent | undefined)?.value ?? '';
}

void test('actions name where, never what', async t => {
  const server = await startTestServer(t, { options: ours });
  const place = await openWithToken(server);
  const actions = await actionsAt(server, place.uri, place.range);
  assert.deepEqual(
    actions.map(({ title, kind, command, edit, disabled }) => ({
      title,
      kind,
      command: command?.command,
      edit,
      disabled,
    })),
    [
      ['Move to Keychain…', 'quickfix', 'keysweep.moveToKeychain'],
      ['Accept…', 'quickfix', 'keysweep.accept'],
      ['Move All in File…', 'source.keysweep.moveAll', 'keysweep.moveAll'],
    ].map(([title, kind, command]) => ({ title, kind, command, edit: undefined, disabled: undefined })),
  );
  assert.deepEqual(actions[1]?.command?.arguments, [place]);
});

void test('a hover says why, what it can do, how to rotate it and what the fix does', async t => {
  const server = await startTestServer(t, { options: ours });
  const { uri, range } = await openWithToken(server);
  const text = await hoverAt(server, uri, range.start);
  for (const part of [
    '**Test service token** (token, Test Service). Confidence: certain.',
    '**Why it is flagged:**\n- ',
    'It is assigned to `apiKey`',
    '**What it can do:** Opens everything in the test service\\.',
    '**Quick fix:** *Move to Keychain*',
    '[How to rotate it](https://test.example/rotate)',
    '(https://test.example/tokens)',
  ]) {
    assert.ok(text.includes(part), `${part}\n\n${text}`);
  }
});

void test('a move stores the value, edits once, saves, and says what is next', async t => {
  const server = await startTestServer(t, { options: ours });
  const place = await openWithToken(server);
  const proposal = await server.client.sendRequest(proposeMove, place);
  assert.equal(proposal.kind, 'proposal');
  if (proposal.kind !== 'proposal') return;
  assert.equal(proposal.stores[0]?.id, 'keychain');
  const answer = await server.client.sendRequest(moveSecret, {
    ...place,
    name: proposal.name,
    store: 'keychain',
    everywhere: false,
  });
  assert.equal(answer.kind, 'done', answer.message);
  assert.equal(server.edits.length, 1);
  assert.equal(server.edits[0]?.metadata?.isRefactoring, true);
  assert.deepEqual(
    server.edits[0]?.edit.documentChanges?.map(change => ('kind' in change ? change.kind : 'edit')).sort(),
    ['create', 'edit', 'edit'],
  );
  assert.deepEqual([...server.store.values.values()], [testToken()]);
  assert.ok(!server.text(place.uri).includes(testToken()));
  assert.ok(server.saved.includes(place.uri));
  assert.deepEqual(await server.current(place.uri), []);
});

void test('a text that changed meanwhile: nothing edited, nothing stored', async t => {
  const server = await startTestServer(t, { options: ours });
  const place = await openWithToken(server);
  await server.type(place.uri, { at: 0, text: '// x\n' });
  const answer = await server.client.sendRequest(moveSecret, {
    ...place,
    name: 'API_KEY',
    store: 'keychain',
    everywhere: false,
  });
  assert.equal(answer.kind, 'stale');
  assert.equal(server.edits.length, 0);
  assert.equal(server.store.values.size, 0);
});

void test('an edit that the editor refuses: what was stored is removed again', async t => {
  const server = await startTestServer(t, { options: ours, answerEdit: 'refuse' });
  const place = await openWithToken(server);
  const answer = await server.client.sendRequest(moveSecret, {
    ...place,
    name: 'API_KEY',
    store: 'keychain',
    everywhere: false,
  });
  assert.equal(answer.kind, 'stale');
  assert.equal(server.store.values.size, 0);
});

void test('a file that cannot be saved: the edit is taken back, nothing stays stored', async t => {
  const server = await startTestServer(t, { options: ours, canSave: false });
  const place = await openWithToken(server);
  const before = server.text(place.uri);
  const answer = await server.client.sendRequest(moveSecret, {
    ...place,
    name: 'API_KEY',
    store: 'keychain',
    everywhere: false,
  });
  assert.equal(answer.kind, 'failed');
  assert.equal(server.text(place.uri), before);
  assert.equal(server.store.values.size, 0);
});

void test('an edit that cannot be taken back: what the file reads now stays stored', async t => {
  const server = await startTestServer(t, { options: ours, canSave: false, answerEdit: 'applyFirst' });
  const place = await openWithToken(server);
  const answer = await server.client.sendRequest(moveSecret, {
    ...place,
    name: 'API_KEY',
    store: 'keychain',
    everywhere: false,
  });
  assert.equal(answer.kind, 'failed');
  assert.match(answer.message, /could not be put back: .*API_KEY now, which stays in Keychain/);
  assert.deepEqual([...server.store.values.values()], [testToken()]);
});

void test('a store that fails: nothing edited', async t => {
  const server = await startTestServer(t, { options: ours });
  const place = await openWithToken(server);
  server.store.problem = new StoreError('locked', 'The keychain is locked.', 'Unlock it.');
  const choices = await server.client.sendRequest(storeChoices, { folder: server.uri('') });
  assert.deepEqual([choices[0]?.problem, choices[0]?.advice], ['The keychain is locked.', 'Unlock it.']);
  const answer = await server.client.sendRequest(moveSecret, {
    ...place,
    name: 'API_KEY',
    store: 'keychain',
    everywhere: false,
  });
  assert.equal(answer.kind, 'failed');
  assert.match(answer.message, /locked/);
  assert.equal(server.edits.length, 0);
});

void test('all copies go in one edit', async t => {
  const server = await startTestServer(t, {
    options: ours,
    folders: { project: { 'b.js': `export const key = "${testToken()}";\n` } },
  });
  await server.diagnostics(server.uri('b.js'), ({ diagnostics }) => diagnostics.length > 0);
  const place = await openWithToken(server);
  const proposal = await server.client.sendRequest(proposeMove, place);
  assert.deepEqual(proposal.kind === 'proposal' && proposal.copies, ['b.js']);
  const answer = await server.client.sendRequest(moveSecret, {
    ...place,
    name: 'API_KEY',
    store: 'keychain',
    everywhere: true,
  });
  assert.equal(answer.kind, 'done', answer.message);
  const files = (server.edits[0]?.edit.documentChanges ?? []).flatMap(change =>
    'textDocument' in change ? [change.textDocument.uri] : [],
  );
  assert.deepEqual(files.sort(), [server.uri('.env.schema'), server.uri('a.js'), server.uri('b.js')]);
});

void test('the value in the comments of closed files goes with it, ignored files stay', async t => {
  const comment = `// once: ${testToken()}\n`;
  const files = {
    'sub/closed.js': comment,
    'no.js': '// nothing\n',
    'ignored.js': comment,
    '.gitignore': 'ignored.js\n',
  };
  const rules = [{ ...testRules[0], pattern: 'apiKey = "(kst_[0-9A-Za-z]{20})"' }];
  const server = await startTestServer(t, { options: ours, folders: { project: files }, rules });
  const place = await openWithToken(server);
  const proposal = await server.client.sendRequest(proposeMove, place);
  assert.deepEqual(proposal.kind === 'proposal' && proposal.copies, ['sub/closed.js']);
  const params = { ...place, name: 'API_KEY', store: 'keychain', everywhere: true };
  const answer = await server.client.sendRequest(moveSecret, params);
  assert.equal(answer.kind, 'done', answer.message);
  const edited = (server.edits[0]?.edit.documentChanges ?? []).flatMap(change =>
    'textDocument' in change ? [change.textDocument.uri] : [],
  );
  assert.deepEqual(edited.sort(), ['.env.schema', 'a.js', 'sub/closed.js'].map(path => server.uri(path)).sort());
});

void test('many are moved in turn, each found again after the edits before it', async t => {
  const server = await startTestServer(t, { options: ours });
  const lines = [1, 2, 3].map(seed => `const key${seed} = "${testToken(seed)}";\n`);
  const { uri } = await openWithToken(server, 'a.js', lines.join(''));
  const candidates = await server.client.sendRequest(moveAllCandidates, { uri });
  assert.equal(candidates.length, 3);
  assert.equal(new Set(candidates.map(({ name }) => name)).size, 3);
  for (const candidate of candidates) {
    const answer = await server.client.sendRequest(moveSecret, { ...candidate, store: 'keychain', everywhere: true });
    assert.equal(answer.kind, 'done', answer.message);
  }
  assert.equal(server.store.values.size, 3);
  assert.deepEqual(await server.current(uri), []);
});

void test('Move All offers no name that the manifest gives to another value', async t => {
  const server = await startTestServer(t, { options: ours });
  const { uri } = await openWithToken(server);
  const offered = async () => {
    const candidates = await server.client.sendRequest(moveAllCandidates, { uri });
    return candidates.map(({ name }) => name);
  };
  const [name = ''] = await offered();
  writeFileSync(join(server.folder(), '.env.schema'), `${name}="ref+keychain://other/${name}"\n`);
  assert.deepEqual(await offered(), [`${name}_2`]);
});

void test('Move All offers a value where it can be rewritten, not where it happens to stand first', async t => {
  const server = await startTestServer(t, { options: ours });
  await openWithToken(server, 'a.json', `{ "token": "${testToken()}" }\n`);
  const { uri } = await openWithToken(server, 'b.js', `const token = "${testToken()}";\n`);
  const candidates = await server.client.sendRequest(moveAllCandidates, { uri: '' });
  assert.deepEqual(
    candidates.map(candidate => [candidate.uri, candidate.refused]),
    [[uri, '']],
  );
});

void test('Move All keeps no name for what cannot be moved', async t => {
  const server = await startTestServer(t, { options: ours });
  await openWithToken(server, 'a.json', `{ "token": "${testToken()}" }\n`);
  await openWithToken(server, 'b.js', `const token = "${testToken(1)}";\n`);
  const candidates = await server.client.sendRequest(moveAllCandidates, { uri: '' });
  assert.deepEqual(
    candidates.map(({ name, refused }) => [name, refused === '']),
    [
      ['TEST_SERVICE_TOKEN', false],
      ['TEST_SERVICE_TOKEN', true],
    ],
  );
});

void test('an accepted finding is written down without the value, and shown no more', async t => {
  const server = await startTestServer(t, { options: ours });
  const place = await openWithToken(server);
  const answer = await server.client.sendRequest(acceptFinding, { ...place, reason: 'Only a sandbox' });
  assert.equal(answer.kind, 'done', answer.message);
  await server.diagnostics(place.uri, ({ diagnostics }) => diagnostics.length === 0);
  const file = readFileSync(join(server.folder(), '.keysweep-accepted.yaml'), 'utf8');
  assert.match(file, /Only a sandbox/);
  assert.ok(!file.includes(testToken()));
  const { rows } = await server.client.sendRequest(inventory, {});
  assert.deepEqual(
    rows.map(({ state }) => state),
    ['accepted'],
  );
});

void test('a text on no disk is refused', async t => {
  const server = await startTestServer(t, { options: ours });
  await server.open('untitled:Untitled-1', `const key = "${testToken()}";\n`);
  const [diagnostic] = await server.current('untitled:Untitled-1');
  const proposal = await server.client.sendRequest(proposeMove, {
    uri: 'untitled:Untitled-1',
    version: 1,
    range: diagnostic!.range,
  });
  assert.equal(proposal.kind, 'refused');
});

void test('another editor: the server asks, moves and says to save', async t => {
  const server = await startTestServer(t, { answerMessage: () => 'Move' });
  const place = await openWithToken(server);
  const [action, ...others] = await actionsAt(server, place.uri, place.range);
  assert.deepEqual([action?.title, ...others.map(({ title }) => title)], ['Move to Keychain', 'Move All in File']);
  await server.client.sendRequest(ExecuteCommandRequest.type, {
    command: action!.command!.command,
    arguments: action!.command!.arguments ?? [],
  });
  const last = await server.until(() => server.messages.find(message => message.startsWith('Moved ')));
  assert.match(last, /Save the changed files/);
  assert.equal(server.edits.length, 1);
  assert.deepEqual([...server.store.values.values()], [testToken()]);
  assert.ok(!existsSync(join(server.folder(), 'a.js')));
});

void test('another editor: nothing happens without consent', async t => {
  const server = await startTestServer(t, { answerMessage: () => 'Cancel' });
  const place = await openWithToken(server);
  const [action] = await actionsAt(server, place.uri, place.range);
  await server.client.sendRequest(ExecuteCommandRequest.type, {
    command: action!.command!.command,
    arguments: action!.command!.arguments ?? [],
  });
  assert.equal(server.edits.length, 0);
  assert.equal(server.store.values.size, 0);
});

void test('whatever crosses, the server never sends a value', async t => {
  const server = await startTestServer(t, {
    options: ours,
    folders: {
      project: { 'b.js': `export const key = "${testToken()}";\n`, 'c.json': `{ "key": "${testToken(5)}" }\n` },
    },
  });
  const place = await openWithToken(server);
  await server.diagnostics(server.uri('c.json'), ({ diagnostics }) => diagnostics.length > 0);
  await actionsAt(server, place.uri, place.range);
  await hoverAt(server, place.uri, place.range.start);
  await server.client.sendRequest(moveAllCandidates, { uri: '' });
  await server.client.sendRequest(inventory, {});
  await server.client.sendRequest(proposeMove, place);
  await server.client.sendRequest(moveSecret, { ...place, name: 'API_KEY', store: 'keychain', everywhere: true });
  await server.client.sendRequest(inventory, {});
  for (const seed of [0, 5]) {
    const value = testToken(seed);
    for (let at = 0; at + 10 <= value.length; at += 1) assert.ok(!server.sent().includes(value.slice(at, at + 10)));
  }
});

void test('a client that knows the older form of edits gets it', async t => {
  const server = await startTestServer(t, { capabilities: {}, answerMessage: () => 'Move' });
  const place = await openWithToken(server);
  const [action] = await actionsAt(server, place.uri, place.range);
  await server.client.sendRequest(ExecuteCommandRequest.type, {
    command: action!.command!.command,
    arguments: action!.command!.arguments ?? [],
  });
  assert.deepEqual(Object.keys(server.edits[0]?.edit.changes ?? {}).sort(), [server.uri('.env.schema'), place.uri]);
  assert.ok(!server.text(place.uri).includes(testToken()));
});

void test('a secret in a cell of a notebook moves like any other', async t => {
  const server = await startTestServer(t, { options: ours });
  const notebook = server.uri('n.ipynb');
  const uri = `${notebook.replace('file:', 'vscode-notebook-cell:')}#W0s`;
  await server.client.sendNotification(DidOpenNotebookDocumentNotification.type, {
    notebookDocument: {
      uri: notebook,
      notebookType: 'jupyter-notebook',
      version: 1,
      cells: [{ kind: 2, document: uri }],
    },
    cellTextDocuments: [{ uri, languageId: 'python', version: 1, text: `key = "${testToken()}"\n` }],
  });
  const [diagnostic] = await server.diagnostics(uri, ({ diagnostics }) => diagnostics.length > 0);
  const place = { uri, version: 1, range: diagnostic!.range };
  const answer = await server.client.sendRequest(moveSecret, {
    ...place,
    name: 'API_KEY',
    store: 'keychain',
    everywhere: false,
  });
  assert.equal(answer.kind, 'done', answer.message);
  const changed = server.edits[0]?.edit.documentChanges?.flatMap(change =>
    'textDocument' in change ? [change.textDocument.uri] : [],
  );
  assert.deepEqual(changed?.sort(), [server.uri('.env.schema'), uri]);
});

void test('a value that git knows is to be rotated, and the page for it comes along', async t => {
  const line = `const apiKey = "${testToken()}";\n`;
  const repository = await gitRepository(t, { 'a.js': line });
  await repository.commit();
  const server = await startTestServer(t, { options: ours, roots: [repository.folder] });
  const uri = pathToFileURL(join(repository.folder, 'a.js')).href;
  await server.open(uri, line);
  const [diagnostic] = await server.current(uri);
  const place = { uri, version: 1, range: diagnostic!.range };
  const answer = await server.client.sendRequest(moveSecret, {
    ...place,
    name: 'API_KEY',
    store: 'keychain',
    everywhere: false,
  });
  assert.deepEqual([answer.kind, answer.rotate, answer.link], ['done', true, 'https://test.example/rotate']);
  assert.match(answer.message, /git's history: rotate it/);
});

void test('another editor: all secrets of a file, asked about once', async t => {
  const server = await startTestServer(t, { answerMessage: () => 'Move All' });
  const { uri, range } = await openWithToken(
    server,
    'a.js',
    `const a1 = "${testToken(1)}";\nconst a2 = "${testToken(2)}";\n`,
  );
  const all = (await actionsAt(server, uri, range)).find(({ title }) => title.startsWith('Move All'));
  await server.client.sendRequest(ExecuteCommandRequest.type, {
    command: all!.command!.command,
    arguments: all!.command!.arguments ?? [],
  });
  await server.until(() => server.messages.find(message => message.startsWith('Moved 2 secrets')));
  assert.equal(server.messages.length, 2);
  assert.equal(server.store.values.size, 2);
});

void test('plain data that expands nothing: disabled, with the reason', async t => {
  const server = await startTestServer(t, { options: ours });
  const { uri, range } = await openWithToken(server, 'package.json', `{ "apiKey": "${testToken()}" }\n`);
  const [move] = await actionsAt(server, uri, range);
  assert.equal(move?.title, 'Move to Keychain…');
  assert.ok(move?.disabled?.reason);
  assert.match(await hoverAt(server, uri, range.start), /\*\*It cannot be moved from here:\*\*/);
});

void test('a remote host without a keychain: the storage of the editor takes its place, and is named', async t => {
  const keychain = memoryStore('keychain');
  keychain.problem = new StoreError('unavailable', 'There is no keychain here.', 'Use another store.');
  const pipe: Pipe = { send: () => undefined, on: () => undefined, off: () => undefined };
  const server = await startTestServer(t, {
    options: { ...ours, remoteName: 'ssh-remote' },
    stores: memoryStores(keychain, memoryStore('secretStorage')),
    pipe,
  });
  const place = await openWithToken(server);
  const choices = await server.client.sendRequest(storeChoices, { folder: server.uri('') });
  assert.deepEqual(
    choices.map(({ id, problem }) => [id, problem]),
    [
      ['secretStorage', ''],
      ['keychain', 'There is no keychain here.'],
    ],
  );
  const [action] = await actionsAt(server, place.uri, place.range);
  assert.equal(action?.title, 'Move to Secret Storage…');
});

void test('a vault that is configured is offered too', async t => {
  const vault = memoryStore('vault');
  const server = await startTestServer(t, { options: ours, stores: memoryStores(memoryStore('keychain'), vault) });
  const place = await openWithToken(server);
  const actions = await actionsAt(server, place.uri, place.range);
  assert.deepEqual(
    actions.slice(0, 2).map(({ title }) => title),
    ['Move to Keychain…', 'Move to Vault…'],
  );
  const answer = await server.client.sendRequest(moveSecret, {
    ...place,
    name: 'API_KEY',
    store: 'vault',
    everywhere: false,
  });
  assert.equal(answer.kind, 'done', answer.message);
  assert.deepEqual([...vault.values.values()], [testToken()]);
});

void test('Restricted Mode: moves are shown with the reason why not, and refused', async t => {
  const server = await startTestServer(t, { options: { trusted: false, prompts: true } });
  const place = await openWithToken(server);
  const actions = await actionsAt(server, place.uri, place.range);
  assert.deepEqual(
    actions.map(({ title, disabled }) => [title, /not trusted/.test(disabled?.reason ?? '')]),
    [
      ['Move to Keychain…', true],
      ['Move All in File…', true],
    ],
  );
  assert.match(
    await hoverAt(server, place.uri, place.range.start),
    /It cannot be moved from here:\*\* The workspace is not trusted/,
  );
  assert.equal((await server.client.sendRequest(proposeMove, place)).kind, 'refused');
  const [candidate] = await server.client.sendRequest(moveAllCandidates, { uri: place.uri });
  assert.match(candidate?.refused ?? '', /not trusted/);
  const params = { ...place, name: 'API_KEY', store: 'keychain', everywhere: false };
  assert.equal((await server.client.sendRequest(moveSecret, params)).kind, 'refused');
  assert.deepEqual([server.store.values.size, server.edits.length], [0, 0]);
  await server.client.sendNotification(trustChanged, { trusted: true });
  assert.equal((await server.client.sendRequest(moveSecret, params)).kind, 'done');
});
