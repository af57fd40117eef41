import { spanValue } from './lexer.ts';
import { refuse, type Site, type SiteOutcome, siteValue } from './rewriteSite.ts';

/** A line of a .env file goes: `keysweep run` gives its name from then on. */
export function rewriteDotenv(site: Site): SiteOutcome {
  const { first, source, name } = site;
  const { text } = source;
  const own = first.key?.name ?? '';
  if (own === '') return refuse('The value has no name on its line.', 'Write it as NAME=value, then move it.');
  if (own !== name)
    return refuse(
      `The program reads ${own}, so the value must be stored under that name.`,
      `Choose ${own} as the name.`,
    );
  const written = text.slice(first.contentStart, first.contentEnd);
  if (first.interpolated)
    return refuse(
      `The value of ${own} holds a dollar sign, and readers of .env files disagree on what that means.`,
      'Write the value between single quotes, then move it.',
    );
  if (first.quote === '"' && /\\(?![nr])/.test(written)) {
    return refuse(
      `The value of ${own} holds a backslash, and readers of .env files disagree on what that means.`,
      'Write the value between single quotes, then move it.',
    );
  }
  const value = spanValue(site.spans, first);
  if (value === undefined)
    return refuse(
      `The value of ${own} cannot be read for sure.`,
      'Write the value between single quotes, then move it.',
    );
  const start = text.lastIndexOf('\n', first.start) + 1;
  const newline = text.indexOf('\n', first.end);
  const edit = {
    start: start === 0 && text.charCodeAt(0) === 0xfeff ? 1 : start,
    end: newline < 0 ? text.length : newline + 1,
    text: '',
  };
  return { kind: 'edits', form: 'removed', edits: [edit], value };
}

interface Dialect {
  readonly files: RegExp;
  /** What a reader of these files expands, or why none. */
  rewrite(site: Site): SiteOutcome;
}

const ways = (name: string) => [
  `Remove the value, let the program read ${name} from the environment, and store the value with keysweep set ${name}.`,
  'Keep this file out of git, and rotate the value if it was committed.',
];

const jsonDialects: readonly Dialect[] = [
  {
    files: /(?:^|\/)\.vscode\/(?:launch|tasks|mcp)\.json$|(?:^|\/)\.cursor\/mcp\.json$/,
    rewrite: site => expanded(site, `\${env:${site.name}}`),
  },
  { files: /(?:^|\/)\.mcp\.json$/, rewrite: site => expanded(site, `\${${site.name}}`) },
  {
    files: /(?:^|\/)\.?devcontainer(?:\/[\w-]+)?(?:\/devcontainer)?\.json$/,
    rewrite: site => expanded(site, `\${localEnv:${site.name}}`),
  },
  {
    files: /(?:^|\/)appsettings[\w.-]*\.json$/i,
    rewrite: site => {
      const variable = (site.first.key?.name ?? '').replace(/\./g, '__');
      return refuse(
        'appsettings.json expands nothing, and a reference in it would be taken for the value.',
        `Remove the member and store the value as ${variable}: .NET reads that variable in its place.`,
      );
    },
  },
  {
    files: /(?:^|\/)package\.json$/,
    rewrite: () =>
      refuse(
        'package.json expands nothing on every platform.',
        'Read the variable in the program or script that is called.',
      ),
  },
  {
    files: /\.ipynb$/,
    rewrite: ({ name }) =>
      refuse(
        'A notebook keeps code inside of JSON, and its outputs may print the value.',
        `Read os.environ["${name}"] in the cell, and clear the outputs.`,
      ),
  },
];

export function rewriteJson(site: Site): SiteOutcome {
  if (site.first.role === 'key')
    return refuse('The value is the name of a member, not its content.', 'Change the layout of the file.');
  const dialect = jsonDialects.find(each => each.files.test(site.source.path));
  if (dialect) return dialect.rewrite(site);
  return refuse('JSON expands nothing: the program would take a reference for the value itself.', ...ways(site.name));
}

function expanded(site: Site, reference: string): SiteOutcome {
  return { kind: 'edits', form: 'data', edits: site.ranges.map(range => ({ ...range, text: reference })) };
}

const yamlDialects: readonly Dialect[] = [
  { files: /(?:^|\/)(?:docker-)?compose[\w.-]*\.ya?ml$/, rewrite: rewriteCompose },
  { files: /(?:^|\/)\.github\/workflows\/[^/]+\.ya?ml$/, rewrite: rewriteWorkflow },
  {
    files: /(?:^|\/)action\.ya?ml$/,
    rewrite: ({ name }) =>
      refuse(
        'An action cannot read the secrets of the workflow that uses it.',
        `Make ${name} an input, and pass the secret to it.`,
      ),
  },
  { files: /(?:^|\/)[\w-]*\.?gitlab-ci[\w.-]*\.ya?ml$/, rewrite: rewriteGitlab },
  { files: /(?:^|\/)(?:application|bootstrap)[\w.-]*\.ya?ml$/, rewrite: rewriteApplication },
  {
    files: /(?:^|\/)\.circleci\/[\w.-]+\.ya?ml$/,
    rewrite: ({ name }) =>
      refuse(
        'CircleCI expands no variables in the values of its configuration.',
        `Delete the value here, and define ${name} in a context or in the settings of the project.`,
      ),
  },
  {
    files: /(?:^|\/)\.travis\.ya?ml$/,
    rewrite: ({ name }) =>
      refuse(
        'Travis expands no variables in the values of its configuration.',
        `Delete the value here, and define ${name} in the settings of the repository.`,
      ),
  },
  {
    files: /(?:^|\/)azure-pipelines[\w.-]*\.ya?ml$/,
    rewrite: ({ name }) =>
      refuse(
        'Azure Pipelines hands a secret only to the steps that ask for it.',
        `Define ${name} as a secret variable of the pipeline, and give it to the step with env: ${name}: $(${name}).`,
      ),
  },
  { files: /(?:^|\/)serverless[\w.-]*\.ya?ml$/, rewrite: site => scalar(site, `\${env:${site.name}}`) },
];

export function rewriteYaml(site: Site): SiteOutcome {
  const { source, first, name } = site;
  if (first.role === 'key')
    return refuse('The value is the name of an entry, not its content.', 'Change the layout of the file.');
  const dialect = yamlDialects.find(each => each.files.test(source.path));
  if (dialect) return dialect.rewrite(site);
  if (/^apiVersion:/m.test(source.text) && /^kind:/m.test(source.text)) {
    return refuse(
      'Kubernetes expands nothing in a manifest.',
      `Keep the value in a Secret, and read it with valueFrom.secretKeyRef as ${name}.`,
      'Or let External Secrets fetch it from the vault.',
    );
  }
  return refuse('YAML expands nothing by itself: the program would take a reference for the value.', ...ways(name));
}

/** Writes what the reader expands; unquoted inside of brackets it needs quotes. */
function scalar(site: Site, reference: string, value?: string): SiteOutcome {
  const { first, ranges } = site;
  if (first.role === 'word' && inFlow(site)) {
    const { text } = site.source;
    const [range] = ranges;
    const whole = text.slice(first.start, range?.start) + reference + text.slice(range?.end, first.end);
    if (ranges.length > 1 || /["\\]/.test(whole))
      return refuse('The value stands unquoted among others.', 'Put it between quotes, then move it.');
    return { kind: 'edits', form: 'data', value, edits: [{ start: first.start, end: first.end, text: `"${whole}"` }] };
  }
  return { kind: 'edits', form: 'data', value, edits: ranges.map(range => ({ ...range, text: reference })) };
}

function inFlow(site: Site): boolean {
  const { text } = site.source;
  const lineStart = text.lastIndexOf('\n', site.first.start) + 1;
  return (
    /^[^#]*[{[]/.test(text.slice(lineStart, site.first.start)) ||
    /^\s*[,\]}]/.test(text.slice(site.first.end, site.first.end + 20))
  );
}

/** Compose reads `$$` as a dollar, and stops by itself when the variable is missing. */
function rewriteCompose(site: Site): SiteOutcome {
  const written = siteValue(site);
  if (written === undefined)
    return refuse('The value cannot be read for sure.', 'Put it between single quotes, then move it.');
  if (/(?<!\$)(?:\$\$)*\$(?!\$)/.test(written))
    return refuse(
      'The value holds a dollar sign, which Compose expands.',
      'Write the sign twice, then move the value.',
    );
  return scalar(site, `\${${site.name}:?${site.name} is not set}`, written.replaceAll('$$', '$'));
}

function rewriteWorkflow(site: Site): SiteOutcome {
  const { first, name } = site;
  const keys = first.key?.name.split('.') ?? [];
  const key = keys.at(-1) ?? '';
  if (first.role === 'block' || key === 'run') {
    return refuse(
      'An expression in a run script would put the value into the script and its log.',
      `Give the step env: ${name}: \${{ secrets.${name} }}, and read "$${name}" in the script.`,
    );
  }
  if (/^(?:uses|name|if|id|on|runs-on|needs)$/.test(key))
    return refuse(`GitHub reads no secrets in ${key}.`, 'Pass the value through env or with.');
  if (keys[0] === 'on' || keys.includes('strategy'))
    return refuse(
      `GitHub reads no secrets in ${keys.includes('strategy') ? 'strategy' : 'on'}.`,
      'Pass the value through env or with.',
    );
  const inExpression = site.ranges.some(({ start }) => {
    const before = site.source.text.slice(Math.max(first.contentStart, start - 500), start);
    return before.lastIndexOf('${{') > before.lastIndexOf('}}');
  });
  if (inExpression)
    return refuse(
      'The value stands inside of an expression.',
      `Write secrets.${name} there, without quotes, and store the value.`,
    );
  if (/^GITHUB_/.test(name))
    return refuse('GitHub allows no secret whose name begins with GITHUB_.', 'Choose another name.');
  return scalar(site, `\${{ secrets.${name} }}`);
}

/** Spring, Quarkus and Micronaut expand; other readers of a file with this name may not. */
function rewriteApplication(site: Site): SiteOutcome {
  const { source, name } = site;
  const known =
    /(?:^|\/)src\/(?:main|test)\/resources\//.test(source.path) ||
    /^(?:spring|quarkus|micronaut|management):/m.test(source.text);
  if (known) return scalar(site, `\${${name}}`);
  return refuse('Whether the reader of this file expands variables cannot be told.', ...ways(name));
}

function rewriteGitlab(site: Site): SiteOutcome {
  const key = site.first.key?.name.split('.').at(-1);
  if (key === site.name)
    return refuse(
      `${site.name} cannot be defined as itself.`,
      `Delete the line, and define ${site.name} as a masked variable of the project.`,
    );
  return scalar(site, `\${${site.name}}`);
}

/** Comments and prose: what stood for the value stays readable. */
export function rewriteProse(ranges: Site['ranges'], name: string): SiteOutcome {
  return { kind: 'edits', form: 'data', edits: ranges.map(range => ({ ...range, text: `\${${name}}` })) };
}
