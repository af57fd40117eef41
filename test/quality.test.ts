import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');

for (const [name, ...command] of [
  ['formatted and linted', 'biome', 'check', '.'],
  ['types', 'tsc', '-p', '.'],
  ['type-aware lint', 'oxlint', '--type-aware'],
] as const) {
  test(name, () => {
    const [program, ...rest] = command;
    const result = spawnSync('npx', ['--no-install', program, ...rest], {
      cwd: root,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    assert.equal(result.status, 0, `${result.stdout}\n${result.stderr}`);
  });
}
