import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Detection, Edit } from '../../server/engine/detector.ts';
import { type Rule, readRulePack } from '../../server/engine/rulePack.ts';
import {
  type DetectorPool,
  openDetectorPool,
  type PoolOptions,
  type StoppedRule,
} from '../../server/workspace/detectorPool.ts';
import type { RuleSet } from '../../server/workspace/rules.ts';
import { tempFolder } from '../support/tempFolder.ts';

const worker = new URL('../../server/workspace/detectorWorker.ts', import.meta.url);
const signal = new AbortController().signal;
const key = new Uint8Array(32).fill(7);

function openPool(context: TestContext, options: Partial<PoolOptions> = {}): DetectorPool {
  const pool = openDetectorPool({ workers: 1, worker, deadline: 20_000, fingerprintKey: key, ...options });
  context.after(() => pool.close());
  return pool;
}

function ruleSet(id: string, patterns: Readonly<Record<string, string>>): RuleSet {
  const rules = Object.entries(patterns).map(([name, pattern]) => ({ id: name, pattern, confidence: 'high' }));
  return { id, rules: readRulePack({ rules }, true).pack.rules satisfies readonly Rule[], allow: [] };
}

const acme = ruleSet('acme', { acme: 'acme_[a-z0-9]{16}', blob: 'blob_[a-z0-9]{16}' });
const token = (prefix: string, seed: number) =>
  `${prefix}_${Array.from({ length: 16 }, (_, index) => ((seed * 7919 + index * index * 31 + index * 7) % 36).toString(36)).join('')}`;
const pem: RuleSet = {
  id: 'pem',
  rules: readRulePack({ rules: [{ id: 'pem', structure: 'pem', keywords: ['-----BEGIN CERTIFICATE'] }] }, false).pack
    .rules,
  allow: [],
};
const found = (text: string, { findings }: Detection) => findings.map(({ start, end }) => text.slice(start, end));

test('fingerprints are keyed, equal for equal values, and 32 hex digits', async context => {
  const value = token('acme', 3);
  const text = `a = "${value}"\nb = '${value}'\n`;
  const { findings } = await openPool(context).detect({ text, path: 'a.py' }, acme, signal);
  const expected = createHmac('sha256', key).update(value).digest('hex').slice(0, 32);
  assert.deepEqual(
    findings.map(finding => finding.fingerprint),
    [expected, expected],
  );
});

test('a text that is edited is found in as if it were read anew', async context => {
  const pool = openPool(context, { workers: 2 });
  let text = `const first = "${token('acme', 1)}";\n`.repeat(3);
  const document = pool.open({ text, path: 'a.js' });
  let state = 1;
  const random = (below: number) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  const pieces = ['', '"', '\n', 'x', `"${token('acme', 5)}"`, `blob = "${token('blob', 6)}"`, '// ', '🔑', '\uD83D'];
  for (let round = 0; round < 60; round++) {
    const edits: Edit[] = [];
    for (let count = 1 + random(3); count > 0; count--) {
      const start = random(text.length + 1);
      const end = Math.min(text.length, start + random(12));
      const edit = { start, end, text: pieces[random(pieces.length)]! };
      text = text.slice(0, start) + edit.text + text.slice(end);
      edits.push(edit);
    }
    document.edit(edits);
    const [edited, fresh] = await Promise.all([
      document.detect(acme, signal),
      pool.detect({ text, path: 'a.js' }, acme, signal),
    ]);
    assert.deepEqual(edited, fresh, `round ${round}`);
  }
});

test('a document keeps its text when rules change and when its worker is replaced', async context => {
  const stopped: StoppedRule[] = [];
  const pool = openPool(context, { deadline: 300 });
  pool.onStoppedRule(rule => stopped.push(rule));
  const value = token('acme', 9);
  const document = pool.open({ text: '', path: 'a.txt' });
  const big = `slow_${'a'.repeat(60)} ${value}`;
  document.edit([{ start: 0, end: 0, text: big }]);
  const slow = ruleSet('slow', { slow: 'slow_(a+)+b', acme: 'acme_[a-z0-9]{16}' });
  assert.deepEqual(found(big, await document.detect(slow, signal)), [value]);
  assert.deepEqual(found(big, await document.detect(acme, signal)), [value]);
  assert.deepEqual(
    stopped.map(({ set, rule }) => [set, rule]),
    [['slow', 'slow']],
  );
});

test('an exception that takes too long is switched off, and what it may have covered is found', async context => {
  const stopped: StoppedRule[] = [];
  const pool = openPool(context, { deadline: 300 });
  pool.onStoppedRule(rule => stopped.push(rule));
  const value = token('acme', 9);
  const text = `${'a'.repeat(60)} ${value}`;
  const slow = { ...acme, id: 'excepts', exceptions: [{ id: 'pack allow 1', lines: ['^(a+)+b'] }] };
  assert.deepEqual(found(text, await pool.detect({ text, path: 'a.txt' }, slow, signal)), [value]);
  assert.deepEqual(
    stopped.map(({ set, rule }) => [set, rule]),
    [['excepts', 'pack allow 1']],
  );
  const quick = { ...acme, id: 'quick', exceptions: [{ id: 'pack allow 1', lines: ['^a+ '] }] };
  assert.deepEqual(found(text, await pool.detect({ text, path: 'a.txt' }, quick, signal)), []);
});

test('reads certificates', { skip: spawnSync('openssl', ['version']).status !== 0 }, async context => {
  const folder = await tempFolder(context);
  const args = 'req -x509 -newkey ed25519 -nodes -days 30 -subj /CN=shop.example -keyout key.pem -out a.pem'.split(' ');
  assert.equal(spawnSync('openssl', args, { cwd: folder }).status, 0);
  const text = `\n${await readFile(join(folder, 'a.pem'), 'utf8')}`;
  const { certificates, findings } = await openPool(context).detect({ text, path: 'a.pem' }, pem, signal);
  const days = certificates.map(({ expires }) => Math.round((expires - Date.now()) / 86_400_000));
  assert.deepEqual([certificates.map(({ subject }) => subject), days, findings], [['CN=shop.example'], [30], []]);
});
