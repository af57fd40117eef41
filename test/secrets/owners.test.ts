import assert from 'node:assert/strict';
import { mkdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { foreignOwners, homeOf } from '../../server/secrets/owners.ts';
import { gitRepository } from '../support/gitRepository.ts';
import { memoryStore, memoryStores } from '../support/memoryStore.ts';
import { tempFolder } from '../support/tempFolder.ts';

const signal = new AbortController().signal;

async function mayUse(owner: string, folder: string): Promise<boolean> {
  const store = memoryStore();
  const stores = memoryStores({ ...store, owners: async () => [owner] });
  return (await foreignOwners(store.referenceFor('shop', 'A'), folder, stores, signal)).length === 0;
}

test('an entry is its repository’s own, not that of folders above or below', async t => {
  const { folder: shop, git } = await gitRepository(t, {
    'packages/api/.env.schema': '',
    'packages/web/app.ts': '',
    'vendor/other/.git/HEAD': '',
    'vendor/other/src/a.ts': '',
    'submodule/.git': 'gitdir: ../.git/modules/submodule\n',
    '.git/modules/submodule/HEAD': '',
  });
  await writeFile(join(shop, '.gitignore'), 'vendor\nsubmodule\nbranch\n');
  await git('add', 'packages');
  await git('commit', '--quiet', '--message', 'First');
  await git('worktree', 'add', '--quiet', 'branch');
  const within = (path: string) => join(shop, path);
  const pairs: readonly (readonly [owner: string, folder: string, may: boolean])[] = [
    [shop, shop, true],
    [shop, within('packages/api'), true],
    [within('packages/api'), shop, true],
    [within('packages/web'), within('packages/api'), true],
    [shop, within('branch'), true],
    [within('branch'), within('packages/api'), true],
    [join(shop, '..'), shop, false],
    [shop, join(shop, '..'), false],
    [shop, within('vendor/other/src'), false],
    [within('vendor/other'), shop, false],
    [within('vendor/other'), within('vendor/other/src'), true],
    [shop, within('submodule'), false],
    [within('submodule'), within('branch'), false],
  ];
  for (const [owner, folder, may] of pairs) assert.equal(await mayUse(owner, folder), may, `${owner} ${folder}`);
  assert.equal(await homeOf(within('branch/packages')), shop);
});

test('without git a manifest’s folder stands for what is below it', async t => {
  const folder = await tempFolder(t, {
    'shop/.env.schema': '',
    'shop/src/a.py': '',
    'shop/tool/.env.schema': '',
    'plain/a.py': '',
  });
  const [shop, source, tool, plain] = ['shop', 'shop/src', 'shop/tool', 'plain'].map(path => join(folder, path));
  assert.ok(shop && source && tool && plain);
  assert.equal(await mayUse(shop, source), true);
  assert.equal(await mayUse(shop, tool), false);
  assert.equal(await mayUse(tool, shop), false);
  assert.equal(await mayUse(folder, shop), false);
  assert.equal(await mayUse(plain, plain), true);
  assert.equal(await mayUse(join(plain, 'gone'), plain), false);
  await symlink(shop, join(folder, 'link'));
  assert.equal(await mayUse(shop, join(folder, 'link')), true);
});

test('no folder makes itself a worktree of another repository', async t => {
  const { folder: shop, git, commit } = await gitRepository(t, { 'a.ts': '' });
  await commit();
  const folder = await tempFolder(t);
  await git('worktree', 'add', '--quiet', join(folder, 'real'));
  assert.equal(await mayUse(shop, join(folder, 'real')), true);
  const evil = join(folder, 'evil');
  const forged = join(evil, 'fake');
  await mkdir(forged, { recursive: true });
  await writeFile(join(forged, 'gitdir'), `${join(evil, '.git')}\n`);
  await writeFile(join(forged, 'commondir'), `${join(shop, '.git')}\n`);
  const links = [
    join(shop, '.git'),
    join(shop, '.git/worktrees/real'),
    'fake',
    'missing',
    join(shop, '.git/worktrees/real\0'),
  ];
  for (const link of links) {
    await writeFile(join(evil, '.git'), `gitdir: ${link}\n`);
    assert.equal(await mayUse(shop, evil), false, link);
  }
  await rename(join(evil, '.git'), join(evil, 'old'));
  await symlink(join(shop, '.git'), join(evil, '.git'));
  assert.equal(await mayUse(shop, evil), false);
});

test('worktrees of a bare repository are one', async t => {
  const { folder, git, commit } = await gitRepository(t, { 'a.ts': '' });
  await commit();
  const around = await tempFolder(t);
  await git('clone', '--quiet', '--bare', folder, join(around, 'bare'));
  const [one, two] = [join(around, 'one'), join(around, 'two')];
  await git('-C', join(around, 'bare'), 'worktree', 'add', '--quiet', one);
  await git('-C', join(around, 'bare'), 'worktree', 'add', '--quiet', two);
  assert.equal(await mayUse(one, two), true);
  assert.equal(await mayUse(await homeOf(one), two), true);
  assert.equal(await mayUse(around, two), false);
});
