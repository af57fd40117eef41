import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import fc from 'fast-check';
import { compileRules } from '../../server/engine/detector.ts';
import { readRulePack } from '../../server/engine/rulePack.ts';
import { standIns } from '../../server/workspace/gitleaksNames.ts';
import { translateGitleaks } from '../../server/workspace/gitleaksPack.ts';
import { translateKingfisher } from '../../server/workspace/kingfisherPack.ts';
import { type LoadedRules, loadRules } from '../../server/workspace/rules.ts';
import { translateSecretlint } from '../../server/workspace/secretlintPack.ts';
import { defaultSettings } from '../../server/workspace/settings.ts';
import { tomlPlaces } from '../../server/workspace/tomlPlaces.ts';
import { marked, plainHost, unmarked } from '../support/marked.ts';
import { tempFolder, writeFiles } from '../support/tempFolder.ts';

const home = await tempFolder({ after: hook => after(hook as () => Promise<void>) });
const freshFolder = () => mkdtemp(join(home, 'root-'));

/** Files by path; the first is the pack. Built-in rules: `house-key`, and with `generic-secret-assignment` its namesake. */
async function load(files: Record<string, string>): Promise<LoadedRules> {
  const root = await freshFolder();
  const house = { id: 'house-key', title: 'House key', description: '', provider: '', kind: 'key', confidence: 'high' };
  const builtIn = ['house-key', 'generic-secret-assignment'].map((id, index) => ({
    ...{ ...house, id, severity: 'warning', keywords: [`house${index}_`], pattern: `house${index}_([a-z0-9]{6})` },
    ...{ context: [], report: true, expires: '', rotate: '', documentation: '', foreign: false },
  }));
  await writeFiles(root, { ...files, 'asset/rules.json': JSON.stringify(builtIn) });
  const [pack = ''] = Object.keys(files);
  return loadRules(join(root, 'asset', 'rules.json'), { ...defaultSettings, rulePacks: [pack] }, root, true);
}

/** A pack (and what it extends), the problems that it must have as `line: start of message`, and marked texts by path. */
async function check(
  pack: string | Record<string, string>,
  texts: Record<string, string>,
  problems: readonly string[] = [],
): Promise<void> {
  const loaded = await load(typeof pack === 'string' ? { '.gitleaks.toml': pack } : pack);
  const shown = loaded.problems.map(({ start, message }) => `${start.line + 1}: ${message}`);
  assert.equal(shown.length, problems.length, shown.join('\n'));
  problems.forEach((problem, index) => {
    assert.ok(shown[index]?.startsWith(problem), `${shown[index]} should start with ${problem}`);
  });
  const detector = compileRules(loaded.set.rules, plainHost, loaded.set.exceptions);
  for (const [path, text] of Object.entries(texts))
    assert.equal(marked(detector.detect({ text: unmarked(text), path })), text, path);
}

const acme = `[[rules]]
id = "acme"
regex = '''acme_([a-z0-9]{6})'''
keywords = ["ACME_"]
`;

describe('gitleaks configurations', () => {
  test('regex, groups, keywords, entropy, path', async () => {
    await check(acme, { 'a.ini': 'k = acme_«x1y2z3»' });
    await check(`${acme}secretGroup = 1\nentropy = 2.5`, { 'a.ini': 'acme_«x1y2z3» acme_aabbaa' });
    // More than the entropy, not at least: four letters twice have 2 bits each.
    await check(`${acme}entropy = 1`, { 'a.ini': 'acme_ababab acme_«abcabc»' });
    await check(`${acme}path = '''(?i)\\.tf$'''`, { 'a.ini': 'acme_x1y2z3', 'x/MAIN.TF': 'acme_«x1y2z3»' });
    await check(`[[rules]]\nid="two"\nregex='''(k)=(\\w{5})'''\nsecretGroup=2`, { a: 'k=«abcde»' });
    await check(`[[rules]]\nid="far"\nregex='''\\b[a-f0-9]{8}\\b'''\nkeywords=["acme"]`, {
      a: `acme ${'\n'.repeat(3000)} «0a1b2c3d»`,
      b: '0a1b2c3d',
    });
    // The case of gitleaks' own keys does not matter.
    await check(`[[Rules]]\nID = "acme"\nRegex = '''(acme)_([a-z0-9]{6})'''\nSECRETGROUP = 2`, { a: 'acme_«x1y2z3»' });
  });

  test('allowlists of a rule: conditions and targets', async () => {
    const list = (lines: string) => `${acme}[[rules.allowlists]]\n${lines}`;
    await check(list(`regexes = ['''^x''']`), { a: 'acme_x1y2z3 acme_«a1b2c3»' });
    await check(list(`regexTarget = "match"\nregexes = ['''^acme_x''']`), { a: 'acme_x1y2z3 acme_«a1b2c3»' });
    await check(list(`regexTarget = "line"\nregexes = ['''--mount''']`), { a: '--mount acme_x1y2z3\nacme_«x1y2z3»' });
    await check(list(`stopwords = ["Y2"]`), { a: 'acme_x1y2z3 acme_«a1b2c3»' });
    await check(list(`paths = ['''^test/''']\nstopwords = ["y2"]`), { 'test/a': 'acme_a1b2c3', b: 'acme_x1y2z3' });
    await check(list(`condition = "AND"\npaths = ['''^test/''']\nstopwords = ["y2"]`), {
      'test/a': 'acme_«a1b2c3» acme_x1y2z3',
      b: 'acme_«x1y2z3»',
    });
    // A flag holds for the patterns after it: gitleaks joins them.
    await check(list(`regexes = ['''(?i)^q''', '''^X''']`), { a: 'acme_x1y2z3 acme_«a1b2c3»' });
    await check(`${acme}[rules.allowlist]\nregexes = ['''^x''']`, { a: 'acme_x1y2z3 acme_«a1b2c3»' });
    await check(list(`commits = ["abc"]`), { a: 'acme_«x1y2z3»' }, ['6: A commit says nothing']);
    await check(list(`description = "none"`), { a: 'acme_«x1y2z3»' }, ['5: An allowlist names']);
    await check(list(`condition = "XOR"\nregexes = ["x"]`), { a: 'acme_«x1y2z3»' }, ['6: `condition` is']);
    await check(list(`regexTarget = "file"\nregexes = ["x"]`), { a: 'acme_«x1y2z3»' }, ['6: `regexTarget` is']);
    await check(list(`regexes = [\n  'ok',\n  '(?=x)',\n]`), { a: 'acme_«x1y2z3»' }, ['6: This pattern is not RE2']);
  });

  test('allowlists of the configuration', async () => {
    const other = acme.replaceAll('acme', 'other').replace('ACME', 'OTHER');
    const text = 'acme_x1y2z3 other_x1y2z3 house0_«x1y2z3»';
    await check(`${acme}${other}[[allowlists]]\nregexes = ['''^x''']`, { a: text });
    await check(`${acme}${other}[allowlist]\nstopwords = ["y2"]`, { a: text });
    await check(`${acme}${other}[[allowlists]]\ntargetRules = ["other"]\nregexes = ['''^x''']`, {
      a: 'acme_«x1y2z3» other_x1y2z3 house0_«x1y2z3»',
    });
    await check(`${acme}[[allowlists]]\ntargetRules = ["gone"]\nregexes = ['''^x''']`, { a: 'acme_«x1y2z3»' }, [
      '6: There is no rule `gone`',
    ]);
  });

  test('the defaults are our own rules, and what a file says of the defaults holds for them', async () => {
    const extend = '[extend]\nuseDefault = true\n';
    const text = 'house0_«x1y2z3» house1_«x1y2z3»';
    await check(extend, { a: text });
    await check(`${extend}[[allowlists]]\npaths = ['''^vendor/''']`, { a: text, 'vendor/a': unmarked(text) });
    await check(`${extend}disabledRules = ["generic-api-key"]`, { a: 'house0_«x1y2z3» house1_x1y2z3' });
    await check(`${extend}[[rules]]\nid = "generic-api-key"\n[[rules.allowlists]]\nregexes = ['''^x''']`, {
      a: 'house0_«x1y2z3» house1_x1y2z3 house1_«a1b2c3»',
    });
    await check(`${extend}[[rules]]\nid = "no-such-rule"\nentropy = 3`, { a: text }, ['3: No rule of ours stands for']);
  });

  test('an imported rule takes no place of ours', async () => {
    const loaded = await load({ 'a.toml': acme.replaceAll('"acme"', '"house-key"') });
    assert.deepEqual(
      loaded.set.rules.map(rule => rule.id),
      ['house-key', 'generic-secret-assignment', 'gitleaks.house-key'],
    );
    assert.deepEqual(loaded.problems, []);
  });

  test('files that extend each other', async () => {
    const base = `${acme}entropy = 2.5\n[[rules.allowlists]]\nregexes = ['''^q''']\n`;
    const child = `[extend]\npath = "base.toml"\n`;
    const own = `[[rules]]\nid = "acme"\n[[rules.allowlists]]\nregexes = ['''^x''']\n`;
    const text = 'acme_x1y2z3 acme_q1y2z3 acme_«a1b2c3»';
    await check({ 'a.toml': child + own, 'base.toml': base }, { a: text });
    await check({ 'conf/a.toml': child + own, 'conf/base.toml': base }, { a: text });
    await check({ 'a.toml': `${child}disabledRules = ["acme"]`, 'base.toml': base }, { a: unmarked(text) });
    await check({ 'a.toml': child, 'base.toml': base.replace('regex', 'rogex') }, { a: unmarked(text) }, [
      '3: `rogex` is not known',
      '1: A rule needs a `regex`',
    ]);
    await check({ 'a.toml': child.replace('base', 'a') }, {}, ['2: It extends itself']);
    await check({ 'a.toml': child, 'base.toml': child.replace('base', 'a') }, {}, ['2: It extends itself']);
    await check({ 'a.toml': child }, {}, ['2: The file that it extends does not exist']);
    await check({ 'a.toml': child.replace('base', '../base') }, {}, ['2: ../base.toml stands outside']);
    await check({ 'a.toml': child.replace('base.toml', '/etc/passwd') }, {}, ['2: /etc/passwd is an absolute path']);
    await check({ 'a.toml': `${child}useDefault = true`, 'base.toml': base }, {}, [
      '2: `path` and `useDefault` exclude',
    ]);
    await check({ 'a.toml': `[extend]\nurl = "https://example.org/x.toml"\n${acme}` }, { a: 'acme_«x1y2z3»' }, [
      '2: Nothing is fetched',
    ]);
  });

  test('what is extended through a link stays unread', { skip: process.platform === 'win32' }, async () => {
    const root = await freshFolder();
    const outside = await freshFolder();
    await writeFile(join(outside, 'base.toml'), acme);
    await writeFile(join(root, 'a.toml'), '[extend]\npath = "base.toml"');
    await writeFile(join(root, 'rules.json'), '[]');
    await symlink(join(outside, 'base.toml'), join(root, 'base.toml'));
    const loaded = await loadRules(join(root, 'rules.json'), { ...defaultSettings, rulePacks: ['a.toml'] }, root, true);
    assert.deepEqual(loaded.set.rules, []);
    assert.match(loaded.problems[0]?.message ?? '', /leads out of the workspace folder/);
  });

  test('composite rules', async () => {
    const rules = (required: string) =>
      `${acme}[[rules.required]]\n${required}\n[[rules]]\nid = "part"\nregex = '''part_[a-z0-9]{4}'''\nskipReport = true\n`;
    await check(rules('id = "part"'), { a: 'acme_«x1y2z3»\n\n\n   part_a1b2', b: 'acme_x1y2z3' });
    await check(rules('id = "part"\nwithinLines = 1'), {
      a: 'acme_«x1y2z3»\npart_a1b2',
      b: 'acme_x1y2z3\n\npart_a1b2',
    });
    await check(rules('id = "part"\nwithinColumns = 2'), {
      a: 'acme_«x1y2z3»\n  part_a1b2',
      b: 'acme_x1y2z3\n   part_a1b2',
    });
    await check(rules('id = "gone"'), { a: 'acme_x1y2z3 part_a1b2' }, ['5: This required rule does not exist']);
    await check(
      acme.replace('id =', 'components = [{ id = "part", within = "1L" }]\nid =') +
        rules('id = "part"').slice(rules('id = "part"').indexOf('[[rules]]', 5)),
      {
        a: 'acme_«x1y2z3»\npart_a1b2',
        b: 'acme_x1y2z3\n\npart_a1b2',
      },
    );
  });

  test('filters of Betterleaks: alternatives of entropy, patterns and words', async () => {
    const filter = (text: string) => `${acme}filter = '''\n${text}\n'''`;
    await check(filter('entropy(finding["secret"]) <= 2'), { a: 'acme_aabbaa acme_«x1y2z3»' });
    await check(filter('filter.entropy(finding.secret) < 1.0'), { a: 'acme_aaaaaa acme_«ababab»' });
    await check(filter('(entropy(finding["secret"]) <= 1)\n|| matchesAny(finding["secret"], [`^x(1|2)`, "^q"])'), {
      a: 'acme_aaaaaa acme_x1y2z3 acme_«a1b2c3»',
    });
    await check(
      filter('containsAny(finding["secret"], ["Y2"]) || matchesAny(get(attributes, "path", ""), [`^test/`])'),
      { a: 'acme_x1y2z3 acme_«a1b2c3»', 'test/a': 'acme_a1b2c3' },
    );
    await check(filter('matchesAny((attributes["path"] ?? ""), [`^t`]) && matchesAny(finding["line"], [`skip`])'), {
      t: 'acme_x1y2z3 skip\nacme_«x1y2z3»',
      a: 'acme_«x1y2z3» skip',
    });
    const left = '5: Parts of this filter have no counterpart';
    await check(
      filter('failsTokenEfficiency(finding["secret"]) || matchesAny(finding["match"], [`_x`])'),
      { a: 'acme_x1y2z3 acme_«a1b2c3»' },
      [left],
    );
    for (const odd of [
      '!matchesAny(finding["secret"], [`x`])',
      'let a = 1; a',
      'matchesAny(finding["secret"], [a])',
      '((',
      '`',
      '',
    ])
      await check(filter(odd), { a: 'acme_«x1y2z3»' }, [left]);
    await check(
      `prefilter = 'matchesAny(attributes["path"], [\`^test/\`])'\nfilter = 'containsAny(finding["secret"], ["y2"])'\n${acme}`,
      {
        a: 'acme_x1y2z3 acme_«a1b2c3» house0_«x1y2z3»',
        'test/a': 'acme_a1b2c3',
      },
    );
  });

  test('what is wrong is said at its line; the rest counts', async () => {
    await check(`${acme}[[rules]]\nid = "bad"\nregex = '''a(?!b)'''`, { a: 'acme_«x1y2z3»' }, [
      '7: This pattern is not RE2 syntax: look-ahead',
    ]);
    await check(`${acme}colour = "red"`, { a: 'acme_«x1y2z3»' }, ['5: `colour` is not known']);
    await check(`${acme}[[rules]]\nid = "file"\npath = '''\\.p12$'''`, { a: 'acme_«x1y2z3»' }, [
      '5: A rule with a `path` alone',
    ]);
    await check(`${acme}[[rules]]\nregex = "abc"`, { a: 'acme_«x1y2z3»' }, ['5: A rule needs an `id`']);
    await check(`${acme}[[rules]]\nid = "acme"\nregex = '''acme-([a-z0-9]{6})'''`, { a: 'acme-«x1y2z3»' }, [
      '5: Another rule has the id',
    ]);
    await check('rules = [\n  { id = "x"', {}, ['2: This is not valid TOML']);
    await check(
      '\uFEFF# remark\r\n[[rules]]\r\nid = "acme"\r\nregex = """acme_([a-z0-9]{6})"""\r\nentropy = "x"\r\n',
      {
        a: 'acme_«x1y2z3»',
      },
      ['5: An `entropy` is a number'],
    );
    await check('rules = 7\nallowlist = [1, "a"]\nextend = "x"', {}, [
      '1: A rule needs an `id`',
      '2: An allowlist names',
      '2: An allowlist names',
    ]);
  });
});

describe('rules of Kingfisher', () => {
  const kingfisher = (lines: string) => ({
    'rules.yml': `rules:\n  - name: Acme key\n    id: kingfisher.acme.1\n    pattern: |\n      (?xi)  # remark\n      acme [_] (?: key | token ) = ( [a-z0-9]{6} ) \\b\n    min_entropy: 1.5\n    confidence: medium\n${lines}`,
  });

  test('patterns with free spacing, entropy, confidence', async () => {
    await check(kingfisher('    references: [x, "https://example.org/acme"]\n'), {
      a: 'ACME_key=«x1y2z3» acme_token=aaaaaa',
    });
    const { set } = await load(kingfisher('    references: [x, "https://example.org/acme"]\n'));
    const rule = set.rules.at(-1);
    assert.deepEqual(
      [rule?.id, rule?.title, rule?.confidence, rule?.documentation],
      ['kingfisher.acme.1', 'Acme key', 'medium', 'https://example.org/acme'],
    );
  });

  test('what a value must hold and what it must not', async () => {
    const text = 'acme_key=«x1y2z3» acme_key=xayz23 acme_key=xyzabc';
    await check(kingfisher('    pattern_requirements: { min_digits: 3 }\n'), { a: text });
    await check(kingfisher('    pattern_requirements: { min_digits: 2, min_uppercase: 1 }\n'), {
      a: 'acme_key=x1y2z3 acme_key=«X1y2z3»',
    });
    await check(kingfisher('    pattern_requirements: { ignore_if_contains: [Y2] }\n'), {
      a: 'acme_key=x1y2z3 acme_key=«x1z2y3»',
    });
  });

  test('what does not map is said at its line', async () => {
    await check(kingfisher('    validation:\n      type: Http\n'), { a: 'acme_key=«x1y2z3»' }, [
      '9: Nothing is sent to a provider',
    ]);
    await check(kingfisher('    pattern_requirements:\n      checksum: { actual: x }\n'), { a: 'acme_key=«x1y2z3»' }, [
      '10: This checksum is not computed',
    ]);
    await check({ 'r.yml': 'rules:\n  - id: a\n    name: A\n    visible: false\n    pattern: "(?=x)"\n' }, {}, [
      '5: This pattern is not RE2 syntax',
    ]);
  });
});

describe('configurations of secretlint', () => {
  const config = (...rules: readonly unknown[]) => ({ '.secretlintrc.json': JSON.stringify({ rules }, undefined, 1) });
  const id = (name: string) => `@secretlint/secretlint-rule-${name}`;

  test('patterns of its own, with globs and what they allow', async () => {
    const patterns = [{ name: 'my key', patterns: ['/acme_[a-z0-9]{6}/i', 'plain.text'], filePathGlobs: ['**/*.env'] }];
    await check(config({ id: id('pattern'), options: { patterns, allows: ['/x1y2/', 'acme_zzzzzz'] } }), {
      'a.env': '«ACME_a1b2c3» acme_x1y2z3 acme_zzzzzz «plain.text» plainxtext',
      'a.txt': 'acme_a1b2c3 plain.text',
    });
  });

  test('what it allows and switches off of its packages holds for our rules', async () => {
    const text = 'house0_«x1y2z3» house1_«x1y2z3»';
    await check(config({ id: id('preset-recommend') }), { a: text });
    await check(config({ id: id('preset-recommend'), options: { allows: ['/^x1/'] } }), { a: unmarked(text) });
    await check(config({ id: id('preset-recommend'), rules: [{ id: id('house'), options: { allows: ['/^x1/'] } }] }), {
      a: 'house0_x1y2z3 house1_«x1y2z3»',
    });
    await check(config({ id: id('house'), disabled: true }), { a: 'house0_x1y2z3 house1_«x1y2z3»' });
  });

  test('what does not map is said at its line', async () => {
    await check(config({ id: id('house'), allowMessageIds: ['X'] }), { a: 'house0_«x1y2z3»' }, [
      '5: Messages of secretlint',
    ]);
    await check(config({ id: id('pattern'), options: { patterns: [{ name: 'x', pattern: '/a(?!b)/' }] } }), {}, [
      '9: This pattern is not RE2 syntax',
    ]);
    await check(config({ id: id('house') }, { id: 'my-own-rule' }), { a: 'house0_«x1y2z3»' }, [
      '7: No rule of ours stands for',
    ]);
  });
});

test('the rules that stand for those of gitleaks are there', () => {
  const folder = join(import.meta.dirname, '..', '..', 'rules');
  const texts = readdirSync(folder).map(name => readFileSync(join(folder, name), 'utf8'));
  const ours = new Set(
    texts.flatMap(text => Array.from(text.matchAll(/^ {2}- id: (\S+)$/gm), match => match[1] ?? '')),
  );
  assert.ok(ours.size > 800);
  assert.deepEqual(
    [...standIns].filter(id => !ours.has(id)),
    [],
  );
});

test('any value is translated, and any text placed, without a throw', () => {
  const names = { namesOf: (id: string) => [id], isTaken: (id: string) => id.length % 2 === 0 };
  const keys = [
    ...[
      'id',
      'rules',
      'regex',
      'path',
      'allowlists',
      'regexes',
      'paths',
      'stopwords',
      'required',
      'extend',
      'condition',
    ],
    ...[
      'pattern',
      'min_entropy',
      'pattern_requirements',
      'depends_on_rule',
      'options',
      'patterns',
      'allows',
      '__proto__',
    ],
  ];
  const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constantFrom('a', '(', 'OR'));
  const { value } = fc.letrec(tie => ({
    value: fc.oneof({ maxDepth: 5 }, leaf, fc.array(tie('value'), { maxLength: 4 }), tie('map')),
    map: fc.dictionary(fc.constantFrom(...keys), tie('value'), { maxKeys: 5 }),
  }));
  const rule = fc.record({ id: value, regex: value, path: value, allowlists: value, required: value, options: value });
  fc.assert(
    fc.property(value, fc.array(rule, { maxLength: 3 }), fc.string({ unit: 'binary' }), (any, rules, text) => {
      const inputs = [any, { rules, allowlists: any, extend: { useDefault: true, disabledRules: any } }];
      for (const input of inputs) {
        const translated = [
          translateGitleaks([input, any], names),
          translateKingfisher(input, names.isTaken),
          translateSecretlint(input),
        ];
        for (const { pack, origin } of translated)
          for (const { path } of readRulePack(pack, true).problems) assert.ok(Array.isArray(origin(path).path));
      }
      const [start, end] = tomlPlaces(`[a]\n${text}\nb = "${text}"`)(['a', 'b']);
      assert.ok(start >= 0 && end > start);
    }),
    { seed: 20_261_125, numRuns: 400 },
  );
});
