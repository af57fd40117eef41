import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { makeCollector } from '../../server/engine/collector.ts';
import type { Edit, Host, Source } from '../../server/engine/finding.ts';
import { makeJudge } from '../../server/engine/judge.ts';
import { lookAgain, lookAt, shortest } from '../../server/engine/revise.ts';
import { ownRules } from '../support/ownRules.ts';
import { sample } from '../support/sample.ts';

const root = join(import.meta.dirname, '../..');
const host: Host = {
  now: () => Date.UTC(2026, 0, 1),
  fingerprint: value => createHash('md5').update(value).digest('hex'),
  sha256: bytes => new Uint8Array(createHash('sha256').update(bytes).digest()),
  certificate: () => undefined,
  enter: () => undefined,
};
const steps = { collect: makeCollector(ownRules, host), judge: makeJudge(ownRules, host), local: true };

const human = ['Tr0ub4dor', '3'].join('&');
const planted: Readonly<Record<string, string>> = {
  ts: `const db = { password: '${human}' };\nconst token = "${sample("{'ghp'}_{A-Za-z0-9:30}{crc32base62}")}";\n`,
  yaml: `db:\n  password: ${human}\n  key: |\n    ${sample('{pem:pkcs8}').trim().replace(/\n/g, '\n    ')}\n`,
  json: `, { "db": { "password": "${human}", "apiKey": "${sample('{A-Za-z0-9:32}')}" } }\n`,
  md: `    curl -u admin:${human} https://acme.org/\n\nThe token is ${sample('{jwt:{"iss":"acme"}}')}.\n`,
  env: `API_SECRET=${sample('{A-Za-z0-9:32}', 3)}\nDATABASE_URL=postgres://app:${human}@db.acme.org/app\n`,
};

/** A long text of a language, with secrets every few thousand characters. */
function longText(extension: string, files: string): Source {
  const all = globSync(files, { cwd: root })
    .sort()
    .map(file => readFileSync(join(root, file), 'utf8'))
    .join('\n');
  const lines = all.slice(0, 100_000).split('\n');
  const text = lines.map((line, index) => (index % 60 === 7 ? `${planted[extension]}${line}` : line)).join('\n');
  return { text: text.repeat(Math.ceil((shortest + 30_000) / text.length)), path: `file.${extension}` };
}

const sources = [
  longText('ts', 'server/**/*.ts'),
  longText('yaml', 'rules/*.yaml'),
  longText('json', 'package-lock.json'),
  longText('md', '*.md'),
  longText('env', '.gitignore'),
];

const pieces = [
  'x',
  '"',
  "'",
  '`',
  '\n',
  '/*',
  '*/',
  '{',
  '}',
  '[',
  '(',
  '${',
  '<<EOT\n',
  '#',
  '//',
  '"""',
  'é😀',
  '  ',
];
const anEdit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.oneof(fc.constant(0), fc.nat(60)),
  text: fc.oneof(fc.constantFrom(...pieces, ...Object.values(planted)), fc.string({ maxLength: 3 })),
});

function editOf({ at, removed, text }: { at: number; removed: number; text: string }, length: number): Edit {
  const start = Math.floor(at * length);
  return { start, end: Math.min(length, start + removed), text };
}

test('what is looked at again after an edit is what a look at all of the text sees', () => {
  let again = 0;
  let all = 0;
  fc.assert(
    fc.property(fc.constantFrom(...sources), fc.array(anEdit, { minLength: 1, maxLength: 6 }), (source, edits) => {
      let looked = lookAt({ ...source }, steps);
      for (const raw of edits) {
        const edit = editOf(raw, looked.source.text.length);
        const text = looked.source.text.slice(0, edit.start) + edit.text + looked.source.text.slice(edit.end);
        const next = lookAgain(looked, edit, { ...source, text }, steps);
        looked = lookAt({ ...source, text }, steps);
        all++;
        if (next === undefined) continue;
        again++;
        assert.deepEqual(next.findings, looked.findings);
        assert.deepEqual(next.collected, looked.collected);
        looked = next;
      }
    }),
    { seed: 4, numRuns: 40 },
  );
  assert.ok(again > all / 3, `${again} of ${all} edits needed a look at a part of the text alone`);
});
