import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { before, type TestContext, test } from 'node:test';
import { buildCommandLine, commandNames, keysweep, startKeysweep } from '../support/commandLine.ts';
import { githubToken, password, stripeKey } from '../support/exampleWorkspace.ts';
import { tempFolder } from '../support/tempFolder.ts';

before(buildCommandLine);

interface JsonFinding {
  readonly path: string;
  readonly start: number;
  readonly end: number;
  readonly line: number;
  readonly endLine: number;
  readonly rule: string;
  readonly kind: string;
  readonly provider: string;
  readonly confidence: string;
  readonly fingerprint: string;
}

/** A folder, and a home of its own so that fingerprints' key stands nowhere else. */
async function bench(t: TestContext, files: Readonly<Record<string, string | Uint8Array>>) {
  const home = await tempFolder(t);
  const folder = await tempFolder(t, files);
  const env = { HOME: home, XDG_DATA_HOME: join(home, 'data') };
  const run = (...args: readonly string[]) => keysweep(folder, ['scan', ...args], { env });
  const json = (...args: readonly string[]) => {
    const { out, ...rest } = run(...args, '--format', 'json');
    return { ...rest, out, findings: (JSON.parse(out) as { readonly findings: readonly JsonFinding[] }).findings };
  };
  return { folder, env, run, json };
}

const token = githubToken();
const key = stripeKey();

/** No output may hold ten consecutive characters of a value. */
function assertNoValue(output: string, ...values: readonly string[]): void {
  for (const value of values) {
    for (let start = 0; start + 10 <= value.length; start++) {
      assert.ok(!output.includes(value.slice(start, start + 10)), 'a part of a value stands in the output');
    }
  }
}

test('json has exactly the agreed fields, with places on the raw text', async t => {
  const text = `\ufeff// 🔑 first\r\nconst a = '${token}';\r\n`;
  const { json } = await bench(t, { 'src/app.js': text, 'clean.txt': 'nothing here\n' });
  const { code, findings, out } = json();
  const [only, ...more] = findings;
  assert.ok(only && more.length === 0, out);
  const start = text.indexOf(token);
  const { rule, fingerprint, ...rest } = only;
  assert.deepEqual(rest, {
    path: 'src/app.js',
    start,
    end: start + token.length,
    line: 2,
    endLine: 2,
    kind: 'token',
    provider: 'GitHub',
    confidence: 'certain',
  });
  assert.match(rule, /^[a-z0-9-]+$/);
  assert.match(fingerprint, /^[0-9a-f]{32}$/);
  assert.deepEqual(Object.keys(JSON.parse(out) as object), ['findings']);
  assert.equal(code, 1);
  assertNoValue(out, token);
});

test('text and SARIF tell the place and never the value', async t => {
  const { run } = await bench(t, { 'a b/ü.py': `GITHUB_TOKEN = "${token}"\n`, 'pay.js': `x('${key}');\n` });
  const text = run();
  assert.equal(text.code, 1);
  assert.match(text.out, /^a b\/ü\.py:1:17: GitHub .*\(certain\)/m);
  assert.match(text.out, /^2 secrets in 2 files\.$/m);
  const sarif = run('--format', 'sarif');
  assert.equal(sarif.code, 1);
  assertNoValue(text.out + text.err + sarif.out + sarif.err, token, key);
  const log = JSON.parse(sarif.out);
  const [scan] = log.runs;
  assert.deepEqual(
    [log.version, log.runs.length, scan.tool.driver.name, scan.results.length],
    ['2.1.0', 1, 'Keysweep', 2],
  );
  const [first] = scan.results;
  const { artifactLocation, region } = first.locations[0].physicalLocation;
  assert.equal(artifactLocation.uri, 'a%20b/%C3%BC.py');
  assert.deepEqual([region.startLine, region.startColumn, region.endColumn], [1, 17, 17 + token.length]);
  assert.equal(scan.tool.driver.rules[first.ruleIndex].id, first.ruleId);
  const [relation] = scan.tool.driver.rules[first.ruleIndex].relationships;
  assert.equal(scan.taxonomies[0].taxa[relation.target.index].id, '798');
  assert.match(first.partialFingerprints['place/v1'], /^[0-9a-f]{32}$/);
});

test('nothing found exits 0 in every format', async t => {
  const { run } = await bench(t, { 'a.txt': 'nothing\n' });
  assert.deepEqual(
    [run().code, run('--format', 'sarif').code, run('--format', 'json').out],
    [0, 0, '{ "findings": [] }\n'],
  );
});

test('paths are relative to the current folder, and what is named twice is told once', async t => {
  const { json, folder } = await bench(t, { 'a/x.js': `t('${token}')`, 'b/y.js': `t('${token}')` });
  const paths = (...args: readonly string[]) => json(...args).findings.map(finding => finding.path);
  assert.deepEqual(paths('./a', 'b/y.js', '.'), ['a/x.js', 'b/y.js']);
  assert.deepEqual(paths(join(folder, 'b')), ['b/y.js']);
  const inside = keysweep(join(folder, 'a'), ['scan', '../b', '--format', 'json']);
  assert.match(inside.out, /"path":"\.\.\/b\/y\.js"/);
});

test('the same value has the same fingerprint, in the next run too', async t => {
  const { json } = await bench(t, { 'a.js': `t('${token}')`, 'b.py': `u = "${token}"`, 'c.js': `t('${key}')` });
  const prints = () => json().findings.map(finding => finding.fingerprint);
  const [a, b, c] = prints();
  assert.ok(a === b && a !== c);
  assert.deepEqual(prints(), [a, b, c]);
});

test('confidence, ignore files and accepted findings narrow what is told, and can be told not to', async t => {
  const { json } = await bench(t, {
    '.gitignore': 'ignored.js\n',
    'ignored.js': `t('${token}')`,
    'accepted.js': `t('${token}'); // keysweep:allow\n`,
    'config.yaml': `db:\n  password: ${password()}\n`,
  });
  const paths = (...args: readonly string[]) => json(...args).findings.map(finding => finding.path);
  assert.deepEqual(paths(), ['config.yaml']);
  assert.deepEqual(paths('--confidence', 'certain'), []);
  assert.deepEqual(paths('--no-ignore', '--confidence', 'certain'), ['ignored.js']);
  assert.deepEqual(paths('--no-accepted', '--confidence', 'certain'), ['accepted.js']);
});

test("the workspace's settings and packs count", async t => {
  const { json, run } = await bench(t, {
    '.vscode/settings.json': '{\n// ours\n"keysweep.rulePacks": ["pack.yaml"], "keysweep.minimumConfidence": "high" }',
    'pack.yaml':
      'rules:\n  - id: shop-ticket\n    pattern: "SHOP-[0-9]{8}"\n    keywords: [shop-]\n    confidence: high\n  - id: broken\n    pattern: "("\n',
    'a.txt': `ticket SHOP-${'48152'}${'342'}\npassword: ${password()}\n`,
  });
  assert.deepEqual(
    json().findings.map(finding => finding.rule),
    ['shop-ticket'],
  );
  assert.match(run().err, /^pack\.yaml:\d+:\d+: error: /m);
});

test('what cannot be done exits 2 and says why', async t => {
  const { run, folder } = await bench(t, { 'a.js': '', 'folder/b.js': '' });
  const says = (pattern: RegExp, ...args: readonly string[]) => {
    const { code, err, out } = run(...args);
    assert.deepEqual([code, out], [2, ''], args.join(' '));
    assert.match(err, pattern);
  };
  says(/nowhere does not exist/, 'nowhere', '.');
  says(/--format is one of text, json, sarif/, '--format', 'xml');
  says(/--confidence is one of/, '--confidence', 'some');
  says(/There is no option --nothing/, '--nothing');
  if (process.getuid?.() !== 0 && process.platform !== 'win32') {
    chmodSync(join(folder, 'folder'), 0);
    says(/cannot be read/, 'folder');
    chmodSync(join(folder, 'folder'), 0o700);
  }
});

test('help and version go to standard output, an unknown command exits 2', async t => {
  const folder = await tempFolder(t);
  const help = keysweep(folder, ['--help']);
  assert.deepEqual([help.code, help.err], [0, '']);
  for (const name of commandNames) {
    assert.match(help.out, new RegExp(`^  ${name} `, 'm'));
    const own = keysweep(folder, [name, '--help']);
    assert.deepEqual([own.code, own.err], [0, ''], name);
    assert.ok(own.out.includes(`Usage: keysweep ${name}`));
  }
  assert.match(keysweep(folder, ['--version']).out, /^\d+\.\d+\.\d+\n$/);
  for (const args of [[], ['launch'], ['constructor'], [token]]) {
    const { code, out, err } = keysweep(folder, args);
    assert.deepEqual([code, out], [2, '']);
    assert.ok(!err.includes(token));
  }
});

test('a reader that goes away ends the scan quietly', async t => {
  const files = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => [`${index}.js`, `t('${githubToken()}');\n`.repeat(50)]),
  );
  const { folder, env } = await bench(t, files);
  const child = startKeysweep(folder, ['scan', '--format', 'json'], { env });
  let err = '';
  child.stderr.on('data', chunk => {
    err += chunk;
  });
  child.stdout.once('data', () => child.stdout.destroy());
  const [code] = await once(child, 'close');
  assert.deepEqual([code, err], [1, '']);
});

test('two thousand findings are told whole', async t => {
  const { json } = await bench(t, {
    'many.js': Array.from({ length: 2000 }, () => `t('${githubToken()}');\n`).join(''),
  });
  assert.equal(json().findings.length, 2000);
});

test('a rule pack named on the command line counts, with our rules or alone', async t => {
  const value = 'x1y2z3a4b5c6';
  const pack = `[[rules]]\nid = "acme"\nregex = '''acme_([a-z0-9]{12})'''\nkeywords = ["acme_"]\n[[rules.allowlists]]\npaths = ['''^test/''']\n`;
  const text = `a = acme_${value}\nb = '${token}'\n`;
  const outside = await tempFolder(t, { 'gitleaks.toml': pack });
  const { run, json } = await bench(t, { 'a.py': text, 'test/a.py': text });
  const found = (...args: readonly string[]) => json(...args).findings.map(({ path, line }) => `${path}:${line}`);
  const file = join(outside, 'gitleaks.toml');
  assert.deepEqual(found('--rules', file), ['a.py:1', 'a.py:2', 'test/a.py:2']);
  assert.deepEqual(found('--rules', file, '--no-built-in'), ['a.py:1']);
  const missing = run('--rules', 'none.toml');
  assert.equal(missing.code, 2);
  assert.match(missing.err, /There is no rule pack none\.toml/);
});
