import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import type { Rule } from '../../server/engine/rulePack.ts';
import { openDetectorPool } from '../../server/workspace/detectorPool.ts';
import { type ScannedFile, type ScanOptions, scanFile, scanFolder } from '../../server/workspace/scan.ts';
import { defaultSettings, type Settings } from '../../server/workspace/settings.ts';
import { gitRepository } from '../support/gitRepository.ts';
import { tempFolder } from '../support/tempFolder.ts';

const worker = new URL('../../server/workspace/detectorWorker.ts', import.meta.url);
const signal = new AbortController().signal;
const token = `acme_${'k4w9'}a7q2m8x5v3b6`;
const secret = `key = "${token}"\n`;

const acme: Rule = {
  id: 'acme',
  title: 'Acme token',
  description: '',
  provider: 'Acme',
  kind: 'token',
  confidence: 'high',
  severity: 'error',
  keywords: ['acme_'],
  pattern: 'acme_[a-z0-9]{16}',
  context: [],
  report: true,
  expires: '',
  rotate: '',
  documentation: '',
  foreign: false,
};

function scanOptions(context: TestContext, settings: Partial<Settings> = {}): ScanOptions {
  const pool = openDetectorPool({ workers: 2, worker, deadline: 10_000, fingerprintKey: new Uint8Array(32) });
  context.after(() => pool.close());
  const rules = { id: 'scan', rules: [acme], allow: [] };
  return { pool, rules, settings: { ...defaultSettings, ...settings }, ignore: true };
}

async function scan(root: string, options: ScanOptions): Promise<ScannedFile[]> {
  const files: ScannedFile[] = [];
  for await (const file of scanFolder(root, options, signal)) files.push(file);
  return files;
}

/** `path: finding` or `path: reason` of each file. */
const brief = (file: ScannedFile) =>
  file.kind === 'skipped'
    ? `${file.path}: ${file.reason}`
    : `${file.path}: ${file.findings.map(({ start, end }) => file.text.slice(start, end)).join()}`;
const paths = (files: readonly ScannedFile[]) => files.map(({ path }) => path);

/** Content of a file, and what is found at which offset. */
const contents: Readonly<Record<string, readonly [string | Uint8Array, string]>> = {
  'bom.js': [`\uFEFF${secret}`, `8 ${token}`],
  'crlf.js': [`a\r\nb\r\n${secret.replace('\n', '\r\n')}`, `13 ${token}`],
  'emoji.js': [`// 🔑🔑\n${secret}`, `15 ${token}`],
  'empty.js': ['', ''],
  'invalid-utf8.js': [Buffer.concat([Buffer.from([0x23, 0xff, 0xc3, 0x28, 0x0a]), Buffer.from(secret)]), `12 ${token}`],
  'lone-surrogate.js': [
    Buffer.concat([Buffer.from([0x23, 0xed, 0xa0, 0x80, 0x0a]), Buffer.from(secret)]),
    `12 ${token}`,
  ],
  'notebook.ipynb': [JSON.stringify({ cells: [{ cell_type: 'code', source: [`key = '${token}'`] }] }), `48 ${token}`],
  'one-line.js': [`${'x = 1; '.repeat(750_000)}${secret}`, `5250007 ${token}`],
  'picture.png': [secret, 'binary'],
  'utf16be.ps1': [Buffer.from(`\uFEFF${secret}`, 'utf16le').swap16(), `8 ${token}`],
  'utf16le.ps1': [Buffer.from(`\uFEFF${secret}`, 'utf16le'), `8 ${token}`],
  'zeros.txt': [`${secret}\0`, 'binary'],
};

test('reads whatever stands in a file', async context => {
  const files = Object.fromEntries(Object.entries(contents).map(([path, [content]]) => [path, content]));
  const scanned = await scan(await tempFolder(context, files), scanOptions(context));
  const found = scanned.map(file => [
    file.path,
    file.kind === 'skipped'
      ? file.reason
      : file.findings.map(({ start, end }) => `${start} ${file.text.slice(start, end)}`).join(),
  ]);
  assert.deepEqual(
    found,
    Object.entries(contents).map(([path, [, expected]]) => [path, expected]),
  );
});

test('passes over what cannot be read', { skip: process.platform === 'win32' }, async context => {
  const root = await tempFolder(context, {
    'a.txt': secret,
    'large.bin': `\0${secret.repeat(100)}`,
    'large.txt': secret.repeat(100),
    'locked.txt': secret,
    'locked/inside.txt': secret,
    'z/read-only.txt': secret,
  });
  await symlink(root, join(root, 'loop'));
  await symlink('..', join(root, 'z', 'up'));
  await symlink('self', join(root, 'self'));
  await symlink('missing', join(root, 'dangling'));
  await symlink('a.txt', join(root, 'same'));
  await chmod(join(root, 'z/read-only.txt'), 0o400);
  await promisify(execFile)('mkfifo', [join(root, 'pipe')]);
  const options = scanOptions(context, { maxFileSize: 1000 });
  const isRoot = process.getuid?.() === 0;
  await chmod(join(root, 'locked.txt'), 0o000);
  await chmod(join(root, 'locked'), 0o000);
  try {
    const expected = [
      `a.txt: ${token}`,
      'large.bin: binary',
      'large.txt: too large',
      isRoot ? `locked/inside.txt: ${token}` : 'locked: unreadable',
      isRoot ? `locked.txt: ${token}` : 'locked.txt: unreadable',
      `z/read-only.txt: ${token}`,
    ];
    assert.deepEqual((await scan(root, options)).map(brief), expected);
  } finally {
    await chmod(join(root, 'locked'), 0o700);
  }
  const single = async (path: string) => brief(await scanFile(root, path, options, signal));
  assert.deepEqual(await Promise.all(['missing', 'a.txt/x', 'z', 'pipe', 'self', 'a.txt'].map(single)), [
    'missing: gone',
    'a.txt/x: gone',
    'z: unreadable',
    'pipe: unreadable',
    'self: unreadable',
    `a.txt: ${token}`,
  ]);
});

test('follows links to files out of the folder, once, and no links to folders', {
  skip: process.platform === 'win32',
}, async context => {
  const folder = await tempFolder(context, { 'ws/a.txt': secret, 'out/b.txt': secret, 'out/c.txt': secret });
  await symlink('../out/b.txt', join(folder, 'ws/link1'));
  await symlink('../out/b.txt', join(folder, 'ws/link2'));
  await symlink('../out', join(folder, 'ws/outside'));
  assert.deepEqual(paths(await scan(join(folder, 'ws'), scanOptions(context))), ['a.txt', 'link1']);
});

/** What git ignores, and which of `tree` are looked at. */
const tree = [
  'a.log',
  'b.txt',
  'build/out.txt',
  'docs/a.log',
  'docs/keep.log',
  'docs/sub/b.txt',
  'node_modules/x/index.js',
  'src/.env',
];
const ignored: readonly (readonly [Readonly<Record<string, string>>, readonly string[]])[] = [
  [{}, tree],
  [{ '.gitignore': '*.log\nbuild/\nnode_modules\n.env' }, ['b.txt', 'docs/sub/b.txt']],
  [
    { '.gitignore': '*.log\n', 'docs/.gitignore': '!keep.log\nsub' },
    ['b.txt', 'build/out.txt', 'docs/keep.log', 'node_modules/x/index.js', 'src/.env'],
  ],
  [{ '.gitignore': '/*\n!/docs\n' }, ['docs/a.log', 'docs/keep.log', 'docs/sub/b.txt']],
  [{ '.gitignore': '\uFEFF*.log\r\ndocs\r\nsrc\r\n' }, ['b.txt', 'build/out.txt', 'node_modules/x/index.js']],
  [{ '.git/info/exclude': '*.txt\n' }, ['a.log', 'docs/a.log', 'docs/keep.log', 'node_modules/x/index.js', 'src/.env']],
  [
    { 'docs/.git/HEAD': '', '.gitignore': '*.log\nsrc\nnode_modules\n' },
    ['b.txt', 'build/out.txt', 'docs/a.log', 'docs/keep.log', 'docs/sub/b.txt'],
  ],
];

test('honours ignore files as git does, also for a single file', async context => {
  const options = scanOptions(context);
  for (const [extra, expected] of ignored) {
    const { folder } = await gitRepository(context, {
      ...Object.fromEntries(tree.map(path => [path, secret])),
      ...extra,
    });
    const looked = paths(await scan(folder, options)).filter(path => !path.endsWith('.gitignore'));
    assert.deepEqual(looked, expected, JSON.stringify(extra));
    const one = await Promise.all(tree.map(path => scanFile(folder, path, options, signal)));
    assert.deepEqual(paths(one.filter(file => file.kind === 'scanned')), expected, JSON.stringify(extra));
    const all = paths(await scan(folder, { ...options, ignore: false }));
    assert.deepEqual(
      all.filter(path => !path.endsWith('.gitignore')),
      tree,
    );
  }
});

test('honours the ignore files above a folder, unless they hide the folder itself', async context => {
  const files = {
    '.gitignore': '*.log\nhidden\n',
    'sub/a.log': secret,
    'sub/a.txt': secret,
    'hidden/a.txt': secret,
    'hidden/b.log': secret,
  };
  const { folder } = await gitRepository(context, files);
  const options = scanOptions(context);
  assert.deepEqual(paths(await scan(join(folder, 'sub'), options)), ['a.txt']);
  assert.deepEqual(paths(await scan(join(folder, 'sub'), { ...options, base: folder })), ['sub/a.txt']);
  assert.deepEqual(paths(await scan(join(folder, 'hidden'), options)), ['a.txt', 'b.log']);
  assert.deepEqual(paths(await scan(join(folder, 'hidden', 'b.log'), options)), ['b.log']);
});

/** Globs of the settings, and which of `tree` are looked at. */
const excluded: readonly (readonly [readonly string[], readonly string[]])[] = [
  [
    ['**/*.log', '**/node_modules'],
    ['b.txt', 'build/out.txt', 'docs/sub/b.txt', 'src/.env'],
  ],
  [
    ['docs/**', './build/', '**/node_modules/**'],
    ['a.log', 'b.txt', 'src/.env'],
  ],
  [
    ['*.txt', 'src/*', 'node_modules'],
    ['a.log', 'build/out.txt', 'docs/a.log', 'docs/keep.log', 'docs/sub/b.txt'],
  ],
  [['{build,src,node_modules}', '**/*.{log,txt}'], []],
  [['', '/', '#a', '!b.txt'], tree],
];

test('honours files.exclude and keysweep.exclude', async context => {
  const root = await tempFolder(context, Object.fromEntries(tree.map(path => [path, secret])));
  for (const [globs, expected] of excluded) {
    for (const settings of [{ exclude: globs }, { filesExclude: globs }]) {
      assert.deepEqual(paths(await scan(root, scanOptions(context, settings))), expected, globs.join());
    }
  }
  const options = { ...scanOptions(context, { exclude: ['docs/sub'] }), base: root };
  assert.deepEqual(paths(await scan(join(root, 'docs'), options)), ['docs/a.log', 'docs/keep.log']);
});

test('leaves open documents out, applies allow lists and tells progress', async context => {
  const root = await tempFolder(context, { 'a.txt': secret, 'b.txt': secret, 'test/c.txt': secret });
  const steps: string[] = [];
  const options = scanOptions(context);
  const allow = [{ paths: ['test/**'], rules: [], reason: 'tests' }];
  const scanned = await scan(root, {
    ...options,
    rules: { ...options.rules, id: 'allow', allow },
    skip: new Set([join(root, 'a.txt')]),
    progress: (done, found) => steps.push(`${done}/${found}`),
  });
  assert.deepEqual([scanned.map(brief), steps.at(-1)], [[`b.txt: ${token}`, 'test/c.txt: '], '2/2']);
});

test('a file that is deleted during the scan is gone, and nothing else is lost', async context => {
  const names = Array.from({ length: 300 }, (_, index) => `f${String(index).padStart(3, '0')}.txt`);
  const root = await tempFolder(context, Object.fromEntries(names.map(name => [name, secret])));
  const scanned: ScannedFile[] = [];
  for await (const file of scanFolder(root, scanOptions(context), signal)) {
    if (scanned.length === 0) await rm(join(root, 'f299.txt'));
    scanned.push(file);
  }
  assert.deepEqual(
    scanned.map(brief),
    names.map(name => `${name}: ${name === 'f299.txt' ? 'gone' : token}`),
  );
});

test('ends at once when it is aborted or left', async context => {
  const files = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`${index}.txt`, secret]));
  const root = await tempFolder(context, files);
  const options = scanOptions(context);
  const controller = new AbortController();
  let seen = 0;
  await assert.rejects(
    async () => {
      for await (const _ of scanFolder(root, options, controller.signal))
        if (++seen === 3) controller.abort(new Error('enough'));
    },
    { message: 'enough' },
  );
  assert.equal(seen < 200, true);
  for await (const _ of scanFolder(root, options, signal)) break;
  await assert.rejects(scanFile(root, '1.txt', options, AbortSignal.abort(new Error('early'))), { message: 'early' });
});

test('an empty, missing or special root gives nothing', async context => {
  const root = await tempFolder(context);
  await mkdir(join(root, 'empty'));
  const options = scanOptions(context);
  assert.deepEqual(await scan(join(root, 'empty'), options), []);
  assert.deepEqual(await scan(join(root, 'missing'), options), []);
});
