import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildCommandLine, keysweep } from '../support/commandLine.ts';
import { githubToken } from '../support/exampleWorkspace.ts';
import { type OpenBao, startOpenBao } from '../support/openbao.ts';
import { tempFolder } from '../support/tempFolder.ts';

let vault: OpenBao;
before(async () => {
  buildCommandLine();
  vault = await startOpenBao();
});
after(() => vault?.close());

/** What a user has who knows Vault: VAULT_ADDR and VAULT_TOKEN, and no keychain. */
function environment(more: Readonly<Record<string, string | undefined>> = {}) {
  const { address, token } = vault;
  const absent = { BAO_ADDR: undefined, BAO_TOKEN: undefined, DBUS_SESSION_BUS_ADDRESS: undefined };
  return { ...vault.environment, ...absent, VAULT_ADDR: address, VAULT_TOKEN: token, ...more };
}

const program = (value: string) => `token = "${value}"\nprint(token)\n`;

test('a token moves into Vault, one path a name, and the program prints the same', async t => {
  const value = githubToken();
  const folder = await tempFolder(t, { 'app.py': program(value) });
  const env = environment();
  const moved = keysweep(folder, ['move', 'app.py:1', '--name', 'GITHUB_TOKEN', '--store', 'vault', '--yes'], { env });
  assert.deepEqual([moved.code, moved.err], [0, '']);
  const written = readFileSync(join(folder, '.env.schema'), 'utf8');
  const [, path = '', key = ''] =
    /^GITHUB_TOKEN="ref\+vault:\/\/secret\/(.+\/GITHUB_TOKEN)#\/(.+)"$/m.exec(written) ?? [];
  const answer = (await vault.call('GET', `secret/data/${path}`)) as { data: { data: Record<string, string> } };
  assert.deepEqual(answer.data.data, { [key]: value });
  assert.equal(keysweep(folder, ['run', '--', 'python3', 'app.py'], { env }).out, `${value}\n`);
  assert.equal(keysweep(folder, ['check'], { env }).code, 0);
  assert.ok(!`${moved.out}${moved.err}`.includes(value.slice(0, 12)));
});

test('a wrong token refuses nothing quietly: nothing is stored, nothing edited', async t => {
  const value = githubToken();
  const folder = await tempFolder(t, { 'app.py': program(value) });
  const env = environment({ VAULT_TOKEN: 'wrong' });
  const result = keysweep(folder, ['move', 'app.py:1', '--name', 'OTHER_TOKEN', '--store', 'vault', '--yes'], { env });
  assert.equal(result.code, 2, result.err);
  assert.match(result.err, /Vault|token/);
  assert.equal(readFileSync(join(folder, 'app.py'), 'utf8'), program(value));
});

test('a vault that is not there is told within the time that a person waits', async t => {
  const folder = await tempFolder(t, { '.env.schema': 'A_KEY="ref+vault://secret/shop/A_KEY#/value"\n' });
  const env = environment({ VAULT_ADDR: 'http://127.0.0.1:9' });
  const { code, out, err } = keysweep(folder, ['run', '--', 'echo', 'started'], { env });
  assert.deepEqual([code, out], [2, '']);
  assert.match(err, /A_KEY \(ref\+vault:/);
});
