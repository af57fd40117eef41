import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { globSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { before, test } from 'node:test';
import { listFiles } from '@vscode/vsce';

const root = join(import.meta.dirname, '..');
const targets = ['linux-x64', 'linux-arm64', 'darwin-x64', 'darwin-arm64', 'win32-x64', 'win32-arm64'];

before(() => {
  execFileSync(process.execPath, ['package.ts'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
});

test('a VSIX for every platform, named after it, and a universal one', () => {
  const names = globSync('*.vsix', { cwd: root }).map(file => basename(file));
  for (const target of [...targets, 'universal']) {
    assert.equal(names.filter(name => name.includes(`-${target}-`)).length, 1, `${target}: ${names.join(', ')}`);
  }
});

test('each holds its own platform’s keytar alone', () => {
  for (const target of [...targets, 'universal']) {
    const [file] = globSync(`*-${target}-*.vsix`, { cwd: root });
    const native = contents(join(root, file!)).filter(name => name.endsWith('.node'));
    assert.deepEqual(native, target === 'universal' ? [] : [`extension/dist/prebuilds/${target}/keytar.node`]);
  }
});

test('the linux-x64 one is under 2 MB and holds no source, test or map', () => {
  const file = join(root, globSync('*-linux-x64-*.vsix', { cwd: root })[0]!);
  assert.ok(statSync(file).size < 2_000_000, `${statSync(file).size} bytes`);
  const strange = contents(file).filter(name => /\.(ts|map)$|\/(test|node_modules|server|client)\//.test(name));
  assert.deepEqual(strange, []);
});

test('vsce finds what the manifest names', async () => {
  const files = await listFiles({ cwd: root });
  for (const needed of [
    'package.json',
    'README.md',
    'LICENSE',
    'CHANGELOG.md',
    'dist/extension.cjs',
    'dist/application.cjs',
    'dist/server.js',
    'dist/cli.js',
    'dist/rules.json',
  ]) {
    assert.ok(files.includes(needed), needed);
  }
});

test('the editor reads little before it has started', () => {
  const { size } = statSync(join(root, 'dist/extension.cjs'));
  assert.ok(size < 20_000, `${size} bytes`);
});

/** Names in a zip file, from its central directory. */
function contents(file: string): readonly string[] {
  return execFileSync(
    'python3',
    ['-c', 'import sys, zipfile; print("\\n".join(zipfile.ZipFile(sys.argv[1]).namelist()))', file],
    {
      encoding: 'utf8',
    },
  )
    .trim()
    .split('\n');
}
