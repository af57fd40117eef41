import assert from 'node:assert/strict';
import { test } from 'node:test';
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
