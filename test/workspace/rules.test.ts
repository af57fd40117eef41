import assert from 'node:assert/strict';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Finding } from '../../server/engine/detector.ts';
import { readRulePack } from '../../server/engine/rulePack.ts';
import { allowedBy, builtInRules, type LoadedRules, loadRules, severityOf } from '../../server/workspace/rules.ts';
import { defaultSettings, type Settings } from '../../server/workspace/settings.ts';
import { tempFolder } from '../support/tempFolder.ts';

const builtIn = readRulePack(
  {
    rules: ['acme-token', 'acme-key', 'other-token'].map(id => ({ id, pattern: `${id}_[a-z]{8}`, confidence: 'high' })),
  },
  false,
).pack.rules;

interface Loaded {
  readonly root: string;
  readonly loaded: LoadedRules;
}

async function load(
  context: Parameters<typeof tempFolder>[0],
  packs: Readonly<Record<string, string>>,
  change: Partial<Settings> = {},
  trusted = true,
): Promise<Loaded> {
  const root = await tempFolder(context, { 'ws/asset.json': JSON.stringify(builtIn), ...packs });
  const workspace = join(root, 'ws');
  const rulePacks = Object.keys(packs).map(path => path.replace(/^ws\//, './'));
  const settings = { ...defaultSettings, rulePacks, ...change };
  return { root: workspace, loaded: await loadRules(join(workspace, 'asset.json'), settings, workspace, trusted) };
}

const ids = ({ set }: LoadedRules) => set.rules.map(rule => rule.id);
const brief = ({ problems }: LoadedRules) =>
  problems.map(
    ({ severity, start, end, message }) =>
      `${severity} ${start.line}:${start.character}-${end.line}:${end.character} ${message}`,
  );

/** A pack's text, the ids that hold with it, and its problems (severity, place, beginning of the message). */
const rows: readonly (readonly [string, readonly string[], readonly RegExp[]])[] = [
  ['', ['acme-token', 'acme-key', 'other-token'], []],
  ['rules:\n  - id: ours\n    pattern: ours_[0-9]{9}\n', ['acme-token', 'acme-key', 'other-token', 'ours'], []],
  [
    '{ "rules": [{ "id": "ours", "pattern": "ours_[0-9]{9}" }] }',
    ['acme-token', 'acme-key', 'other-token', 'ours'],
    [],
  ],
  ['disable: [acme-token]', ['acme-key', 'other-token'], []],
  ['disable: ["acme-*"]', ['other-token'], []],
  [
    'rules:\n  - id: acme-key\n    pattern: new_[0-9]{9}\n',
    ['acme-token', 'acme-key', 'other-token'],
    [/^warning 1:4-1:16 acme-key is already the id/],
  ],
  [
    '# ours\nrules:\n  - id: good\n    pattern: good_[0-9]{9}\n  - id: bad\n    pattern: "(unclosed"\n',
    ['acme-token', 'acme-key', 'other-token', 'good'],
    [/^error 5:4-5:24 /],
  ],
  [
    'rules:\r\n  - id: good\r\n    pattern: good_[0-9]{9}\r\n    colour: red\r\n',
    ['acme-token', 'acme-key', 'other-token', 'good'],
    [/^warning 3:4-3:15 /],
  ],
  [
    'rules:\n  - id: good\n    pattern: good_[0-9]{9}\n  - id: [broken\n',
    ['acme-token', 'acme-key', 'other-token', 'good'],
    [/^error 4:0-\S+ This is not valid YAML/, /^error 3:4-/],
  ],
  ['just words', ['acme-token', 'acme-key', 'other-token'], [/^error 0:0-/]],
  ['a: &a [*a, *a]\nrules: [*missing]', ['acme-token', 'acme-key', 'other-token'], [/^error /]],
];

test('merges packs and says where they are wrong', async context => {
  for (const [text, expected, problems] of rows) {
    const { loaded } = await load(context, { 'ws/pack.yaml': text });
    assert.deepEqual(ids(loaded), expected, text);
    const said = brief(loaded);
    assert.equal(said.length, problems.length, `${text}\n${said.join('\n')}`);
    for (const [index, pattern] of problems.entries()) assert.match(said[index]!, pattern);
  }
});

test('takes packs out of the workspace folder alone, and only when it is trusted', async context => {
  const pack = 'rules:\n  - id: ours\n    pattern: ours_[0-9]{9}\n';
  const { root } = await load(context, { 'ws/in.yaml': pack, 'out.yaml': pack });
  await symlink(join(root, '..', 'out.yaml'), join(root, 'link.yaml'));
  const asset = join(root, 'asset.json');
  const outcomes: Record<string, string[]> = {};
  for (const path of [
    'in.yaml',
    '../out.yaml',
    'sub/../../out.yaml',
    join(root, 'in.yaml'),
    'link.yaml',
    'missing.yaml',
    '.',
  ]) {
    const { set, problems, packFiles } = await loadRules(asset, { ...defaultSettings, rulePacks: [path] }, root, true);
    outcomes[path.replace(root, 'ROOT')] = [
      `${set.rules.length}`,
      `${packFiles.length}`,
      ...problems.map(({ message }) => message.replaceAll(root, 'ROOT')),
    ];
  }
  assert.deepEqual(outcomes, {
    'in.yaml': ['4', '1'],
    '../out.yaml': ['3', '0', 'The rule pack ../out.yaml stands outside the workspace folder, so it is not used.'],
    'sub/../../out.yaml': [
      '3',
      '0',
      'The rule pack sub/../../out.yaml stands outside the workspace folder, so it is not used.',
    ],
    'ROOT/in.yaml': [
      '3',
      '0',
      'The rule pack ROOT/in.yaml is an absolute path; packs are relative to the workspace folder, so it is not used.',
    ],
    'link.yaml': [
      '3',
      '0',
      'The rule pack link.yaml is a link that leads out of the workspace folder, so it is not used.',
    ],
    'missing.yaml': [
      '3',
      '1',
      'The rule pack missing.yaml does not exist. Create it, or take it out of keysweep.rulePacks.',
    ],
    '.': ['3', '0', 'The rule pack . stands outside the workspace folder, so it is not used.'],
  });
  const settings = { ...defaultSettings, rulePacks: ['in.yaml'] };
  const untrusted = await loadRules(asset, settings, root, false);
  assert.deepEqual([untrusted.set.rules.length, untrusted.packFiles], [3, []]);
  const noFolder = await loadRules(asset, settings, undefined, true);
  assert.deepEqual([noFolder.set.rules.length, noFolder.problems], [3, []]);
  const noAsset = await loadRules(join(root, 'none.json'), settings, root, true);
  assert.deepEqual([noAsset.set.rules.length, noAsset.problems.length], [1, 1]);
});

test('equal rules have equal ids, other rules others', async context => {
  const pack = 'disable: [acme-key]';
  const [one, two, three] = await Promise.all(
    [pack, `# comment\n${pack}`, ''].map(text => load(context, { 'ws/a.yaml': text })),
  );
  assert.equal(one!.loaded.set.id, two!.loaded.set.id);
  assert.notEqual(one!.loaded.set.id, three!.loaded.set.id);
  assert.deepEqual(builtInRules(join(one!.root, 'asset.json')), builtIn);
});

test('later packs see earlier ones; origins say where a foreign rule stands', async context => {
  const { root, loaded } = await load(context, {
    'ws/a.yaml': 'rules:\n  - id: first\n    pattern: first_[0-9]{9}\n  - pattern: second_[0-9]{9}\n    id: second\n',
    'ws/b.yaml': 'disable: [first]\nallow:\n  - paths: ["test/**"]\n    reason: tests\n',
  });
  assert.deepEqual([ids(loaded).slice(3), loaded.set.allow.length], [['second'], 1]);
  assert.deepEqual(loaded.origins.get('second'), {
    file: join(root, 'a.yaml'),
    start: { line: 4, character: 4 },
    end: { line: 4, character: 14 },
  });
});

test('the severity of the user wins over the pack, the pack over the confidence', async context => {
  const pack =
    'rules:\n  - id: acme-token\n    severity: hint\n  - id: ours\n    pattern: ours_[0-9]{9}\n    severity: information\n  - id: plain\n    pattern: plain_[0-9]{9}\n';
  const ruleSeverity = { ours: 'error', 'other-*': 'off' } as const;
  const severity = { ...defaultSettings.severity, high: 'warning' } as const;
  const { loaded } = await load(context, { 'ws/a.yaml': pack }, { ruleSeverity, severity });
  assert.deepEqual(ids(loaded), ['acme-token', 'acme-key', 'ours', 'plain']);
  const shown = loaded.set.rules.map(rule =>
    severityOf(loaded.set, { ...defaultSettings, severity }, { rule: rule.id, confidence: 'high' } as Finding),
  );
  assert.deepEqual(shown, ['hint', 'warning', 'error', 'warning']);
});

/** An allow entry, a path and a rule, and whether it accepts. */
const allows: readonly (readonly [{ paths?: string[]; rules?: string[] }, string, string, boolean])[] = [
  [{ paths: ['test/**'] }, 'test/a/.b', 'x', true],
  [{ paths: ['test/**'] }, 'src/test/a', 'x', false],
  [{ paths: ['**/*.test.ts'], rules: ['acme-*'] }, 'a/b.test.ts', 'acme-key', true],
  [{ paths: ['**/*.test.ts'], rules: ['acme-*'] }, 'a/b.test.ts', 'other', false],
  [{ rules: ['other'] }, 'anything', 'other', true],
  [{ paths: ['./docs/'] }, 'docs', 'x', true],
  [{ paths: ['docs/{a,b}.md'] }, 'docs/b.md', 'x', true],
  [{}, 'a', 'x', false],
  [{ paths: ['{a,b}'.repeat(40)] }, 'a', 'x', false],
  [{ paths: [`+(${'+(a)'.repeat(20)})b`, `${'*a'.repeat(60)}b`] }, 'a'.repeat(200), 'x', false],
];

test('allow lists accept by path and rule', () => {
  for (const [{ paths = [], rules = [] }, path, rule, accepted] of allows) {
    const set = { id: '', rules: [], allow: [{ paths, rules, reason: 'why' }] };
    assert.equal(
      allowedBy(set, path, { rule } as Finding)?.reason,
      accepted ? 'why' : undefined,
      `${paths.join()} ${rules.join()}`,
    );
  }
});
