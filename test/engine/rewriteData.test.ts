import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { syntaxes } from '../../server/engine/languages.ts';
import { rewrite } from '../../server/engine/rewrite.ts';
import { hostileTexts } from '../support/hostileTexts.ts';
import { silentGoCases } from '../support/rewriteCases/go.ts';
import { springCases } from '../support/rewriteCases/java.ts';
import { elementCases, homeCases, rewriteTable } from '../support/rewriteCases/script.ts';
import { checkRewrite, type RewriteCase } from '../support/rewritten.ts';

/** In parts, since our own scan reads this file too. */
const address = ['postgres:', '', 'u:'].join('/');

function check(cases: readonly RewriteCase[]): void {
  for (const each of cases) checkRewrite(each);
}

test('rewrites elements', () => check(elementCases));
test('knows scripts that cannot read the environment', () => check(homeCases));
test('rewrites Go imports', () => check(silentGoCases));
test('rewrites Spring annotations', () => check(springCases));

test('takes the line out of a .env file', () =>
  check(
    rewriteTable('.env', [
      ['plain', 'A=1\nAPI_KEY=«ab-12»\nB=2\n', 'A=1\nB=2\n'],
      ['exported, quoted, CRLF', 'A=1\r\nexport API_KEY="«ab-12»" # why\r\nB=2\r\n', 'A=1\r\nB=2\r\n'],
      ['several lines', "API_KEY='«-----BEGIN\nx\n-----END»'\nB=2\n", 'B=2\n'],
      ['last line', '# why\nAPI_KEY=«ab-12»', '# why\n'],
      ['part of the value', `API_KEY=${address}«ab-12»@h/db\n`, '', `${address}ab-12@h/db`],
      ['escaped', 'API_KEY="«a\\nb»"\n', '', 'a\nb'],
      ['comment', '# API_KEY=«ab-12»\n', '# API_KEY=${API_KEY}\n'],
      ['other name', 'A=1\nOTHER=«ab-12»\n', 'A=1\n'],
      ['other name in a part', 'OTHER=x:«ab-12»\n', '', 'x:ab-12'],
      ['both names', 'OTHER=«ab-12»\nAPI_KEY=«ab-12» # «ab-12»\n', ''],
      ['blanks around the sign', 'API_KEY = «ab-12»\nB=2\n', 'B=2\n'],
      ['empty line before', 'A=\nAPI_KEY=«ab-12»\n', 'A=\n'],
      ['double quotes over lines', 'API_KEY="«a\nb»"\nB=2\n', 'B=2\n'],
      ['dollar', 'API_KEY=«a$bc»\n', /dollar/],
      ['backslash', 'API_KEY="«a\\qc»"\n', /backslash/],
    ]),
  ));

test('rewrites JSON where its reader expands variables', () => {
  check(
    rewriteTable('config.json', [
      ['plain', '{"a": {"key": "«ab-12»"}}', /expands nothing/],
      ['name', '{"«ab-12»": 1}', /name of an entry/],
    ]),
  );
  check(rewriteTable('.vscode/settings.json', [['settings', '{"a.env": {"KEY": "«ab-12»"}} // x', /expands nothing/]]));
  check(
    rewriteTable('.devcontainer/devcontainer.json', [
      ['container', '{"remoteEnv": {"KEY": "«ab-12»"}}', '{"remoteEnv": {"KEY": "${localEnv:API_KEY}"}}'],
    ]),
  );
  check(
    rewriteTable('.vscode/launch.json', [
      ['launch', '{"env": {"KEY": "«ab-12»"}} // x', '{"env": {"KEY": "${env:API_KEY}"}} // x'],
    ]),
  );
  check(
    rewriteTable('.vscode/mcp.json', [
      [
        'mcp',
        '{"headers": {"Authorization": "Bearer «ab-12»"}}',
        '{"headers": {"Authorization": "Bearer ${env:API_KEY}"}}',
      ],
    ]),
  );
  check(rewriteTable('package.json', [['scripts', '{"scripts": {"a": "x --key «ab-12»"}}', /package\.json/]]));
});

test('rewrites YAML where its reader expands variables', () => {
  const read = '${API_KEY:?API_KEY is not set}';
  check(
    rewriteTable('docker-compose.yml', [
      [
        'map',
        'services:\n  a:\n    environment:\n      KEY: «ab-12»\n',
        `services:\n  a:\n    environment:\n      KEY: ${read}\n`,
      ],
      ['list', 'environment:\n  - KEY=«ab-12»\n', `environment:\n  - KEY=${read}\n`],
      ['quoted', 'k: "«ab-12»" # it\'s\n', `k: "${read}" # it's\n`],
      ['flow', 'k: {a: «ab-12», b: 1}\n', `k: {a: "${read}", b: 1}\n`],
      ['dollar written twice', 'k: «a$$b»\n', `k: ${read}\n`, 'a$b'],
      ['dollar', 'k: «a${b}c»\n', /dollar/],
      ['block', 'k: |\n  «-----BEGIN\n  x\n  -----END»\n', `k: |\n  ${read}\n`, '-----BEGIN\nx\n-----END'],
      ['comment', '# k: «ab-12»\n', '# k: ${API_KEY}\n'],
      ['folded', 'k: >-\n  a\n  --key=«ab-12»\n', `k: >-\n  a\n  --key=${read}\n`],
      ['anchor', 'x: &a «ab-12»\ny: *a\n', `x: &a ${read}\ny: *a\n`],
      ['merged anchor', 'x-e: &e\n  KEY: «ab-12»\ny:\n  <<: *e\n', `x-e: &e\n  KEY: ${read}\ny:\n  <<: *e\n`],
      ['list in quotes', 'e:\n  - "A=«ab-12»"\n  - \'B=«ab-12»\'\n', `e:\n  - "A=${read}"\n  - 'B=${read}'\n`],
      ['list in brackets', 'e: [A=«ab-12», "B=«ab-12»"]\n', `e: ["A=${read}", "B=${read}"]\n`],
      ['command', 'command: ["serve", "--key=«ab-12»"]\n', `command: ["serve", "--key=${read}"]\n`],
      ['tag', 'k: !!str «ab-12»\n', `k: !!str ${read}\n`],
      ['default of another', 'k: "${A:-«ab-12»}"\n', `k: "\${A:-${read}}"\n`],
      ['dollars written twice around', `k: "${address}«ab-12»@h/$\${Y}"\n`, `k: "${address}${read}@h/$\${Y}"\n`],
      ['name of an entry', 'services:\n  «ab-12»:\n    image: x\n', /no text|name of an entry/],
    ]),
  );
  check(
    rewriteTable('.github/workflows/ci.yml', [
      ['env', 'env:\n  KEY: «ab-12»\n', 'env:\n  KEY: ${{ secrets.API_KEY }}\n'],
      ['with', 'steps:\n  - with:\n      token: «ab-12»\n', 'steps:\n  - with:\n      token: ${{ secrets.API_KEY }}\n'],
      ['flow', "env: { A: «ab-12», B: 'x' }\n", 'env: { A: "${{ secrets.API_KEY }}", B: \'x\' }\n'],
      ['expression', "env:\n  K: ${{ env.X || '«ab-12»' }}\n", /inside of an expression/],
      ['condition', "steps:\n  - if: env.X == '«ab-12»'\n", /in if/],
      ['matrix', 'jobs:\n  a:\n    strategy:\n      matrix:\n        k: [«ab-12»]\n', /in strategy/],
      ['run', 'steps:\n  - run: echo «ab-12»\n', /run script/],
      ['run block', 'steps:\n  - run: |\n      echo «ab-12»\n', /run script/],
      ['uses', 'steps:\n  - uses: a/«ab-12»\n', /uses/],
    ]),
  );
  check(
    rewriteTable('.gitlab-ci.yml', [
      ['variable', 'variables:\n  KEY: «ab-12»\n', 'variables:\n  KEY: ${API_KEY}\n'],
      ['itself', 'variables:\n  API_KEY: «ab-12»\n', ''],
    ]),
  );
  check(
    rewriteTable('src/main/resources/application.yml', [
      ['spring', 'a:\n  password: «ab-12»\n', 'a:\n  password: ${API_KEY}\n'],
    ]),
  );
  check(rewriteTable('serverless.yml', [['serverless', 'k: "«ab-12»"\n', 'k: "${env:API_KEY}"\n']]));
  check(rewriteTable('.travis.yml', [['service', 'variables:\n  K: «ab-12»\n', /expands no variables/]]));
  check(rewriteTable('values.yaml', [['unknown', 'a: «ab-12»\n', /Helm expands nothing/]]));
});

test('says what it cannot rewrite', () => {
  check(rewriteTable('Dockerfile', [['image', 'ENV KEY=«ab-12»\n', /image/]]));
  check(rewriteTable('a.sol', [['solidity', 'string constant KEY = "«ab-12»";\n', /solidity/]]));
});

test('gives a text for people the name only as a copy', () => {
  const rows = (path: string, after: string | RegExp) => rewriteTable(path, [['prose', 'Use «ab-12» here.\n', after]]);
  for (const path of ['README.md', 'notes.txt', 'x.log', 'docs/a.rst']) {
    check(rows(path, /text for people/));
    check(rows(path, 'Use ${API_KEY} here.\n').map(each => ({ ...each, part: 'copy' })));
  }
});

test('leaves files of which nobody knows the reader', () => {
  for (const part of ['moved', 'copy'] as const) {
    const checkAs = (cases: readonly RewriteCase[]) => check(cases.map(each => ({ ...each, part })));
    for (const path of ['a.hurl', 'a.unknown', 'a.key', 'password'])
      checkAs(rewriteTable(path, [['line', 'password: «ab-12»\n', /Nothing is known/]]));
    for (const path of ['id.pem', 'a.key', 'a.crt', 'notes.txt', 'README.md'])
      checkAs(rewriteTable(path, [['block', 'x\n«-----BEGIN X-----\nab\n-----END X-----»\n', /the secret itself/]]));
    for (const path of ['token.txt', 'token', '.token'])
      checkAs(rewriteTable(path, [['alone', '\n«ab-12»\n', /the secret itself/]]));
  }
});

const pieces = fc.constantFrom(
  '"',
  "'",
  '`',
  '"""',
  '${',
  '}',
  '{',
  '(',
  ')',
  '[',
  ']',
  '#',
  '//',
  '\n',
  '\r\n',
  '\\',
  '=',
  ': ',
  'key',
  'const ',
  'import ',
  'case ',
  '<<EOF',
  'EOF',
  '<a ',
  '>',
  '- ',
  '|',
  'é',
  '😀',
  '$x',
  'ab-12',
  ',',
  '+',
  '@A(',
  'package a\n',
  '"os"',
);
const paths = syntaxes
  .map(syntax => `a${syntax.files[0] ?? ''}`)
  .map(path => (path.startsWith('a.') ? path : path.slice(1)));

test('no text makes it throw; edits are sorted, disjoint and inside of the text', () => {
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 40 }),
      fc.constantFrom(...paths, 'docker-compose.yml', '.vscode/launch.json'),
      fc.nat(),
      fc.nat(20),
      (parts, path, at, length) => {
        const source = { path, text: parts.join('') };
        const start = at % (source.text.length + 1);
        const result = rewrite(source, [{ start, end: Math.min(source.text.length, start + length) }], 'API_KEY');
        if (result.kind === 'refused') return;
        let last = 0;
        for (const edit of result.edits) {
          assert.ok(edit.start >= last && edit.end >= edit.start && edit.end <= source.text.length);
          last = edit.end;
        }
      },
    ),
    { seed: 9, numRuns: 3000 },
  );
});

test('hostile texts are rewritten or refused', () => {
  for (const path of ['a.js', 'a.tsx', 'a.py', 'a.go', 'A.java', 'a.sh', '.env', 'a.json', 'docker-compose.yml']) {
    for (const hostile of hostileTexts(20_000)) {
      const text = `${path === 'a.go' ? 'package main\n' : ''}${hostile}\nAPI_KEY="ab-12"\n`;
      const start = text.length - 7;
      const result = rewrite({ path, text }, [{ start, end: start + 5 }], 'API_KEY');
      assert.ok(result.kind === 'refused' || result.edits.length > 0);
    }
  }
});
