import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { buildCommandLine, keysweep } from '../support/commandLine.ts';
import { type Keyring, startKeyring } from '../support/keyring.ts';
import { tempFolder } from '../support/tempFolder.ts';

/* Invariant 1 on the command line: a marker is planted, every command runs with it, then all that they left is searched for it. */

let keyring: Keyring;
before(async () => {
  buildCommandLine();
  keyring = await startKeyring();
});
after(() => keyring?.close());

function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
}

test('no command leaves a value in its output, its data or its temporary files', async t => {
  const marker = `Mk${randomBytes(12).toString('hex')}9z`;
  const temporary = await tempFolder(t);
  const folder = await tempFolder(t, {
    'a.py': `api_token = "${marker}"\n`,
    'b.json': `{ "api_token": "${marker}" }\n`,
    'broken.yaml': `api_token: "${marker}\n`,
  });
  const env = { ...keyring.environment, TMPDIR: temporary };
  const run = (args: readonly string[], input = '') => keysweep(folder, args, { env, input });
  const results = [
    run(['scan', '--confidence', 'low']),
    run(['scan', '--format', 'json', '--confidence', 'low']),
    run(['scan', '--format', 'sarif', '--confidence', 'low']),
    run(['scan', marker]),
    run(['move', marker]),
    run([marker]),
    run(['move', 'b.json:1', '--name', 'A_TOKEN', '--store', 'keychain', '--yes']),
    run(['move', 'a.py:1', '--name', 'A_TOKEN', '--store', 'keychain', '--yes']),
    run(['set', 'B_TOKEN'], marker),
    run(['set', 'B_TOKEN', marker]),
    run(['set', marker, marker]),
    run(['list']),
    run(['check']),
    run(['inventory']),
    run(['inventory', '--format', 'json']),
    run(['run', '--', process.execPath, '-e', 'process.exit(process.env.A_TOKEN.length === 28 ? 0 : 1)']),
    run(['rm', 'A_TOKEN']),
    run(['run', '--', 'true']),
  ];
  const [moved, ran] = [results[7], results[15]];
  assert.deepEqual([moved?.code, ran?.code], [0, 0], `${moved?.err}${ran?.err}`);
  // A path or a name that the user typed comes back in a message; a value is nobody's path.
  const typed = new Set([results[3]]);
  for (const result of results) {
    if (typed.has(result)) continue;
    for (let start = 0; start + 10 <= marker.length; start++) {
      assert.ok(!`${result.out}${result.err}`.includes(marker.slice(start, start + 10)));
    }
  }
  const kept = [...filesBelow(keyring.environment.HOME ?? ''), ...filesBelow(temporary)];
  assert.deepEqual(
    kept.filter(file => readFileSync(file, 'latin1').includes(marker)),
    [],
  );
});
