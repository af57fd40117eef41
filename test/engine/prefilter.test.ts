import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildPrefilter } from '../../server/engine/prefilter.ts';

function hits(keywords: readonly string[], text: string): string[] {
  const found: string[] = [];
  buildPrefilter(keywords).scan(text, 0, text.length, (keyword, start, end) => {
    found.push(`${keyword}@${start}-${end}`);
  });
  return found.sort();
}

/** The same by looking for each keyword at each place. */
function naive(keywords: readonly string[], text: string): string[] {
  const lower = text.replace(/[A-Z]/g, letter => letter.toLowerCase());
  return keywords
    .flatMap((keyword, index) =>
      Array.from(text, (_, at) => at)
        .filter(at => keyword !== '' && lower.startsWith(keyword.toLowerCase(), at))
        .map(at => `${index}@${at}-${at + keyword.length}`),
    )
    .sort();
}

test('keywords are found in any case, within each other and beside each other', () => {
  assert.deepEqual(hits(['he', 'she', 'hers'], 'uSHERS'), ['0@2-4', '1@1-4', '2@2-6']);
  assert.deepEqual(hits(['a', 'a'], 'A'), ['0@0-1', '1@0-1']);
  assert.deepEqual(hits(['key'], 'ke\u0301y \u212aey key😀key'), ['0@14-17', '0@9-12']);
  assert.deepEqual(hits([], 'abc'), []);
  assert.deepEqual(hits(['', 'é'], 'é'), []);
});

test('it finds what a search for each keyword finds', () => {
  const letters = fc.constantFrom('a', 'b', 'A', 'B', '_', '-', '1', '@', '`', '{', '[');
  const words = fc.array(fc.string({ unit: letters, minLength: 1, maxLength: 4 }), { maxLength: 12 });
  fc.assert(
    fc.property(words, fc.string({ unit: letters, maxLength: 60 }), (keywords, text) => {
      assert.deepEqual(hits(keywords, text), naive(keywords, text));
    }),
    { seed: 5, numRuns: 500 },
  );
});
