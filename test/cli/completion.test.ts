import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { buildCommandLine, cliProgram, keysweep } from '../support/commandLine.ts';
import { tempFolder } from '../support/tempFolder.ts';

before(buildCommandLine);

/** What has been typed after `keysweep `, and what is offered, among others. */
const rows: Readonly<Record<string, readonly [typed: string, offered: readonly string[], never: readonly string[]]>> = {
  commands: ['', ['scan', 'move', 'undo', 'run', 'completion'], ['STRIPE_KEY']],
  'a command that was begun': ['mo', ['move'], ['scan']],
  options: ['move --d', ['--dry-run'], ['--all']],
  'one of a few words': ['scan --format ', ['text', 'json', 'sarif'], ['--format']],
  'a name of the manifest': ['get S', ['STRIPE_KEY'], ['TOKEN']],
  'a name that a run is limited to': ['run --env T', ['TOKEN'], ['STRIPE_KEY']],
  'a word without an option': ['completion z', ['zsh'], ['bash']],
};

const shells: Readonly<Record<string, (typed: string) => readonly string[]>> = {
  bash: typed => [
    '-c',
    `eval "$(keysweep completion bash)"; line=${JSON.stringify(`keysweep ${typed}`)}; read -ra COMP_WORDS <<< "$line"
    [[ $line == *' ' ]] && COMP_WORDS+=(''); COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 )); _keysweep; printf '%s\\n' "\${COMPREPLY[@]}"`,
  ],
  fish: typed => [
    '-c',
    `keysweep completion fish | source; complete -C ${JSON.stringify(`keysweep ${typed}`)} | cut -f1`,
  ],
};

async function bench(t: TestContext) {
  const names = ['STRIPE_KEY', 'TOKEN'].map(name => `${name}="ref+keychain://shop/${name}"\n`).join('');
  const folder = await tempFolder(t, {
    '.env.schema': names,
    'bin/keysweep': `#!/bin/sh\nexec ${process.execPath} ${cliProgram} "$@"\n`,
  });
  chmodSync(join(folder, 'bin/keysweep'), 0o755);
  return { folder, env: { ...process.env, PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH ?? ''}` } };
}

for (const [shell, argsFor] of Object.entries(shells)) {
  const isThere = process.platform !== 'win32' && spawnSync(shell, ['--version']).error === undefined;
  test(`${shell} completes`, { skip: !isThere }, async t => {
    const { folder, env } = await bench(t);
    for (const [name, [typed, offered, never]] of Object.entries(rows)) {
      const { stdout, stderr } = spawnSync(shell, argsFor(typed), { cwd: folder, env, encoding: 'utf8' });
      const words = stdout.split('\n');
      assert.deepEqual([offered.filter(word => !words.includes(word)), stderr], [[], ''], `${name}: ${stdout}`);
      assert.deepEqual(
        never.filter(word => words.includes(word)),
        [],
        `${name}: ${stdout}`,
      );
    }
  });
}

test('zsh reads its script and offers commands and names', {
  skip: process.platform === 'win32' || spawnSync('zsh', ['--version']).error !== undefined,
}, async t => {
  const { folder, env } = await bench(t);
  const script = `autoload -Uz compinit; compinit -u -d ${join(folder, 'dump')}; eval "$(keysweep completion zsh)"
    functions _keysweep >/dev/null && print $_comps[keysweep]; compadd() { print -l \${(P)@[-1]} }; _keysweep_names`;
  const { stdout, stderr } = spawnSync('zsh', ['-fc', script], { cwd: folder, env, encoding: 'utf8' });
  assert.deepEqual([stdout, stderr], ['_keysweep\nSTRIPE_KEY\nTOKEN\n', '']);
});

test('an unknown shell is refused', async t => {
  const { folder } = await bench(t);
  for (const args of [[], ['csh'], ['bash', 'zsh']]) assert.equal(keysweep(folder, ['completion', ...args]).code, 2);
});
