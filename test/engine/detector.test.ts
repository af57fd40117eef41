import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileRules, type Detected, type Finding, type Host } from '../../server/engine/detector.ts';
import { readRulePack } from '../../server/engine/rulePack.ts';
import { ownRules } from '../support/ownRules.ts';
import { sample } from '../support/sample.ts';

const entered: number[] = [];
const host: Host = {
  now: () => Date.UTC(2026, 0, 1),
  fingerprint: value => createHmac('sha256', 'test').update(value).digest('hex').slice(0, 32),
  sha256: bytes => new Uint8Array(createHash('sha256').update(bytes).digest()),
  certificate: pem => (pem.includes('MIIB') ? { subject: 'CN=test', issuer: 'CN=test', expires: 1 } : undefined),
  enter: rule => entered.push(rule),
};

const detector = compileRules(ownRules, host);

/** Text in with what must be found marked by `«»`; the path's ending names the language. */
function check(path: string, marked: string): readonly Finding[] {
  const text = marked.replace(/[«»]/g, '');
  const { findings } = detector.detect({ text, path });
  const shown = [...findings]
    .reverse()
    .reduce((all, { start, end }) => `${all.slice(0, start)}«${all.slice(start, end)}»${all.slice(end)}`, text);
  assert.equal(shown, marked, path);
  for (const finding of findings) {
    assert.match(finding.variable, /^[A-Z][A-Z0-9_]*$/);
    assert.match(finding.fingerprint, /^[0-9a-f]{32}$/);
    const value = text.slice(finding.start, finding.end);
    const said = [finding.title, ...finding.evidence].join('\n');
    for (let i = 0; i + 10 <= value.length; i++) assert.ok(!said.includes(value.slice(i, i + 10)), finding.rule);
  }
  return findings;
}

const github = sample("{'ghp'}_{A-Za-z0-9:30}{crc32base62}");
const human = ['Tr0ub4dor', '3'].join('&');
const random = sample('{A-Za-z0-9:32}', 4);

test('a provider token is found wherever it stands, by its checksum for certain', () => {
  const [finding] = check('a.ts', `const token = "«${github}»";`);
  assert.equal(finding?.confidence, 'certain');
  assert.equal(finding?.variable, 'GITHUB_TOKEN');
  check('a.txt', `x «${github}» y`);
  check('a.md', `😀\r\n\ufeff\`«${github}»\``);
  check('a.ts', `const value = "x${github}x";`);
});

test('a value in a comment is found, however much of the comment is in sight', () => {
  check('a.js', `/**\n * The token says "hello".\n * const password = '«${human}»';\n */`);
  check('a.js', ` * connect with password '«${human}»' and go`);
  check('a.js', `// const password = '«${human}»';\nimport { token } from "@scope/token-package";`);
  check('a.py', `// request.SetAuthToken("«${random}»")`);
  check('a.json', `{ "key": "yes", "apiKey": "«${random}»" }`);
});

test('a value assigned to a name that sounds like a secret is found', () => {
  assert.equal(check('a.js', `stripe.apiKey = '«${random}»';`)[0]?.variable, 'STRIPE_API_KEY');
  const [password] = check('a.py', `password = "«${human}»"`);
  assert.equal(password?.kind, 'password');
  assert.equal(password?.guessable, true);
  check('.env', `API_SECRET=«${random}»\n`);
  check('a.yaml', `db:\n  password: «${human}»\n`);
  check('a.json', `{ "clientSecret": "«${random}»" }`);
  check('a.go', 'apiKey := os.Getenv("API_KEY")');
  check('a.js', 'const password = "changeme"; const token = "<token>"; const passwordField = "#login-9x";');
  check('a.js', 'const secretName = "billing/stripe-live-2"; const tokenUrl = "https://id.acme.org/token";');
});

test('in an address and in a connection string it is the password as written', () => {
  const [finding] = check('a.ts', `const url = "postgres://reports:«s3cr${'%40'}t/Zq8»@db.acme.org:5432/app";`);
  assert.equal(finding?.kind, 'connection string');
  assert.deepEqual(
    finding?.parts.map(part => part.role),
    ['user', 'host'],
  );
  check('a.cs', `var s = "Server=db.acme.org;User Id=reports;Password=«Zq8 ${'t4'}!x»;Encrypt=true";`);
  check('a.ts', 'const url = "postgres://reports:${password}@db.acme.org/app";');
  check('a.ts', 'const url = "https://acme.org:8080/a@b";');
});

test('private keys are one finding; certificates alone are none', () => {
  const key = sample('{pem:pkcs8}').trim();
  const [finding] = check('a.txt', `«${key}»\n`);
  assert.equal(finding?.kind, 'key');
  check('a.js', `const key = "«${key.replace(/\n/g, '\\n')}»";`);
  check('a.pem', `-----BEGIN PUBLIC KEY-----\n${sample('{base64:64}')}\n-----END PUBLIC KEY-----`);
  check('a.pem', '-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----');
  const certificate = `-----BEGIN CERTIFICATE-----\nMIIB${sample('{base64:120}')}\n-----END CERTIFICATE-----`;
  const alone = detector.detect({ text: certificate, path: 'a.pem' });
  assert.deepEqual([alone.findings.length, alone.certificates.length], [0, 1]);
  const both = detector.detect({ text: `${certificate}\n${key}\n`, path: 'a.pem' });
  assert.deepEqual([both.findings[0]?.parts.map(part => part.role), both.certificates.length], [['certificate'], 0]);
  assert.equal(both.findings[0]?.evidence.at(-1), 'Its certificate stands beside it, good until 1970-01-01.');
});

test('a web token says its issuer and its end; an expired one is low', () => {
  const [live] = check('a.txt', `«${sample('{jwt:{"iss":"acme","exp":1900000000}}')}»`);
  assert.equal(live?.expires, 1_900_000_000_000);
  assert.match(live?.evidence.join(' ') ?? '', /issued by acme/);
  assert.equal(check('a.txt', `«${sample('{jwt:{"iss":"acme","exp":1500000000}}')}»`)[0]?.confidence, 'low');
});

test('a team rule is taken with everything that it leaves out, and announced while it runs', () => {
  const { pack } = readRulePack({ rules: [{ id: 'acme', pattern: 'acme-(?P<id>\\d+)-(?P<secret>[a-z]{12})' }] }, true);
  const team = compileRules(pack.rules, host);
  entered.length = 0;
  const text = `x = acme-42-${sample('{a-z:12}')}`;
  const [finding] = team.detect({ text, path: 'a.txt' }).findings;
  assert.deepEqual(finding && [finding.rule, finding.start, finding.end, finding.parts], [
    'acme',
    12,
    24,
    [{ role: 'id', start: 9, end: 11 }],
  ]);
  assert.deepEqual(entered, [0, -1]);
});

const pieces = fc.constantFrom(
  ...[
    'password = "',
    `"Zq8${'!'}t4xW9"`,
    github,
    random,
    '\n',
    '\r\n',
    ' ',
    '"',
    "'",
    '\\',
    '://',
    'postgres://a:',
    '@b.acme.org',
    '-----BEGIN PRIVATE KEY-----',
  ],
  ...[
    '-----END PRIVATE KEY-----',
    'api_key: ',
    '${',
    '}',
    '/*',
    '*/',
    '//',
    '#',
    '\ud83d',
    '\udd11',
    'ey',
    'J',
    'é',
    '\0',
    ';',
    'Password=',
    'Server=x;',
  ],
);
const texts = fc.array(pieces, { maxLength: 40 }).map(parts => parts.join(''));
const paths = fc.constantFrom('a.ts', 'a.py', '.env', 'a.yaml', 'a.json', 'a.md', 'a.sh', 'a', 'a.xml', 'a.go');

function assertSound({ source, findings }: Detected): void {
  let last = 0;
  for (const { start, end, parts } of findings) {
    assert.ok(start >= last && end > start && end <= source.text.length);
    for (const part of parts) assert.ok(part.start >= 0 && part.end <= source.text.length && part.start < part.end);
    last = end;
  }
}

test('any text: findings stand inside it, sorted and apart', () => {
  fc.assert(
    fc.property(texts, paths, (text, path) => assertSound(detector.detect({ text, path }))),
    { seed: 7, numRuns: 300 },
  );
});

test('an update equals a look at the whole edited text', () => {
  const edits = fc.array(fc.tuple(fc.nat(400), fc.nat(30), pieces), { maxLength: 6 });
  fc.assert(
    fc.property(texts, paths, edits, (text, path, changes) => {
      let detected = detector.detect({ text, path });
      for (const [at, length, added] of changes) {
        const start = Math.min(at, detected.source.text.length);
        const end = Math.min(start + length, detected.source.text.length);
        detected = detector.update(detected, { start, end, text: added });
        assert.deepEqual(detected, detector.detect(detected.source));
      }
    }),
    { seed: 11, numRuns: 150 },
  );
});

test('long and repetitive texts are read to their end', () => {
  const end = `\nconst token = "${github}";\n`;
  for (const text of [
    'a'.repeat(1e6),
    'key="x1",token:'.repeat(3e4),
    '-----BEGIN PRIVATE KEY-----\n'.repeat(1e4),
    'eyJ'.repeat(1e5),
    '://a:'.repeat(5e4),
  ]) {
    const { findings } = detector.detect({ text: text + end, path: 'a.ts' });
    assert.equal(findings.at(-1)?.start, text.length + end.indexOf(github));
  }
});

test('a file’s text inside a literal ends its values at the escape of its line', () => {
  check('a.test.ts', `write('API_KEY = «${random}»\\nB=2\\n');`);
});

test('a team’s rule sees what it describes, made up or not', () => {
  const { pack } = readRulePack({ rules: [{ id: 'acme', pattern: '(acme_\\S{20})' }] }, true);
  const team = compileRules(pack.rules, host);
  const found = (value: string) => team.detect({ path: 'a.js', text: `const a = "acme_${value}";` }).findings.length;
  assert.equal(found('1234567890'.repeat(2)), 1);
  assert.equal(found('a'.repeat(20)), 1);
});
