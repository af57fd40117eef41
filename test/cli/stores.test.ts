import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type StoreId, storeLabels } from '../../server/stores/store.ts';
import { awaitKeysweep, buildCommandLine } from '../support/commandLine.ts';
import { githubToken } from '../support/exampleWorkspace.ts';
import { programStores, startProgramStore } from '../support/programStores.ts';
import { type StoreServer, servedStores, startStoreServer } from '../support/storeServers.ts';
import { tempFolder } from '../support/tempFolder.ts';

before(() => buildCommandLine());

for (const id of programStores) {
  test(`keysweep with ${storeLabels[id]} moves, runs, gets, sets, lists, checks and removes`, async t => {
    const store = startProgramStore(id);
    t.after(() => store.close());
    await journey(t, id, store);
  });
}

for (const id of servedStores) {
  describe(`keysweep with ${storeLabels[id]}`, () => {
    let server: StoreServer;
    before(async () => {
      server = await startStoreServer(id);
    });
    after(() => server.close());

    test('moves, runs, gets, sets, lists, checks and removes', async t => {
      await journey(t, id, server);
    });
  });
}

async function journey(
  t: Parameters<typeof tempFolder>[0],
  id: StoreId,
  { environment }: Pick<StoreServer, 'environment'>,
): Promise<void> {
  const value = githubToken();
  const folder = await tempFolder(t, { 'app.py': `token = "${value}"\nprint(token)\n` });
  const env = { ...environment, GITHUB_TOKEN: undefined, DBUS_SESSION_BUS_ADDRESS: undefined };
  const call = (args: readonly string[], input?: string) =>
    awaitKeysweep(folder, args, { env, ...(input !== undefined && { input }) });
  const moved = await call(['move', 'app.py:1', '--name', 'GITHUB_TOKEN', '--store', id, '--yes']);
  assert.deepEqual([moved.code, moved.err], [0, '']);
  assert.match(readFileSync(join(folder, '.env.schema'), 'utf8'), /^GITHUB_TOKEN="(?:ref\+|op:)/m);
  assert.equal((await call(['run', '--', 'python3', 'app.py'])).out, `${value}\n`);
  assert.equal((await call(['get', 'GITHUB_TOKEN'])).out, `${value}\n`);
  assert.equal((await call(['set', 'OTHER', '--store', id], 'second\n')).code, 0);
  assert.equal((await call(['set', 'GITHUB_TOKEN'], 'third\n')).code, 0);
  assert.equal((await call(['get', 'GITHUB_TOKEN'])).out, 'third\n');
  assert.equal((await call(['check'])).code, 0);
  const rows = (await call(['list'])).out.split('\n').map(line => line.split('\t').slice(0, 2).join(' '));
  assert.deepEqual(rows.sort(), ['', 'GITHUB_TOKEN there', 'OTHER there']);
  assert.equal((await call(['rm', 'OTHER'])).code, 0);
  assert.equal((await call(['rm', 'OTHER'])).code, 1);
  assert.equal((await call(['check'])).code, 1);
  assert.ok(!`${moved.out}${moved.err}`.includes(value.slice(0, 12)));
}
