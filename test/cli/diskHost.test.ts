import assert from 'node:assert/strict';
import { chmodSync, existsSync, linkSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { applyToDisk, readDiskText } from '../../server/cli/diskHost.ts';
import { tempFolder } from '../support/tempFolder.ts';

/** Replaces the first `from` by `to` in a file, through its text. */
async function replaced(file: string, from: string, to: string) {
  const read = await readDiskText(file);
  assert.ok(read.kind === 'text');
  const start = read.text.indexOf(from);
  return { file, before: read.text, edits: [{ start, end: start + from.length, text: to }] };
}

const encodings: Readonly<Record<string, (text: string) => Buffer>> = {
  'UTF-8': text => Buffer.from(text),
  'UTF-8 with a byte order mark': text => Buffer.from(`\ufeff${text}`),
  'UTF-16, little end first': text => Buffer.from(`\ufeff${text}`, 'utf16le'),
  'UTF-16, big end first': text => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
  'single bytes': text => Buffer.from(text, 'latin1'),
  'bytes that are no text': text => Buffer.concat([Buffer.from([0xff, 0xfe, 0x80]), Buffer.from(text, 'latin1')]),
};

for (const [name, encode] of Object.entries(encodings)) {
  test(`bytes around an edit stay as they are: ${name}`, async t => {
    const text = 'caf\u00e9 = "old"\r\nlast';
    const folder = await tempFolder(t, { 'a.txt': encode(text) });
    const file = join(folder, 'a.txt');
    assert.equal(await applyToDisk([await replaced(file, 'old', 'newer')]), 'applied');
    assert.deepEqual(readFileSync(file), encode(text.replace('old', 'newer')));
    assert.deepEqual(readdirSync(folder), ['a.txt']);
  });
}

test('all or none: what was written before a failure is put back, what was made is removed', async t => {
  const folder = await tempFolder(t, { 'a.txt': 'one old', 'b.txt': 'two old' });
  const [a, b, fresh] = ['a.txt', 'b.txt', 'new/.env.schema'].map(name => join(folder, name));
  const edits = [
    { file: fresh!, before: '', edits: [{ start: 0, end: 0, text: 'made' }] },
    await replaced(a!, 'old', 'new'),
    { file: join(b!, 'below-a-file'), before: '', edits: [{ start: 0, end: 0, text: 'never' }] },
  ];
  const outcome = await applyToDisk(edits);
  assert.ok(
    typeof outcome === 'object' && /below-a-file could not be written/.test(outcome.reason),
    JSON.stringify(outcome),
  );
  assert.deepEqual(
    [readFileSync(a!, 'utf8'), readFileSync(b!, 'utf8'), existsSync(fresh!)],
    ['one old', 'two old', false],
  );
});

test('a text that is another by now, or gone, or there already, is stale', async t => {
  const folder = await tempFolder(t, { 'a.txt': 'one old', 'b.txt': 'two old' });
  const [a, b] = [join(folder, 'a.txt'), join(folder, 'b.txt')];
  const good = await replaced(a, 'old', 'new');
  const insert = [{ start: 0, end: 0, text: 'x' }];
  for (const edit of [
    { file: b, before: 'two', edits: insert },
    { file: join(folder, 'c.txt'), before: 'was', edits: insert },
    { file: b, before: '', edits: insert },
  ]) {
    assert.equal(await applyToDisk([good, edit]), 'stale');
    assert.equal(readFileSync(a, 'utf8'), 'one old');
  }
});

test('a read-only file fails before anything is written', async t => {
  const folder = await tempFolder(t, { 'a.txt': 'old', 'b.txt': 'old' });
  const [a, b] = [join(folder, 'a.txt'), join(folder, 'b.txt')];
  chmodSync(b, 0o444);
  const outcome = await applyToDisk([await replaced(a, 'old', 'new'), await replaced(b, 'old', 'new')]);
  assert.deepEqual(outcome, { kind: 'failed', reason: 'b.txt is read-only.' });
  assert.equal(readFileSync(a, 'utf8'), 'old');
});

test('mode and second names of a file stay', { skip: process.platform === 'win32' }, async t => {
  const folder = await tempFolder(t, { 'a.txt': 'old', 'b.txt': 'old' });
  const [a, b, second] = ['a.txt', 'b.txt', 'second.txt'].map(name => join(folder, name)) as [string, string, string];
  chmodSync(a, 0o751);
  linkSync(b, second);
  assert.equal(await applyToDisk([await replaced(a, 'old', 'new'), await replaced(b, 'old', 'new')]), 'applied');
  assert.equal(statSync(a).mode & 0o7777, 0o751);
  assert.equal(readFileSync(second, 'utf8'), 'new');
});
