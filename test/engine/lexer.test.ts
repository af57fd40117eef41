import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Source } from '../../server/engine/detector.ts';
import { syntaxes } from '../../server/engine/languages.ts';
import { assignmentsAt, languageOf, literalValue, placeOf } from '../../server/engine/lexer.ts';
import { hostileTexts } from '../support/hostileTexts.ts';

/** `«value»` marked in a text, and what its place is said to be. */
function described(path: string, marked: string): string {
  const start = marked.indexOf('«');
  const end = marked.indexOf('»') - 1;
  const source: Source = { path, text: marked.replace(/[«»]/g, '') };
  const place = placeOf(source, start, end);
  const flags = [
    place.comment ? 'comment' : '',
    place.compared ? 'compared' : '',
    place.literal ? `${place.literal.prefix}${place.literal.quote}` : 'bare',
  ];
  const callee = place.callee === '' ? '' : `${place.callee}(${place.argument})`;
  return [place.assigned, callee, ...flags].filter(part => part !== '').join(' ');
}

/** The assignments of the marked text's first marked line (`»` marks the line to ask about). */
function checkAssignments(path: string, text: string, expected: readonly string[]): void {
  const source: Source = { path, text };
  const found = assignmentsAt(source, text.lastIndexOf('\n') < 0 ? 0 : text.lastIndexOf('\n') + 1).map(
    ({ name, nameStart, nameEnd, valueStart, valueEnd, literal }) => {
      assert.ok(
        name.endsWith(text.slice(nameStart, nameEnd)) ||
          name.toLowerCase() === text.slice(nameStart, nameEnd).toLowerCase(),
        `${name} at ${text.slice(nameStart, nameEnd)}`,
      );
      return `${name}=${text.slice(valueStart, valueEnd)}${literal ? '' : ' (bare)'}`;
    },
  );
  assert.deepEqual(found, expected, `${path}: ${text}`);
}

const places: readonly (readonly [string, readonly (readonly [string, string])[]])[] = [
  [
    'a.ts',
    [
      ['const NAME = "«v»";', 'NAME "'],
      ["let name: string = '«v»'", "name '"],
      ['const m: Map<string, string> = "«v»"', 'm "'],
      ['stripe.apiKey = `«v»`', 'stripe.apiKey `'],
      ['this.password = "«v»"', 'password "'],
      ['obj["NAME"] = "«v»"', 'obj.NAME "'],
      ['const c = { db: { password: "«v»" } }', 'c.db.password "'],
      ['const c = { "my-key": "«v»" }', 'c.my-key "'],
      ['new Client({ user: "u", password: "«v»" })', 'password Client(0) "'],
      ['const c = new Client({ password: "«v»" })', 'password Client(0) "'],
      ['client.setPassword("«v»")', 'password client.setPassword(0) "'],
      ['builder.password("«v»").build()', 'password builder.password(0) "'],
      ['headers.set("X-API-Key", "«v»")', 'X-API-Key headers.set(1) "'],
      ['jwt.sign(payload, "«v»")', 'jwt.sign(1) "'],
      ['const x = process.env.NAME || "«v»"', 'NAME "'],
      ['const x = options.key ?? "«v»"', 'x "'],
      ['if (password === "«v»") {}', 'password compared "'],
      ['if ("«v»" === password) {}', 'password compared "'],
      ['function f(a: number, password = "«v»") {}', 'password f(1) "'],
      ['class A { static #NAME = "«v»" }', 'NAME "'],
      ['class A { private readonly key: string = "«v»" }', 'key "'],
      ['const keys = ["a", "«v»"]', 'keys "'],
      ['const url = "postgres://u:«v»@h/db"', 'url "'],
      ['const url = `postgres://u:«v»@${host}/db`', 'url `'],
      ['const a = "x" + "«v»"', 'a "'],
      ['const a = on ? "x" : "«v»"', 'a "'],
      ['const a = Buffer.from("«v»", "hex")', 'a "'],
      ['// const NAME = "«v»"', 'NAME comment bare'],
      ['const a = /"/; const b = "«v»"', 'b "'],
      ['const a = `${f({ key: "«v»" })}`', 'key f(0) "'],
      [
        'axios.defaults.headers.common["Authorization"] = "Bearer «v»"',
        'axios.defaults.headers.common.Authorization "',
      ],
    ],
  ],
  [
    'a.tsx',
    [
      ['const a = <Comp apiKey="«v»" b={c} />', 'apiKey "'],
      ['const a = <p>Don\'t</p>; const b = "«v»"', 'b "'],
    ],
  ],
  [
    'a.py',
    [
      ['NAME = "«v»"', 'NAME "'],
      ['NAME: str = "«v»"', 'NAME "'],
      ["self.name = b'«v»'", "name b'"],
      ['d = {"NAME": "«v»"}', 'd.NAME "'],
      ['d = dict(NAME="«v»")', 'NAME dict(0) "'],
      ['def f(a: int, password: str = "«v»"):', 'password f(1) "'],
      ['os.environ["NAME"] = "«v»"', 'NAME "'],
      ['x = os.getenv("NAME", "«v»")', 'NAME os.getenv(1) "'],
      ['x = """«v»"""', 'x """'],
      ['x = r"""«v»"""', 'x r"""'],
      ['x = f"{a}«v»"', 'x f"'],
      ['x = ("a"\n     "«v»")', 'x "'],
      ['# x = "a\ny = "«v»"', 'y "'],
      ['requests.get(url, auth=("user", "«v»"))', 'auth requests.get(1) "'],
      ['if password != "«v»":', 'password compared "'],
    ],
  ],
  [
    'a.go',
    [
      ['name := "«v»"', 'name "'],
      ['var name string = "«v»"', 'name "'],
      ['const (\n\tName = "«v»"\n)', 'Name "'],
      ['const (\n\tName string = `«v»`\n)', 'Name `'],
      ['x := Config{Password: "«v»"}', 'x.Password "'],
      ['m := map[string]string{"NAME": "«v»"}', 'm.NAME "'],
      ['key := []byte("«v»")', 'key "'],
      ['req.Header.Set("Authorization", "Bearer «v»")', 'Authorization req.Header.Set(1) "'],
      ['req.SetBasicAuth("user", "«v»")', 'req.SetBasicAuth(1) "'],
    ],
  ],
  [
    'A.java',
    [
      ['private static final String NAME = "«v»";', 'NAME "'],
      ['char[] p = "«v»".toCharArray();', 'p "'],
      ['map.put("NAME", "«v»");', 'NAME map.put(1) "'],
      ['c.setPassword("«v»");', 'password c.setPassword(0) "'],
      ['if ("«v»".equals(password)) {}', 'password compared "'],
      ['if (password.equals("«v»")) {}', 'password password.equals(0) compared "'],
      ['String p = """\n    «v»\n    """;', 'p """'],
      ['DriverManager.getConnection(url, "user", "«v»");', 'DriverManager.getConnection(2) "'],
    ],
  ],
  [
    'a.cs',
    [
      ['var x = @"«v»";', 'x @"'],
      ['public string Name { get; set; } = "«v»";', 'Name "'],
      ['new Foo { Name = "«v»" }', 'Name "'],
      ['f(name: "«v»")', 'name f(0) "'],
    ],
  ],
  [
    'a.rb',
    [
      ['NAME = "«v»"', 'NAME "'],
      ["{ :name => '«v»' }", "name '"],
      ['ENV.fetch("NAME") { "«v»" }', '"'],
      ['x = <<~EOS\n  «v»\nEOS\n', 'x <<EOS'],
      ['config.password = %q(«v»)', 'config.password %q)'],
    ],
  ],
  [
    'a.php',
    [
      ['<p>don\'t</p><?php $name = "«v»";', 'name "'],
      ['<?php define("NAME", "«v»");', 'NAME define(1) "'],
      ["<?php $this->name = '«v»';", "name '"],
      ['<?php $a = ["name" => "«v»"];', 'a.name "'],
    ],
  ],
  [
    'a.rs',
    [
      ['let name = r#"«v»"#;', 'name r"#'],
      ['fn f<\'a>(x: &\'a str) { g("«v»") }', 'g(0) "'],
      ['const NAME: &str = "«v»";', 'NAME "'],
    ],
  ],
  [
    'a.c',
    [
      ['const char name[] = "«v»";', 'name "'],
      ['#define NAME "«v»"', 'NAME "'],
    ],
  ],
  [
    'a.kt',
    [
      ['const val NAME: String = "«v»"', 'NAME "'],
      ['f(name = "«v»")', 'name f(0) "'],
    ],
  ],
  [
    'a.lua',
    [
      ['local name = [[«v»]]', 'name ]]'],
      ['local t = { name = "«v»" }', 't.name "'],
    ],
  ],
  [
    'a.sql',
    [
      ["CREATE USER u IDENTIFIED BY '«v»'", "password '"],
      ["ALTER ROLE u PASSWORD '«v»'", "PASSWORD '"],
    ],
  ],
  [
    'a.sh',
    [
      ['NAME=«v»', 'NAME'],
      ['export NAME="«v»"', 'NAME "'],
      ["export NAME='«v»'", "NAME '"],
      ['x=${NAME:-«v»}', 'NAME'],
      ['curl -u user:«v» https://h', 'u curl(-1)'],
      ['curl -H "Authorization: Bearer «v»"', 'H curl(-1) "'],
      ['mysql --password=«v»', 'password mysql(-1)'],
      ['cat <<EOF\nPASSWORD=«v»\nEOF\n', 'PASSWORD <<EOF'],
      ["# it's\nNAME=«v»", 'NAME'],
      ['if [ "$PASSWORD" = "«v»" ]; then', 'PASSWORD [(-1) compared "'],
    ],
  ],
  [
    '.env',
    [
      ['NAME=«v»', 'NAME'],
      ['export NAME="«v»" # it\'s', 'NAME "'],
      ["A='1'\nB='«v»'", "B '"],
    ],
  ],
  [
    'a.yml',
    [
      ['services:\n  db:\n    environment:\n      PASSWORD: «v»', 'services.db.environment.PASSWORD'],
      ['env:\n  - name: NAME\n    value: "«v»"', 'env.NAME "'],
      ['env:\n- name: A\n  value: x\n- name: B\n  value: «v»', 'env.B'],
      ['a: {b: «v»}', 'a.b'],
      ['environment:\n  - NAME=«v»', 'environment'],
      ['run: |\n  export NAME=«v»\n', 'NAME |'],
      ["a: 'it''s' # don't\nb: '«v»'", "b '"],
    ],
  ],
  [
    'a.json',
    [
      ['{"a": {"b": "«v»"}}', 'a.b "'],
      ['[{"name": "N", "value": "«v»"}]', 'N "'],
      ['{"a": ["x", "«v»"]}', 'a "'],
    ],
  ],
  [
    'a.toml',
    [
      ['[db]\npassword = "«v»"', 'password "'],
      ['a = { b = "«v»" }', 'a.b "'],
    ],
  ],
  [
    'a.properties',
    [
      ['a.password=«v»', 'a.password'],
      ['a.b \\\n  = x\nc: «v»', 'c'],
    ],
  ],
  [
    'a.ini',
    [
      ['[db]\npassword = «v»', 'db.password'],
      ['requirepass «v»', 'requirepass'],
    ],
  ],
  [
    'a.xml',
    [
      ['<a><password>«v»</password></a>', 'password'],
      ['<add key="name" value="«v»"/>', 'name "'],
      ['<string name="api_key">«v»</string>', 'api_key'],
      ['<dict><key>k</key><string>«v»</string></dict>', 'k'],
      ['<u password="«v»"/>', 'password "'],
    ],
  ],
  [
    'a.html',
    [
      ['<script>const name = "«v»"</script>', 'name "'],
      ['<input name="token" value="«v»">', 'token "'],
    ],
  ],
  ['a.tf', [['variable "x" {\n  default = "«v»"\n}', 'default "']]],
  [
    'a.md',
    [
      ['password: "«v»"', 'password "'],
      ['set `API_KEY=«v»` now', 'API_KEY `'],
    ],
  ],
  [
    'Dockerfile',
    [
      ['ENV NAME «v»', 'NAME'],
      ['ENV NAME=«v»', 'NAME'],
    ],
  ],
];

for (const [path, cases] of places) {
  test(`says what surrounds a value in ${path}`, () => {
    assert.deepEqual(
      cases.map(([marked]) => [marked, described(path, marked)]),
      cases,
      path,
    );
  });
}

test('finds the assignments of a line', () => {
  checkAssignments('a.js', 'a({ user: "u", password: "v" })', ['user=u', 'password=v']);
  checkAssignments('a.js', 'const token = getToken()', ['token=getToken() (bare)']);
  checkAssignments('a.py', '# NAME = "v"', ['NAME=v (bare)']);
  checkAssignments('a.sh', 'A=1 mysql --password v -u root', ['A=1', 'password=v', 'u=root']);
  checkAssignments('a.yml', 'a:\n  b: v', ['a.b=v']);
  checkAssignments('a.txt', 'password: hunter', ['password=hunter (bare)']);
});

test('gives names to values by position', () => {
  const both = ['id=v', 'key=w'];
  const cases: readonly (readonly [path: string, text: string, expected?: readonly string[]])[] = [
    ['a.go', 'func main() {\n\tid, key := "v", "w"'],
    ['a.go', 'var id, key string = "v", "w"'],
    ['a.go', 'var (\n\tid, key = "v", "w"'],
    ['a.go', 'if id, key := "v", "w"; id != key {'],
    ['a.go', 'c.id, c.key = "v", "w"', ['c.id=v', 'c.key=w']],
    ['a.go', 'key, err := f("v"), "w"', ['err=f("v") (bare)', 'err=w']],
    ['a.py', 'id, key = "v", "w"'],
    ['a.py', '(id, key) = ("v", "w")'],
    ['a.py', 'id, key = [\n  "v", "w"'],
    ['a.py', 'self.id, self.key = "v", "w"'],
    ['a.py', 'connect(\n  host, key="w", user=a', ['key=w', 'user=a (bare)']],
    ['a.js', 'const [id, key] = ["v", "w"];'],
    ['a.js', 'const id = "v", key = "w";'],
    ['a.js', 'f(([id, key = "w"]) => 1)', ['key=w']],
    ['a.ts', 'const [id, key]: [string, string] = ["v", "w"];'],
    ['a.rb', '@id, @key = "v", "w"'],
    ['a.lua', 'local id, key = "v", "w"'],
    ['a.pl', 'my ($id, $key) = ("v", \'w\');'],
    ['a.php', '<?php\n[$id, $key] = ["v", "w"];'],
    ['a.php', '<?php\nlist($id, $key) = array("v", "w");'],
    ['a.swift', 'let (id, key): (String, String) = ("v", "w")'],
    ['a.rs', 'let (id, mut key) = ("v", "w");'],
    ['a.scala', 'val (id, key) = ("v", "w")'],
    ['a.kt', 'val (id, key) = Pair("v", "w")'],
    ['a.cs', '(string id, var key) = ("v", "w");'],
    ['a.ex', '{id, key} = {"v", "w"}'],
    ['a.ps1', '$id, $key = "v", "w"'],
  ];
  for (const [path, text, expected] of cases) checkAssignments(path, text, expected ?? both);
});

test('undoes the escapes of each language', () => {
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ['a.js', 'x = "«a\\x41\\u{42}\\\n\\q»"', 'aABq'],
    ['a.js', 'x = `«a${b}»`', undefined],
    ['a.py', 'x = "«a\\q\\x41»"', 'a\\qA'],
    ['a.py', 'x = r"«a\\q»"', 'a\\q'],
    ['a.go', 'x := `«a\\n»`', 'a\\n'],
    ['a.go', 'x := "«\\u00e9\\n»"', 'é\n'],
    ['A.java', 'x = """\n    «a\n      b\\n\n    c\\\n    d»""";', undefined],
    ['a.sh', "x='«a\\n»'", 'a\\n'],
    ['a.sh', 'x="«a\\n\\$b»"', 'a\\n$b'],
    ['a.sh', "x=$'«a\\n»'", 'a\n'],
    ['a.sh', 'x=«a\\ b»', 'a b'],
    ['a.yml', "x: '«it''s»'", "it's"],
    ['a.yml', 'x: "«a\\tb»"', 'a\tb'],
    ['a.json', '{"x": "«\\u0041\\/»"}', 'A/'],
    ['a.cs', 'var x = @"«a""b»";', 'a"b'],
    ['a.xml', '<a b="«a&amp;b»"/>', 'a&b'],
  ];
  for (const [path, marked, expected] of cases) {
    const source = { path, text: marked.replace(/[«»]/g, '') };
    const place = placeOf(source, marked.indexOf('«'), marked.indexOf('»') - 1);
    assert.ok(place.literal, marked);
    if (!path.endsWith('.java')) assert.equal(literalValue(source, place.literal), expected, marked);
  }
  const block = { path: 'A.java', text: 'x = """\n    a\n      b\\n\n    c\\\n    d""";' };
  const { literal } = placeOf(block, 12, 13);
  assert.equal(literal && literalValue(block, literal), 'a\n  b\n\ncd');
  const scalar = { path: 'a.yml', text: 'k: |\n  a\n   b\nl: x' };
  const found = placeOf(scalar, 7, 8).literal;
  assert.equal(found && literalValue(scalar, found), 'a\n b\n');
});

test('knows a language by name, id and first line', () => {
  const cases: readonly (readonly [Source, string])[] = [
    [{ path: 'x/.env.local', text: '' }, 'dotenv'],
    [{ path: 'prod.env', text: '' }, 'dotenv'],
    [{ path: 'a/Dockerfile.dev', text: '' }, 'dockerfile'],
    [{ path: 'bin/run', text: '#!/usr/bin/env python3\n' }, 'python'],
    [{ path: 'bin/run', text: '#!/bin/sh\n' }, 'shell'],
    [{ path: 'Untitled-1', text: '', languageId: 'go' }, 'go'],
    [{ path: 'a.yml.example', text: '' }, 'yaml'],
    [{ path: 'a.unknown', text: '' }, 'text'],
  ];
  for (const [source, expected] of cases) assert.equal(languageOf(source).id, expected, source.path);
});

const pieces = fc.constantFrom(
  '"',
  "'",
  '`',
  '"""',
  "'''",
  '${',
  '}',
  '{',
  '(',
  ')',
  '[',
  ']',
  '#',
  '//',
  '/*',
  '*/',
  '\n',
  '\r\n',
  '\\',
  '=',
  ': ',
  'password',
  'r#"',
  '"#',
  '<<EOF',
  'EOF',
  '<',
  '>',
  '</a>',
  '<!--',
  '-->',
  '- ',
  '  ',
  '|',
  'é',
  '😀',
  '\ud800',
  '$x',
  '$(',
  '%q(',
  '[[',
  ']]',
  '--',
  '@"',
  'R"(',
  ')"',
  'a',
  ',',
  '?',
  '.',
  '+',
  '==',
  '<?php',
  '?>',
  '&',
);
const paths = syntaxes
  .map(syntax => `a${syntax.files[0] ?? ''}`)
  .map(path => (path.startsWith('a.') ? path : path.slice(1)));

test('no text makes it throw, and literals lie inside of it', () => {
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 60 }),
      fc.constantFrom(...paths, 'a.txt'),
      fc.nat(),
      (parts, path, at) => {
        const source = { path, text: parts.join('') };
        const start = at % (source.text.length + 1);
        const place = placeOf(source, start, start + 1);
        if (place.literal) {
          const { literal } = place;
          assert.ok(
            literal.start <= literal.contentStart &&
              literal.contentStart <= literal.contentEnd &&
              literal.contentEnd <= literal.end,
          );
          assert.ok(literal.start <= start && start < literal.end && literal.end <= source.text.length);
          literalValue(source, literal);
        }
        for (const { nameStart, nameEnd, valueStart, valueEnd } of assignmentsAt(source, start)) {
          assert.ok(0 <= nameStart && nameStart <= nameEnd && nameEnd <= source.text.length);
          assert.ok(0 <= valueStart && valueStart <= valueEnd && valueEnd <= source.text.length);
        }
      },
    ),
    { seed: 9, numRuns: 3000 },
  );
});

test('hostile texts are read to their end', () => {
  for (const path of paths) {
    for (const text of hostileTexts(24_000)) {
      const source = { path, text };
      assert.ok(placeOf(source, text.length - 1, text.length).argument >= -1);
      for (const { valueEnd } of assignmentsAt(source, text.length - 1)) assert.ok(valueEnd <= text.length);
    }
  }
});
