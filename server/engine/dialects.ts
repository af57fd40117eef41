import type { Source } from './finding.ts';

/** How the reader of a file takes values from the environment. Paths have `/`; names are the lexer's, dotted. */
export type Dialect = {
  readonly files: RegExp;
  /** What a text must hold, since others use the file's name too. */
  readonly when?: RegExp;
} & (
  | {
      readonly kind: 'expands';
      /** What the reader replaces by the variable; `quote` is one that may stand in it, `''` in a text without quotes around it. */
      write(name: string, quote: string): string;
      /** What of a value the reader would take for something of its own: such a value is not what is written. */
      readonly signs: RegExp;
      /** Names of the entries whose values are expanded; all of them without it. */
      readonly only?: RegExp;
      /** The variable is put into the text before that is read, so that only what is written plainly may stand there. */
      readonly textual?: true;
    }
  | {
      /** The entry is taken out: the reader looks for a variable first. */
      readonly kind: 'overridden';
      /** Undefined where no variable can say what this entry says. */
      variable(entry: string): string | undefined;
      readonly reader: string;
    }
  | { readonly kind: 'refused'; readonly reason: string; ways(name: string, entry: string): readonly string[] }
  | { readonly kind: 'own'; readonly rewriter: Rewriter }
);

/** Formats with rules of their own, each a function of `rewriteData`. */
export type Rewriter =
  | 'compose'
  | 'workflow'
  | 'gitlab'
  | 'azure'
  | 'shellSteps'
  | 'kubernetes'
  | 'editorJson'
  | 'ansible';

const braces = (name: string) => `\${${name}}`;
const dollar = /\$/;
const ini = /[$"'\\;#]/;

const secretIn = (where: string) => (name: string) => [`Delete the value here, and define ${name} in ${where}.`];

/** The first row that fits counts: the rows of a format with a name of its own stand before those with a common one. */
const dialects: Readonly<Record<string, readonly Dialect[]>> = {
  json: [
    {
      files: /(?:^|\/)\.vscode\/(?:launch|tasks|mcp)\.json$|\.code-workspace$|(?:^|\/)\.vscode\/settings\.json$/,
      kind: 'own',
      rewriter: 'editorJson',
    },
    { files: /(?:^|\/)\.cursor\/mcp\.json$/, kind: 'expands', write: name => `\${env:${name}}`, signs: dollar },
    { files: /(?:^|\/)\.mcp\.json$/, kind: 'expands', write: braces, signs: dollar },
    {
      files: /(?:^|\/)\.?devcontainer(?:\/[\w-]+)?(?:\/devcontainer)?\.json$/,
      kind: 'expands',
      write: name => `\${localEnv:${name}}`,
      signs: dollar,
    },
    {
      files: /(?:^|\/)appsettings[\w.-]*\.json$/i,
      kind: 'overridden',
      variable: entry => (/^[A-Za-z_]\w*(?:\.\w+)*$/.test(entry) ? entry.replaceAll('.', '__') : undefined),
      reader: '.NET',
    },
    {
      files: /(?:^|\/)local\.settings\.json$/,
      kind: 'overridden',
      variable: entry => /^Values\.([A-Za-z_]\w*)$/.exec(entry)?.[1],
      reader: 'Azure Functions',
    },
    {
      files: /\.tfvars\.json$/,
      kind: 'overridden',
      variable: entry => (/^[A-Za-z_]\w*$/.test(entry) ? `TF_VAR_${entry}` : undefined),
      reader: 'Terraform',
    },
    {
      files: /(?:^|\/)package\.json$/,
      kind: 'refused',
      reason: 'package.json expands nothing on every platform.',
      ways: () => ['Read the variable in the program or script that is called.'],
    },
    {
      files: /(?:^|\/)(?:composer|auth)\.json$/,
      kind: 'refused',
      reason: 'Composer expands nothing in its files.',
      ways: () => ['Remove the file, and store its whole content under COMPOSER_AUTH: Composer reads that variable.'],
    },
    {
      files: /(?:^|\/)\.docker\/config\.json$/,
      kind: 'refused',
      reason: 'Docker expands nothing in its configuration.',
      ways: () => ['Name a credential helper (credsStore), and run docker login again.'],
    },
  ],
  yaml: [
    { files: /(?:^|\/)(?:docker-)?(?:compose|stack)[\w.-]*\.ya?ml$/, kind: 'own', rewriter: 'compose' },
    { files: /(?:^|\/)\.github\/workflows\/[^/]+\.ya?ml$/, kind: 'own', rewriter: 'workflow' },
    {
      files: /(?:^|\/)action\.ya?ml$/,
      kind: 'refused',
      reason: 'An action cannot read the secrets of the workflow that uses it.',
      ways: name => [`Make ${name} an input, and pass the secret to it.`],
    },
    { files: /(?:^|\/)[\w-]*\.?gitlab-ci[\w.-]*\.ya?ml$/, kind: 'own', rewriter: 'gitlab' },
    {
      files: /(?:^|\/)azure-pipelines[\w.-]*\.ya?ml$|(?:^|\/)\.azure-pipelines\/.*\.ya?ml$/,
      kind: 'own',
      rewriter: 'azure',
    },
    {
      files: /(?:^|\/)\.circleci\/[\w.-]+\.ya?ml$|(?:^|\/)(?:\.travis|bitbucket-pipelines|appveyor)\.ya?ml$/,
      kind: 'own',
      rewriter: 'shellSteps',
    },
    {
      files: /(?:^|\/)\.drone\.ya?ml$|(?:^|\/)\.woodpecker(?:\/.*)?\.ya?ml$/,
      kind: 'refused',
      reason: 'Drone takes a secret by name, not inside of a value.',
      ways: name => [
        `Write from_secret: ${name} in its place, and define that secret in the settings of the repository.`,
      ],
    },
    {
      files: /(?:^|\/)cloudbuild[\w.-]*\.ya?ml$/,
      kind: 'refused',
      reason: 'Cloud Build takes secrets from the Secret Manager alone.',
      ways: name => [`Name ${name} under availableSecrets and secretEnv, and read $$${name} in the step.`],
    },
    {
      files: /(?:^|\/)buildspec[\w.-]*\.ya?ml$/,
      kind: 'refused',
      reason: 'CodeBuild expands nothing in a build specification.',
      ways: name => [`Name ${name} under env: secrets-manager:, or under env: parameter-store:.`],
    },
    {
      files: /(?:^|\/)(?:src\/(?:main|test)\/resources\/.*)(?:application|bootstrap)[\w.-]*\.ya?ml$/,
      kind: 'expands',
      write: braces,
      signs: /\$\{|#\{/,
    },
    {
      files: /(?:^|\/)(?:application|bootstrap)[\w.-]*\.ya?ml$/,
      when: /^(?:spring|quarkus|micronaut|management|server|datasources):/m,
      kind: 'expands',
      write: braces,
      signs: /\$\{|#\{/,
    },
    { files: /(?:^|\/)serverless[\w.-]*\.ya?ml$/, kind: 'expands', write: name => `\${env:${name}}`, signs: /\$\{/ },
    { files: /(?:^|\/)\.yarnrc\.ya?ml$/, kind: 'expands', write: braces, signs: dollar },
    { files: /(?:^|\/)\.condarc$|(?:^|\/)condarc\.ya?ml$/, kind: 'expands', write: braces, signs: dollar },
    {
      files:
        /(?:^|\/)(?:elasticsearch|kibana|logstash|(?:file|metric|heart|packet|audit|winlog)beat|apm-server)[\w.-]*\.ya?ml$/,
      kind: 'expands',
      write: braces,
      signs: dollar,
    },
    {
      files: /(?:^|\/)otel[\w.-]*\.ya?ml$/,
      when: /^receivers:/m,
      kind: 'expands',
      write: name => `\${env:${name}}`,
      signs: dollar,
    },
    {
      files: /(?:^|\/)provisioning\/(?:datasources|dashboards|alerting|plugins|notifiers)\/[^/]+\.ya?ml$/,
      kind: 'expands',
      write: braces,
      signs: dollar,
    },
    {
      files: /(?:^|\/)profiles\.ya?ml$/,
      when: /^\s+outputs:/m,
      kind: 'expands',
      write: (name, quote) => `{{ env_var(${quote}${name}${quote}) }}`,
      signs: /[{}]/,
    },
    {
      files: /(?:^|\/)config\/(?:packages\/.*|services[\w.-]*)\.ya?ml$/,
      kind: 'expands',
      write: name => `%env(${name})%`,
      signs: /%/,
    },
    {
      files: /(?:^|\/)config\/(?:database|secrets|storage|cable|mongoid|sidekiq|shards)\.ya?ml$/,
      when: /^ *(?:adapter|service|secret_key_base|clients|development|production|test|default):/m,
      kind: 'expands',
      write: (name, quote) => `<%= ENV.fetch(${quote}${name}${quote}) %>`,
      signs: /<%/,
      textual: true,
    },
    {
      files:
        /(?:^|\/)(?:group_vars|host_vars)\/|(?:^|\/)roles\/[^/]+\/(?:vars|defaults|tasks|handlers)\/|(?:^|\/)(?:playbook|site)[\w.-]*\.ya?ml$/,
      kind: 'own',
      rewriter: 'ansible',
    },
    { files: /\.ya?ml$/, when: /^-\s+(?:name:.*\n\s+)?hosts:/m, kind: 'own', rewriter: 'ansible' },
    {
      files: /(?:^|\/)templates\/.*\.ya?ml$/,
      when: /\{\{/,
      kind: 'refused',
      reason: 'A template of Helm reads values, not the environment.',
      ways: name => [`Write {{ .Values.… }} here, and give the value with --set-string from ${name}.`],
    },
    {
      files: /\.ya?ml$/,
      when: /^apiVersion:(?=[\s\S]*^kind:)|^kind:(?=[\s\S]*^apiVersion:)/m,
      kind: 'own',
      rewriter: 'kubernetes',
    },
    {
      files: /(?:^|\/)values[\w.-]*\.ya?ml$/,
      kind: 'refused',
      reason: 'Helm expands nothing in its values.',
      ways: (name, entry) => [
        `Delete the value, and give it with helm --set-string ${entry || 'key'}="$${name}".`,
        'Or let the chart name an existing Secret, and keep the value in that.',
      ],
    },
  ],
  toml: [
    {
      files: /(?:^|\/)\.cargo\/(?:credentials|config)(?:\.toml)?$/,
      kind: 'overridden',
      variable: entry => {
        const name = /^(?:registry|registries\.([\w-]+))\.token$/.exec(entry);
        if (!name) return undefined;
        return name[1] === undefined
          ? 'CARGO_REGISTRY_TOKEN'
          : `CARGO_REGISTRIES_${name[1].toUpperCase().replaceAll('-', '_')}_TOKEN`;
      },
      reader: 'Cargo',
    },
    { files: /(?:^|\/)foundry\.toml$/, kind: 'expands', write: braces, signs: dollar, only: /rpc_endpoints|etherscan/ },
    { files: /(?:^|\/)Pipfile$/, kind: 'expands', write: braces, signs: dollar, only: /(?:^|\.)url$/ },
    { files: /(?:^|\/)vector\.toml$/, kind: 'expands', write: braces, signs: dollar, textual: true },
    {
      files: /(?:^|\/)wrangler\.toml$/,
      kind: 'refused',
      reason: 'Wrangler expands nothing in its configuration.',
      ways: name => [`Delete the value here, and run wrangler secret put ${name}.`],
    },
    {
      files: /(?:^|\/)fly\.toml$/,
      kind: 'refused',
      reason: 'Fly expands nothing in its configuration.',
      ways: name => [`Delete the value here, and run fly secrets set ${name}=….`],
    },
    {
      files: /(?:^|\/)netlify\.toml$/,
      kind: 'refused',
      reason: 'Netlify expands nothing in its configuration.',
      ways: secretIn('the environment variables of the site'),
    },
  ],
  properties: [
    {
      files: /(?:^|\/)(?:application|bootstrap)[\w.-]*\.properties$/,
      when: /^\s*(?:spring|quarkus|micronaut|management|eureka)\.|^\s*(?:server\.port|logging\.level)\b/m,
      kind: 'expands',
      write: braces,
      signs: /\$\{|#\{/,
    },
    {
      files: /(?:^|\/)src\/(?:main|test)\/resources\/(?:.*\/)?(?:application|bootstrap)[\w.-]*\.properties$/,
      kind: 'expands',
      write: braces,
      signs: /\$\{|#\{/,
    },
    { files: /(?:^|\/)log4j2[\w.-]*\.properties$/, kind: 'expands', write: name => `\${env:${name}}`, signs: dollar },
    { files: /(?:^|\/)sonar-project\.properties$/, kind: 'expands', write: name => `\${env.${name}}`, signs: dollar },
    {
      files: /(?:^|\/)gradle\.properties$/,
      kind: 'overridden',
      variable: entry => (/^[A-Za-z_]\w*$/.test(entry) ? `ORG_GRADLE_PROJECT_${entry}` : undefined),
      reader: 'Gradle',
    },
  ],
  ini: [
    { files: /(?:^|\/)\.?npmrc$/, kind: 'expands', write: braces, signs: ini },
    {
      files: /(?:^|\/)airflow\.cfg$/,
      kind: 'overridden',
      variable: entry =>
        /^[\w]+\.[A-Za-z_]\w*$/.test(entry) ? `AIRFLOW__${entry.toUpperCase().replace('.', '__')}` : undefined,
      reader: 'Airflow',
    },
    {
      files: /(?:^|\/)(?:grafana|defaults|custom)\.ini$/,
      when: /^\[(?:server|security|auth\.[\w]+|smtp|database)\]/m,
      kind: 'expands',
      write: name => `$__env{${name}}`,
      signs: /[$"'`;#\\]/,
    },
    {
      files: /(?:^|\/)php[\w.-]*\.ini$|(?:^|\/)(?:conf\.d|mods-available)\/[^/]+\.ini$/,
      kind: 'expands',
      write: braces,
      signs: /[$"'\\;#=!|&~^(){}]/,
    },
    {
      files: /(?:^|\/)supervisord?\.conf$|(?:^|\/)supervisor\/.*\.(?:conf|ini)$/,
      kind: 'expands',
      write: name => `%(ENV_${name})s`,
      signs: /[%"'\\;#,]/,
    },
    {
      files: /(?:^|\/)uwsgi[\w.-]*\.ini$/,
      when: /^\[uwsgi\]/m,
      kind: 'expands',
      write: name => `$(${name})`,
      signs: /[$"'\\;#%@]/,
    },
    {
      files: /(?:^|\/)tox\.ini$/,
      kind: 'expands',
      write: name => `{env:${name}}`,
      signs: /[{}\\#"':]/,
      only: /setenv|set_env/,
    },
    { files: /(?:^|\/)flyway[\w.-]*\.conf$/, kind: 'expands', write: braces, signs: /[$\\"'#;]/ },
    {
      files: /(?:^|\/)haproxy\.cfg$/,
      kind: 'expands',
      write: (name, quote) => (quote === '' ? `"\${${name}}"` : braces(name)),
      signs: /[$"'\\#;]/,
    },
    { files: /(?:^|\/)Caddyfile$/i, kind: 'expands', write: name => `{$${name}}`, signs: /[\s"`{}\\#]/, textual: true },
    {
      files:
        /(?:^|\/)(?:httpd|apache2)\.conf$|(?:^|\/)(?:apache2?|httpd)\/.*\.conf$|(?:^|\/)(?:sites|conf|mods)-(?:available|enabled)\/[^/]+\.conf$/,
      when: /<(?:VirtualHost|Directory|Location|IfModule)|^\s*(?:ServerName|LoadModule|RequestHeader|SetEnv)\s/m,
      kind: 'expands',
      write: braces,
      signs: /[$"'\\%{}]/,
    },
    {
      files: /(?:^|\/)(?:nginx.*|templates\/.*)\.conf\.template$|(?:^|\/)templates\/.*\.template$/,
      when: /\b(?:server|location|upstream|proxy_pass|proxy_set_header)\b/,
      kind: 'expands',
      write: braces,
      signs: /[$"'\\;{}\s]/,
      textual: true,
    },
    {
      files: /(?:^|\/)nginx.*\.conf$|(?:^|\/)(?:nginx|conf\.d|sites-(?:available|enabled))\//,
      kind: 'refused',
      reason: 'nginx expands no environment variables in its configuration.',
      ways: name => [
        `Make it a template (templates/NAME.conf.template) that reads \${${name}}, and let envsubst fill it at the start.`,
      ],
    },
    {
      files: /(?:^|\/)pip\.(?:conf|ini)$/,
      kind: 'refused',
      reason: 'pip expands nothing in pip.conf.',
      ways: () => [
        'Delete the entry, and store the whole address under PIP_INDEX_URL or PIP_EXTRA_INDEX_URL: pip reads those first.',
      ],
    },
    {
      files: /(?:^|\/)\.pypirc$/,
      kind: 'refused',
      reason: 'twine expands nothing in .pypirc.',
      ways: () => ['Delete the entry, and store the value under TWINE_PASSWORD: twine reads that variable.'],
    },
    {
      files: /(?:^|\/)[._]netrc$/,
      kind: 'refused',
      reason: 'Who reads .netrc expands nothing in it.',
      ways: () => [
        'Keep the file out of git and readable by you alone, or give the credentials to the program by its own options.',
      ],
    },
    {
      files: /\.service$/,
      kind: 'refused',
      reason: 'systemd does not hand its own environment on.',
      ways: name => [
        `Name the secret with LoadCredential=${name}:/path, or keep it in a file that EnvironmentFile= names.`,
      ],
    },
    {
      files: /(?:^|\/)(?:hosts|inventory)(?:\.ini|\.cfg)?$|(?:^|\/)inventor(?:y|ies)\//,
      kind: 'expands',
      only: /^[^.]*:vars\.[\w]+$/,
      write: (name, quote) =>
        quote === '' ? `{{ lookup('env', '${name}') }}` : `{{ lookup(${quote}env${quote}, ${quote}${name}${quote}) }}`,
      signs: /[{}"'\\#]/,
    },
  ],
  xml: [
    {
      files: /(?:^|\/)[\w.-]*settings[\w.-]*\.xml$/,
      when: /<settings[\s>]/,
      kind: 'expands',
      write: name => `\${env.${name}}`,
      signs: /[${}]/,
    },
    {
      files: /(?:^|\/)pom\.xml$|\.pom$/,
      when: /<project[\s>]/,
      kind: 'expands',
      write: name => `\${env.${name}}`,
      signs: /[${}]/,
    },
    {
      files: /(?:^|\/)build\.xml$/,
      when: /<property\s+environment="env"/,
      kind: 'expands',
      write: name => `\${env.${name}}`,
      signs: dollar,
    },
    { files: /(?:^|\/)log4j2[\w.-]*\.xml$/, kind: 'expands', write: name => `\${env:${name}}`, signs: dollar },
    { files: /(?:^|\/)logback[\w.-]*\.xml$/, kind: 'expands', write: braces, signs: dollar },
    { files: /(?:^|\/)nuget\.config$/i, kind: 'expands', write: name => `%${name}%`, signs: /%/ },
    {
      files: /\.(?:csproj|vbproj|fsproj|props|targets)$/,
      when: /<Project[\s>]/,
      kind: 'expands',
      write: name => `$(${name})`,
      signs: /[$%@;*?()]/,
    },
    {
      files: /(?:^|\/)(?:web|app)\.config$/i,
      kind: 'refused',
      reason: '.NET Framework expands nothing in its configuration.',
      ways: name => [
        `Name a configuration builder (Microsoft.Configuration.ConfigurationBuilders.Environment), and store the value as ${name}.`,
      ],
    },
    {
      files: /\.plist$/,
      kind: 'refused',
      reason: 'A property list expands nothing, and what an app holds everybody can read.',
      ways: () => ['Let a server of yours hold the secret and make the call.'],
    },
  ],
  terraform: [
    {
      files: /\.tfvars$/,
      kind: 'overridden',
      variable: entry => (/^[A-Za-z_]\w*$/.test(entry) ? `TF_VAR_${entry}` : undefined),
      reader: 'Terraform',
    },
  ],
};

/** The reader of a source, by its syntax, its path and what stands in it. */
export function dialectOf(source: Source, syntax: string): Dialect | undefined {
  return dialects[syntax]?.find(
    ({ files, when }) => files.test(source.path) && (when === undefined || when.test(source.text)),
  );
}
