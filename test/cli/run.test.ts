import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { programFor, quoteForBatch } from '../../server/cli/program.ts';
import { buildCommandLine, cliProgram, keysweep, startKeysweep } from '../support/commandLine.ts';
import { type Keyring, startKeyring } from '../support/keyring.ts';
import { tempFolder } from '../support/tempFolder.ts';

let keyring: Keyring;
before(async () => {
  buildCommandLine();
  keyring = await startKeyring();
});
after(() => keyring?.close());

async function bench(t: TestContext, files: Readonly<Record<string, string>> = {}) {
  const folder = await tempFolder(t, files);
  const env = { ...keyring.environment, API_KEY: undefined };
  const run = (...args: readonly string[]) => keysweep(folder, args, { env });
  const set = (name: string, value: string) => keysweep(folder, ['set', name], { env, input: value });
  return { folder, env, run, set };
}

const node = (script: string) => ['run', '--', process.execPath, '-e', script];

test('set, get, list, check, run and rm of a name', async t => {
  const { run, set } = await bench(t);
  const value = `p w\u00fc\n"$(id)" '\\`;
  const stored = set('API_KEY', `${value}\n`);
  assert.deepEqual([stored.code, stored.err], [0, '']);
  assert.ok(!stored.out.includes('$(id)'));
  assert.equal(run('get', 'API_KEY').out, `${value}\n`);
  assert.match(run('list').out, /^API_KEY\tthere\tref\+keychain:\/\/.+\/API_KEY\n$/);
  assert.deepEqual([run('check').code, run('check').out.includes('there   API_KEY')], [0, true]);
  assert.deepEqual(run(...node('process.stdout.write(process.env.API_KEY)')), { code: 0, out: value, err: '' });
  assert.equal(set('API_KEY', 'second').code, 0);
  assert.equal(run('get', 'API_KEY').out, 'second\n');
  assert.equal(run('rm', 'API_KEY').code, 0);
  assert.deepEqual([run('rm', 'API_KEY').code, run('get', 'API_KEY').code, run('check').code], [1, 1, 1]);
  assert.match(run('list').out, /^API_KEY\tmissing\t/);
});

test('a missing name starts nothing and lists all that are missing', async t => {
  const manifest = ['GONE', 'LOST'].map(name => `${name}="ref+keychain://nowhere-${process.pid}/${name}"\n`).join('');
  const { run } = await bench(t, { '.env.schema': `${manifest}PORT=3000\n` });
  const { code, out, err } = run(...node('console.log("started")'));
  assert.deepEqual([code, out], [2, '']);
  assert.match(err, /GONE \(ref\+keychain:.*Run: keysweep set GONE\n.*LOST \(ref\+keychain:.*Run: keysweep set LOST\n/);
  assert.ok(!err.includes('PORT'));
});

test('a value in the environment wins, the nearest manifest counts, and those above it too', async t => {
  const { folder, env, set } = await bench(t, { 'service/source/x.txt': '', 'service/.env.schema': '' });
  set('TOP_KEY', 'top');
  assert.equal(keysweep(join(folder, 'service'), ['set', 'OWN_KEY'], { env, input: 'own' }).code, 0);
  const print = node('console.log(process.env.TOP_KEY, process.env.OWN_KEY)');
  const inside = join(folder, 'service/source');
  assert.equal(keysweep(inside, print, { env }).out, 'top own\n');
  assert.equal(keysweep(inside, print, { env: { ...env, TOP_KEY: 'mine' } }).out, 'mine own\n');
});

test('the exit code is the program’s, arguments reach it as they are, and no shell reads them', async t => {
  const { run } = await bench(t);
  assert.equal(run(...node('process.exit(7)')).code, 7);
  const args = ['a b', '$HOME', '*', '"', '--help', '--', ''];
  assert.deepEqual(
    JSON.parse(run('run', '--', process.execPath, '-p', 'JSON.stringify(process.argv.slice(1))', '--', ...args).out),
    args,
  );
  assert.equal(run('run', '--', 'no-such-program-here').code, 127);
  assert.equal(run('run', '--', '.').code, 126);
  assert.equal(run('run', process.execPath).code, 2);
  assert.equal(run('run').code, 2);
});

test('signals are passed on, and one that ends the program is told by the exit code', {
  skip: process.platform === 'win32',
}, async t => {
  const { folder, env } = await bench(t);
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
    ['SIGHUP', 129],
  ] as const) {
    const child = startKeysweep(folder, node('setInterval(() => {}, 1000); console.log("up")'), { env });
    await once(child.stdout, 'data');
    child.kill(signal);
    assert.deepEqual(await once(child, 'close'), [code, null], signal);
  }
  const script =
    'process.on("SIGTERM", () => { console.log("heard"); process.exit(3); }); setInterval(() => {}, 1000); console.log("up")';
  const child = startKeysweep(folder, node(script), { env });
  let out = '';
  child.stdout.on('data', chunk => {
    out += chunk;
  });
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  assert.deepEqual([await once(child, 'close'), out], [[3, null], 'up\nheard\n']);
});

test('the program does not get what opens the editor’s storage', async t => {
  const { folder, env } = await bench(t);
  const more = { KEYSWEEP_SECRET_STORAGE_SOCKET: '', KEYSWEEP_SECRET_STORAGE_TOKEN: 'opens-it' };
  const print = node('console.log(Object.keys(process.env).filter(name => name.startsWith("KEYSWEEP")).length)');
  assert.equal(keysweep(folder, print, { env: { ...env, ...more } }).out, '0\n');
});

test('an entry that was stored for another folder is neither given out nor changed', async t => {
  const { run, set } = await bench(t);
  set('API_KEY', 'theirs');
  const reference = /ref\+keychain:\S+/.exec(run('list').out)?.[0] ?? '';
  const elsewhere = await bench(t, { '.env.schema': `MINE="${reference}"\n` });
  const refused = elsewhere.run(...node('console.log(process.env.MINE)'));
  assert.deepEqual([refused.code, refused.out], [2, '']);
  assert.match(refused.err, /MINE \(ref\+keychain:.*It was stored for /);
  assert.equal(elsewhere.run('check').code, 1);
  assert.deepEqual([elsewhere.set('MINE', 'changed').code, elsewhere.run('rm', 'MINE').code], [2, 2]);
  assert.deepEqual([elsewhere.run('get', 'MINE').code, elsewhere.run('get', 'MINE').out], [2, '']);
  assert.equal(run('get', 'API_KEY').out, 'theirs\n');
});

test('a value is never taken from the command line, nor an empty one', async t => {
  const { run, set } = await bench(t);
  const secret = 'on-the-command-line';
  const refused = run('set', 'API_KEY', secret);
  assert.equal(refused.code, 2);
  assert.ok(!refused.err.includes(secret));
  assert.deepEqual([set('API_KEY', '\n').code, set('PATH', 'x').code, set('a-b', 'x').code], [2, 2, 2]);
  assert.equal(run('list').out, '');
});

test('the inventory joins code, manifest and keychain', async t => {
  const { run, set } = await bench(t, { 'app.txt': 'nothing\n' });
  set('API_KEY', 'kept');
  const { rows } = JSON.parse(run('inventory', '--format', 'json').out) as {
    rows: { state: string; label: string; path: string; line: number }[];
  };
  assert.deepEqual(
    rows.map(({ state, label, path }) => [state, label, path]),
    [['stored', 'API_KEY', '.env.schema']],
  );
  assert.match(run('inventory').out, /Referenced and stored here \(1\)\n {2}API_KEY/);
});

test('output that goes to no terminal shows no value, and a flag or variable shows it', async t => {
  const { folder, env, set } = await bench(t);
  const value = 'correct-horse-77';
  set('API_KEY', value);
  const script = `const v = process.env.API_KEY;
    process.stdout.write('out ' + v.slice(0, 5)); process.stderr.write(Buffer.from([0xff, 0x00]));
    process.stderr.write('err ' + v + '\\n'); setImmediate(() => { process.stdout.write(v.slice(5) + '\\n'); process.exitCode = 5; });`;
  const shown = keysweep(folder, node(script), { env });
  assert.deepEqual(shown, { code: 5, out: `out ${value}\n`, err: `\ufffd\0err ${value}\n` });
  const masked = ['run', '--masking', '--', process.execPath, '-e', script];
  const concealed = '<concealed by Keysweep>';
  assert.deepEqual(keysweep(folder, masked, { env }), {
    code: 5,
    out: `out ${concealed}\n`,
    err: `\ufffd\0err ${concealed}\n`,
  });
  assert.equal(keysweep(folder, ['run', '--', ...masked.slice(3)], { env }).out, `out ${value}\n`);
});

test('a program that nobody reads from any more ends, and a large output arrives whole', async t => {
  const { folder, env, set } = await bench(t);
  set('API_KEY', 'correct-horse-77');
  const keep =
    'setInterval(() => process.stdout.write("x".repeat(10000)), 1); process.stdout.on("error", () => process.exit(9))';
  const child = startKeysweep(folder, ['run', '--', process.execPath, '-e', keep], { env });
  await once(child.stdout, 'data');
  child.stdout.destroy();
  assert.deepEqual(await once(child, 'close'), [9, null]);
  const large = [
    'run',
    '--',
    process.execPath,
    '-e',
    'process.stdout.write(("0123456789".repeat(100) + "\\n").repeat(5000))',
  ];
  assert.equal(keysweep(folder, large, { env }).out.length, 5000 * 1001);
});

test('--env gives these names alone', async t => {
  const { run, set } = await bench(t);
  for (const name of ['A_KEY', 'B_KEY', 'C_KEY']) set(name, `value-of-${name}`);
  const print = ['--', process.execPath, '-p', "['A', 'B', 'C'].map(name => process.env[name + '_KEY'])+''"];
  const [a, b] = ['value-of-A_KEY', 'value-of-B_KEY'];
  assert.equal(run('run', '--env', 'A_KEY', ...print).out, `${a},,\n`);
  for (const names of [['--env', 'A_KEY', 'B_KEY'], ['--env=A_KEY,B_KEY'], ['--env', 'A_KEY', '--env', 'B_KEY']])
    assert.equal(run('run', ...names, ...print).out, `${a},${b},\n`, names.join(' '));
  const missing = run('run', '--env', 'D_KEY', ...print);
  assert.deepEqual([missing.code, missing.out], [2, '']);
  assert.match(missing.err, /D_KEY .*No manifest here or above names it/);
});

/** Drives `keysweep run` on a terminal of its own, as the job of an interactive shell; prints what the terminal showed. */
const terminal = `
import os, pty, sys, time, select, signal
program, folder, script = sys.argv[1:4]
pid, fd = pty.fork()
if pid == 0:
    os.chdir(folder)
    os.execvp('bash', ['bash', '--norc', '--noprofile', '-i'])
seen = b''
def until(mark):
    global seen
    start = len(seen)
    limit = time.time() + 60
    while mark not in seen[start:] and time.time() < limit:
        if select.select([fd], [], [], 1)[0]:
            try: seen += os.read(fd, 65536)
            except OSError: break
def say(text): os.write(fd, text.encode())
say("PS1=; stty -echo; echo sh''ell\\n"); until(b'shell')
say("$KEYSWEEP run -- $NODE -e '" + script + "'; echo en''ded $?\\n"); until(b'up ')
say('\\x1a'); until(b'Stopped')
say('jobs; echo li''sted\\n'); until(b'listed')
say('fg; echo en''ded $?\\n'); until(b'again')
say('\\x03'); until(b'ended')
say('exit\\n')
sys.stdout.buffer.write(seen)
`;

test('on a terminal the program has it to itself: nothing concealed, Ctrl+Z stops, fg goes on, Ctrl+C arrives once', {
  skip: process.platform !== 'linux',
}, async t => {
  const { folder, env, set } = await bench(t);
  set('API_KEY', 'correct-horse-77');
  const script = `let n = 0; process.on("SIGINT", () => { n++; setTimeout(() => { console.log("int " + n); process.exit(4); }, 200); });
    process.on("SIGCONT", () => console.log("again")); setInterval(() => {}, 1000); console.log("up " + process.stdout.isTTY + " " + process.env.API_KEY)`;
  const more = { KEYSWEEP: `${process.execPath} ${cliProgram}`, NODE: process.execPath, TERM: 'dumb' };
  const { stdout, status } = spawnSync('python3', ['-c', terminal, '', folder, script.replaceAll('\n', ' ')], {
    env: { ...process.env, ...env, ...more },
    encoding: 'utf8',
    timeout: 120_000,
  });
  assert.equal(status, 0);
  assert.match(stdout, /up true correct-horse-77.*Stopped.*listed.*again.*int 1.*ended 4/s);
});

test('on Windows a batch file is called through cmd.exe with quoted arguments', async t => {
  const bin = await tempFolder(t, { 'npm.CMD': '', 'tool.EXE': '' });
  const environment = { Path: bin, PATHEXT: '.EXE;.CMD', ComSpec: 'cmd.exe' };
  const program = await programFor('npm', ['run', 'a & b', 'say "hi"'], environment, 'win32');
  const line = `"${join(bin, 'npm.CMD')}" "run" "a & b" "say ""hi"""`;
  assert.deepEqual(program, { command: 'cmd.exe', args: ['/d', '/s', '/v:off', '/c', `"${line}"`], verbatim: true });
  assert.deepEqual(await programFor('tool', ['%x%'], environment, 'win32'), {
    command: join(bin, 'tool.EXE'),
    args: ['%x%'],
    verbatim: false,
  });
  assert.deepEqual(await programFor('npm', ['%x%'], environment, 'linux'), {
    command: 'npm',
    args: ['%x%'],
    verbatim: false,
  });
  assert.throws(() => quoteForBatch('%PATH%'), /percent/);
});
