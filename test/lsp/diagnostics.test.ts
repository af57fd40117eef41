import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DidChangeTextDocumentNotification, type TextDocumentContentChangeEvent } from 'vscode-languageserver/node';
import { randomOf } from '../support/sample.ts';
import { startTestServer, testToken } from '../support/startTestServer.ts';

void test('a token typed behind emoji and CRLF is flagged exactly', async t => {
  const server = await startTestServer(t, { options: { trusted: true, prompts: true } });
  const uri = server.uri('a.js');
  await server.open(uri, '// 🙂\r\nconst key = "🙂🙂";\r\n');
  assert.deepEqual(await server.current(uri), []);
  const at = server.text(uri).indexOf('🙂"');
  for (const [index, letter] of testToken().split('').entries())
    await server.type(uri, { at: at + index, text: letter });
  await server.type(uri, { at: at - 2, remove: 2, text: '' });
  await server.type(uri, { at: at - 2 + testToken().length, remove: 2, text: '' });
  assert.equal(server.text(uri), `// 🙂\r\nconst key = "${testToken()}";\r\n`);
  const [found, ...others] = await server.current(uri);
  assert.deepEqual(others, []);
  assert.deepEqual(found, {
    source: 'keysweep',
    range: { start: { line: 1, character: 13 }, end: { line: 1, character: 37 } },
    severity: 1,
    code: 'test-token',
    codeDescription: { href: 'https://test.example/tokens' },
    message: 'Hardcoded secret: Test service token (token, Test Service). Confidence: certain.',
    data: { rule: 'test-token' },
  });
});

void test('whatever is typed where, an edited text is flagged like one opened anew', async t => {
  const server = await startTestServer(t, { options: { trusted: true, prompts: true } });
  const random = randomOf('edits of an open text');
  const pieces = ['\r\n', '\n', '\r', '🙂', '"', 'const key = "', '";\n', testToken(), testToken(3), 'x', '\ud83d', ''];
  const edited = server.uri('edited.js');
  await server.open(edited, '');
  for (let round = 0; round < 25; round += 1) {
    const changes = Array.from({ length: 1 + random(4) }, () => {
      const length = server.text(edited).length;
      const at = random(length + 1);
      return { at, remove: random(Math.min(8, length - at + 1)), text: pieces[random(pieces.length)] ?? '' };
    });
    for (const change of changes) await server.type(edited, change);
    const found = await server.current(edited);
    const fresh = server.uri(`fresh${round}.js`);
    await server.open(fresh, server.text(edited));
    assert.deepEqual(found, await server.current(fresh));
    await server.close(fresh);
  }
});

void test('a change of the whole text, a change of nothing and nonsense positions', async t => {
  const server = await startTestServer(t, { options: { trusted: true, prompts: true } });
  const uri = server.uri('a.js');
  await server.open(uri, 'one\ntwo\n');
  const change = (version: number, contentChanges: TextDocumentContentChangeEvent[]) =>
    server.client.sendNotification(DidChangeTextDocumentNotification.type, {
      textDocument: { uri, version },
      contentChanges,
    });
  const far = { line: 900, character: 900 };
  await change(2, [{ text: 'const key = "' }]);
  await change(3, [{ range: { start: far, end: { line: 0, character: 13 } }, text: testToken() }]);
  await change(4, [{ range: { start: far, end: far }, text: '";\n' }]);
  await change(5, []);
  const [found] = await server.diagnostics(uri, ({ version }) => version === 4);
  assert.deepEqual(found?.range, { start: { line: 0, character: 13 }, end: { line: 0, character: 37 } });
  await server.client.sendNotification(DidChangeTextDocumentNotification.type, {
    textDocument: { uri: server.uri('never opened.js'), version: 2 },
    contentChanges: [{ text: testToken() }],
  });
});

void test('five megabytes on one line', async t => {
  const server = await startTestServer(t, { options: { trusted: true, prompts: true } });
  const uri = server.uri('bundle.js');
  await server.open(uri, `a("${'lorem ipsum '.repeat(430_000)}");b="${testToken()}"`);
  const [found] = await server.current(uri);
  assert.equal(found?.range.start.line, 0);
});
