import type { RewriteCase } from '../rewritten.ts';
import { rewriteTable } from './script.ts';

const read = 'Objects.requireNonNull(System.getenv("API_KEY"), "API_KEY is not set")';

export const groovyCases: readonly RewriteCase[] = rewriteTable('a.groovy', [
  ['plain', '// Licence\n\ndef key = "«ab-12»"\nprintln key\n', `// Licence\n\ndef key = ${read}\nprintln key\n`],
  ['typed', "String key = '«ab-12»'\nprintln(key)\n", `String key = ${read}\nprintln(key)\n`],
  ['constant', 'class A {\n    static final String KEY = "«ab-12»"\n}\nprintln A.KEY\n'],
  ['default argument', 'def show(String key = "«ab-12»", other = 1) { key + other }\nprintln show()\n'],
  ['call without brackets', 'println "«ab-12»"\n', `println ${read}\n`],
  ['setting without brackets', 'def password(String key) { println key }\n\npassword "«ab-12»"\n'],
  ['map entry', 'def m = [key: "«ab-12»", "x-y": 1]\nprintln m.key\n'],
  ['named argument', 'def f(Map m) { m.key }\nprintln f(key: "«ab-12»")\n'],
  ['list', 'println(["x", "«ab-12»"].join(","))\n'],
  ['call on it', 'println("«ab-12»".bytes.length)\n', `println(${read}.bytes.length)\n`],
  ['compared', 'if ("ab-12" == "«ab-12»") println "same"\n'],
  ['case label', 'switch ("ab-12") {\n    case "«ab-12»": println "same"; break\n    default: println "x"\n}\n'],
  ['in a url', 'println "jdbc:x://u:«ab-12»@h"\n', `println "jdbc:x://u:" + ${read} + "@h"\n`],
  [
    'interpolation around',
    'def host = "h"\nprintln "u:«ab-12»@${host}"\n',
    `def host = "h"\nprintln "u:\${${read}}@\${host}"\n`,
  ],
  ['concatenation', 'def host = "h"\nprintln("u:" + "«ab-12»" + "@" + host)\n'],
  ['put together', 'println("«ab-" + "12»")\n', `println(${read})\n`, 'ab-12'],
  ['multi-line', "println '''\\\n«-----BEGIN X-----\nab\n-----END X-----»\n'''\n"],
  ['escaped quotes', 'println "\\"«ab-12»\\""\n', `println "\\"" + ${read} + "\\""\n`],
  ['tabs and CRLF', 'class A {\r\n\tString key = "«ab-12»"\r\n}\r\nprintln new A().key\r\n'],
  ['annotation', '@Deprecated\n@SuppressWarnings("«ab-12»")\nclass A {}\n', /annotation/],
  ['call on a part', 'println "u:«ab-12»".length()\n', /Brackets/],
  ['percent in a format', "println String.format('%s«a%%b»', 1)\n", /format/],
]);

export const gradleCases: readonly RewriteCase[] = rewriteTable('build.gradle', [
  [
    'credentials',
    "credentials {\n    username 'u'\n    password '«ab-12»'\n}\n",
    `credentials {\n    username 'u'\n    password ${read}\n}\n`,
  ],
  [
    'build field',
    'buildConfigField "String", "KEY", "\\"«ab-12»\\""\n',
    `buildConfigField "String", "KEY", "\\"" + ${read} + "\\""\n`,
  ],
]);

export const jenkinsCases: readonly RewriteCase[] = rewriteTable('Jenkinsfile', [
  ['pipeline', "pipeline {\n  environment { KEY = '«ab-12»' }\n}\n", /credentials/],
]);
