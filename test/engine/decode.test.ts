import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeEscapes, decodePercent, type EscapesName, escapes } from '../../server/engine/decode.ts';

test('undoes escapes as each language does', () => {
  const cases: readonly (readonly [EscapesName, string, string | undefined])[] = [
    ['javascript', 'a\\n\\x41\\u0042\\u{1F600}\\\r\nz\\q\\0', 'a\nAB😀zq\0'],
    ['javascript', '\\x4', undefined],
    ['javascript', '\\u{110000}', undefined],
    ['python', '\\q\\U0001F600\\101\\\nz', '\\q😀Az'],
    ['pythonBytes', '\\x41\\u0041', 'A\\u0041'],
    ['pythonBytes', '\\xff', undefined],
    ['go', '\\u00e9\\a', 'é\x07'],
    ['go', '\\xe9', undefined],
    ['go', '\\q', undefined],
    ['java', '\\s\\u0041\\12', ' A\n'],
    ['kotlin', '\\$', '$'],
    ['rust', 'a\\\n   b\\u{e9}', 'abé'],
    ['json', '\\/\\ud83d\\ude00', '/😀'],
    ['json', '\\q', undefined],
    ['yaml', '\\e\\x41\\ ', '\x1bA '],
    ['shellDouble', '\\$\\`\\"\\\\\\n', '$`"\\\\n'],
    ['shellWord', '\\ \\a', ' a'],
    ['shellAnsi', "\\'\\e\\101\\q", "'\x1bA\\q"],
    ['doubledSingle', "it''s", "it's"],
    ['powershell', '`n`"""', '\n""'],
    ['none', 'a\\n', 'a\\n'],
    ['dotenv', 'a\\nb\\q', 'a\nb\\q'],
  ];
  for (const [name, text, expected] of cases)
    assert.equal(decodeEscapes(text, escapes[name])?.value, expected, `${name}: ${text}`);
});

test('undoes percent-encoding, with places', () => {
  assert.deepEqual(decodePercent('a%41%C3%A9%F0%9F%98%80b'), { value: 'aAé😀b', offsets: [0, 1, 4, 10, 10, 22, 23] });
  assert.equal(decodePercent('p%25%2B')?.value, 'p%+');
  for (const text of ['%', '%4', '%zz', '%ff', 'a%C3']) assert.equal(decodePercent(text), undefined, text);
});

test('says where each unit came from', () => {
  const pieces = fc.constantFrom('\\', 'n', 'x41', 'u{41}', 'u0041', '"', "''", 'é', '😀', '\n', '0', '12', '\ud800');
  fc.assert(
    fc.property(fc.array(pieces), fc.constantFrom(...(Object.keys(escapes) as EscapesName[])), (parts, name) => {
      const text = parts.join('');
      const decoded = decodeEscapes(text, escapes[name]);
      if (!decoded) return;
      assert.equal(decoded.offsets.length, decoded.value.length + 1);
      assert.equal(decoded.offsets.at(-1), text.length);
      for (const [index, offset] of decoded.offsets.entries()) assert.ok(offset >= (decoded.offsets[index - 1] ?? 0));
    }),
    { seed: 3, numRuns: 500 },
  );
});

test('reads back what was percent-encoded', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), text =>
      assert.equal(decodePercent(encodeURIComponent(text))?.value, text),
    ),
    { seed: 3, numRuns: 500 },
  );
});
