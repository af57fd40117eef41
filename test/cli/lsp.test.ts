import assert from 'node:assert/strict';
import { once } from 'node:events';
import { before, test } from 'node:test';
import { buildCommandLine, keysweep, startKeysweep } from '../support/commandLine.ts';
import { tempFolder } from '../support/tempFolder.ts';

before(buildCommandLine);

function framed(message: object): string {
  const body = JSON.stringify({ jsonrpc: '2.0', ...message });
  return `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
}

test('the server answers over standard input and output, and ends when told to', async t => {
  const folder = await tempFolder(t);
  const env = { HOME: folder, XDG_DATA_HOME: folder };
  const child = startKeysweep(folder, ['lsp', '--stdio'], { env });
  let out = '';
  const until = async (text: string) => {
    while (!out.includes(text)) out += (await once(child.stdout, 'data'))[0];
  };
  const params = { processId: null, rootUri: null, capabilities: {} };
  child.stdin.write(framed({ id: 1, method: 'initialize', params }));
  await until('"capabilities"');
  assert.match(out, /^Content-Length: \d+\r\n/);
  child.stdin.write(framed({ method: 'initialized', params: {} }));
  child.stdin.write(framed({ id: 2, method: 'shutdown' }));
  await until('"id":2');
  child.stdin.end(framed({ method: 'exit' }));
  assert.deepEqual(await once(child, 'close'), [0, null]);
});

test('another way to talk to it exits 2', async t => {
  const folder = await tempFolder(t);
  assert.equal(keysweep(folder, ['lsp']).code, 2);
  assert.equal(keysweep(folder, ['lsp', '--socket=1']).code, 2);
});
