import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { lineDiff } from '../../server/cli/lineDiff.ts';
import { openJournal } from '../../server/secrets/journal.ts';
import { dataFolder } from '../../server/stores/stores.ts';
import { buildCommandLine, keysweep } from '../support/commandLine.ts';
import { githubToken, privateKey, stripeKey } from '../support/exampleWorkspace.ts';
import { type Keyring, startKeyring } from '../support/keyring.ts';
import { contents, tempFolder } from '../support/tempFolder.ts';

let keyring: Keyring;
before(async () => {
  buildCommandLine();
  keyring = await startKeyring();
});
after(() => keyring?.close());

async function bench(t: TestContext, files: Readonly<Record<string, string | Uint8Array>>) {
  const folder = await tempFolder(t, files);
  const run = (...args: readonly string[]) => {
    const result = keysweep(folder, args, { env: keyring.environment });
    return { ...result, all: result.out + result.err };
  };
  const all = (...more: readonly string[]) => run('move', '--all', '--store', 'keychain', ...more);
  return { folder, run, all };
}

const sources = () => {
  const [token, key, pem] = [githubToken(), stripeKey(), privateKey()];
  return {
    values: [token, key, pem],
    files: {
      'app.py': `token = "${token}"\nkey = "${key}"  # was ${key}\nprint(token, key)\n`,
      'deep/pay.js': `\ufeffconst a = '${key}';\r\nconsole.log(a);\r\n`,
      'sign.py': `PEM = """${pem}"""\nprint(PEM)\n`,
      '.env': `PORT=1\nGITHUB_TOKEN=${token}\n`,
      'plain.json': `{ "stripe_key": "${stripeKey()}" }\n`,
    },
  };
};

test('a dry run shows the table and the diff, blots values out and changes nothing', async t => {
  const { values, files } = sources();
  const { folder, run, all } = await bench(t, files);
  const before = contents(folder);
  const { code, out, err } = all('--dry-run');
  assert.deepEqual([code, err], [1, '']);
  for (const line of [
    /^NAME +STORE +SECRET +FILES$/m,
    /^\w*STRIPE\w* +Keychain +.+ app\.py, deep\/pay\.js$/m,
    /^stays +.+plain\.json: .{20}/m,
    /^--- app\.py\n\+\+\+ app\.py$/m,
    /^-token = "•••"$/m,
    /^\+token = os\.environ\["\w+"\]$/m,
    /^--- \/dev\/null\n\+\+\+ \.env\.schema$/m,
  ])
    assert.match(out, line);
  for (const value of values) for (const part of value.split('\n')) assert.ok(part.length < 20 || !out.includes(part));
  assert.deepEqual(contents(folder), before);
  assert.equal(run('list').out, '');
});

test('all is moved as the dry run said, programs print the same, and undo puts every byte back', async t => {
  const { values, files } = sources();
  const { folder, run, all } = await bench(t, files);
  const before = contents(folder);
  const diffs = (out: string) => out.slice(0, out.indexOf('\n\n'));
  const dry = all('--dry-run');
  const printed = execFileSync('python3', ['app.py'], { cwd: folder, encoding: 'utf8' });
  const moved = all('--yes');
  assert.equal(moved.code, 1, moved.all);
  assert.ok(moved.out.startsWith(diffs(dry.out)), moved.out);
  assert.match(moved.out, /Moved 3 values to Keychain\.\n1 value stayed/);
  assert.match(moved.err, /^\[1\/3\] \w+: moved .*\n\[2\/3\]/);
  const now = JSON.stringify(contents(folder));
  for (const value of values) assert.ok(!now.includes(value.slice(0, 60).split('\n').at(-1) ?? value));
  assert.deepEqual(contents(folder)['plain.json'], before['plain.json']);
  assert.equal(run('run', '--', 'python3', 'app.py').out, printed);
  assert.equal(run('run', '--', 'python3', 'sign.py').out, `${values[2]}\n`);

  const undone = run('undo');
  assert.deepEqual([undone.code, undone.err], [0, ''], undone.all);
  assert.equal(undone.out.match(/^The value stays stored as ref\+keychain:/gm)?.length, 3);
  assert.deepEqual(contents(folder), before);
  const again = run('undo');
  assert.deepEqual([again.code, again.out], [1, '']);
  assert.match(again.err, /no move to put back/);
  // What stayed stored is met again.
  assert.equal(all('--yes').code, 1);
});

test('undo takes back one move at a time, the last one first, and no value stands in what it keeps', async t => {
  const { values, files } = sources();
  const { folder, run } = await bench(t, files);
  const move = (place: string, name: string) => run('move', place, '--name', name, '--store', 'keychain', '--yes').code;
  const start = contents(folder);
  assert.equal(move('sign.py:1', 'PEM'), 0);
  const between = contents(folder);
  assert.equal(move('app.py:1', 'GITHUB_TOKEN'), 0);
  const kept = contents(dataFolder(keyring.environment));
  assert.ok(Object.keys(kept).some(path => path.startsWith('undo/')));
  for (const value of values) assert.ok(!JSON.stringify(kept).includes(value.slice(0, 20)));
  assert.equal(run('undo').code, 0);
  assert.deepEqual(contents(folder), between);
  assert.equal(run('undo').code, 0);
  assert.deepEqual(contents(folder), start);
});

test('undo leaves what somebody changed since, and says so', async t => {
  const token = githubToken();
  const { folder, run } = await bench(t, { 'a.py': `t = "${token}"\n` });
  const move = () => run('move', 'a.py:1', '--name', 'TOKEN', '--store', 'keychain', '--yes');
  assert.equal(move().code, 0);
  const left = contents(folder);
  writeFileSync(join(folder, 'a.py'), `${left['a.py']}print(t)\n`);
  const refused = run('undo');
  assert.deepEqual([refused.code, refused.out], [1, '']);
  assert.match(refused.err, /TOKEN was not put back: a\.py changed since/);
  writeFileSync(join(folder, 'a.py'), left['a.py']!);
  writeFileSync(join(folder, '.env.schema'), `${left['.env.schema']}PORT=3\n`);
  const kept = run('undo');
  assert.equal(kept.code, 0, kept.all);
  assert.match(kept.out, /\.env\.schema changed since, and still names it/);
  assert.deepEqual(contents(folder)['a.py'], `t = "${token}"\n`);
  // Stored under that name is another value by now.
  assert.equal(move().code, 0);
  keysweep(folder, ['set', 'TOKEN'], { env: keyring.environment, input: 'other' });
  const other = run('undo');
  assert.equal(other.code, 1, other.all);
  assert.match(other.err, /holds another value/);
});

test('a value that fails leaves the others moved, and a second run goes on', async t => {
  const [token, key] = [githubToken(), stripeKey()];
  const { folder, all } = await bench(t, { 'a.py': `t = "${token}"\n`, 'b.py': `k = "${key}"\n` });
  chmodSync(join(folder, 'a.py'), 0o444);
  const first = all('--yes');
  assert.equal(first.code, 2, first.all);
  assert.match(first.err, /a\.py is read-only/);
  assert.match(first.out, /1 value could not be moved\. Run `keysweep move --all` again/);
  assert.deepEqual([contents(folder)['a.py'], contents(folder)['b.py']?.includes(key)], [`t = "${token}"\n`, false]);
  chmodSync(join(folder, 'a.py'), 0o644);
  const second = all('--yes');
  assert.deepEqual([second.code, contents(folder)['a.py']?.includes(token)], [0, false], second.all);
});

test('what an interrupted move stored is taken up under the same name', async t => {
  const token = githubToken();
  const { folder, run, all } = await bench(t, { 'a.py': `t = "${token}"\n`, '.env.schema': '' });
  const stored = keysweep(folder, ['set', 'LEFT_OVER', '--store', 'keychain'], {
    env: keyring.environment,
    input: token,
  });
  assert.equal(stored.code, 0, stored.err);
  const reference = /ref\+keychain:[^\s"]+/.exec(contents(folder)['.env.schema'] ?? '')?.[0] ?? '';
  const entry = { name: 'LEFT_OVER', reference, files: [join(folder, '.env.schema'), join(folder, 'a.py')] };
  const script = `import { openJournal } from ${JSON.stringify(join(import.meta.dirname, '../../server/secrets/journal.ts'))};
    await openJournal(${JSON.stringify(dataFolder(keyring.environment))}).begin(${JSON.stringify(entry)});`;
  execFileSync(process.execPath, ['--input-type=module', '-e', script]);
  assert.equal(all('--yes').code, 0);
  assert.equal(run('run', '--', 'python3', '-c', 'import a; print(a.t)').out, `${token}\n`);
  assert.match(contents(folder)['a.py'] ?? '', /LEFT_OVER/);
  assert.deepEqual(await openJournal(dataFolder(keyring.environment)).unfinished(), []);
});

const wrongUses: Readonly<Record<string, readonly string[]>> = {
  'without --yes': ['move', '--all'],
  'with a place': ['move', '--all', 'a.py:1', '--yes'],
  'with a name': ['move', '--all', '--name', 'A', '--yes'],
  'a dry run of one': ['move', 'a.py:1', '--dry-run'],
  'undo of something': ['undo', 'a.py'],
};

test('what cannot be meant is refused', async t => {
  const { run } = await bench(t, { 'a.py': `t = "${githubToken()}"\n` });
  for (const [name, args] of Object.entries(wrongUses)) assert.equal(run(...args).code, 2, name);
});

const diffs: Readonly<Record<string, readonly [string, string, readonly string[]]>> = {
  equal: ['a\nb\n', 'a\nb\n', []],
  new: ['', 'a\n', ['@@ -0,0 +1,1 @@', '+a']],
  replaced: ['a\nb\nc\n', 'a\nB\nc\n', ['@@ -1,3 +1,3 @@', ' a', '-b', '+B', ' c']],
  'two hunks': [
    'a\nb\nc\nd\ne\nf\ng\nh\ni\nj\nk\nl',
    'a\nB\nc\nd\ne\nf\ng\nh\ni\nj\nk\nL',
    ['@@ -1,5 +1,5 @@', ' a', '-b', '+B', ' c', ' d', ' e', '@@ -9,4 +9,4 @@', ' i', ' j', ' k', '-l', '+L'],
  ],
  moved: ['a\nb\nc\nd\n', 'b\nc\nx\nd\na\n', ['@@ -1,4 +1,5 @@', '-a', ' b', ' c', '+x', ' d', '+a']],
};

for (const [name, [old, fresh, expected]] of Object.entries(diffs)) {
  test(`diff: ${name}`, () => assert.deepEqual(lineDiff(old, fresh), expected));
}

test('any diff turns the one text into the other', () => {
  let seed = 7;
  const random = (most: number) => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return seed % most;
  };
  for (let round = 0; round < 300; round++) {
    const lines = () => Array.from({ length: random(12) }, () => 'abc'[random(3)] ?? '');
    const [old, fresh] = [lines(), lines()];
    const shown = lineDiff(old.map(line => `${line}\n`).join(''), fresh.map(line => `${line}\n`).join(''), 100).slice(
      1,
    );
    const side = (mark: string) => shown.filter(line => !line.startsWith(mark)).map(line => line.slice(1));
    if (shown.length > 0) assert.deepEqual([side('+'), side('-')], [old, fresh]);
    else assert.deepEqual(old, fresh);
  }
});
