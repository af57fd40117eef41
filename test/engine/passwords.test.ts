import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { compileRules, type Finding } from '../../server/engine/detector.ts';
import { plainHost } from '../support/marked.ts';
import { ownRules } from '../support/ownRules.ts';
import { sample } from '../support/sample.ts';

const detector = compileRules(ownRules, plainHost);

/** What the cases' braces stand for: a password as people choose it, a word, and what a machine makes. */
const values: Readonly<Record<string, string>> = {
  human: ['Tr0ub4dor', '3'].join('!'),
  word: ['moon', 'flower'].join(''),
  another: ['password', 'x'].join('2'),
  random: sample('{A-Za-z0-9:32}', 4),
  hex: sample('{0-9a-f:40}', 4),
  digits: sample('{0-9:32}', 4),
  letters: sample('{A-Za-z:28}', 4),
  encoded: sample('{encode:{A-Za-z0-9:14}}', 4),
  encodedWord: btoa(['moon', 'flower'].join('')),
  pair: btoa(`ada:${['moon', 'flower'].join('')}`),
};

/** A text with `«»` around all that is reported by default; `{human}` and the like stand for values. */
function check(path: string, marked: string): readonly Finding[] {
  const full = marked.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  const text = full.replace(/[«»]/g, '');
  const findings = detector.detect({ text, path }).findings.filter(({ confidence }) => confidence !== 'low');
  const shown = [...findings]
    .reverse()
    .reduce((all, { start, end }) => `${all.slice(0, start)}«${all.slice(start, end)}»${all.slice(end)}`, text);
  assert.equal(shown, full, path);
  return findings;
}

/** By what the file is: path, then its cases. */
type Cases = readonly (readonly [path: string, ...cases: string[]])[];

function checkAll(cases: Cases): void {
  for (const [path, ...texts] of cases) for (const text of texts) check(path, text);
}

test('a password assigned to a name, in any language', () => {
  checkAll([
    [
      'a.js',
      'const password = "«{human}»";',
      "config.db.password ||= '«{human}»'",
      'let x = { dbPassword: `«{human}»` }',
    ],
    ['a.ts', 'private readonly smtpPassword: string = "«{human}»";', 'function f(password = "«{human}»") {}'],
    [
      'a.py',
      'DB_PASSWORD: str = "«{human}»"',
      'connect(host="db", password="«{human}»")',
      'd["password"] = "«{human}»"',
    ],
    [
      'a.go',
      'var password string = "«{human}»"',
      'c := Config{Password: "«{human}»"}',
      'os.Setenv("DB_PASSWORD", "«{human}»")',
    ],
    ['A.java', 'private static final String PASSWORD = "«{human}»";', 'props.setProperty("db.password", "«{human}»");'],
    ['a.cs', 'new Login { Password = "«{human}»" };', 'public string Password { get; set; } = "«{human}»";'],
    ['a.rb', "config.password = '«{human}»'", '{ :password => "«{human}»" }'],
    ['a.php', '<?php define("DB_PASSWORD", "«{human}»");', "<?php $db['password'] = '«{human}»';"],
    ['a.rs', 'let password: &str = "«{human}»";', 'Config { password: "«{human}»".to_string() }'],
    ['a.c', '#define WIFI_PASSWORD "«{human}»"', 'const char *password = "«{human}»";'],
  ]);
});

test('values without quotes, where a format has them', () => {
  checkAll([
    ['.env', 'DB_PASSWORD=«{human}»', 'DB_PASSWORD=«{word}»', 'API_TOKEN=«{letters}»'],
    ['a.properties', 'spring.datasource.password=«{word}»', 'a.token: «{random}»'],
    ['a.ini', '[db]\npassword = «{word}»'],
    ['a.yaml', 'db:\n  password: «{word}»', 'env:\n  - DB_USER=ada DB_PASSWORD=«{word}» DB_PORT=5432'],
    ['Dockerfile', 'ENV MYSQL_USER=ada \\\n    MYSQL_PASSWORD=«{word}»', 'ARG DB_PASSWORD=«{word}»'],
    ['a.sh', 'export DB_PASSWORD=«{word}»', 'DB_PASSWORD="«{word}»" ./run'],
    ['a.tf', 'password = "«{word}»"'],
    ['notes.md', 'ws://acme.org/connect?token=«{random}»', 'java -jar app.jar --sa.pwd=«{human}»'],
  ]);
});

test('a word is a password where a user name stands beside it', () => {
  const [finding] = check('a.js', 'connect({ host, user: "ada", password: "«{word}»" });');
  assert.deepEqual(
    finding?.parts.map(part => part.role),
    ['user'],
  );
  checkAll([
    ['a.js', 'auth: {\n  user: "ada",\n  pass: "«{word}»",\n}', 'user === "ada" && password === "«{word}»"'],
    ['A.java', 'private String username = "ada";\nprivate String password = "«{word}»";'],
    ['a.py', 'client = Client(username="ada", password="«{word}»")'],
    ['a.xml', '<username>ada</username>\n<password>«{word}»</password>'],
    ['a.json', '{ "name": "ada", "password": "«{word}»" }'],
  ]);
});

test('a word is none where nothing speaks for it', () => {
  checkAll([
    [
      'a.js',
      'const password = "{word}";',
      'const pass = "{word}"; render({ pass: "shadow" });',
      'if (typeof password === "function") {}',
    ],
    [
      'a.js',
      'const t = { user: "Benutzer", password: "Kennwort" };',
      'f({ user: "user_name", password: "user_password" })',
    ],
    ['A.java', 'String USER = "manager-dn"; String ATT_PASSWORD = "manager-password";'],
    ['A.java', 'String USER = "x"; String UPDATE_PASSWORD = "updatePasswordMessage";'],
    ['LocalStrings_ja.properties', 'realm.password=パスワード', 'getPassword=getPassword() メソッド'],
    ['locales/en.yml', 'password: {word}'],
    ['a.yaml', 'password:\n  from_secret: docker_password', 'password: "{{ db_password }}"', 'password: $DB_PASSWORD'],
    ['a.json', '{ "dumb-passwords": "^0.2.1", "set_password": "mdi:form-textbox-password" }'],
    ['a.py', 'f"-Dhttp.proxyPassword={proxy.password1}"', 'key=TYPE_AQI_PM25_24H,', 'password={another}'],
    ['a.go', 'import pwd "github.com/hashicorp/go-secure-stdlib/password"'],
    ['notes.md', 'password: %s%n%nThis is', 'pass --ask-password=false to it', '"PWD=(whatever);"'],
  ]);
});

test('a machine’s values: letters alone, digits alone, and what is none', () => {
  checkAll([
    ['a.py', 'discord_token = "«{digits}»"', 'client_secret = "«{letters}»"'],
    ['a.js', 'const timeoutKey = "e2bfb730-ecaa-11e6-8f88-34363bc7c4c0";', 'const token = "1477670400123";'],
  ]);
});

test('text within text: queries, lines of a log, comments, files in a string', () => {
  checkAll([
    [
      'A.java',
      'String body = "oauth_token=«{random}»&expires=1";',
      '/* try ws://localhost:8081/connect?token=«{random}» */',
    ],
    ['a.js', '/**\n *   TEST_PGPASSWORD=«{human}»\n */'],
    ['a.json', '{"config.ini": "ACME_TOKEN=«{random}»\\nBACKUP=true"}'],
    ['README.rst', '/tmp/example:2:password=«{random}»'],
    ['README.md', '```env\nAPP_PASSWORD=«{word}»\n```'],
    ['config.php', '$acmeToken .= "«{random}»"'],
    ['a.js', "process.env['PGPASSWORD'] = '«{word}»'"],
    ['a.txt', 'acme_TOKEN ?= "«{random}»"', 'acme_TOKEN :::= "«{random}»"'],
  ]);
});

test('an address of any scheme', () => {
  checkAll([
    ['a.go', 'dsn := "my://root:«{human}»@localhost"', 'dsn := "firebird://ada:«{word}»@localhost/db"'],
    ['a.go', 'u := "nats://user:pass@localhost"', 'u := "http://localhost:8080/a@b"', 'u := "my://root:%s@localhost"'],
    [
      'messages.po',
      'msgstr "driver://gebruikersnaam:wachtwoord@host:poort/db"',
      'msgstr "driver://konto:{word}@datenbank-host/db"',
    ],
    ['a.py', '"models://scope:{word}@databricks/model"', '"redis://ada:«{word}»@cache:6379/0"'],
  ]);
});

test('wherever people leave them: calls, commands, statements, files of settings', () => {
  const cases = readFileSync(join(import.meta.dirname, '../support/passwordCases.txt'), 'utf8')
    .trimEnd()
    .split('\n');
  for (const line of cases) {
    const at = line.indexOf(' ');
    check(line.slice(0, at), line.slice(at + 1).replaceAll('\\n', '\n'));
  }
});
