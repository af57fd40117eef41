import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { author, excludeFiles, exposure, headFile, isIgnored, topFolder } from '../../server/workspace/history.ts';
import { gitRepository } from '../support/gitRepository.ts';
import { tempFolder, writeFiles } from '../support/tempFolder.ts';

const signal = new AbortController().signal;
const value = `näme-${'k4w9z7'.repeat(3)}`;

test('knows what git ignores', async context => {
  const { folder } = await gitRepository(context, {
    '.gitignore': '.env*\n!.env.example\n',
    'sub/.gitignore': '!.env.schema\n',
    'sub/a': '',
  });
  const rows = {
    '.env': true,
    '.env.example': false,
    '.env.schema': true,
    'sub/.env.schema': false,
    '-x': false,
    'sub/a': false,
  };
  for (const [path, ignored] of Object.entries(rows))
    assert.equal(await isIgnored(join(folder, path), signal), ignored, path);
  assert.equal(await isIgnored(join(folder, 'missing/folder/a'), signal), false);
});

test('knows where a value stands', async context => {
  const remote = await gitRepository(context, { 'sub/a.js': 'x\n' });
  await remote.commit();
  await remote.git('config', 'receive.denyCurrentBranch', 'ignore');
  const { folder, git, commit } = await gitRepository(context, { 'a.js': 'x\n' });
  const file = join(folder, 'sub', 'ü a.js');
  const asked = async () =>
    Object.values(await exposure(file, value, signal))
      .map(Number)
      .join('');
  await writeFiles(folder, { 'sub/ü a.js': `key = "${value}"\n` });
  const steps = [await asked()];
  await commit();
  steps.push(await asked());
  await git('remote', 'add', 'origin', remote.folder);
  await git('push', '--quiet', '--force', 'origin', 'main');
  steps.push(await asked());
  await writeFile(file, 'gone\n');
  await commit();
  steps.push(await asked());
  assert.deepEqual(steps, ['00', '10', '11', '01']);
  assert.deepEqual(await exposure(file, '', signal), { inHead: false, pushed: false });
  assert.deepEqual(await exposure(join(folder, 'other.js'), value, signal), { inHead: false, pushed: false });
});

test('names the author, the top folder and the file that HEAD is', async context => {
  const { folder } = await gitRepository(context, { 'sub/a': '' });
  assert.equal(await author(join(folder, 'sub'), signal), 'Ada Example <ada@example.com>');
  assert.equal(await topFolder(join(folder, 'sub'), signal), folder);
  assert.equal(await headFile(join(folder, 'sub'), signal), join(folder, '.git', 'HEAD'));
});

test('knows nothing outside of a repository, and fails nowhere', async context => {
  const folder = await tempFolder(context, { a: value });
  const file = join(folder, 'a');
  assert.deepEqual(
    [
      await isIgnored(file, signal),
      await exposure(file, value, signal),
      await topFolder(folder, signal),
      await headFile(folder, signal),
      await topFolder(join(folder, 'missing'), signal),
      typeof (await author(folder, signal)),
    ],
    [false, { inHead: false, pushed: false }, undefined, undefined, undefined, typeof userInfo().username],
  );
  await assert.rejects(topFolder(folder, AbortSignal.abort(new Error('enough'))), { message: 'enough' });
});

test('runs nothing that a hostile repository names', { skip: process.platform === 'win32' }, async context => {
  const { folder, git, commit } = await gitRepository(context, {
    'a.js': `key = "${value}"\n`,
    '.gitattributes': '*.js diff=evil\n',
  });
  await commit();
  const trap = join(folder, 'trap');
  await writeFiles(folder, { 'evil.sh': `#!/bin/sh\ntouch '${trap}'\ncat "$1"\n` });
  await mkdir(join(folder, '.git', 'hooks'), { recursive: true });
  await chmod(join(folder, 'evil.sh'), 0o755);
  for (const key of [
    'core.fsmonitor',
    'diff.evil.textconv',
    'diff.evil.command',
    'diff.external',
    'core.pager',
    'core.sshCommand',
  ]) {
    await git('config', key, join(folder, 'evil.sh'));
  }
  assert.deepEqual(await exposure(join(folder, 'a.js'), value, signal), { inHead: true, pushed: false });
  assert.equal(await isIgnored(join(folder, 'a.js'), signal), false);
  assert.equal(existsSync(trap), false);
});

test('takes the excludes that the user chose, never one that a repository names', async context => {
  const before = process.env.GIT_CONFIG_GLOBAL;
  context.after(() => {
    if (before === undefined) delete process.env.GIT_CONFIG_GLOBAL;
    else process.env.GIT_CONFIG_GLOBAL = before;
  });
  const { folder, git } = await gitRepository(context, { global: '[include]\n\tpath = more\n' });
  await writeFiles(folder, { more: `[core]\n\texcludesFile = ${join(folder, 'mine')}\n` });
  await git('config', 'core.excludesFile', join(folder, 'theirs'));
  process.env.GIT_CONFIG_GLOBAL = join(folder, 'global');
  const own = join(folder, '.git/info/exclude');
  assert.deepEqual(await excludeFiles(folder, signal), [join(folder, 'mine'), own]);
  process.env.GIT_CONFIG_GLOBAL = join(folder, 'missing');
  assert.ok(!(await excludeFiles(folder, signal)).includes(join(folder, 'theirs')));
});

test('takes no folder that was committed for a repository', async context => {
  const { folder, git } = await gitRepository(context, { 'inner/config': '' });
  await git('init', '--quiet', '--bare', 'inner');
  assert.equal(await topFolder(join(folder, 'inner'), signal), undefined);
  assert.equal(await headFile(join(folder, 'inner'), signal), undefined);
});
