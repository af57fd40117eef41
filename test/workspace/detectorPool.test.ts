import assert from 'node:assert/strict';
import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Detection } from '../../server/engine/detector.ts';
import type { Rule } from '../../server/engine/rulePack.ts';
import {
  type DetectorPool,
  fingerprintKey,
  openDetectorPool,
  type PoolOptions,
  type StoppedRule,
} from '../../server/workspace/detectorPool.ts';
import type { RuleSet } from '../../server/workspace/rules.ts';
import { tempFolder } from '../support/tempFolder.ts';

const scripted = new URL('../support/scriptedWorker.ts', import.meta.url);
const never = new AbortController().signal;

/** Rules written as `id: act`; each one's keyword is its id. A workspace's are called `bad…`. See scriptedWorker. */
function ruleSet(id: string, acts: Readonly<Record<string, string>>): RuleSet {
  const rules = Object.entries(acts).map(([name, pattern]) => ({
    ...plainRule,
    id: name,
    pattern,
    keywords: [name],
    foreign: name.startsWith('bad'),
  }));
  return { id, rules, allow: [] };
}

const plainRule: Rule = {
  id: '',
  title: '',
  description: '',
  provider: '',
  kind: 'token',
  confidence: 'high',
  severity: 'error',
  keywords: [],
  pattern: '',
  context: [],
  report: true,
  expires: '',
  rotate: '',
  documentation: '',
  foreign: true,
};

interface Watched {
  readonly pool: DetectorPool;
  readonly stopped: StoppedRule[];
  readonly log: string[];
}

function openPool(context: TestContext, options: Partial<PoolOptions> = {}): Watched {
  const log: string[] = [];
  const stopped: StoppedRule[] = [];
  const fixed = {
    workers: 2,
    worker: scripted,
    deadline: 60,
    textDeadline: 500,
    fingerprintKey: new Uint8Array(32),
    log: log.push.bind(log),
  };
  const pool = openDetectorPool({ ...fixed, ...options });
  context.after(() => pool.close());
  pool.onStoppedRule(rule => stopped.push(rule));
  return { pool, stopped, log };
}

const ids = ({ findings }: Detection) => findings.map(finding => finding.rule);
const file = (text: string, path = 'a.txt') => ({ text, path });

/** Each row: what the rules do, the texts looked at in turn, what each answers, and which rules are switched off. */
const rows: readonly {
  readonly name: string;
  readonly acts: Readonly<Record<string, string>>;
  readonly texts: readonly string[];
  readonly found: readonly (readonly string[] | 'failed')[];
  readonly stopped?: readonly string[];
}[] = [
  {
    name: 'finds',
    acts: { one: 'find', two: 'find' },
    texts: ['two one', 'other'],
    found: [['one', 'two'], []],
  },
  {
    name: 'switches a rule off that never ends, and loses nothing else',
    acts: { one: 'find', bad: 'hang', two: 'find' },
    texts: ['one bad two', 'bad two', 'one'],
    found: [['one', 'two'], ['two'], ['one']],
    stopped: ['bad'],
  },
  {
    name: 'switches several off, one after the other',
    acts: { bad: 'hang', worse: 'hang', one: 'find' },
    texts: ['bad worse one', 'one bad'],
    found: [['one'], ['one']],
    stopped: ['bad', 'worse'],
  },
  {
    name: 'switches a rule off that uses up its time in pieces',
    acts: { one: 'find', bad: 'pieces' },
    texts: ['bad one'],
    found: [['one']],
    stopped: ['bad'],
  },
  {
    name: 'passes over a text that ends the worker, and goes on',
    acts: { ours: 'die', one: 'find' },
    texts: ['one ours', 'one'],
    found: ['failed', ['one']],
  },
  {
    name: 'passes over a text on which no rule is to blame',
    acts: { ours: 'stall', one: 'find' },
    texts: ['one ours', 'one'],
    found: ['failed', ['one']],
  },
  {
    name: 'leaves the rules of the workspace out where they end the worker',
    acts: { bad: 'die', one: 'find', worse: 'find' },
    texts: ['one bad worse', 'bad'],
    found: [['one', 'worse'], []],
  },
];

for (const [index, { name, acts, texts, found, stopped = [] }] of rows.entries()) {
  for (const open of [false, true]) {
    test(`${name} (${open ? 'open document' : 'closed file'})`, async context => {
      const watched = openPool(context);
      const set = ruleSet(`set ${index}`, acts);
      const answers = [];
      const document = open ? watched.pool.open(file('')) : undefined;
      let before = '';
      for (const text of texts) {
        document?.edit([{ start: 0, end: before.length, text }]);
        before = text;
        answers.push(await (document?.detect(set, never) ?? watched.pool.detect(file(text), set, never)));
      }
      assert.deepEqual(
        answers.map(answer => (answer.failed === undefined ? ids(answer) : 'failed')),
        found,
      );
      assert.deepEqual(
        watched.stopped,
        stopped.map(rule => ({ set: set.id, rule, path: 'a.txt' })),
      );
    });
  }
}

test('answers everything that waits while a rule is stopped, in every worker', async context => {
  const { pool, stopped } = openPool(context, { workers: 3 });
  const set = ruleSet('many', { bad: 'hang', one: 'find' });
  const texts = Array.from({ length: 60 }, (_, index) => (index % 7 === 0 ? 'bad one' : 'one'));
  const answers = await Promise.all(texts.map((text, index) => pool.detect(file(text, `${index}.txt`), set, never)));
  assert.deepEqual(
    answers.map(ids),
    texts.map(() => ['one']),
  );
  assert.deepEqual([...new Set(stopped.map(({ rule }) => rule))], ['bad']);
  assert.equal(stopped.length, 1);
});

test('files that are looked at together are answered each by itself, whatever one of them does', async context => {
  const { pool, stopped, log } = openPool(context);
  const set = ruleSet('batch', { bad: 'hang', ours: 'die', one: 'find' });
  const texts = Array.from({ length: 40 }, (_, index) => (index === 11 ? 'ours' : index === 23 ? 'bad one' : 'one'));
  const answers = await Promise.all(
    texts.map((text, index) => {
      const target = { file: text, path: `${index}`, maxSize: 1000, texts: 'all' as const };
      return pool.detectFile(target, set, never);
    }),
  );
  assert.deepEqual(
    answers.map(answer => answer.failed ?? ids(answer).join()),
    texts.map(text => (text === 'ours' ? 'the detector could not deal with it' : 'one')),
  );
  assert.deepEqual(
    [stopped.map(({ rule, path }) => [rule, path]), log.at(-1)?.includes(' on 11 ')],
    [[['bad', '23']], true],
  );
});

test('files sent ahead of a worker that is lost are looked at all the same, and none counts as tried', async context => {
  const { pool, stopped } = openPool(context);
  const hanging = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [`bad${index}x`, 'hang']));
  const set = ruleSet('ahead', { ...hanging, one: 'find' });
  const texts = Array.from({ length: 200 }, (_, index) => (index < 8 ? `bad${index}x one` : 'one'));
  const answers = await Promise.all(
    texts.map((text, index) =>
      pool.detectFile({ file: text, path: `${index}`, maxSize: 1000, texts: 'found' }, set, never),
    ),
  );
  assert.deepEqual(
    answers.map(answer => answer.failed ?? ids(answer).join()),
    texts.map(() => 'one'),
  );
  assert.deepEqual(stopped.map(({ rule }) => rule).sort(), Object.keys(hanging));
});

test('a rule switched off in one set still runs in another', async context => {
  const { pool, stopped } = openPool(context);
  await pool.detect(file('bad'), ruleSet('first', { bad: 'hang' }), never);
  const answer = await pool.detect(file('bad'), ruleSet('second', { bad: 'find' }), never);
  assert.deepEqual([ids(answer), stopped.length], [['bad'], 1]);
});

test('an open document goes before closed files, and follows its edits', async context => {
  const { pool } = openPool(context, { workers: 1 });
  const set = ruleSet('order', { one: 'find', two: 'find' });
  const document = pool.open(file('on'));
  const order: string[] = [];
  const closed = Array.from({ length: 20 }, () =>
    pool.detect(file('two'), set, never).then(() => order.push('closed')),
  );
  document.edit([
    { start: 2, end: 2, text: 'e' },
    { start: 0, end: 0, text: 'two ' },
  ]);
  const answer = document.detect(set, never).finally(() => order.push('open'));
  assert.deepEqual(
    (await answer).findings.map(({ rule, start }) => [rule, start]),
    [
      ['one', 4],
      ['two', 0],
    ],
  );
  await Promise.all(closed);
  assert.ok(order.indexOf('open') <= 1, order.join());
});

test('an abort rejects with its reason, queued or running, and the next job is answered', async context => {
  const { pool } = openPool(context, { workers: 1 });
  const set = ruleSet('abort', { one: 'find', bad: 'hang' });
  const controllers = [new AbortController(), new AbortController()];
  const [running, queued] = controllers.map(({ signal }) => pool.detect(file('bad'), set, signal));
  const last = pool.detect(file('one'), set, never);
  for (const controller of controllers) controller.abort(new Error('newer text'));
  await assert.rejects(running!, { message: 'newer text' });
  await assert.rejects(queued!, { message: 'newer text' });
  assert.deepEqual(ids(await last), ['one']);
  await assert.rejects(pool.detect(file('one'), set, AbortSignal.abort(new Error('early'))), { message: 'early' });
});

test('closing answers what is out, and later calls', async context => {
  const { pool } = openPool(context, { deadline: 10_000 });
  const set = ruleSet('close', { bad: 'hang' });
  const waiting = [pool.detect(file('bad'), set, never), pool.open(file('bad')).detect(set, never)];
  await pool.close();
  const answers = [...(await Promise.all(waiting)), await pool.detect(file('bad'), set, never)];
  assert.deepEqual(
    answers.map(({ failed }) => failed !== undefined),
    [true, true, true],
  );
});

test('what cannot be handed to a worker fails by itself', async context => {
  const { pool, log } = openPool(context, { workers: 1 });
  const set = ruleSet('odd', { one: 'find' });
  const odd = { ...set, id: 'odder', rules: [{ ...plainRule, toJSON: () => '' }] };
  const answers = await Promise.all([odd, set].map(rules => pool.detect(file('one'), rules, never)));
  assert.deepEqual(
    answers.map(answer => (answer.failed === undefined ? ids(answer) : 'failed')),
    ['failed', ['one']],
  );
  assert.equal(log.length, 1);
});

test('a worker program that does not exist fails each text with a word in the log', async context => {
  const { pool, log } = openPool(context, { worker: new URL('missing.ts', import.meta.url) });
  const answer = await pool.detect(file('one'), ruleSet('missing', { one: 'find' }), never);
  assert.equal(answer.failed === undefined, false);
  assert.equal(
    log.some(line => line.includes('a.txt')),
    true,
  );
});

test('a worker that stops on whatever it is given is not started again for every text', async context => {
  const { pool, log } = openPool(context);
  const set = ruleSet('broken', { one: 'die' });
  const answers = await Promise.all(
    Array.from({ length: 60 }, (_, index) => pool.detect(file('one', `${index}.txt`), set, never)),
  );
  assert.deepEqual(
    [answers.every(answer => answer.failed !== undefined), log.length <= 33, /keeps stopping/.test(log.at(-1) ?? '')],
    [true, true, true],
  );
  // It is no sentence for ever.
  const later = await pool.detect(file('two'), ruleSet('sound', { two: 'find' }), never);
  assert.deepEqual([ids(later), later.failed], [['two'], undefined]);
});

test('the fingerprint key is made once, for its owner alone, also by two at once', async context => {
  const folder = join(await tempFolder(context), 'data');
  const keys = await Promise.all([fingerprintKey(folder), fingerprintKey(folder), fingerprintKey(folder)]);
  assert.deepEqual(
    keys.map(key => key.length),
    [32, 32, 32],
  );
  assert.equal(new Set(keys.map(key => Buffer.from(key).toString('hex'))).size, 1);
  if (process.platform !== 'win32') assert.equal((await stat(join(folder, 'fingerprint.key'))).mode & 0o777, 0o600);
  await writeFile(join(folder, 'fingerprint.key'), 'short');
  assert.equal((await fingerprintKey(folder)).length, 32);
});
