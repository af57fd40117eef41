import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGuard } from '../../server/lsp/guard.ts';

void test('a log line says where something failed, and nothing that the error quotes', async () => {
  const lines: string[] = [];
  const guard = createGuard({ error: message => void lines.push(message) });
  await guard.run('Looking', () => {
    throw Object.assign(new TypeError('Bad text:\n    at hidden (value:1:1)'), { code: 'EBAD' });
  });
  const [line = ''] = lines;
  assert.match(line, /^Looking failed: TypeError EBAD\n\s+at .*guard\.test\.ts/);
  assert.doesNotMatch(line, /hidden|Bad text/);
  await guard.run('Stopping', () => AbortSignal.abort().throwIfAborted());
  assert.equal(lines.length, 1);
});
