import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rewrite } from '../../server/engine/rewrite.ts';
import { rewriteTable } from '../support/rewriteCases/script.ts';
import { checkRewrite, rewriteMarked } from '../support/rewritten.ts';

/** In parts, since our own scan reads this file too. */
const secretKey = ['Pass', 'word'].join('');

type Rows = Parameters<typeof rewriteTable>[1];

function check(path: string, rows: Rows): void {
  for (const each of rewriteTable(path, rows)) checkRewrite(each);
}

/** The variables under which readers look for what is taken out. */
function aliases(path: string, marked: string): readonly string[] | undefined {
  const { result } = rewriteMarked({ title: path, path, marked });
  return result.kind === 'edits' ? result.aliases : undefined;
}

test('JSON of editors', () => {
  check('.vscode/settings.json', [
    [
      'terminal',
      '{"terminal.integrated.env.linux": {"K": "«ab-12»"}}',
      '{"terminal.integrated.env.linux": {"K": "${env:API_KEY}"}}',
    ],
    [
      'server',
      '{"mcp": {"servers": {"a": {"env": {"K": "«ab-12»"}}}}}',
      '{"mcp": {"servers": {"a": {"env": {"K": "${env:API_KEY}"}}}}}',
    ],
    ['extension', '{"rest-client.token": "«ab-12»"}', /expands nothing in this setting/],
  ]);
  check('.vscode/tasks.json', [
    ['arguments', '{"tasks": [{"args": ["--key=«ab-12»"]}]}', '{"tasks": [{"args": ["--key=${env:API_KEY}"]}]}'],
    ['input', '{"inputs": [{"id": "a", "default": "«ab-12»"}]}', /description of an input/],
    ['dollar', '{"tasks": [{"args": ["«a$b-12»"]}]}', /dollar/],
  ]);
  check('app.code-workspace', [
    ['launch', '{"launch": {"env": {"K": "«ab-12»"}}}', '{"launch": {"env": {"K": "${env:API_KEY}"}}}'],
  ]);
  check('.cursor/mcp.json', [['env', '{"env": {"K": "«ab-12»"}}', '{"env": {"K": "${env:API_KEY}"}}']]);
  check('.mcp.json', [['env', '{"env": {"K": "«ab-12»"}}', '{"env": {"K": "${API_KEY}"}}']]);
});

test('JSON whose reader looks for a variable first', () => {
  check('src/appsettings.Production.json', [
    ['only member', '{"Db": {"Password": "«ab-12»"}}', '{"Db": {}}'],
    [
      'last',
      '{\r\n  "Db": {\r\n    "User": "u",\r\n    "Password": "«ab-12»"\r\n  }\r\n}',
      '{\r\n  "Db": {\r\n    "User": "u"\r\n  }\r\n}',
    ],
    ['first', '{\n  "Key": "«ab-12»",\n  "User": "u"\n}', '{\n  "User": "u"\n}'],
    ['on one line', '{"Key": "«ab-12»", "User": "u"}', '{"User": "u"}'],
    [
      'part',
      `{"ConnectionStrings": {"Main": "Server=s;${secretKey}=«ab-12»"}}`,
      '{"ConnectionStrings": {}}',
      `Server=s;${secretKey}=ab-12`,
    ],
    ['escaped', '{"Key": "«a\\"b»"}', '{}', 'a"b'],
    ['array', '{"Keys": ["«ab-12»"]}', /does not stand alone/],
    ['in an array', '{"Users": [{"Password": "«ab-12»"}]}', /does not stand alone/],
    ['dotted name', '{"A.B": {"Key": "«ab-12»"}}', /does not stand alone/],
    ['other path', '{"A B": {"Key": "«ab-12»"}}', /No variable of \.NET/],
    ['before a comment', '{"Key": "«ab-12»" /* x */}', /does not stand alone/],
  ]);
  assert.deepEqual(aliases('appsettings.json', '{"Db": {"Password": "«ab-12»"}}'), ['Db__Password']);
  check('local.settings.json', [['values', '{"Values": {"K": "«ab-12»"}}', '{"Values": {}}']]);
  check('a.tfvars.json', [['top', '{"token": "«ab-12»"}', '{}']]);
  check('auth.json', [['composer', '{"http-basic": {"a": {"password": "«ab-12»"}}}', /Composer/]]);
  check('a.jsonc', [['unknown', '{"k": "«ab-12»"} // x', /JSON expands nothing/]]);
});

test('properties', () => {
  check('src/main/resources/application.properties', [
    ['spring', 'a.password=«ab-12»\n', 'a.password=${API_KEY}\n'],
    ['colon, part, CRLF', 'url: jdbc:x?password=«ab-12»&a=b\r\n', 'url: jdbc:x?password=${API_KEY}&a=b\r\n'],
    ['escaped', 'k=«a\\u0062c»\n', 'k=${API_KEY}\n', 'abc'],
    ['default of another', 'k=${A:«ab-12»}\n', 'k=${A:${API_KEY}}\n'],
    ['placeholder', 'k=«a${b}c»\n', /sign/],
  ]);
  check('application-prod.properties', [
    ['by its keys', 'spring.datasource.password=«ab-12»\n', 'spring.datasource.password=${API_KEY}\n'],
    ['unknown reader', 'db.password=«ab-12»\n', /expands nothing/],
  ]);
  check('gradle.properties', [
    ['project property', 'a=1\nsigningKey=«ab-12»\n', 'a=1\n'],
    ['dotted', 'systemProp.key=«ab-12»\n', /No variable of Gradle/],
  ]);
  assert.deepEqual(aliases('gradle.properties', 'signingKey=«ab-12»\n'), ['ORG_GRADLE_PROJECT_signingKey']);
  check('sonar-project.properties', [['sonar', 'sonar.token=«ab-12»\n', 'sonar.token=${env.API_KEY}\n']]);
  check('config.properties', [['unknown', 'password=«ab-12»\n', /A properties file expands nothing/]]);
});

test('INI', () => {
  check('.npmrc', [
    ['token', '//r.example/:_authToken=«ab-12»\n', '//r.example/:_authToken=${API_KEY}\n'],
    ['quoted', '_auth = "«ab-12»"\n', '_auth = "${API_KEY}"\n'],
    ['sign', '_auth=«a$b»\n', /sign/],
  ]);
  check('grafana.ini', [['grafana', '[security]\nadmin_key = «ab-12»\n', '[security]\nadmin_key = $__env{API_KEY}\n']]);
  check('php.ini', [['php', 'sendmail.password = «ab12»\n', 'sendmail.password = ${API_KEY}\n']]);
  check('supervisord.conf', [
    ['supervisor', '[program:a]\ncommand=/a --key «ab-12»\n', '[program:a]\ncommand=/a --key %(ENV_API_KEY)s\n'],
  ]);
  check('airflow.cfg', [['airflow', '[core]\nfernet_key = «ab-12»\nx = 1\n', '[core]\nx = 1\n']]);
  assert.deepEqual(aliases('airflow.cfg', '[core]\nfernet_key = «ab-12»\n'), ['AIRFLOW__CORE__FERNET_KEY']);
  check('Caddyfile', [
    [
      'caddy',
      'a {\n  header Authorization "Bearer «ab-12»"\n}\n',
      'a {\n  header Authorization "Bearer {$API_KEY}"\n}\n',
    ],
  ]);
  check('haproxy.cfg', [
    ['bare', '  user u insecure-password «ab-12»\n', /no text/],
    ['quoted', '  setenv KEY "«ab-12»"\n', '  setenv KEY "${API_KEY}"\n'],
  ]);
  check('flyway.conf', [['flyway', 'flyway.password=«ab-12»\n', 'flyway.password=${API_KEY}\n']]);
  check('inventory.ini', [
    ['vars', '[all:vars]\nansible_password=«ab-12»\n', "[all:vars]\nansible_password={{ lookup('env', 'API_KEY') }}\n"],
  ]);
  check('nginx/templates/a.conf.template', [
    [
      'envsubst',
      'server {\n  proxy_set_header Authorization "Bearer «ab-12»";\n}\n',
      'server {\n  proxy_set_header Authorization "Bearer ${API_KEY}";\n}\n',
    ],
  ]);
  for (const [path, reason] of [
    ['nginx.conf', /nginx expands no/],
    ['pip.conf', /pip expands nothing/],
    ['.pypirc', /twine/],
    ['.netrc', /\.netrc/],
    ['app.service', /systemd/],
    ['config.ini', /An INI file expands nothing/],
    ['redis.conf', /expands nothing/],
  ] as const)
    check(path, [['refused', 'password = «ab-12»\n', reason]]);
});

test('TOML', () => {
  check('.cargo/credentials.toml', [
    ['registry', '[registry]\ntoken = "«ab-12»" # x\na = 1\n', '[registry]\na = 1\n'],
    ['inline', 'registries.a = { token = "«ab-12»" }\n', /No variable|alone/],
  ]);
  assert.deepEqual(aliases('.cargo/credentials.toml', '[registries.my-own]\ntoken = "«ab-12»"\n'), [
    'CARGO_REGISTRIES_MY_OWN_TOKEN',
  ]);
  check('Pipfile', [
    [
      'source',
      '[[source]]\nurl = "https://u:«ab-12»@h/simple"\n',
      '[[source]]\nurl = "https://u:${API_KEY}@h/simple"\n',
    ],
    ['other', '[packages]\na = "«ab-12»"\n', /nothing in this entry/],
  ]);
  check('pyproject.toml', [['unknown', 'token = "«ab-12»"\n', /TOML expands nothing/]]);
  check('wrangler.toml', [['wrangler', '[vars]\nK = "«ab-12»"\n', /Wrangler/]]);
  check('prod.tfvars', [
    ['variable', 'a = 1\ntoken = "«ab-12»"\n', 'a = 1\n'],
    ['in a map', 'm = { token = "«ab-12»" }\n', /No variable|alone/],
  ]);
  assert.deepEqual(aliases('prod.tfvars', 'token = "«ab-12»"\n'), ['TF_VAR_token']);
});

test('XML', () => {
  check('.m2/settings.xml', [
    [
      'maven',
      '<settings>\n<servers><server><password>«a&amp;b»</password></server></servers></settings>\n',
      '<settings>\n<servers><server><password>${env.API_KEY}</password></server></servers></settings>\n',
      'a&b',
    ],
  ]);
  check('nuget.config', [
    [
      'nuget',
      '<add key="ClearTextPassword" value="«ab-12»" />\n',
      '<add key="ClearTextPassword" value="%API_KEY%" />\n',
    ],
  ]);
  check('build.xml', [
    [
      'ant',
      '<project><property environment="env"/><property name="k" value="«ab-12»"/></project>',
      '<project><property environment="env"/><property name="k" value="${env.API_KEY}"/></project>',
    ],
    ['without the environment', '<project><property name="k" value="«ab-12»"/></project>', /XML expands nothing/],
  ]);
  check('src/log4j2.xml', [
    ['log4j', '<Property name="k">«ab-12»</Property>', '<Property name="k">${env:API_KEY}</Property>'],
  ]);
  check('App.csproj', [
    [
      'msbuild',
      '<Project><PropertyGroup><Key>«ab-12»</Key></PropertyGroup></Project>',
      '<Project><PropertyGroup><Key>$(API_KEY)</Key></PropertyGroup></Project>',
    ],
  ]);
  check('web.config', [['net', '<add key="k" value="«ab-12»"/>', /\.NET Framework/]]);
  check('Info.plist', [['plist', '<dict><key>k</key><string>«ab-12»</string></dict>', /property list/]]);
  check('context.xml', [['unknown', '<Resource password="«ab-12»"/>', /XML expands nothing/]]);
});

test('YAML of services and frameworks', () => {
  check('config/database.yml', [
    [
      'rails',
      'production:\n  adapter: x\n  password: «ab-12»\n',
      'production:\n  adapter: x\n  password: <%= ENV.fetch("API_KEY") %>\n',
    ],
    [
      'quoted',
      "production:\n  url: 'x://u:«ab-12»@h'\n",
      'production:\n  url: \'x://u:<%= ENV.fetch("API_KEY") %>@h\'\n',
    ],
    [
      'double quotes',
      'production:\n  url: "x://u:«ab-12»@h"\n',
      'production:\n  url: "x://u:<%= ENV.fetch(\'API_KEY\') %>@h"\n',
    ],
    ['escaped', 'production:\n  password: "«a\\"b»"\n', /escapes/],
  ]);
  check('group_vars/all.yml', [
    ['plain', 'db_password: «ab-12» # why\n', "db_password: \"{{ lookup('env', 'API_KEY') }}\" # why\n"],
    ['double', 'a: "x «ab-12»"\n', "a: \"x {{ lookup('env', 'API_KEY') }}\"\n"],
    ['single', "a: '«ab-12»'\n", 'a: \'{{ lookup("env", "API_KEY") }}\'\n'],
    ['condition', 'tasks:\n  - when: "x == \'«ab-12»\'"\n', /expression/],
    ['braces', 'a: "«a{b-12»"\n', /braces/],
  ]);
  check('site.yml', [
    [
      'playbook',
      '- hosts: all\n  vars:\n    k: «ab-12»\n',
      "- hosts: all\n  vars:\n    k: \"{{ lookup('env', 'API_KEY') }}\"\n",
    ],
  ]);
  check('profiles.yml', [
    [
      'dbt',
      'p:\n  outputs:\n    dev:\n      password: «ab-12»\n',
      'p:\n  outputs:\n    dev:\n      password: "{{ env_var(\'API_KEY\') }}"\n',
    ],
  ]);
  check('config/packages/mailer.yaml', [
    ['symfony', "m:\n  dsn: 'x//u:«ab-12»@h'\n", "m:\n  dsn: 'x//u:%env(API_KEY)%@h'\n"],
    ['alone', 'm:\n  dsn: «ab-12»\n', 'm:\n  dsn: "%env(API_KEY)%"\n'],
  ]);
  check('.yarnrc.yml', [['yarn', 'npmAuthToken: «ab-12»\n', 'npmAuthToken: ${API_KEY}\n']]);
  check('values.yaml', [['helm', 'a:\n  password: «ab-12»\n', /Helm/]]);
  check('templates/a.yaml', [
    ['helm template', 'apiVersion: v1\nkind: X\na: {{ .x }}\nb: «ab-12»\n', /template of Helm/],
  ]);
  check('any.yaml', [['unknown', 'a: «ab-12»\n', /YAML expands nothing/]]);
});

test('pipelines', () => {
  check('.gitlab-ci.yml', [
    [
      'itself',
      'variables:\n  A: 1\n  API_KEY: «ab-12»\njob:\n  script: x\n',
      'variables:\n  A: 1\njob:\n  script: x\n',
    ],
    ['alone', 'variables:\n  API_KEY: «ab-12» # x\njob:\n  script: x\n', 'job:\n  script: x\n'],
    ['script', 'j:\n  script:\n    - curl -H "X: «ab-12»" h\n', 'j:\n  script:\n    - curl -H "X: ${API_KEY}" h\n'],
    [
      'single quotes',
      "j:\n  script:\n    - curl -u 'u:«ab-12»' h\n",
      "j:\n  script:\n    - curl -u 'u:'\"${API_KEY}\"'' h\n",
    ],
    [
      'block',
      "j:\n  script:\n    - |\n      echo 'it'\n      export K=«ab-12»\n",
      "j:\n  script:\n    - |\n      echo 'it'\n      export K=${API_KEY}\n",
    ],
    ['heredoc', "j:\n  script:\n    - |\n      cat <<'E'\n      «ab-12»\n      E\n", /cannot be told/],
    ['elsewhere', 'image: x:«ab-12»\n', /no variables in this entry/],
    ['dollar', 'variables:\n  K: «a$b-12»\n', /dollar/],
  ]);
  check('azure-pipelines.yml', [
    ['variable', 'variables:\n  K: «ab-12»\n', 'variables:\n  K: $(API_KEY)\n'],
    ['list', 'variables:\n  - name: K\n    value: «ab-12»\n', 'variables:\n  - name: K\n    value: $(API_KEY)\n'],
    ['itself', 'variables:\n  API_KEY: «ab-12»\n', /itself/],
    [
      'env',
      'steps:\n  - script: x\n    env:\n      API_KEY: «ab-12»\n',
      'steps:\n  - script: x\n    env:\n      API_KEY: $(API_KEY)\n',
    ],
    [
      'inputs',
      "steps:\n  - task: X@1\n    inputs:\n      password: '«ab-12»'\n",
      "steps:\n  - task: X@1\n    inputs:\n      password: '$(API_KEY)'\n",
    ],
    ['script', 'steps:\n  - script: curl -u u:«ab-12» h\n', /only to the steps/],
  ]);
  check('.circleci/config.yml', [
    [
      'environment',
      'jobs:\n  a:\n    environment:\n      A: 1\n      K: «ab-12»\n',
      'jobs:\n  a:\n    environment:\n      A: 1\n',
    ],
    ['only entry', 'jobs:\n  a:\n    environment:\n      K: «ab-12»\n', /does not stand alone/],
    [
      'command',
      'jobs:\n  a:\n    steps:\n      - run:\n          command: x --key "«ab-12»"\n',
      'jobs:\n  a:\n    steps:\n      - run:\n          command: x --key "${API_KEY}"\n',
    ],
  ]);
  assert.deepEqual(aliases('.circleci/config.yml', 'jobs:\n  a:\n    environment:\n      A: 1\n      K: «ab-12»\n'), [
    'K',
  ]);
  check('.drone.yml', [['drone', 'environment:\n  K: «ab-12»\n', /by name/]]);
});

const pod = (env: string) =>
  `apiVersion: v1\nkind: Pod\nmetadata:\n  labels: {}\n  name: web\nspec:\n  containers:\n    - name: a\n      env:\n${env}`;

test('Kubernetes', () => {
  const read = (indent: string) =>
    `valueFrom:\n${indent}  secretKeyRef:\n${indent}    name: web-secrets\n${indent}    key: API_KEY`;
  check('deploy.yaml', [
    [
      'value',
      pod('        - name: DB_PASSWORD\n          value: «ab-12»\n'),
      pod(`        - name: DB_PASSWORD\n          ${read('          ')}\n`),
    ],
    [
      'quoted, value first',
      pod('        - value: "«ab-12»"\n          name: DB_PASSWORD\n'),
      pod(`        - ${read('          ')}\n          name: DB_PASSWORD\n`),
    ],
    ['part', pod('        - name: URL\n          value: x://u:«ab-12»@h\n'), /a part of one/],
    [
      'argument',
      'apiVersion: v1\nkind: Pod\nmetadata:\n  name: web\nspec:\n  containers:\n    - args: ["--key=«ab-12»"]\n',
      /nothing here/,
    ],
    ['secret', 'apiVersion: v1\nkind: Secret\nmetadata:\n  name: a\nstringData:\n  k: «ab-12»\n', /Secret in a file/],
    ['config map', 'kind: ConfigMap\napiVersion: v1\nmetadata:\n  name: a\ndata:\n  k: «ab-12»\n', /ConfigMap/],
    [
      'second document',
      `apiVersion: v1\nkind: Secret\n---\n${pod('        - name: K\n          value: «ab-12»\n')}`,
      `apiVersion: v1\nkind: Secret\n---\n${pod(`        - name: K\n          ${read('          ')}\n`)}`,
    ],
  ]);
});

test('a reference takes the value’s place in data of any kind', () => {
  const reference = 'ref+keychain://app/API_KEY';
  const replaced = (path: string, marked: string) => {
    const start = marked.indexOf('«');
    const text = marked.replace(/[«»]/g, '');
    const result = rewrite({ path, text }, [{ start, end: marked.indexOf('»') - 1 }], 'API_KEY', 'moved', {
      reference,
    });
    if (result.kind === 'refused') return result.reason;
    let after = text;
    for (const edit of result.edits.toReversed())
      after = after.slice(0, edit.start) + edit.text + after.slice(edit.end);
    return [after, result.value, result.form];
  };
  const rows: readonly (readonly [path: string, marked: string, after: string, value?: string])[] = [
    ['config.json', '{"k": "«a\\"b»"}', `{"k": "${reference}"}`, 'a"b'],
    ['a.yaml', 'k: «ab-12»\n', `k: ${reference}\n`],
    ['pip.conf', 'index-url = https://u:«ab-12»@h\n', `index-url = https://u:${reference}@h\n`],
    ['a.xml', '<a>«a&lt;b»</a>', `<a>${reference}</a>`, 'a<b'],
    ['a.toml', "k = '«ab-12»'\n", `k = '${reference}'\n`],
    ['.env', 'K=«ab-12»\n', `K="${reference}"\n`],
    ['.netrc', 'machine h login u password «ab-12»\n', `machine h login u password ${reference}\n`],
    ['a.unknown', 'x «ab-12» y', `x ${reference} y`],
  ];
  for (const [path, marked, after, value = 'ab-12'] of rows)
    assert.deepEqual(replaced(path, marked), [after, value, 'reference'], path);
  assert.match(String(replaced('a.py', 'k = "«ab-12»"\n')), /A program/);
});

test('files of requests', () => {
  check('a.http', [
    [
      'header',
      'GET https://h\r\nAuthorization: Bearer «ab-12»\r\n',
      'GET https://h\r\nAuthorization: Bearer {{$processEnv API_KEY}}\r\n',
    ],
    ['variable', '@token = «ab-12»\n', '@token = {{$processEnv API_KEY}}\n'],
    ['comment', '# «ab-12»\nGET https://h?k=«ab-12»\n', '# ${API_KEY}\nGET https://h?k={{$processEnv API_KEY}}\n'],
    ['script', '< {%\n  const k = "«ab-12»";\n%}\n', /script/],
  ]);
  check('a.hurl', [['hurl', 'GET https://h?k=«ab-12»\n', /Nothing is known/]]);
});

function notebook(lines: readonly string[], kind = 'code', language = 'python'): string {
  const cells = [
    { cell_type: 'markdown', metadata: {}, source: ['# Title\n', 'text'] },
    { cell_type: kind, metadata: {}, source: lines, outputs: [{ text: ['out «x»'.slice(0, 3)] }] },
    { cell_type: 'code', metadata: {}, source: [] },
  ];
  return JSON.stringify(
    { cells, metadata: { language_info: { name: language } }, nbformat: 4, nbformat_minor: 5 },
    null,
    1,
  );
}

test('notebooks', () => {
  const marked = ['"""Doc."""\n', 'k = "a\\t" + "«ab-12»"  # \\u00e9\n', 'print(k)'];
  check('a.ipynb', [
    [
      'code',
      notebook(marked),
      notebook(['"""Doc."""\n', '\nimport os\n\nk = "a\\t" + os.environ["API_KEY"]  # \\u00e9\n', 'print(k)']),
    ],
    [
      'known import',
      notebook(['import os\n', "k = '«ab-12»'"]),
      notebook(['import os\n', "k = os.environ['API_KEY']"]),
    ],
    ['text', notebook(['k = "«ab-12»"'], 'markdown'), /no Python cell/],
    ['other language', notebook(['k = "«ab-12»"'], 'code', 'R'), /no Python cell/],
    ['broken', `${notebook(['k = "«ab-12»"'])},`, /no Python cell/],
  ]);
});
