import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Finding } from '../../server/engine/detector.ts';
import { acceptanceIn } from '../../server/workspace/accepted.ts';
import { compileGlobs } from '../../server/workspace/globs.ts';
import { readJsonWithComments } from '../../server/workspace/jsonWithComments.ts';
import { readManifest, withEntry } from '../../server/workspace/manifest.ts';
import { readSettings } from '../../server/workspace/settings.ts';

const options = { seed: 20_261_124, numRuns: 300 };
const reference = { backend: 'keychain', path: 'shop/NEW_NAME', parameters: {}, key: '' };

/** Lines as people write them, and as nobody would. */
const line = fc.oneof(
  fc.constantFrom(
    '',
    '# owner: a; kind: token',
    '# ---',
    '# @public',
    'A="ref+keychain://p/A"',
    'B=1 # x',
    "export C='y'",
    'D="open',
    '=',
    '#',
  ),
  fc.string({ unit: 'binary', maxLength: 30 }),
);
const text = fc
  .tuple(fc.constantFrom('', '\uFEFF'), fc.array(line, { maxLength: 12 }), fc.constantFrom('\n', '\r\n'))
  .map(([mark, lines, end]) => mark + lines.join(end));

test('a manifest is read whatever it holds; an edit keeps every line', () => {
  fc.assert(
    fc.property(text, before => {
      const entry = { name: 'NEW_NAME', reference, owner: 'a' };
      const after = withEntry(before, entry);
      assert.equal(after.startsWith(before), true);
      const added = readManifest(after).entries.at(-1);
      assert.deepEqual([added?.name, added?.written, added?.owner], ['NEW_NAME', 'ref+keychain://shop/NEW_NAME', 'a']);
      assert.equal(withEntry(after, entry), after);
      const names = (manifest: string) => readManifest(manifest).entries.map(({ name }) => name);
      assert.deepEqual(names(after), [...names(before), 'NEW_NAME']);
    }),
    options,
  );
});

test('settings, JSON, globs and markers never throw', () => {
  fc.assert(
    fc.property(
      fc.anything({ withNullPrototype: true }),
      fc.string({ unit: 'binary' }),
      fc.nat(40),
      (value, words, at) => {
        readSettings(value);
        readJsonWithComments(words);
        compileGlobs([words])(words);
        readManifest(words);
        const start = Math.min(at, words.length);
        acceptanceIn(
          { entries: [], problems: [] },
          '',
          words,
          '',
        )({ start, end: words.length, provider: '' } as Finding);
      },
    ),
    options,
  );
});
