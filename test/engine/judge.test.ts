import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { crc24, crc32, marvin32, satisfies } from '../../server/engine/checksum.ts';
import { senseOf, variableOf } from '../../server/engine/names.ts';
import { objectToPlaceholder, objectToReference } from '../../server/engine/placeholder.ts';
import { looksRandom } from '../../server/engine/rarity.ts';
import { sample } from '../support/sample.ts';

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash('sha256').update(bytes).digest());

test('a checksum holds for its own value and for no neighbour of it', () => {
  assert.equal(crc32('123456789'), 0xcbf43926);
  const made = {
    'crc32-base62': sample('ab_{A-Za-z0-9:30}{crc32base62}'),
    'gitlab-routable': sample('{gitlabRoutable:glpat-}'),
    base58check: sample('{base58check:80:32:01}'),
    bech32: sample('{bech32:age-secret-key-:32}'),
    nkey: sample('{nkey:9450}'),
  };
  for (const [name, value] of Object.entries(made)) {
    assert.equal(satisfies(name, value, sha256), true, name);
    const at = Math.floor(value.length / 2) + 2;
    const other = value.charAt(at) === '2' ? '3' : '2';
    assert.equal(satisfies(name, value.slice(0, at) + other + value.slice(at + 1), sha256), false, name);
    assert.equal(satisfies(name, '', sha256), false, name);
  }
  const body = sample('{0-9a-f:40}');
  assert.equal(satisfies('crc32-hex', body + crc32(body).toString(16).padStart(8, '0'), sha256), true);
  assert.equal(satisfies('nonsense', 'abc', sha256), undefined);
});

/** Published examples have the shape of live keys: they stand here the wrong way round. */
const backwards = (text: string): string => Array.from(text).reverse().join('');

test('checksums agree with published vectors', () => {
  // .NET's tests of Marvin.
  const seed = 0x004fb61a001bdbccn;
  const marvin = { '': 0x302009bc, af: 0x3592e206, e70f: 0xfdab5e04 };
  for (const [hex, sum] of Object.entries(marvin))
    assert.equal(marvin32(Uint8Array.from(Buffer.from(hex, 'hex')), seed), sum, hex);
  for (const [hex, wide] of [
    ['37f495', 0xf0b07c789b8cf7e8n],
    ['8642dc59', 0x7008f2e87e9cf556n],
    ['153fb79826', 0xe6c08c6da2afa997n],
    ['0932e6246c47', 0x6f04bf1a5ea24060n],
    ['ab427ea8d10fc7', 0xe11847e4f0678c41n],
  ] as const) {
    const folded = Number((wide >> 32n) ^ (wide & 0xffffffffn));
    assert.equal(marvin32(Uint8Array.from(Buffer.from(hex, 'hex')), seed), folded, hex);
  }
  // RFC 9580.
  assert.equal(crc24('123456789'), 0x21cf02);
  const vectors = {
    // The Bitcoin wiki's, BIP-32's and BIP-173's, the README of nats-io/nkeys, and those of BIP-39.
    base58check: [
      backwards('JTyvLTbvqVThvj1Zd4dyZeqFkM4ukDB5DuPixXExjMr8UGCeuH5'),
      backwards(
        'iHPMrxBGuy33kgJeBRtGT3UNNRMjek5FnL6gtUWxJGPmKNvvVkhCijqPPj3qc6yPbts4kRn2Wn2DUJw3KEH7F2wXL4LDTQ3K341HQrZ12s9vrpx',
      ),
    ],
    bech32: ['a12uel5l', 'abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw'],
    nkey: [backwards('YG4KXALX2MFLRMXU36WEFFWSN7VZEIECBQIO3KF3FCA3EU6IM4GF2KMAUS')],
    bip39: [
      `${'abandon '.repeat(11)}about`,
      'legal winner thank year wave sausage worth useful legal winner thank yellow',
      `${'zoo '.repeat(23)}vote`,
    ],
  };
  for (const [name, values] of Object.entries(vectors))
    for (const value of values) assert.equal(satisfies(name, value, sha256), true, `${name} ${value}`);
});

test("Azure's keys carry their checksum", () => {
  const made = (recipe: string, signature: string, seed: string, size: number): string => {
    const bytes = Buffer.from(sample(recipe), 'base64').subarray(0, size);
    const start = bytes
      .subarray(0, -4)
      .toString('base64')
      .slice(0, Math.floor(((size - 7) * 8) / 6));
    const head = Buffer.from(`${start}${signature}AAAAAAAA`, 'base64').subarray(0, size - 4);
    const tail = Buffer.alloc(4);
    tail.writeUInt32LE(marvin32(head, seed));
    return Buffer.concat([head, tail]).toString('base64');
  };
  for (const [signature, seed, size] of [
    ['+ASt', 'Default0', 64],
    ['ACDb', 'MastRW00', 64],
    ['+AEh', 'Send0000', 32],
  ] as const) {
    const key = made('{base64:88}', signature, seed, size);
    assert.equal(satisfies('azure-key', key, sha256), true, key.length.toString());
    assert.equal(
      satisfies(
        'azure-key',
        key.replace(/^./, char => (char === 'A' ? 'B' : 'A')),
        sha256,
      ),
      false,
    );
  }
  const body = sample('{A-Za-z0-9:52}JQQJ99{A-Za-z0-9:18}AZDO');
  const sum = Buffer.alloc(4);
  sum.writeUInt32LE(marvin32(Buffer.from(body, 'base64'), 'Default0'));
  assert.equal(satisfies('azure-key', body + sum.toString('base64').slice(0, 4), sha256), true);
  assert.equal(satisfies('azure-key', `${body}....`, sha256), false);
});

test('keys whose checksum stands among their bytes', () => {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const content = Buffer.from(sample('{hex:40}'), 'hex');
  const check = Buffer.alloc(4);
  check.writeUInt32LE(crc32(content.toString('latin1')));
  let number = BigInt(`0x${Buffer.concat([content, check]).toString('hex')}`);
  let text = '';
  for (; number > 0n; number /= 62n) text = digits.charAt(Number(number % 62n)) + text;
  assert.equal(satisfies('crc32-bytes-base62', `xau_${text}`, sha256), true);
  assert.equal(
    satisfies('crc32-bytes-base62', `xau_${text.replace(/.$/, last => (last === 'a' ? 'b' : 'a'))}`, sha256),
    false,
  );
  assert.equal(satisfies('crc32-base64', sample('{base64:64}'), sha256), undefined);

  const letters = 'abcdefghijklmnopqrstuvwxyz234567';
  const bytes = Buffer.from(sample('{hex:64}'), 'hex');
  const scattered = [22, 8, 7, 2];
  const rest = Buffer.from(bytes.filter((_, at) => !scattered.includes(at)));
  const sum = (crc32(rest.toString('latin1')) ^ 0xe0b9692d) >>> 0;
  for (const [place, at] of scattered.entries()) bytes[at] = (sum >>> (8 * place)) & 255;
  const bits = Array.from(bytes, byte => byte.toString(2).padStart(8, '0')).join('');
  const written = (bits.match(/.{1,5}/g) ?? [])
    .map(group => letters.charAt(Number.parseInt(group.padEnd(5, '0'), 2)))
    .join('');
  assert.equal(satisfies('azure-devops', written, sha256), true);
  assert.equal(satisfies('azure-devops', sample('{a-z2-7:52}'), sha256), false);
});

test('a name says what its value is', () => {
  const expected = {
    password: 'password DB_PASSWORD dbPassword smtp.pass X_PSWD user.password.value PASSWORD1 motdepasse',
    secret: 'apiKey stripe.apiKey client_secret AWS_SECRET_ACCESS_KEY authToken private-key encryptionKeyProd',
    weak: 'key auth',
    none: 'password_hash tokenUrl secretName passwordField cacheKey publicKey csrfToken nextPageToken tokenizer user hasPassword minPasswordLength',
  };
  for (const [sense, names] of Object.entries(expected))
    for (const name of names.split(' ')) assert.equal(senseOf(name), sense, name);
});

test('a variable is proposed from the name, its surroundings, or the provider', () => {
  const stripe = { provider: 'Stripe', purpose: 'Stripe api key' };
  assert.equal(variableOf('stripe.apiKey', stripe), 'STRIPE_API_KEY');
  assert.equal(variableOf('apiKey', stripe), 'STRIPE_API_KEY');
  assert.equal(variableOf('', stripe), 'STRIPE_API_KEY');
  assert.equal(variableOf('billing', stripe), 'STRIPE_API_KEY');
  assert.equal(variableOf('services.db.environment.POSTGRES_PASSWORD', stripe), 'POSTGRES_PASSWORD');
  assert.equal(variableOf('db.password', { provider: '', purpose: '' }), 'DB_PASSWORD');
  assert.equal(variableOf('🔑', { provider: '', purpose: '' }), 'SECRET');
});

test('templates, references, cipher texts and hashes are no values', () => {
  const none = [
    ...[
      '${TOKEN}',
      '{{ token }}',
      '<your-token>',
      '%TOKEN%',
      '$TOKEN',
      '$(pass show x)',
      'process.env.TOKEN',
      '__TOKEN__',
      '#{token}',
      ':password',
    ],
    ...[
      'op://vault/item/field',
      'ref+vault://secret/a#/b',
      'arn:aws:secretsmanager:eu-west-1:1:secret:x',
      'secrets.TOKEN',
    ],
    ...[
      'ENC[AES256_GCM,data:abc]',
      '$ANSIBLE_VAULT;1.1;AES256',
      'vault:v1:abcdef',
      '$2b$10$abcdefghijklmnopqrstuv',
      '{SSHA}abcdef',
      'sha256:abcdef',
    ],
  ];
  for (const value of none) assert.notEqual(objectToReference(value), undefined, value);
  for (const value of ['Tr0ub4dor&3', 'a$b{c', sample('{A-Za-z0-9:32}')])
    assert.equal(objectToReference(value), undefined, value);
});

test('stock words, masks and sequences stand in for values', () => {
  for (const value of [
    'changeme',
    'YOUR_API_KEY',
    'xxxxxxxxxxxx',
    'abcdefghijkl',
    '1234567890',
    'my-secret-token',
    'sk-...abcd',
    '****',
  ]) {
    assert.notEqual(objectToPlaceholder(value, true), undefined, value);
  }
  for (const value of ['Tr0ub4dor&3', sample('{A-Za-z0-9:32}'), sample('{0-9a-f:40}')])
    assert.equal(objectToPlaceholder(value, true), undefined, value);
});

test('made values are told from words and names', () => {
  for (let seed = 0; seed < 200; seed++) {
    assert.ok(looksRandom(sample('{A-Za-z0-9:32}', seed)));
    assert.ok(looksRandom(sample('{0-9a-f:32}', seed)));
    assert.ok(looksRandom(sample('{base64:24}', seed)));
  }
  for (const word of [
    'getAccessTokenFromStore',
    'application/json',
    'some.module.name',
    'my-cluster-name-prod',
    'correcthorsebatterystaple',
    '12345678901234567890',
  ]) {
    assert.equal(looksRandom(word), false, word);
  }
});
