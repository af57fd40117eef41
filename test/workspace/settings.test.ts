import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  defaultSettings,
  readSettings,
  readSettingsFile,
  type Settings,
  settingRows,
} from '../../server/workspace/settings.ts';
import { tempFolder } from '../support/tempFolder.ts';

/** A configuration, what differs from the defaults, and the keys that are complained about. */
const rows: readonly (readonly [unknown, Partial<Settings>, readonly string[]])[] = [
  [undefined, {}, []],
  [null, {}, []],
  ['text', {}, []],
  [[], {}, []],
  [{ minimumConfidence: 'low' }, { minimumConfidence: 'low' }, []],
  [{ minimumConfidence: 'sure' }, {}, ['minimumConfidence']],
  [{ severity: { low: 'hint' } }, { severity: { ...defaultSettings.severity, low: 'hint' } }, []],
  [{ severity: { low: 'loud', other: 'hint' } }, {}, ['severity']],
  [{ severity: 'error' }, {}, ['severity']],
  [
    { ruleSeverity: { 'aws-*': 'off', a: 'hint', b: 3 } },
    { ruleSeverity: { 'aws-*': 'off', a: 'hint' } },
    ['ruleSeverity'],
  ],
  [
    JSON.parse('{ "ruleSeverity": { "__proto__": "off" } }'),
    { ruleSeverity: JSON.parse('{ "__proto__": "off" }') },
    [],
  ],
  [{ rulePacks: ['./a.yaml', 3, ''] }, { rulePacks: ['./a.yaml'] }, ['rulePacks']],
  [{ exclude: 'dist' }, {}, ['exclude']],
  [{ scanWorkspace: false }, { scanWorkspace: false }, []],
  [{ scanWorkspace: 'no' }, {}, ['scanWorkspace']],
  [{ maxFileSize: 1000 }, { maxFileSize: 1000 }, []],
  [{ maxFileSize: -1 }, {}, ['maxFileSize']],
  [{ maxFileSize: Number.NaN }, {}, ['maxFileSize']],
  [{ defaultStore: 'vault' }, { defaultStore: 'vault' }, []],
  [{ vault: { address: 'https://vault.example.com:8200/' } }, { vaultAddress: 'https://vault.example.com:8200' }, []],
  [{ 'vault.address': 'http://127.0.0.1:8200' }, { vaultAddress: 'http://127.0.0.1:8200' }, []],
  [{ vault: { address: 'ftp://vault' } }, {}, ['vault.address']],
  [{ vault: { address: 'https://user@vault' } }, {}, ['vault.address']],
  [{ vault: { address: 'vault' } }, {}, ['vault.address']],
  [
    { vault: { mount: '/kv/', namespace: 'team/a/', pathPrefix: '/apps' } },
    { vaultMount: 'kv', vaultNamespace: 'team/a', vaultPathPrefix: 'apps' },
    [],
  ],
  [{ vault: { mount: '', pathPrefix: 'a/../b' } }, {}, ['vault.mount', 'vault.pathPrefix']],
  [{ vault: 'https://vault' }, {}, []],
  [
    { filesExclude: { '**/out': true, '**/in': false, '**/*.js': { when: '$(basename).ts' } } },
    { filesExclude: ['**/out'] },
    [],
  ],
];

test('reads every setting and falls back for bad ones', () => {
  const read = rows.map(([value]) => readSettings(value));
  assert.deepEqual(
    read.map(({ settings, problems }) => [settings, problems.map(problem => problem.key)]),
    rows.map(([, changed, keys]) => [{ ...defaultSettings, ...changed }, keys]),
  );
  assert.deepEqual(readSettings(Object.fromEntries(settingRows.map(row => [row.key, row.default]))), {
    settings: defaultSettings,
    problems: [],
  });
});

/** `.vscode/settings.json` as text, and as above. */
const files: readonly (readonly [string | undefined, Partial<Settings>, readonly string[]])[] = [
  [undefined, {}, []],
  ['', {}, []],
  ['\uFEFF{}', {}, []],
  [
    '{ // a comment, with "quotes"\r\n "keysweep.exclude": ["a//b", "c/*d*/", ",]"], /* , */ }',
    { exclude: ['a//b', 'c/*d*/', ',]'] },
    [],
  ],
  [
    '{ "keysweep.minimumConfidence": "high", "files.exclude": { "**/gen": true } }',
    { minimumConfidence: 'high', filesExclude: ['**/gen'] },
    [],
  ],
  ['{ "keysweep.vault.address": "https://elsewhere.example" }', {}, ['vault.address']],
  ['{ "keysweep.scanWorkspace": 3 }', {}, ['scanWorkspace']],
  ['{ "keysweep.scanWorkspace": false', {}, ['']],
  ['[]', {}, []],
];

test('reads the settings of a folder for the command line', async context => {
  for (const [text, changed, keys] of files) {
    const root = await tempFolder(context, text === undefined ? {} : { '.vscode/settings.json': text });
    const { settings, problems } = await readSettingsFile(root);
    assert.deepEqual(
      [settings, problems.map(problem => problem.key)],
      [{ ...defaultSettings, ...changed }, keys],
      text,
    );
  }
});

test('a settings file that cannot be read is a problem, not a failure', async context => {
  const root = await tempFolder(context);
  await mkdir(join(root, '.vscode', 'settings.json'), { recursive: true });
  const { settings, problems } = await readSettingsFile(root);
  assert.deepEqual([settings, problems.length], [defaultSettings, 1]);
});
