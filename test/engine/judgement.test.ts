import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { crc24 } from '../../server/engine/checksum.ts';
import { compileRules, type Finding } from '../../server/engine/detector.ts';
import { plainHost } from '../support/marked.ts';
import { ownRules } from '../support/ownRules.ts';
import { sample } from '../support/sample.ts';

/* What the judge makes of values for the place they stand in and for what they are, and what it says of it. */

const now = plainHost.now();
const detector = compileRules(ownRules, plainHost);

/** A text whose value stands between `«»`: how sure its finding is, or why there is none; and all that is said of it. */
function judged(path: string, marked: string): { readonly outcome: string; readonly said: string } {
  const start = marked.indexOf('«');
  const end = marked.lastIndexOf('»') - 1;
  const text = marked.replace('«', '').replace(/»(?=[^»]*$)/, '');
  const found = detector
    .detect({ text, path })
    .findings.find((finding: Finding) => finding.start < end && start < finding.end);
  const { verdicts } = detector.explain({ text, path }, start, end);
  const said = verdicts.map(({ evidence, objection }) => [...evidence, objection ?? ''].join(' ')).join('\n');
  const verdict = verdicts.find(({ confidence }) => confidence !== undefined);
  assert.equal(verdict?.confidence, found?.confidence, 'the explanation agrees with the detection');
  return { outcome: found?.confidence ?? 'none', said };
}

const random = sample('{A-Za-z0-9:32}', 7);
const human = ['Tr0ub4dor', '3'].join('&');
const swarm = sample('SWMTKN-1-{a-z0-9:50}-{a-z0-9:25}', 5);
const uuid = sample('{uuid}', 3);
const shortRuns = ['BCDE', '2345-FGHI', '6789-JKLM', '0123-OPQR', '4567'].join('');
const longRun = ['ABCDEFGH', 'IJKLMNOP', '23456789', 'QRSTUVWX'].join('-');
/** Our own scan would read it together with what follows. */
const passwordIs = ['pass', 'word='].join('');
const test32 = `#[cfg(test)]\nmod tests {\n    #[test]\n    fn signs() {\n        let secret_key = "«${random}»";\n`;

const places: readonly (readonly [what: string, path: string, text: string, outcome: string, says: RegExp])[] = [
  ['an ordinary assignment', 'a.rs', `let secret_key = "«${random}»";\n`, 'medium', /looks random/],
  ['a test within the file it tests', 'a.rs', test32, 'low', /stands in a test/],
  ['after a test', 'a.rs', `#[test]\nfn a() {}\n\nfn b() {\n    let secret_key = "«${random}»";\n`, 'medium', /secret/],
  [
    'a text that explains a function',
    'a.py',
    `def f():\n    """Say\n\n    password = "«${human}»"\n    """\n`,
    'low',
    /explains the program/,
  ],
  ['a text over several lines', 'a.py', `x = """\npassword = "«${human}»"\n"""\n`, 'medium', /password/],
  [
    'a comment of documentation',
    'a.rs',
    `/// let c = connect("postgres://u:«${human}»@db.acme.io/x");\n`,
    'low',
    /explains the program/,
  ],
  [
    'a text of documentation by its name',
    'a.py',
    `EXAMPLES = r"""\n- login:\n    password: "«${human}»"\n"""\n`,
    'low',
    /explains the program/,
  ],
  [
    'a help text',
    'a.go',
    `\tLong: \`Writes.\n\n  $ put ${passwordIs}"«${human}»"\n\`,\n`,
    'low',
    /explains the program/,
  ],
  ['what is said to be an example', 'a.go', `// e.g. ${passwordIs}"«${human}»"\n`, 'low', /explains the program/],
  ['an example of an interface', 'a.yaml', `token:\n  type: string\n  example: "«${swarm}»"\n`, 'low', /example/],
  ['a sample', 'a.yaml', `${'# Set it.\n'.repeat(5)}# api_key: «${random}»\n`, 'low', /commented out/],
  ['a setting that is commented out', 'a.yaml', `host: a\n# api_key: «${random}»\n`, 'medium', /secret/],
  ['a password in a folder of tests', 'selftest/lib/a.py', `password = "«${human}»"\n`, 'low', /folder of tests/],
  ['a password in a file called a test', 'a_test.py', `password = "«${human}»"\n`, 'medium', /password/],
  ['a random secret in a folder of tests', 'tests/a.py', `api_key = "«${random}»"\n`, 'medium', /secret/],
  ['a name in a connection string of code', 'a.py', `connect(user=user, ${passwordIs}«self.password»)\n`, 'none', /./],
  ['a UUID that tells requests apart', 'a.json', `{ "clientRequestToken": "«${uuid}»" }\n`, 'none', /identifier/],
  ['a UUID that is a token', 'a.json', `{ "apiToken": "«${uuid}»" }\n`, 'medium', /secret/],
  ['an option of a command', 'Dockerfile', 'RUN adduser --disabled-password «--gecos» "" x\n', 'none', /./],
  ['short runs under a provider', '.env', `AYRSHARE_API_KEY=«${shortRuns}»\n`, 'medium', /typed in order/],
  ['one long run under a provider', '.env', `AYRSHARE_API_KEY=«${longRun}»\n`, 'none', /typed in order/],
  ['a name for a name', 'a.js', "const kinds = { deskApi: '«deskOAuth2V1Api»' };\n", 'none', /./],
  ['a pattern', 'a.py', "option_pat = r'«[a-zA-Z](?:[a-zA-Z0-9-]*)»'\n", 'none', /./],
  ['a public key', 'a.js', `const minisignPubkey = "«${random}»";\n`, 'none', /./],
];

for (const [what, path, text, outcome, says] of places) {
  test(`${what}: ${outcome}`, () => {
    const told = judged(path, text);
    assert.equal(told.outcome, outcome, told.said);
    if (outcome !== 'none') assert.match(told.said, says);
  });
}

test('cipher texts of every kind are none', () => {
  const base64 = sample('{base64:400}', 2);
  for (const value of [
    `ENC[AES256_GCM,data:${base64.slice(0, 40)},iv:x,tag:y,type:str]`,
    `AgB${base64}`,
    `vault:v1:${base64.slice(0, 60)}`,
    `AQICAHi${base64.slice(0, 120)}`,
    `gAAAAA${base64.slice(0, 90)}`,
    `NACL[${base64.slice(0, 80)}]`,
    `ENC(${base64.slice(0, 40)})`,
    `{cipher}${base64.slice(0, 60)}`,
    `U2FsdGVkX1${base64.slice(0, 60)}`,
    `${base64.slice(0, 60)}--${base64.slice(60, 76)}--${base64.slice(80, 102)}==`,
  ])
    assert.equal(judged('a.yaml', `client_secret: "«${value}»"\n`).outcome, 'none', value.slice(0, 12));
});

const segment = (content: object): string => Buffer.from(JSON.stringify(content)).toString('base64url');
const day = 86_400;
const seconds = now / 1000;

const tokens: readonly (readonly [what: string, header: object, claims: object, outcome: string, says: RegExp])[] = [
  [
    'a token that lives',
    { alg: 'RS256' },
    { iss: 'https://login.acme.io', exp: seconds + day },
    'medium',
    /issued by https:\/\/login\.acme\.io.*expires on 2026-01-02/s,
  ],
  ['an expired token', { alg: 'RS256' }, { iss: 'x', exp: seconds - day }, 'low', /expired on 2025-12-31/],
  ['a token without an end', { alg: 'HS256' }, { sub: 'service' }, 'medium', /says no time/],
  ['an unsigned token', { alg: 'none' }, { sub: 'service' }, 'low', /not signed/],
  [
    'a token that says who a user is',
    { alg: 'RS256' },
    { iss: 'x', aud: 'app', nonce: 'n', email: 'a@b.c', exp: seconds + day },
    'low',
    /tells an application who a user is/,
  ],
  [
    'a token that lets in',
    { alg: 'RS256', typ: 'at+jwt' },
    { iss: 'x', aud: 'api', scope: 'read', exp: seconds + day },
    'medium',
    /for api.*rights: read/s,
  ],
  [
    'a token not yet good',
    { alg: 'RS256' },
    { iss: 'x', nbf: seconds + day, exp: seconds + 2 * day },
    'medium',
    /good from 2026-01-02/,
  ],
  [
    "the world's example",
    { alg: 'HS256', typ: 'JWT' },
    { sub: '1234567890', name: 'John Doe', iat: 1516239022 },
    'none',
    /published example/,
  ],
  ['a public one of a provider', { alg: 'HS256' }, { iss: 'supabase', role: 'anon' }, 'none', /public/],
];

for (const [what, header, claims, outcome, says] of tokens) {
  test(`JSON Web Token: ${what}: ${outcome}`, () => {
    const value = `${segment(header)}.${segment(claims)}.${outcome === 'low' && 'alg' in header && header.alg === 'none' ? '' : sample('{base64url:43}', 1)}`;
    for (const text of [`x = "«${value}»"\n`, `id_token = "«${value}»"\n`]) {
      const told = judged('a.py', text);
      assert.equal(told.outcome, outcome, told.said);
      assert.match(told.said, says);
    }
  });
}

const pkcs8 = { type: 'pkcs8', format: 'pem' } as const;
const rsa = (modulusLength: number) => generateKeyPairSync('rsa', { modulusLength }).privateKey;
const short = rsa(1024);
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const pgpBody = Buffer.from(sample('{hex:300}'), 'hex');
const armour = (sum: number): string => {
  const check = Buffer.from([sum >> 16, (sum >> 8) & 255, sum & 255]).toString('base64');
  const lines = pgpBody.toString('base64').match(/.{1,64}/g) ?? [];
  return marked('PGP PRIVATE KEY BLOCK', ['', ...lines, `=${check}`].join('\n'));
};
/** A block whose markers stand nowhere in this file. */
const marked = (label: string, body: string): string =>
  `-----${'BEGIN'} ${label}-----\n${body}\n-----${'END'} ${label}-----\n`;
const cut = (block: string): string => block.replace(/\n[^\n]{64}\n/, '\n');
const left = (block: string): string => block.replace(/\n[^\n]{64}\n/, '\n...\n');

const keys: readonly (readonly [what: string, block: string, outcome: string, says: RegExp])[] = [
  ['an RSA key', rsa(2048).export(pkcs8).toString(), 'certain', /an RSA key of 2048 bits.*whole/s],
  ['an RSA key of old', short.export({ type: 'pkcs1', format: 'pem' }).toString(), 'certain', /1024 bits.*too short/s],
  ['an elliptic curve key', ec.export({ type: 'sec1', format: 'pem' }).toString(), 'certain', /an elliptic curve key/],
  ['the same in PKCS #8', ec.export(pkcs8).toString(), 'certain', /an elliptic curve key/],
  ['an Ed25519 key', generateKeyPairSync('ed25519').privateKey.export(pkcs8).toString(), 'certain', /an Ed25519 key/],
  ['a cut key', cut(short.export(pkcs8).toString()), 'high', /cut or altered/],
  ['a key whose middle is left out', left(short.export(pkcs8).toString()), 'none', /middle is left out/],
  [
    'an encrypted key',
    short.export({ ...pkcs8, cipher: 'aes-256-cbc', passphrase: 'x' }).toString(),
    'medium',
    /passphrase/,
  ],
  ['an OpenPGP key', armour(crc24(pgpBody.toString('latin1'))), 'certain', /checksum is right/],
  ['an altered OpenPGP key', armour(crc24(pgpBody.toString('latin1')) ^ 1), 'medium', /checksum is wrong/],
];

for (const [what, block, outcome, says] of keys) {
  test(`${what}: ${outcome}`, () => {
    for (const text of [`«${block}»`, `key = "«${block.trim().replaceAll('\n', '\\n')}»"\n`]) {
      const told = judged('a.py', text);
      assert.equal(told.outcome, outcome, told.said);
      assert.match(told.said, says);
    }
  });
}

test('what the world knows is no secret, right as its checksum may be', () => {
  for (const value of [`${'abandon '.repeat(11)}about`, `${'test '.repeat(11)}junk`])
    assert.equal(judged('a.py', `mnemonic = "«${value}»"\n`).outcome, 'none');
  for (const value of [
    'deadbeefcafef00ddeadbeef12345678',
    '11111111-2222-3333-4444-555555555555',
    `000102030405${'0a0b0c0d0e0f'}10111213`,
  ])
    assert.equal(judged('a.py', `api_token = "«${value}»"\n`).outcome, 'none', value);
  const phrase = sample('{bip39:16}', 5);
  assert.equal(judged('a.py', `mnemonic = "«${phrase}»"\n`).outcome, 'certain');
});
