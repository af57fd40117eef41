import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { buildCommandLine, commandNames, keysweep } from '../support/commandLine.ts';
import { awsKeyId, awsSecretKey, githubToken, password, privateKey, stripeKey } from '../support/exampleWorkspace.ts';
import { startKeyring } from '../support/keyring.ts';
import { tempFolder } from '../support/tempFolder.ts';

/* The forms that others rely on, as an outsider would look at them. */

before(buildCommandLine);

const token = githubToken();

interface Found {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly endLine: number;
  readonly kind: string;
}

async function scan(t: TestContext, files: Readonly<Record<string, string | Uint8Array>>, ...args: readonly string[]) {
  const folder = await tempFolder(t, files);
  const home = await tempFolder(t);
  const env = { HOME: home, XDG_DATA_HOME: join(home, 'data') };
  const { code, out, err } = keysweep(folder, ['scan', '--format', 'json', ...args], { env });
  return { code, err, out, findings: (JSON.parse(out) as { readonly findings: readonly Found[] }).findings };
}

const encodings: readonly (readonly [string, string, 'utf8' | 'utf16le'])[] = [
  ['LF', `x\ntoken = "${token}"\n`, 'utf8'],
  ['CRLF', `x\r\ntoken = "${token}"\r\n`, 'utf8'],
  ['BOM', `\ufefftoken = "${token}"\r\n`, 'utf8'],
  ['emoji', `é = "😀😀"; token = "${token}"\n`, 'utf8'],
  ['UTF-16', `\ufeffx\r\ntoken = "${token}"\r\n`, 'utf16le'],
  ['no line end', `\f\ntoken = "${token}"`, 'utf8'],
];

for (const [name, text, encoding] of encodings) {
  test(`offsets count UTF-16 units of the raw text: ${name}`, async t => {
    const { findings } = await scan(t, { 'a.py': Buffer.from(text, encoding) });
    const start = text.indexOf(token);
    const line = text.slice(0, start).split('\n').length;
    assert.deepEqual(
      findings.map(found => [found.start, found.end, found.line, found.endLine]),
      [[start, start + token.length, line, line]],
    );
  });
}

test('a key of many lines ends on its last line; a certificate without its key is no finding', async t => {
  const key = privateKey();
  const text = `x\nKEY = """${key}"""\ny\n`;
  const { findings } = await scan(t, { 'a.py': text });
  const [found] = findings;
  assert.deepEqual(
    [found?.kind, found?.line, found?.endLine, text.slice(found?.start, found?.end) === key],
    ['key', 2, 1 + key.split('\n').length, true],
  );

  const folder = await tempFolder(t, {});
  const make = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    'key.pem',
    '-out',
    'only.pem',
    '-days',
    '5',
  ];
  execFileSync('openssl', [...make, '-subj', '/CN=x'], { cwd: folder, stdio: 'ignore' });
  const certificate = readFileSync(join(folder, 'only.pem'), 'utf8');
  assert.equal((await scan(t, { 'only.pem': certificate })).code, 0);
  const both = await scan(t, { 'both.pem': readFileSync(join(folder, 'key.pem'), 'utf8') + certificate });
  assert.equal(both.findings.length, 1);
});

test('of a pair the secret is the finding, whatever the file', async t => {
  const [id, secret] = [awsKeyId(), awsSecretKey()];
  const texts = {
    'a.ini': `[default]\naws_access_key_id = ${id}\naws_secret_access_key = ${secret}\n`,
    'a.js': `const aws = { accessKeyId: '${id}', secretAccessKey: '${secret}' };\n`,
    'a.env': `AWS_ACCESS_KEY_ID=${id}\nAWS_SECRET_ACCESS_KEY=${secret}\n`,
    'a.py': `boto3.client("s3", aws_access_key_id="${id}", aws_secret_access_key="${secret}")\n`,
  };
  const { findings, out } = await scan(t, texts);
  const values = findings.map(found => texts[found.path as keyof typeof texts].slice(found.start, found.end));
  assert.deepEqual(
    values,
    Object.keys(texts).map(() => secret),
  );
  assert.ok(!out.includes(id.slice(0, 10)));
});

test('in an address the finding is exactly the password as written', async t => {
  for (const secret of ['hunter2Zq9vXw', 'p%40ssW0rd%21Xq7', 'Xk9-mQ2_vB7~pL']) {
    const texts = [
      `DATABASE_URL=postgres://admin:${secret}@db.prod.acme.io:5432/app\n`,
      `const u = 'mongodb+srv://svc:${secret}@cluster0.ab1cd.mongodb.net/test';\n`,
      `redis://:${secret}@cache.acme.io:6379/0\n`,
      `conn = "Server=db.acme.io;Database=x;User Id=sa;Password=${secret};"\n`,
      `jdbc = "jdbc:postgresql://db.acme.io/x?user=app&password=${secret}"\n`,
    ];
    const files = Object.fromEntries(texts.map((text, index) => [`${index}.txt`, text]));
    const { findings } = await scan(t, files);
    const values = findings.map(found => (files[found.path] ?? '').slice(found.start, found.end));
    assert.deepEqual(
      values,
      texts.map(() => secret),
    );
  }
});

test('findings never overlap, not even of low confidence', async t => {
  const text = `DB_PASSWORD = "postgres://u:${token}@h.acme.io/x"\nAuthorization: Bearer ${token}\npassword: "${token}:${password()}"\n`;
  const { findings } = await scan(t, { 'a.py': text }, '--confidence', 'low');
  const sorted = [...findings].sort((a, b) => a.start - b.start);
  assert.ok(sorted.length >= 3);
  for (const [index, found] of sorted.entries()) assert.ok(found.start >= (sorted[index - 1]?.end ?? 0));
});

test('every command tells its help and the version on standard output', async t => {
  const folder = await tempFolder(t, {});
  for (const name of commandNames) {
    const version = keysweep(folder, [name, '--version']);
    assert.deepEqual([version.code, version.err], [0, ''], name);
    assert.match(version.out, /^\d+\.\d+\.\d+\n$/);
    const help = keysweep(folder, [name, '--help']);
    assert.deepEqual([help.code, help.err, help.out.includes(`keysweep ${name}`)], [0, '', true], name);
  }
});

test('with --yes a .env line of another name moves along, and the program finds it under its old name', async t => {
  const keyring = await startKeyring();
  t.after(() => keyring.close());
  const folder = await tempFolder(t, { 'a.py': `token = "${token}"\n`, '.env': `A=1\nGH_PAT=${token}\n` });
  const env = keyring.environment;
  const moved = keysweep(folder, ['move', 'a.py:1', '--name', 'MY_TOKEN', '--store', 'keychain', '--yes'], { env });
  assert.equal(moved.code, 0, moved.err);
  assert.equal(readFileSync(join(folder, '.env'), 'utf8'), 'A=1\n');
  const program =
    'process.exit(process.env.GH_PAT === process.env.MY_TOKEN && process.env.GH_PAT.length === 40 ? 0 : 1)';
  assert.equal(keysweep(folder, ['run', '--', process.execPath, '-e', program], { env }).code, 0);
});

test('a pack that is no YAML is reported at its lines, and the scan goes on', async t => {
  const { code, err, findings } = await scan(t, {
    '.vscode/settings.json': '{ "keysweep.rulePacks": ["./security/pack.yaml"] }',
    'security/pack.yaml': 'rules:\n  - id: a\n   pattern: x\n\t- bad',
    'a.py': `token = "${token}"\n`,
  });
  assert.deepEqual([code, findings.length], [1, 1]);
  assert.match(err, /^security\/pack\.yaml:3:1: error: This is not valid YAML/m);
  for (const line of err.trim().split('\n')) assert.match(line, /^security\/pack\.yaml:\d+:\d+: /);
});

test('a value too long for an environment is told, not reported as a fault', {
  skip: process.platform !== 'linux',
}, async t => {
  const folder = await tempFolder(t, { '.env.schema': 'LONG="ref+keychain://a/LONG"\n' });
  const keyring = await startKeyring();
  t.after(() => keyring.close());
  const env = keyring.environment;
  assert.equal(keysweep(folder, ['set', 'LONG'], { env, input: 'x1'.repeat(100_000) }).code, 0);
  const { code, err } = keysweep(folder, ['run', '--', process.execPath, '--version'], { env });
  assert.deepEqual([code, /too long for an environment/.test(err)], [126, true], err);
});

test('of two secrets on a line nobody guesses which one is meant', async t => {
  const text = `f("${token}", "${stripeKey()}");\n`;
  const folder = await tempFolder(t, { 'a.js': text });
  const { code, out, err } = keysweep(folder, ['move', 'a.js:1', '--name', 'A', '--store', 'keychain', '--yes']);
  assert.deepEqual([code, out, readFileSync(join(folder, 'a.js'), 'utf8')], [1, '', text]);
  assert.match(err, /columns 4, 48\. Say which one: FILE:LINE:COLUMN/);
});
