import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMask } from '../../server/cli/mask.ts';

const shown = '<concealed by Keysweep>';

/** What comes out for pieces that go in, and what had come out before the last one was there. */
async function masked(values: readonly string[], pieces: readonly (string | Uint8Array)[]) {
  const stream = createMask(values);
  const out: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => out.push(chunk));
  for (const piece of pieces) await new Promise(resolve => stream.write(piece, resolve));
  const before = Buffer.concat(out);
  await new Promise(resolve => stream.end(resolve));
  return { before: before.toString('latin1'), bytes: Buffer.concat(out) };
}

const rows: Readonly<Record<string, readonly [readonly string[], readonly string[], string]>> = {
  'a value in a line': [['hunter22'], ['the key is hunter22.\n'], `the key is ${shown}.\n`],
  'over two borders': [['hunter22'], ['a hun', 'ter', '22 b'], `a ${shown} b`],
  'a beginning that comes to nothing': [['hunter22'], ['a hunt', 'ing b'], 'a hunting b'],
  'a beginning at the end': [['hunter22'], ['a hunt'], 'a hunt'],
  'twice, side by side': [['hunter22'], ['hunter22hunter22'], shown + shown],
  'one value inside another': [
    ['hunter22', 'is hunter22 now'],
    ['it is hunter22 now, hunter22'],
    `it ${shown}, ${shown}`,
  ],
  'the longer of two, split': [['hunter22', 'hunter22-old'], ['a hunter22', '-old'], `a ${shown}`],
  'the shorter of two, split': [['hunter22', 'hunter22-old'], ['a hunter22', '-new'], `a ${shown}-new`],
  'overlapping values': [['abcdef', 'defghi'], ['x abcdefghi y'], `x ${shown} y`],
  'overlapping values, split': [['abcdef', 'defghi'], ['x abcdef', 'ghi y'], `x ${shown} y`],
  'a value that overlaps itself': [['abab'], ['abab', 'ab', 'ab c'], `${shown} c`],
  'a value too short to tell': [['dev', '1'], ['dev 1'], 'dev 1'],
  'a value of several lines, each by itself': [
    ['-----BEGIN KEY-----\nMIIBOgIBAAJBAKj34\nshort\n'],
    ['| -----BEGIN KEY-----\n| MIIBOgIBAAJBAKj34\n| short\n'],
    `| ${shown}\n| ${shown}\n| short\n`,
  ],
  'beyond ASCII': [['pässwörd'], ['x pässwörd y'], `x ${shown} y`],
  'no value': [[], ['as it is'], 'as it is'],
};

for (const [name, [values, pieces, expected]] of Object.entries(rows)) {
  test(`output: ${name}`, async () => {
    assert.equal((await masked(values, pieces)).bytes.toString(), expected);
    // In any pieces the same.
    const bytes = Buffer.from(pieces.join(''));
    const single = await masked(
      values,
      Array.from(bytes, byte => Uint8Array.of(byte)),
    );
    assert.equal(single.bytes.toString(), expected);
  });
}

test('bytes of no text pass unchanged, and only what may begin a value waits', async () => {
  const bytes = Buffer.from(Array.from({ length: 4096 }, (_, index) => (index * 131 + (index >> 8)) & 255));
  assert.deepEqual((await masked(['hunter22'], [bytes.subarray(0, 1000), bytes.subarray(1000)])).bytes, bytes);
  assert.equal((await masked(['hunter22'], ['Password: '])).before, 'Password: ');
  assert.equal((await masked(['hunter22'], ['Password: hu'])).before, 'Password: ');
});
