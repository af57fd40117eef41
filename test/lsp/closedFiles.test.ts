import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { createClosedFiles, type ScanProgress } from '../../server/lsp/closedFiles.ts';
import type { Configuration } from '../../server/lsp/configuration.ts';
import type { Documents } from '../../server/lsp/documents.ts';
import { createGuard } from '../../server/lsp/guard.ts';
import { createInventory } from '../../server/secrets/inventory.ts';
import type { DetectorPool } from '../../server/workspace/detectorPool.ts';
import { defaultSettings } from '../../server/workspace/settings.ts';
import { tempFolder } from '../support/tempFolder.ts';

/** Answers each look at a file when the test says so, with one certificate of that subject, or with none. */
interface Look {
  readonly answer: (subject: string | undefined) => void;
}

async function bench(t: Parameters<typeof tempFolder>[0]) {
  const root = await tempFolder(t, { 'a.js': '' });
  const looks: Look[] = [];
  const waiting: ((look: Look) => void)[] = [];
  const pool = {
    detectFile: () =>
      new Promise(resolve => {
        const answer: Look['answer'] = subject => {
          const certificate = { start: 0, end: 1, subject, issuer: '', expires: 0 };
          const certificates = subject === undefined ? [] : [certificate];
          resolve({ read: { kind: 'text', text: 'x' }, findings: [], certificates });
        };
        const take = waiting.shift();
        if (take === undefined) looks.push({ answer });
        else take({ answer });
      }),
  } as unknown as DetectorPool;
  const folder = { uri: pathToFileURL(root).href, name: 'project', root };
  const held = { ...folder, settings: defaultSettings, rules: { set: { id: '', rules: [], allow: [] } } };
  const configuration = {
    folderOf: () => folder,
    for: async () => ({ ...held, ruleOf: new Map(), accepted: { entries: [], problems: [] }, trusted: true }),
  } as unknown as Configuration;
  const documents = { covers: () => false, byKey: () => undefined, all: () => [] } as unknown as Documents;
  const inventory = createInventory();
  const shown: string[] = [];
  const subjects = () => inventory.get(join(root, 'a.js'))?.certificates.map(({ subject }) => subject) ?? [];
  let heard = () => {};
  const published = {
    publish: () => {
      shown.push(subjects().join());
      heard();
    },
  };
  const publisher = published as unknown as Parameters<typeof createClosedFiles>[4];
  const errors: string[] = [];
  const guard = createGuard({ error: message => void errors.push(message) });
  const progress = async () => ({ signal: new AbortController().signal }) as ScanProgress;
  const files = createClosedFiles(pool, configuration, documents, inventory, publisher, guard, progress);
  t.after(() => files.dispose());
  return {
    file: join(root, 'a.js'),
    files,
    shown,
    errors,
    subjects,
    /** The next look at a file. */
    look: () => {
      const look = looks.shift();
      return look === undefined ? new Promise<Look>(resolve => waiting.push(resolve)) : Promise.resolve(look);
    },
    nextShown: () => new Promise<void>(resolve => (heard = resolve)),
  };
}

test('of two looks at one file the newer one counts, whichever ends first', async t => {
  const { file, files, shown, errors, subjects, look, nextShown } = await bench(t);
  files.changed([file]);
  const older = await look();
  files.changed([file]);
  const newer = await look();
  const published = nextShown();
  newer.answer('new');
  await published;
  older.answer('old');
  files.changed([file]);
  const last = await look();
  const again = nextShown();
  last.answer('last');
  await again;
  assert.deepEqual([shown, subjects(), errors], [['new', 'last'], ['last'], []]);
});

test('what is found in a file that is gone by then is not shown', async t => {
  const { file, files, shown, errors, subjects, look, nextShown } = await bench(t);
  files.changed([file]);
  const older = await look();
  await rm(file);
  const published = nextShown();
  files.changed([file]);
  await published;
  older.answer('old');
  await new Promise(setImmediate);
  assert.deepEqual([shown, subjects(), errors], [[''], [], []]);
});
