import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { crc32, satisfies } from '../../server/engine/checksum.ts';
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
