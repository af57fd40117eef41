import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text as readAll } from 'node:stream/consumers';
import { after, before, type TestContext, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  ApplyWorkspaceEditRequest,
  type CodeAction,
  CodeActionRequest,
  createProtocolConnection,
  type Diagnostic,
  DidChangeTextDocumentNotification,
  DidOpenTextDocumentNotification,
  ExecuteCommandRequest,
  InitializedNotification,
  InitializeRequest,
  PublishDiagnosticsNotification,
  ShowMessageNotification,
  ShowMessageRequest,
  type ShowMessageRequestParams,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { buildCommandLine, cliProgram } from '../support/commandLine.ts';
import { githubToken } from '../support/exampleWorkspace.ts';
import { type Keyring, startKeyring } from '../support/keyring.ts';
import { type OpenBao, startOpenBao } from '../support/openbao.ts';
import { tempFolder } from '../support/tempFolder.ts';

/* `keysweep lsp --stdio` for an editor that knows nothing of us: no options, no trust, prompts and edits of the protocol alone. */

let keyring: Keyring;
let openBao: OpenBao;

before(async () => {
  buildCommandLine();
  keyring = await startKeyring();
  openBao = await startOpenBao();
});
after(() => Promise.all([keyring?.close(), openBao?.close()]));

type Answer = 'first' | 'dismissed' | 'edit refused' | 'edit fails' | 'text changes';

interface Editor {
  readonly uri: string;
  readonly value: string;
  readonly folder: string;
  /** Texts by URI, as the editor holds them. */
  readonly texts: Map<string, string>;
  readonly diagnostics: () => Promise<readonly Diagnostic[]>;
  readonly actions: () => Promise<readonly CodeAction[]>;
  readonly execute: (action: CodeAction) => Promise<void>;
  readonly asked: readonly ShowMessageRequestParams[];
  /** All that the server sent. */
  readonly received: () => string;
}

async function openEditor(t: TestContext, answer: Answer): Promise<Editor> {
  const value = githubToken();
  const text = `const label = '😀'; const githubToken = "${value}";\r\n`;
  const folder = await tempFolder(t, { 'a.js': text });
  const env = { ...keyring.environment, VAULT_ADDR: openBao.address, VAULT_TOKEN: openBao.token };
  const child = spawn(process.execPath, [cliProgram, 'lsp', '--stdio'], { cwd: folder, env });
  t.after(() => child.kill('SIGKILL'));
  let received = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', piece => {
      received += String(piece);
    });
  }
  const client = createProtocolConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin));
  t.after(() => client.dispose());

  const uri = pathToFileURL(join(folder, 'a.js')).href;
  const texts = new Map([[uri, text]]);
  const asked: ShowMessageRequestParams[] = [];
  client.onRequest(ShowMessageRequest.type, async params => {
    asked.push(params);
    if (answer === 'text changes') {
      texts.set(uri, `// new\n${texts.get(uri)}`);
      const contentChanges = [
        { range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text: '// new\n' },
      ];
      await client.sendNotification(DidChangeTextDocumentNotification.type, {
        textDocument: { uri, version: 2 },
        contentChanges,
      });
    }
    return answer === 'dismissed' ? null : (params.actions?.[0] ?? null);
  });
  client.onRequest(ApplyWorkspaceEditRequest.type, ({ edit }) => {
    if (answer === 'edit fails') throw new Error('no');
    if (answer === 'edit refused') return { applied: false };
    for (const [changed, edits] of Object.entries(edit.changes ?? {})) {
      texts.set(changed, TextDocument.applyEdits(TextDocument.create(changed, '', 0, texts.get(changed) ?? ''), edits));
    }
    return { applied: true };
  });
  client.onNotification(ShowMessageNotification.type, () => undefined);
  const published = new Promise<readonly Diagnostic[]>(resolve => {
    client.onNotification(PublishDiagnosticsNotification.type, params => {
      if (params.uri === uri && params.diagnostics.length > 0) resolve(params.diagnostics);
    });
  });
  client.listen();
  await client.sendRequest(InitializeRequest.type, {
    processId: process.pid,
    rootUri: pathToFileURL(folder).href,
    capabilities: {},
  });
  await client.sendNotification(InitializedNotification.type, {});
  const textDocument = { uri, languageId: 'javascript', version: 1, text };
  await client.sendNotification(DidOpenTextDocumentNotification.type, { textDocument });
  const actions = async () => {
    const [diagnostic] = await published;
    const asking = { textDocument: { uri }, range: diagnostic!.range, context: { diagnostics: [diagnostic!] } };
    return (await client.sendRequest(CodeActionRequest.type, asking)) as CodeAction[];
  };
  const execute = async ({ command }: CodeAction) => {
    const { arguments: values = [] } = command!;
    await client.sendRequest(ExecuteCommandRequest.type, { command: command!.command, arguments: values });
  };
  return { uri, value, folder, texts, diagnostics: () => published, actions, execute, asked, received: () => received };
}

function assertNoValue({ received, value }: Editor): void {
  for (let start = 0; start + 10 <= value.length; start++) {
    assert.ok(!received().includes(value.slice(start, start + 10)), 'a part of the value was sent');
  }
}

/** What `keysweep get` finds, in either store. */
async function stored({ folder, texts }: Editor, store: string): Promise<string> {
  const manifest = [...texts].find(([uri]) => uri.endsWith('/.env.schema'))?.[1] ?? '';
  const name = /^(\w+)="ref\+(\w+):/m.exec(manifest);
  assert.deepEqual(name?.slice(1), ['GITHUB_TOKEN', store]);
  await writeFile(join(folder, '.env.schema'), manifest);
  const env = { ...keyring.environment, VAULT_ADDR: openBao.address, VAULT_TOKEN: openBao.token };
  const child = spawn(process.execPath, [cliProgram, 'get', 'GITHUB_TOKEN'], { cwd: folder, env });
  return (await readAll(child.stdout)).trim();
}

void test('a diagnostic has the agreed form', async t => {
  const editor = await openEditor(t, 'dismissed');
  const [diagnostic, ...more] = await editor.diagnostics();
  const start = editor.texts.get(editor.uri)!.indexOf(editor.value);
  const { source, range, severity, code, codeDescription, message } = diagnostic!;
  assert.deepEqual(
    { source, range, severity, more },
    {
      source: 'keysweep',
      range: { start: { line: 0, character: start }, end: { line: 0, character: start + editor.value.length } },
      severity: 1,
      more: [],
    },
  );
  assert.equal(code, 'github-personal-access-token');
  assert.match(codeDescription?.href ?? '', /^https:\/\//);
  for (const word of [/token/i, /GitHub/, /certain/]) assert.match(JSON.stringify(message), word);
  const titles = (await editor.actions()).map(({ title }) => title);
  assert.deepEqual(titles.slice(0, 2), ['Move to Keychain', 'Move to Vault']);
  assertNoValue(editor);
});

for (const [title, store] of [
  ['Move to Keychain', 'keychain'],
  ['Move to Vault', 'vault'],
] as const) {
  void test(`${title}: the first answer moves, with one prompt`, async t => {
    const editor = await openEditor(t, 'first');
    await editor.execute((await editor.actions()).find(action => action.title.startsWith(title))!);
    assert.equal(editor.texts.get(editor.uri), "const label = '😀'; const githubToken = process.env.GITHUB_TOKEN;\r\n");
    assert.equal(editor.asked.length, 1);
    assert.equal(await stored(editor, store), editor.value);
    assertNoValue(editor);
  });

  for (const answer of ['dismissed', 'edit refused', 'edit fails', 'text changes'] as const) {
    void test(`${title}, ${answer}: nothing is edited, nothing left in the store`, async t => {
      const editor = await openEditor(t, answer);
      const index = join(keyring.environment.XDG_DATA_HOME!, 'keysweep/keychain.json');
      const before = await entries(index);
      await editor.execute((await editor.actions()).find(action => action.title.startsWith(title))!);
      assert.ok(editor.texts.get(editor.uri)!.includes(editor.value));
      assert.equal(editor.texts.size, 1);
      assert.deepEqual(await entries(index), before);
      assertNoValue(editor);
    });
  }
}

/** The names in the keychain's index, and the paths in the vault. */
async function entries(index: string): Promise<unknown> {
  const { data } = (await openBao.call('LIST', 'secret/metadata')) as {
    readonly data?: { readonly keys: readonly string[] };
  };
  return [await readFile(index, 'utf8').catch(() => ''), data?.keys ?? []];
}
