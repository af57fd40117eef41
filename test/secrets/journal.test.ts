import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openJournal, unfinishedMessage } from '../../server/secrets/journal.ts';
import { tempFolder } from '../support/tempFolder.ts';

const entry = {
  name: 'API_KEY',
  reference: 'ref+keychain://shop/API_KEY',
  files: ['/shop/.env.schema', '/shop/app.py'],
};
const journalModule = new URL('../../server/secrets/journal.ts', import.meta.url).href;

/** Begins a move in a process that dies before it ends it. */
function beginAndDie(folder: string): void {
  const program = `import(${JSON.stringify(journalModule)}).then(async ({ openJournal }) => {
    await openJournal(process.argv[1]).begin(${JSON.stringify(entry)});
    process.kill(process.pid, 'SIGKILL');
  });`;
  const result = spawnSync(process.execPath, ['-e', program, folder], { encoding: 'utf8' });
  assert.equal(result.signal, 'SIGKILL', result.stderr);
}

test('what a live process began is not unfinished, and ending it leaves nothing', async t => {
  const folder = await tempFolder(t);
  const journal = openJournal(folder);
  const id = await journal.begin(entry);
  assert.deepEqual(await journal.unfinished(), []);
  const [file] = readdirSync(join(folder, 'journal'));
  if (process.platform !== 'win32') assert.equal(statSync(join(folder, 'journal', file!)).mode & 0o777, 0o600);
  await journal.end(id);
  assert.deepEqual(readdirSync(join(folder, 'journal')), []);
});

test('what a dead process began is told until it is ended', async t => {
  const folder = await tempFolder(t);
  beginAndDie(folder);
  const journal = openJournal(folder);
  const [left, ...more] = await journal.unfinished();
  assert.ok(left && more.length === 0);
  assert.deepEqual({ name: left.name, reference: left.reference, files: left.files }, entry);
  assert.match(unfinishedMessage(left), /^A move of API_KEY was interrupted .*ref\+keychain:\/\/shop\/API_KEY/);
  await journal.end(left.id);
  assert.deepEqual(await journal.unfinished(), []);
});

test('an entry a day old is unfinished whatever its process id names by now', async t => {
  const folder = await tempFolder(t);
  const journal = openJournal(folder);
  await journal.begin(entry);
  const [name] = readdirSync(join(folder, 'journal'));
  const file = join(folder, 'journal', name!);
  const noted = JSON.parse(readFileSync(file, 'utf8')) as object;
  writeFileSync(file, JSON.stringify({ ...noted, begun: '2020-01-01T00:00:00.000Z' }));
  assert.equal((await journal.unfinished()).length, 1);
});

test('a missing folder, a torn file and foreign content are no entries', async t => {
  const folder = await tempFolder(t, {
    'journal/a.json': '{"id":',
    'journal/b.json': '[1, 2]',
    'journal/c.json': '{"id":"c","begun":"2020","name":1,"reference":"","files":[],"pid":1}',
    'journal/d.txt': 'notes',
  });
  assert.deepEqual(await openJournal(folder).unfinished(), []);
  assert.deepEqual(await openJournal(join(folder, 'nowhere')).unfinished(), []);
  await openJournal(folder).end('../../escape');
});
