import assert from 'node:assert/strict';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { buildCommandLine, keysweep } from '../support/commandLine.ts';
import { githubToken, password } from '../support/exampleWorkspace.ts';
import { tempFolder } from '../support/tempFolder.ts';

before(buildCommandLine);

/** What `keysweep explain` says of the first line of a text. */
async function explained(t: TestContext, file: string, text: string, others: Readonly<Record<string, string>> = {}) {
  const folder = await tempFolder(t, { ...others, [file]: text });
  const home = await tempFolder(t);
  const env = { HOME: home, XDG_DATA_HOME: join(home, 'data') };
  return keysweep(folder, ['explain', `${file}:1`], { env });
}

const token = githubToken();
const made = password();

const cases: readonly (readonly [what: string, file: string, text: string, says: readonly RegExp[]])[] = [
  [
    'a finding with each of its steps',
    'a.py',
    `token = "${token}"\n`,
    [
      /^a\.py:1:10-50: flagged, certain: GitHub .* \[github-personal-access-token\]$/m,
      /^ {2}\+ Its checksum is right/m,
      /^ {2}\+ It is assigned to `token`\.$/m,
    ],
  ],
  [
    'the rule that gave way to a more specific one',
    'a.py',
    `token = "${token}"\n`,
    [
      /not flagged: .* \[generic-secret-assignment\]\n(?: {2}\+ .*\n)* {2}- Another rule says more about this text: github-personal-access-token\.$/m,
    ],
  ],
  [
    'a stock word',
    'a.py',
    'password = "hunter2"\n',
    [/: not flagged: /, /^ {2}- It is a word that stands in for a value\.$/m],
  ],
  ['a template', 'a.yaml', 'password: "{{ vault_password }}"\n', [/: not flagged: /, /^ {2}- /m]],
  [
    "a name that is no secret's",
    'a.py',
    `colour = "${made}"\n`,
    [/^ {2}- Its name, `colour`, does not say that it is a secret\.$/m],
  ],
  [
    'an everyday value',
    'a.py',
    'api_key = "my key"\n',
    [/^ {2}- Its name, `api_key`, would be a secret's, but it is an everyday text/m],
  ],
  [
    'a file in which names tell nothing',
    'package-lock.json',
    `{"api_token": "${made}"}\n`,
    [/^ {2}- In a file of this kind/m],
  ],
  [
    'a keyword without its form',
    'a.py',
    'x = "ghp_short"\n',
    [/A word of these rules stands there.*github-personal-access-token/],
  ],
  [
    'nothing at all',
    'a.py',
    'x = 1\n',
    [/^a\.py:1: Nothing there is of the form of a credential, and no name there says/m],
  ],
  [
    'a remark',
    'a.py',
    `token = "${token}"  # keysweep:allow\n`,
    [/found \(certain\), not flagged/, /^ {2}- A remark on its line/m],
  ],
];

for (const [what, file, text, says] of cases) {
  test(`explains ${what}, without a value`, async t => {
    const { code, out, err } = await explained(t, file, text);
    assert.deepEqual([code, err], [0, '']);
    for (const expression of says) assert.match(out, expression);
    for (const value of [token, made]) assert.ok(!out.includes(value.slice(0, 10)), out);
  });
}

test('explains what the workspace asks for', async t => {
  const settings = { '.vscode/settings.json': '{ "keysweep.minimumConfidence": "certain" }', '.gitignore': 'a.py\n' };
  const { out } = await explained(t, 'a.py', `db_password = "${made}"\n`, settings);
  assert.match(
    out,
    /^ {2}- It is reported with --confidence medium alone: less sure than this workspace asks for \(certain\)\.$/m,
  );
});

test('a line that is not there, a folder and no place at all are refused', async t => {
  const folder = await tempFolder(t, { 'a.py': 'x = 1\n' });
  for (const args of [['a.py:9'], ['.'], ['a.py'], []]) {
    const { code, out, err } = keysweep(folder, ['explain', ...args]);
    assert.deepEqual([code, out], [2, ''], args.join());
    assert.match(err, /^keysweep: .*\nSee: keysweep explain --help\n$/);
  }
});
