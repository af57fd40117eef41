import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, readFileSync, statSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { buildCommandLine, keysweep, startKeysweep } from '../support/commandLine.ts';
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
  const run = (...args: readonly string[]) => keysweep(folder, args, { env: keyring.environment });
  const move = (place: string, ...more: readonly string[]) => {
    const result = run('move', place, '--store', 'keychain', '--yes', ...more);
    return { ...result, all: result.out + result.err };
  };
  return { folder, run, move };
}

interface Program {
  readonly file: string;
  readonly text: (value: string) => string;
  readonly line?: number;
  /** How it is run; what is not installed here is only moved. */
  readonly command?: readonly string[];
}

const programs: Readonly<Record<string, Program>> = {
  JavaScript: {
    file: 'app.cjs',
    text: value => `const token = '${value}';\nconsole.log(token);\n`,
    command: [process.execPath, 'app.cjs'],
  },
  TypeScript: {
    file: 'app.ts',
    text: value => `const token: string = "${value}";\nconsole.log(token);\n`,
    command: [process.execPath, 'app.ts'],
  },
  Python: {
    file: 'app.py',
    text: value => `"""Doc."""\n\ntoken = "${value}"\nprint(token)\n`,
    line: 3,
    command: ['python3', 'app.py'],
  },
  shell: {
    file: 'app.sh',
    text: value => `#!/bin/sh\nTOKEN="${value}"\necho "$TOKEN"\n`,
    line: 2,
    command: ['sh', 'app.sh'],
  },
  Go: {
    file: 'main.go',
    text: value => `package main\n\nimport "fmt"\n\nfunc main() {\n\ttoken := "${value}"\n\tfmt.Println(token)\n}\n`,
    line: 6,
    command: ['go', 'run', 'main.go'],
  },
  Java: {
    file: 'App.java',
    text: value =>
      `public class App {\n  static final String TOKEN = "${value}";\n  public static void main(String[] a) {\n    System.out.println(TOKEN);\n  }\n}\n`,
    line: 2,
    command: ['java', 'App.java'],
  },
};

for (const [language, { file, text, line = 1, command }] of Object.entries(programs)) {
  test(`a ${language} program prints the same before and after`, async t => {
    const value = githubToken();
    const { folder, run, move } = await bench(t, { [file]: text(value) });
    const moved = move(`${file}:${line}`, '--name', 'GITHUB_TOKEN');
    assert.deepEqual([moved.code, moved.err], [0, ''], moved.all);
    assert.ok(!JSON.stringify(contents(folder)).includes(value));
    assert.match(contents(folder)['.env.schema'] ?? '', /^GITHUB_TOKEN="ref\+keychain:\/\/.+\/GITHUB_TOKEN"$/m);
    const isInstalled = command !== undefined && spawnSync(command[0]!, ['--version']).error === undefined;
    if (!isInstalled || (language === 'Java' && spawnSync('javac', ['-version']).error !== undefined)) return;
    const after = run('run', '--', ...command);
    assert.deepEqual([after.code, after.out], [0, `${value}\n`], after.err);
  });
}

test('a key of many lines comes back byte for byte', async t => {
  const value = privateKey();
  const { run, move } = await bench(t, { 'app.py': `KEY = """${value}"""\nprint(KEY)\n` });
  const moved = move('app.py:1', '--name', 'SIGNING_KEY');
  assert.equal(moved.code, 0, moved.all);
  assert.equal(run('get', 'SIGNING_KEY').out, `${value}\n`);
  assert.equal(run('run', '--', 'python3', 'app.py').out, `${value}\n`);
});

test('every copy in the workspace moves, in comments too, and bytes around them stay', async t => {
  const value = githubToken();
  const files = {
    'a.py': `token = "${value}"\n# was ${value}\n`,
    'deep/b.js': `\ufeffconst t = '${value}';\r\nconst u = "🔑 ü";\r\n`,
    'c.sh': Buffer.from(`# caf\xe9\nexport TOKEN="${value}"\n`, 'latin1'),
    'd.txt': 'nothing\n',
  };
  const { folder, move, run } = await bench(t, files);
  chmodSync(join(folder, 'c.sh'), 0o755);
  const { code, all } = move('a.py:1', '--name', 'TOKEN');
  assert.equal(code, 0, all);
  const now = contents(folder);
  assert.ok(!JSON.stringify(now).includes(value), all);
  assert.ok(readFileSync(join(folder, 'deep/b.js'), 'utf8').startsWith('\ufeff'));
  assert.ok(!/[^\r]\n/.test(readFileSync(join(folder, 'deep/b.js'), 'utf8')));
  assert.ok(now['c.sh']?.includes('caf\xe9'));
  if (process.platform !== 'win32') assert.equal(statSync(join(folder, 'c.sh')).mode & 0o777, 0o755);
  assert.equal(now['d.txt'], files['d.txt']);
  assert.match(run('scan').out, /No secrets found/);
});

test('a line of a .env file moves under its own name, with all that the program reads there', async t => {
  const url = `postgres://app:${githubToken().slice(5, 25)}@localhost:5432/app`;
  const { folder, move, run } = await bench(t, { '.env': `# local\nDATABASE_URL=${url}\nPORT=3000\n` });
  const { code, all } = move('.env:2');
  assert.equal(code, 0, all);
  assert.equal(contents(folder)['.env'], '# local\nPORT=3000\n');
  assert.equal(run('get', 'DATABASE_URL').out, `${url}\n`);
});

test('exactly one item stands in the keychain, holding only the value', async t => {
  const value = stripeKey();
  const { folder, move } = await bench(t, { 'pay.js': `stripe('${value}');\n` });
  assert.equal(move('pay.js:1', '--name', 'STRIPE_KEY').code, 0);
  const reference = /ref\+keychain:\/\/([^"]+)/.exec(contents(folder)['.env.schema'] ?? '')?.[1] ?? '';
  const found = execFileSync('secret-tool', ['search', '--all', 'service', reference], {
    env: keyring.environment,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  assert.deepEqual(found.match(/^secret = .*$/gm), [`secret = ${value}`]);
});

test('a name may be left out, a column tells two secrets of a line apart', async t => {
  const [token, key] = [githubToken(), stripeKey()];
  const { folder, move } = await bench(t, {
    'app.py': `keys = {"github_token": "${token}", "stripe_key": "${key}"}\n`,
  });
  const column = contents(folder)['app.py']!.indexOf(key) + 1;
  assert.equal(move(`app.py:1:${column}`, '--name', 'PAY_KEY').code, 0);
  // An import stands above by now.
  const lines = contents(folder)['app.py']!.split('\n');
  const { code, all } = move(`app.py:${lines.findIndex(line => line.includes(token)) + 1}`);
  assert.equal(code, 0, all);
  assert.match(contents(folder)['.env.schema'] ?? '', /^\w*GITHUB_TOKEN="ref/m);
});

interface Refusal {
  readonly files: (value: string) => Readonly<Record<string, string>>;
  readonly place: string;
  readonly more?: readonly string[];
  readonly code?: number;
  readonly says: RegExp;
}

const refusals: Readonly<Record<string, Refusal>> = {
  'plain JSON': {
    files: value => ({ 'app.json': `{\n  "token": "${value}"\n}\n` }),
    place: 'app.json:2',
    says: /Refused: .{20}/,
  },
  'a key file': {
    files: () => ({ 'id.pem': `${privateKey()}\n` }),
    place: 'id.pem:1',
    says: /The file is the secret itself/,
  },
  'a file of no known kind': {
    files: value => ({ 'app.settings': `token ${value}\n` }),
    place: 'app.settings:1',
    says: /Nothing is known of what reads this file/,
  },
  'a line without a secret': {
    files: value => ({ 'a.py': `\nt = "${value}"\n` }),
    place: 'a.py:1',
    says: /No secret is found on this line/,
  },
  'a name that is none': {
    files: value => ({ 'a.py': `t = "${value}"\n` }),
    place: 'a.py:1',
    more: ['--name', 'a-b'],
    says: /letters, digits/,
  },
  'a file that is not there': { files: () => ({ 'a.py': '' }), place: 'b.py:1', code: 2, says: /a file that exists/ },
  'no line': { files: () => ({ 'a.py': '' }), place: 'a.py', code: 2, says: /FILE:LINE/ },
  'a vault that is not set up': {
    files: value => ({ 'a.py': `t = "${value}"\n` }),
    place: 'a.py:1',
    more: ['--store', 'vault'],
    code: 2,
    says: /VAULT_ADDR/,
  },
};

for (const [name, { files, place, more = [], code = 1, says }] of Object.entries(refusals)) {
  test(`refused, and every file stays byte for byte: ${name}`, async t => {
    const value = githubToken();
    const { folder, move } = await bench(t, files(value));
    const before = contents(folder);
    const result = move(place, '--name', 'SOME_TOKEN', ...more);
    assert.deepEqual([result.code, result.out], [code, ''], result.all);
    assert.match(result.err, says);
    assert.ok(!result.all.includes(value.slice(0, 12)));
    assert.deepEqual(contents(folder), before);
  });
}

test('a name that holds another value is refused, the same value is used again', async t => {
  const [first, second] = [githubToken(), githubToken()];
  const { folder, move } = await bench(t, { 'a.py': `t = "${first}"\n`, 'b.py': `t = "${second}"\n` });
  assert.equal(move('a.py:1', '--name', 'TOKEN').code, 0);
  const before = contents(folder);
  const refused = move('b.py:1', '--name', 'TOKEN');
  assert.deepEqual([refused.code, contents(folder)], [1, before]);
  assert.match(refused.err, /another value/);
  const again = await tempFolder(t, { 'c.py': `t = "${first}"\n`, '.env.schema': before['.env.schema']! });
  const result = keysweep(again, ['move', 'c.py:1', '--name', 'TOKEN', '--store', 'keychain', '--yes'], {
    env: keyring.environment,
  });
  assert.equal(result.code, 0, result.err);
});

test('a read-only file fails the move, and everything is put back', async t => {
  const value = githubToken();
  const { folder, move, run } = await bench(t, { 'a.py': `t = "${value}"\n`, 'b.py': `u = "${value}"\n` });
  chmodSync(join(folder, 'b.py'), 0o444);
  const before = contents(folder);
  const result = move('a.py:1', '--name', 'TOKEN');
  assert.equal(result.code, 2, result.all);
  assert.match(result.err, /b\.py is read-only.*as it was/);
  assert.deepEqual(contents(folder), before);
  assert.equal(run('list').out, '');
});

test('a link is edited where it leads, and stays a link', { skip: process.platform === 'win32' }, async t => {
  const value = githubToken();
  const { folder, move } = await bench(t, { 'real/a.py': `t = "${value}"\n` });
  symlinkSync('real/a.py', join(folder, 'link.py'));
  assert.equal(move('link.py:1', '--name', 'TOKEN').code, 0);
  assert.ok(!readFileSync(join(folder, 'real/a.py'), 'utf8').includes(value));
  assert.ok(readFileSync(join(folder, 'link.py'), 'utf8').includes('TOKEN'));
});

test('a locked keychain fails with what to do', async t => {
  const value = githubToken();
  const locked = await startKeyring();
  t.after(() => locked.close());
  await locked.lock();
  const folder = await tempFolder(t, { 'a.py': `t = "${value}"\n` });
  const before = contents(folder);
  const result = keysweep(folder, ['move', 'a.py:1', '--name', 'T_TOKEN', '--store', 'keychain', '--yes'], {
    env: locked.environment,
  });
  assert.equal(result.code, 2, result.err);
  assert.match(result.err, /keychain/i);
  assert.deepEqual(contents(folder), before);
});

test('without --yes and without a terminal nothing happens', async t => {
  const value = githubToken();
  const { folder, run } = await bench(t, { 'a.py': `t = "${value}"\n` });
  const before = contents(folder);
  const { code, err } = run('move', 'a.py:1', '--name', 'TOKEN');
  assert.equal(code, 2);
  assert.match(err, /--yes/);
  assert.deepEqual(contents(folder), before);
});

test('of two moves to the same name at once one wins, and the other leaves its file as it was', async t => {
  const values = [githubToken(), githubToken()];
  const files = { 'a.py': `t = "${values[0]}"\nprint(t)\n`, 'b.py': `t = "${values[1]}"\nprint(t)\n` };
  const { folder, run } = await bench(t, files);
  const codes = await Promise.all(
    Object.keys(files).map(async file => {
      const args = ['move', `${file}:1`, '--name', 'TOKEN', '--store', 'keychain', '--yes'];
      const [code] = await once(startKeysweep(folder, args, { env: keyring.environment }), 'close');
      return code as number;
    }),
  );
  const winner = codes.indexOf(0);
  assert.ok(winner !== -1 && codes[1 - winner]! > 0, codes.join(' '));
  const [won, lost] = winner === 0 ? ['a.py', 'b.py'] : ['b.py', 'a.py'];
  assert.equal(contents(folder)[lost!], files[lost as keyof typeof files]);
  assert.equal(run('run', '--', 'python3', won!).out, `${values[winner]}\n`);
});

test('a copy in a dotenv file that git ignores moves too', async t => {
  const key = stripeKey();
  const { folder, move } = await bench(t, {
    'app.js': `const apiKey = "${key}";\n`,
    '.gitignore': '.env\nbuild\n',
    '.env': `PORT=1\nAPI_KEY=${key}\n`,
    'build/.env': `API_KEY=${key}\n`,
  });
  execFileSync('git', ['init', '-q'], { cwd: folder });
  const moved = move('app.js:1', '--name', 'API_KEY');
  assert.equal(moved.code, 0, moved.all);
  assert.match(moved.out, /Edited app\.js, \.env;/);
  assert.equal(contents(folder)['.env'], 'PORT=1\n');
  assert.ok(contents(folder)['build/.env']?.includes(key));
});
