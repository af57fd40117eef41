import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { compileRules, type Detection, type Host, type Source } from '../../server/engine/detector.ts';
import { readRulePack } from '../../server/engine/rulePack.ts';
import { readExample } from '../support/sample.ts';

/* Texts, languages, packs and edits that nobody would think of. KEYSWEEP_RUNS=50 looks at fifty times as many, from another seed. */

const more = Number(process.env.KEYSWEEP_RUNS ?? 1);
const seed = more === 1 ? 20_261_125 : Date.now() % 2 ** 31;
const runs = (numRuns: number) => ({ seed, numRuns: numRuns * more });
/** A hang fails instead of holding up whoever waits: a hundred times what it takes. */
const limit = { timeout: 120_000 * more };

const host: Host = {
  now: () => Date.UTC(2026, 0, 1),
  fingerprint: value => createHash('md5').update(value).digest('hex'),
  sha256: bytes => new Uint8Array(createHash('sha256').update(bytes).digest()),
  certificate: () => ({ subject: 'CN=acme', issuer: 'CN=acme', expires: 0 }),
  enter: () => undefined,
};
const folder = join(import.meta.dirname, '../../rules');
const packs: readonly { rules: { keywords?: string[]; examples?: { match?: string[] } }[] }[] = globSync('*.yaml', {
  cwd: folder,
})
  .sort()
  .map(file => parse(readFileSync(join(folder, file), 'utf8')));
const rules = packs.flatMap(pack => readRulePack(pack, false).pack.rules);
const detector = compileRules(rules, host);

const recipes = packs.flatMap(pack => pack.rules.flatMap(rule => rule.examples?.match ?? []));
const keywords = [...new Set(rules.flatMap(rule => rule.keywords))];
/** A value of some rule, in the text that its example brings. */
const aSample = fc
  .tuple(fc.constantFrom(...recipes.filter(recipe => !recipe.includes('{pem:'))), fc.nat(3))
  .map(([recipe, number]) => readExample(recipe, number));

const human = ['Tr0ub4dor', '3'].join('&');
const aName = fc.constantFrom(
  ...['password', 'apiKey', 'db_password', 'token', 'user', 'x', 'AWS_SECRET_ACCESS_KEY', 'color', 'clientSecret'],
);
const aValue = fc.oneof(
  aSample.map(({ value }) => value).filter(value => /^[\w.+/=~-]+$/.test(value)),
  fc.constantFrom(human, 'correct horse', 'changeme', '0', 'main.example.org'),
);

/** What texts are made of: signs that open and close something in some language, names, keywords, secrets, and anything at all. */
const aPiece = fc.oneof(
  fc.constantFrom(...'"\'`\\/*#=:;,.<>(){}[]$%&|!?@-_ \t\n\r'.split('')),
  fc.constantFrom(
    '\r\n',
    '"""',
    "'''",
    '/*',
    '*/',
    '<!--',
    '-->',
    '<<EOT\n',
    '\nEOT\n',
    '${',
    '{{',
    '%{',
    '\\u{',
    '\n---\n',
  ),
  fc.constantFrom('😀', '\u{1f511}\u{200d}', '\ud83d', '\udd11', '\uFEFF', '\u2028', 'İ', 'ſ', 'ß', '\0', 'é', '用户'),
  fc.constantFrom(' = ', ': ', ' := ', '=>', '&password=', '://', '-----BEGIN ', ' PRIVATE KEY-----\n', '-----END '),
  fc.constantFrom(
    'let ',
    'export ',
    'def f(',
    'class ',
    'return ',
    'SELECT ',
    'IDENTIFIED BY ',
    'curl -u ',
    '<key>',
    '</key>',
  ),
  fc
    .tuple(fc.constantFrom('a', '/', '\\', ' ', '(', '"', 'A1', '😀', '\n', '%25'), fc.nat(80))
    .map(([unit, count]) => unit.repeat(count)),
  fc.constantFrom(...keywords),
  aName,
  aValue,
  aSample.map(({ before, value, after }) => before + value + after),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
const aText = fc.array(aPiece, { maxLength: 40 }).map(pieces => pieces.join(''));
const aPath = fc.constantFrom(
  ...[
    'a.ts',
    'a.tsx',
    'a.py',
    'a.go',
    'a.java',
    'a.rb',
    'a.php',
    'a.rs',
    'a.cs',
    'a.kt',
    'a.c',
    'a.lua',
    'a.sql',
    'a.sh',
    'a.ps1',
  ],
  ...[
    '.env',
    'a.yaml',
    'a.json',
    'a.toml',
    'a.ini',
    'a.properties',
    'a.xml',
    'a.html',
    'a.md',
    'a.tf',
    'a.csv',
    'a.txt',
    'a',
  ],
  ...[
    'Dockerfile',
    'Makefile',
    'Jenkinsfile',
    '.netrc',
    '.npmrc',
    'nginx.conf',
    'a.ipynb',
    'a.har',
    'a.tfstate',
    'a.vue',
    'test/a.js',
  ],
);

function assertSound({ findings, certificates }: Detection, text: string): void {
  let last = 0;
  for (const { start, end, parts, rule } of findings) {
    assert.ok(
      start >= last && end > start && end <= text.length,
      `${rule} at ${start}-${end} after ${last} of ${text.length}`,
    );
    assert.ok(!splitsPair(text, start) && !splitsPair(text, end), `${rule} begins or ends within a character`);
    last = end;
    for (const part of parts) assert.ok(0 <= part.start && part.start < part.end && part.end <= text.length, rule);
  }
  for (const { start, end } of certificates) assert.ok(0 <= start && start < end && end <= text.length);
}

/** Whether an offset lies between the two units of a character. */
function splitsPair(text: string, offset: number): boolean {
  return /[\ud800-\udbff]/.test(text.charAt(offset - 1)) && /[\udc00-\udfff]/.test(text.charAt(offset));
}

test('any text in any language', limit, () => {
  const look = (text: string, path: string) => assertSound(detector.detect({ text, path }), text);
  fc.assert(fc.property(aText, aPath, look), runs(1500));
});

test('any edits, one after the other', limit, () => {
  const anEdit = fc.tuple(fc.nat(1500), fc.oneof(fc.nat(3), fc.nat(200)), fc.oneof(aPiece, fc.constant('')));
  fc.assert(
    fc.property(aText, aPath, fc.array(anEdit, { minLength: 1, maxLength: 8 }), (text, path, edits) => {
      let state = detector.detect({ text, path });
      for (const [at, removed, added] of edits) {
        const { length } = state.source.text;
        const start = Math.min(at, length);
        state = detector.update(state, { start, end: Math.min(length, start + removed), text: added });
        const { findings, certificates } = detector.detect({ text: state.source.text, path });
        assert.deepEqual({ findings: state.findings, certificates: state.certificates }, { findings, certificates });
      }
    }),
    runs(250),
  );
});

/** Whole statements of a language, in which no line's meaning reaches into the next. */
interface Language {
  readonly path: string;
  readonly statement: (name: string, value: string) => string;
  readonly remark: string;
}

const plainLanguages: readonly Language[] = [
  { path: 'a.ts', statement: (name, value) => `const ${name} = "${value}";`, remark: '// ' },
  { path: 'a.py', statement: (name, value) => `${name} = '${value}'`, remark: '# ' },
  { path: 'a.go', statement: (name, value) => `\tconnect(${name}, "${value}")`, remark: '// ' },
  { path: 'a.java', statement: (name, value) => `  String ${name} = "${value}";`, remark: '// ' },
  { path: '.env', statement: (name, value) => `${name}="${value}"`, remark: '# ' },
  { path: 'a.sh', statement: (name, value) => `export ${name}='${value}'`, remark: '# ' },
  { path: 'a.yaml', statement: (name, value) => `${name}: "${value}"`, remark: '# ' },
  { path: 'a.properties', statement: (name, value) => `${name}=${value}`, remark: '# ' },
  { path: 'a.toml', statement: (name, value) => `${name} = "${value}"`, remark: '# ' },
  { path: 'a.sql', statement: (name, value) => `SET ${name} = '${value}';`, remark: '-- ' },
  { path: 'a.xml', statement: (name, value) => `<${name}>${value}</${name}>`, remark: '' },
  { path: 'a.txt', statement: (name, value) => `${name}: ${value}`, remark: '' },
];
const aProgram = fc
  .record({
    language: fc.constantFrom(...plainLanguages),
    pairs: fc.array(fc.tuple(aName, aValue), { minLength: 1, maxLength: 4 }),
  })
  .map(({ language, pairs }) => ({
    language,
    path: language.path,
    text: pairs.map(([name, value]) => `${language.statement(name, value)}\n`).join(''),
  }));

/** What a finding says, at the places that `move` gives. */
function told(source: Source, move = (offset: number): number => offset): object[] {
  return detector.detect(source).findings.map(({ start, end, parts, ...rest }) => ({
    ...rest,
    start: move(start),
    end: move(end),
    parts: parts.map(part => ({ ...part, start: move(part.start), end: move(part.end) })),
  }));
}

test('lines that end otherwise change nothing but the places', limit, () => {
  const short = fc.array(aPiece, { maxLength: 12 }).map(pieces => pieces.join('').replaceAll('\r', '').slice(0, 300));
  const source = fc.oneof(aProgram, fc.record({ text: short, path: aPath }));
  fc.assert(
    fc.property(source, ({ text, path }) => {
      const later = (offset: number): number => offset + (text.slice(0, offset).match(/\n/g)?.length ?? 0);
      const returned = told({ text: text.replaceAll('\n', '\r\n'), path });
      // A value of several lines is another one with other ends.
      const plain = (found: readonly object[]) => found.map(finding => ({ ...finding, fingerprint: '' }));
      assert.deepEqual(plain(returned), plain(told({ text, path }, later)));
    }),
    runs(400),
  );
});

test('what is written behind changes nothing that it cannot reach', limit, () => {
  const prose = 'Whoever comes here later reads on as before, since none of this has to do with it.';
  fc.assert(
    fc.property(aProgram, ({ text, path, language }) => {
      const behind = `${language.remark}${prose}\n`.repeat(100);
      assert.deepEqual(told({ text: text + behind, path }), told({ text, path }));
    }),
    runs(250),
  );
});

test('characters of two units before it move a finding and no more', limit, () => {
  fc.assert(
    fc.property(aProgram, fc.integer({ min: 1, max: 40 }), ({ text, path, language }, count) => {
      const before = `${language.remark}${'😀🔑'.repeat(count)}\n\n\n\n\n`;
      assert.deepEqual(
        told({ text: before + text, path }),
        told({ text, path }, offset => offset + before.length),
      );
    }),
    runs(250),
  );
});

/** Expressions as packs have them, wrong ones too. Not nested twice: what never ends is for the worker's deadline. */
const anAtom = fc.oneof(
  fc.constantFrom(
    'a',
    'key',
    '[a-z0-9]',
    '[^"]',
    '\\w',
    '\\d',
    '\\s',
    '.',
    '\\b',
    '^',
    '$',
    '(?i:k)',
    '[[:alnum:]]',
    '\\p{L}',
    '😀',
  ),
  fc.constantFrom(
    '[',
    ')',
    '(?=x)',
    '(?<!y)',
    '\\1',
    '\\',
    '{',
    '[z-a]',
    '(?P<secret>\\w{4})',
    '(a|b)',
    '(?i)',
    '\\x{1F511}',
  ),
);
const anExpression = fc
  .array(fc.tuple(anAtom, fc.constantFrom('', '', '', '?', '*', '+', '{3}', '{2,8}', '{4,}', '+?', '{900}', '{2,1}')), {
    minLength: 1,
    maxLength: 5,
  })
  .map(parts => parts.map(([atom, count]) => atom + count).join(''));
const aRule = fc.record(
  {
    id: fc.oneof(fc.constantFrom('one', 'two', 'three'), fc.string({ maxLength: 6 })),
    pattern: anExpression,
    keywords: fc.array(
      fc.oneof(fc.constantFrom('key', 'A', '', ' ', '😀', 'İ', 'ſ'), fc.string({ unit: 'binary', maxLength: 3 })),
      {
        maxLength: 3,
      },
    ),
    entropy: fc.double({ min: 0, max: 5 }),
    context: fc.array(fc.constantFrom('key', 'user', ''), { maxLength: 2 }),
    confidence: fc.constantFrom('certain', 'high', 'medium', 'low', 'other'),
    pair: fc.record({ rule: fc.constantFrom('one', 'two', 'none'), role: fc.constantFrom('id', 'user', 'wrong') }),
    random: fc.boolean(),
    report: fc.boolean(),
    group: fc.integer({ min: -1, max: 3 }),
    files: fc.array(anExpression, { maxLength: 2 }),
    except: fc.array(fc.record({ pattern: anExpression }), { maxLength: 2 }),
  },
  { requiredKeys: ['id', 'pattern'] },
);

test('any rule pack', limit, () => {
  const text = fc.array(fc.oneof(aPiece, fc.constantFrom('key', 'KEY 😀', 'aaaa', 'k3y')), { maxLength: 10 });
  fc.assert(
    fc.property(fc.array(aRule, { minLength: 1, maxLength: 5 }), text, aPath, (pack, pieces, path) => {
      const { pack: read } = readRulePack({ rules: pack }, true);
      const whole = pieces.join('').slice(0, 600);
      const own = compileRules(read.rules, host);
      const detected = own.detect({ text: whole, path });
      assertSound(detected, whole);
      const edited = own.update(detected, { start: 0, end: 1, text: 'key' });
      assert.deepEqual(edited.findings, own.detect({ text: edited.source.text, path }).findings);
    }),
    runs(600),
  );
});
