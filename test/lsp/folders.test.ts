import assert from 'node:assert/strict';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  DidChangeNotebookDocumentNotification,
  DidChangeWatchedFilesNotification,
  DidChangeWorkspaceFoldersNotification,
  DidCloseNotebookDocumentNotification,
  DidOpenNotebookDocumentNotification,
  FileChangeType,
} from 'vscode-languageserver/node';
import { inventory, type ServerStatus, scanWorkspace, trustChanged } from '../../server/protocol/messages.ts';
import { gitRepository } from '../support/gitRepository.ts';
import { startTestServer, testToken } from '../support/startTestServer.ts';

const ours = { trusted: true, prompts: true };
const found = ({ diagnostics }: { diagnostics: readonly unknown[] }) => diagnostics.length > 0;
const none = ({ diagnostics }: { diagnostics: readonly unknown[] }) => diagnostics.length === 0;

void test('closed files of every folder are looked at, each with its own settings', async t => {
  const line = `const a = "${testToken()}";\n`;
  const server = await startTestServer(t, {
    options: ours,
    folders: {
      one: { 'src/a.js': line, 'skipped/b.js': line, '.gitignore': 'ignored.js\n', 'ignored.js': line },
      two: { 'skipped/b.js': line },
    },
    settings: { one: { exclude: ['skipped/**'] } },
  });
  await Promise.all([
    server.diagnostics(server.uri('src/a.js', 'one'), found),
    server.diagnostics(server.uri('skipped/b.js', 'two'), found),
  ]);
  await server.client.sendRequest(scanWorkspace, {});
  const { rows, open } = await server.client.sendRequest(inventory, {});
  assert.equal(open, 2);
  assert.deepEqual(
    rows.filter(row => row.state === 'inCode').map(row => row.path),
    ['src/a.js', 'skipped/b.js'],
  );
});

void test('an open text counts, not the file on disk; closed again, the file counts', async t => {
  const server = await startTestServer(t, {
    options: ours,
    folders: { project: { 'a.js': `const a = "${testToken()}";\n` } },
  });
  const uri = server.uri('a.js');
  await server.diagnostics(uri, found);
  await server.open(uri, 'const a = process.env.A;\n');
  assert.deepEqual(await server.current(uri), []);
  await server.close(uri);
  const [diagnostic] = await server.diagnostics(uri, found);
  assert.deepEqual(diagnostic?.range.start, { line: 0, character: 11 });
});

void test('files written, renamed and deleted by others are followed', async t => {
  const server = await startTestServer(t, { options: ours });
  await server.changeOnDisk('project', { 'deep/a.js': `const a = "${testToken()}";\n` });
  await server.diagnostics(server.uri('deep/a.js'), found);
  const folder = server.folder();
  await rename(join(folder, 'deep'), join(folder, 'moved'));
  await server.client.sendNotification(DidChangeWatchedFilesNotification.type, {
    changes: [
      { uri: server.uri('deep'), type: FileChangeType.Deleted },
      { uri: server.uri('moved'), type: FileChangeType.Created },
    ],
  });
  await server.diagnostics(server.uri('deep/a.js'), none);
  await server.diagnostics(server.uri('moved/a.js'), found);
  await rm(join(folder, 'moved/a.js'));
  await server.client.sendNotification(DidChangeWatchedFilesNotification.type, {
    changes: [{ uri: server.uri('moved/a.js'), type: FileChangeType.Deleted }],
  });
  await server.diagnostics(server.uri('moved/a.js'), none);
});

void test("another scanner's ignore file and what a pack extends count from their next change on", async t => {
  const pack = '[extend]\npath = "base.toml"\n';
  const base = "[[rules]]\nid = 'acme'\nregex = '''acme-[a-z0-9]{8}'''\n";
  const server = await startTestServer(t, {
    options: ours,
    folders: {
      project: {
        '.gitleaks.toml': pack,
        'base.toml': '',
        'a.ini': 'code = acme-q8w7e6r5\n',
        'b.ini': `k = ${testToken()}\n`,
      },
    },
    settings: { '': { rulePacks: ['.gitleaks.toml'] } },
  });
  await server.diagnostics(server.uri('b.ini'), found);
  await server.changeOnDisk('project', { 'base.toml': base });
  const [diagnostic] = await server.diagnostics(server.uri('a.ini'), found);
  assert.equal(diagnostic?.code, 'acme');
  await server.changeOnDisk('project', { '.gitleaksignore': 'a.ini:acme:1\n' });
  await server.diagnostics(server.uri('a.ini'), none);
});

void test('folders come and go', async t => {
  const server = await startTestServer(t, {
    options: ours,
    folders: { one: { 'a.js': `const a = "${testToken()}";\n` } },
  });
  const uri = server.uri('a.js', 'one');
  await server.diagnostics(uri, found);
  const folder = { name: 'one', uri: server.uri('', 'one').replace(/\/$/, '') };
  await server.client.sendNotification(DidChangeWorkspaceFoldersNotification.type, {
    event: { added: [], removed: [folder] },
  });
  await server.diagnostics(uri, none);
  await server.client.sendNotification(DidChangeWorkspaceFoldersNotification.type, {
    event: { added: [folder], removed: [] },
  });
  await server.diagnostics(uri, found);
});

void test('cells of a notebook are texts of their own', async t => {
  const server = await startTestServer(t, { options: ours });
  const notebook = server.uri('n.ipynb');
  const cell = `${notebook.replace('file:', 'vscode-notebook-cell:')}#W0s`;
  await server.client.sendNotification(DidOpenNotebookDocumentNotification.type, {
    notebookDocument: {
      uri: notebook,
      notebookType: 'jupyter-notebook',
      version: 1,
      cells: [{ kind: 2, document: cell }],
    },
    cellTextDocuments: [{ uri: cell, languageId: 'python', version: 1, text: 'x = 1\n' }],
  });
  await server.client.sendNotification(DidChangeNotebookDocumentNotification.type, {
    notebookDocument: { uri: notebook, version: 2 },
    change: {
      cells: {
        textContent: [
          {
            document: { uri: cell, version: 2 },
            changes: [
              {
                range: { start: { line: 1, character: 0 }, end: { line: 1, character: 0 } },
                text: `key = "${testToken()}"\n`,
              },
            ],
          },
        ],
      },
    },
  });
  const [diagnostic] = await server.diagnostics(cell, found);
  assert.deepEqual(diagnostic?.range, { start: { line: 1, character: 7 }, end: { line: 1, character: 31 } });
});

void test('a secret in a notebook is counted once, whether the notebook is open or not', async t => {
  const source = `key = "${testToken()}"`;
  const content = JSON.stringify({ cells: [{ cell_type: 'code', source: [source] }] });
  const server = await startTestServer(t, { options: ours, folders: { project: { 'n.ipynb': content } } });
  const notebook = server.uri('n.ipynb');
  const cell = `${notebook.replace('file:', 'vscode-notebook-cell:')}#W0s`;
  const openFindings = async () => (await server.client.sendRequest(inventory, {})).open;
  await server.diagnostics(notebook, found);
  assert.equal(await openFindings(), 1);
  const cells = [{ kind: 2, document: cell }] as const;
  await server.client.sendNotification(DidOpenNotebookDocumentNotification.type, {
    notebookDocument: { uri: notebook, notebookType: 'jupyter-notebook', version: 1, cells: [...cells] },
    cellTextDocuments: [{ uri: cell, languageId: 'python', version: 1, text: source }],
  });
  await server.diagnostics(cell, found);
  await server.diagnostics(notebook, none);
  assert.equal(await openFindings(), 1);
  await server.client.sendRequest(scanWorkspace, {});
  assert.equal(await openFindings(), 1);
  await server.client.sendNotification(DidCloseNotebookDocumentNotification.type, {
    notebookDocument: { uri: notebook },
    cellTextDocuments: [{ uri: cell }],
  });
  await server.diagnostics(cell, none);
  await server.diagnostics(notebook, found);
  assert.equal(await openFindings(), 1);
});

void test('an open text larger than the settings allow is passed over, and the status says so', async t => {
  const settings: Record<string, Record<string, unknown>> = { '': { maxFileSize: 200 } };
  const server = await startTestServer(t, { options: ours, settings });
  const uri = server.uri('a.js');
  await server.open(uri, `const a = "${testToken()}";\n`);
  assert.equal((await server.current(uri)).length, 1);
  await server.type(uri, { at: 0, text: `// ${'é'.repeat(100)}\n` });
  assert.deepEqual(await server.current(uri), []);
  const told = (status: ServerStatus) => /a\.js was not looked at: it has \d+ bytes/.test(status.details.join());
  await server.until(() => server.statuses.find(told));
  settings[''] = {};
  await server.changeSettings();
  await server.diagnostics(uri, found);
  await server.until(() => (server.statuses.some(told) && !told(server.statuses.at(-1)!) ? true : undefined));
});

void test('fifty megabytes in the editor are passed over, and the text beside them is looked at', async t => {
  const server = await startTestServer(t, { options: ours });
  const [large, small] = [server.uri('large.txt'), server.uri('small.js')];
  await server.open(large, 'lorem ipsum dolor\n'.repeat(2_900_000), 'plaintext');
  await server.open(small, `const a = "${testToken()}";\n`);
  await server.current(small);
  for (let at = 0; at < 4; at += 1) await server.type(large, { at: 0, text: 'x' });
  await server.type(small, { at: 0, text: '\n' });
  assert.equal((await server.current(small)).length, 1);
  const told = /large\.txt was not looked at: it has \d+ bytes/;
  await server.until(() => server.statuses.find(status => told.test(status.details.join())));
});

void test('an untitled text is flagged, and forgotten when it is closed', async t => {
  const server = await startTestServer(t, { options: ours });
  const uri = 'untitled:Untitled-1';
  await server.open(uri, `const a = "${testToken()}";\n`);
  await server.diagnostics(uri, found);
  await server.close(uri);
  await server.diagnostics(uri, none);
});

void test('more than a file can show: the most severe ones and a note', async t => {
  const server = await startTestServer(t, { options: ours });
  const uri = server.uri('many.js');
  const lines = Array.from({ length: 1200 }, (_, index) => `const a${index} = "${testToken(index)}";`);
  await server.open(uri, lines.join('\n'));
  const diagnostics = await server.current(uri);
  assert.equal(diagnostics.length, 1000);
  assert.match(JSON.stringify(diagnostics.at(-1)?.message), /^"\d+ more secrets stand in this file\./);
});

const pack = `rules:
  - id: team-key
    pattern: 'team_[a-z]{12}'
    keywords: [team_]
`;

void test('a pack counts once the workspace is trusted, without a restart; until then the user is told once', async t => {
  const server = await startTestServer(t, {
    options: { trusted: false, prompts: true },
    folders: {
      project: {
        'team.yaml': pack,
        '.vscode/settings.json': '{ "keysweep.rulePacks": ["./team.yaml"] }',
        '.keysweep-accepted.yaml': 'accepted:\n',
      },
    },
    settings: { '': { rulePacks: ['./team.yaml'] } },
  });
  const uri = server.uri('a.js');
  await server.open(uri, `const a = "team_${'qhzwmxkvbrtp'}";\n`);
  assert.deepEqual(await server.current(uri), []);
  await server.until(() => server.messages.find(message => message.includes('until you trust it')));
  assert.equal(server.statuses.at(-1)?.kind, 'warning');
  await server.client.sendNotification(trustChanged, { trusted: true });
  const [diagnostic] = await server.diagnostics(uri, found);
  assert.equal(diagnostic?.code, 'team-key');
  assert.equal(server.messages.length, 1);
});

void test('what is wrong with a pack stands on the pack; the rest of it works', async t => {
  const server = await startTestServer(t, {
    options: ours,
    folders: { project: { 'team.yaml': `${pack}  - id: broken\n    pattern: 'a(b'\n` } },
    settings: { '': { rulePacks: ['./team.yaml'] } },
  });
  const [problem] = await server.diagnostics(server.uri('team.yaml'), found);
  assert.equal(problem?.range.start.line, 5);
  const uri = server.uri('a.js');
  await server.open(uri, `const a = "team_${'qhzwmxkvbrtp'}";\n`);
  await server.diagnostics(uri, found);
  await server.changeOnDisk('project', { 'team.yaml': pack });
  await server.diagnostics(server.uri('team.yaml'), none);
});

void test('a setting that changes is followed', async t => {
  const server = await startTestServer(t, { options: ours });
  const uri = server.uri('a.js');
  await server.open(uri, `const a = "${testToken()}";\n`);
  await server.diagnostics(uri, found);
  server.settings[''] = { ruleSeverity: { 'test-*': 'off' } };
  await server.changeSettings();
  await server.diagnostics(uri, none);
  server.settings[''] = { ruleSeverity: { 'test-token': 'hint' } };
  await server.changeSettings();
  const [diagnostic] = await server.diagnostics(uri, found);
  assert.equal(diagnostic?.severity, 4);
});

void test('accepted findings count in a trusted workspace alone', async t => {
  const file = `const a = "${testToken()}"; // keysweep:allow\n`;
  const trusted = await startTestServer(t, { options: ours });
  await trusted.open(trusted.uri('a.js'), file);
  assert.deepEqual(await trusted.current(trusted.uri('a.js')), []);
  const untrusted = await startTestServer(t, { options: { trusted: false, prompts: true } });
  await untrusted.open(untrusted.uri('a.js'), file);
  assert.equal((await untrusted.current(untrusted.uri('a.js'))).length, 1);
});

void test('a file that is deleted while open stays flagged until it is closed', async t => {
  const server = await startTestServer(t, { options: ours, folders: { project: { 'a.js': '' } } });
  const uri = server.uri('a.js');
  await writeFile(join(server.folder(), 'a.js'), `const a = "${testToken()}";\n`);
  await server.open(uri, `const a = "${testToken()}";\n`);
  await server.diagnostics(uri, found);
  await rm(join(server.folder(), 'a.js'));
  await server.close(uri);
  await server.diagnostics(uri, none);
});

void test('a rule that takes too long is switched off and reported where it stands; the others work', async t => {
  const server = await startTestServer(t, {
    options: ours,
    deadline: 150,
    folders: {
      project: {
        'team.yaml': `rules:\n  - id: endless\n    keywords: [kst_]\n    pattern: '${'(x*)*'.repeat(8)}y${'[a-z]{0,900}'.repeat(3)}z'\n`,
      },
    },
    settings: { '': { rulePacks: ['./team.yaml'] } },
  });
  const uri = server.uri('a.js');
  await server.open(uri, `const a = "${testToken()}";\n// kst_ ${'x'.repeat(200_000)}\n`);
  const [diagnostic] = await server.diagnostics(uri, found);
  assert.equal(diagnostic?.code, 'test-token');
  const [stopped] = await server.diagnostics(server.uri('team.yaml'), found);
  assert.match(JSON.stringify(stopped?.message), /took too long/);
  assert.equal(stopped?.range.start.line, 1);
});

void test('another commit checked out shows without a word from the client', async t => {
  const repository = await gitRepository(t, { 'a.js': `const a = "${testToken()}";\n` });
  await repository.commit();
  await repository.git('checkout', '-q', '-b', 'clean');
  await writeFile(join(repository.folder, 'a.js'), 'const a = process.env.A;\n');
  await repository.commit();
  const server = await startTestServer(t, { options: ours, roots: [repository.folder], capabilities: {} });
  const uri = pathToFileURL(join(repository.folder, 'a.js')).href;
  await server.client.sendRequest(scanWorkspace, {});
  await repository.git('checkout', '-q', 'main');
  await server.diagnostics(uri, found);
  await repository.git('checkout', '-q', 'clean');
  await server.diagnostics(uri, none);
});

void test('without trust, no setting of another editor narrows or widens anything', async t => {
  const server = await startTestServer(t, {
    folders: { project: { 'team.yaml': pack, 'a.js': `const a = "${testToken()}";\n` } },
    settings: { '': { rulePacks: ['./team.yaml'], exclude: ['**'], ruleSeverity: { 'test-token': 'off' } } },
  });
  const [diagnostic] = await server.diagnostics(server.uri('a.js'), found);
  assert.equal(diagnostic?.severity, 1);
  await server.open(server.uri('b.js'), `const a = "team_${'qhzwmxkvbrtp'}";\n`);
  assert.deepEqual(await server.current(server.uri('b.js')), []);
});

void test('a folder inside a folder has its files to itself', async t => {
  const line = `const a = "${testToken()}";\n`;
  const server = await startTestServer(t, {
    options: ours,
    folders: { outer: { 'a.js': line, 'inner/b.js': line }, 'outer/inner': {} },
    settings: { 'outer/inner': { severity: { certain: 'hint' } } },
  });
  const [own] = await server.diagnostics(server.uri('a.js', 'outer'), found);
  const [inner] = await server.diagnostics(server.uri('b.js', 'outer/inner'), found);
  assert.deepEqual([own?.severity, inner?.severity], [1, 4]);
});
