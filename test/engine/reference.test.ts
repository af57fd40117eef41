import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { findReferences, parseReference, printReference } from '../../server/engine/reference.ts';

test('parses a reference and nothing else', () => {
  const cases: readonly [string, ReturnType<typeof parseReference>][] = [
    [
      'ref+keychain://billing/STRIPE_API_KEY',
      { backend: 'keychain', path: 'billing/STRIPE_API_KEY', parameters: {}, key: '' },
    ],
    [
      'ref+vault://secret/billing/db#/password',
      { backend: 'vault', path: 'secret/billing/db', parameters: {}, key: 'password' },
    ],
    [
      'ref+vault://secret/app?namespace=team%2Fa&version=2#/a/b',
      { backend: 'vault', path: 'secret/app', parameters: { namespace: 'team/a', version: '2' }, key: 'a/b' },
    ],
    ['ref+secretstorage://project/NAME', { backend: 'secretstorage', path: 'project/NAME', parameters: {}, key: '' }],
    ['ref+akeyless:///path/name', { backend: 'akeyless', path: 'path/name', parameters: {}, key: '' }],
    ['secretref+vault://a/b', { backend: 'vault', path: 'a/b', parameters: {}, key: '' }],
    ['op://My Vault/item/field', { backend: 'op', path: 'My Vault/item/field', parameters: {}, key: '' }],
    ['op://v/i/s/f?attribute=otp', { backend: 'op', path: 'v/i/s/f', parameters: { attribute: 'otp' }, key: '' }],
    ['ref+vault://a%20b/c%2Bd', { backend: 'vault', path: 'a b/c+d', parameters: {}, key: '' }],
    ['ref+vault://a b', undefined],
    ['ref+vault://a+b', undefined],
    ['ref+vault://a%zz', undefined],
    ['ref+vault://', undefined],
    ['ref+vault:///', undefined],
    ['ref+vault://a#key', undefined],
    ['"ref+vault://a/b"', undefined],
    ['ref+vault://a/b ', undefined],
    ['vault://a/b', undefined],
    ['op://only', undefined],
    ['', undefined],
  ];
  for (const [text, expected] of cases) assert.deepEqual(parseReference(text), expected, text);
});

test('finds the references of a text', () => {
  const cases: readonly string[] = [
    'DB="«ref+vault://secret/billing/db#/password»"',
    "A='«op://My Vault/item/field»' # «ref+keychain://p/A».",
    'see «ref+keychain://p/A», «ref+keychain://p/B»; x+ref+vault://no',
    '{{ «op://v/i/f» }} (<«ref+vault://a/b»>)',
    'https://host/ref+x',
    'ref+vault:// op://x',
  ];
  for (const marked of cases) {
    const text = marked.replace(/[«»]/g, '');
    const found = findReferences(text);
    const again = found.toReversed().reduce((out, { start, end }) => {
      return `${out.slice(0, start)}«${out.slice(start, end)}»${out.slice(end)}`;
    }, text);
    assert.equal(again, marked);
    for (const { start, end, reference } of found) assert.deepEqual(parseReference(text.slice(start, end)), reference);
  }
});

const reference = fc.record(
  {
    backend: fc.stringMatching(/^[a-z][a-z0-9]{0,9}$/).filter(name => name !== 'op'),
    path: fc
      .string({ unit: 'grapheme', minLength: 1 })
      .map(text => text.replace(/^\/+/, ''))
      .filter(text => text !== ''),
    parameters: fc.dictionary(fc.string({ unit: 'grapheme', minLength: 1 }), fc.string({ unit: 'grapheme' }), {
      noNullPrototype: true,
    }),
    key: fc.string({ unit: 'grapheme' }),
  },
  { noNullPrototype: true },
);

test('what is printed is read back, alone and in any text', () => {
  fc.assert(
    fc.property(reference, written => {
      const text = printReference(written);
      assert.deepEqual(parseReference(text), written);
      assert.deepEqual(
        findReferences(`A="${text}", ${text}.`).map(found => found.reference),
        [written, written],
      );
    }),
    { seed: 2, numRuns: 500 },
  );
});

test('no text makes it throw', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('ref+vault://', 'op://', 'a', '/', '?', '#/', '%', '\ud800', '"', ' ', '=', '&')),
      parts => {
        const text = parts.join('');
        parseReference(text);
        for (const found of findReferences(text)) printReference(found.reference);
      },
    ),
    { seed: 2, numRuns: 500 },
  );
});
