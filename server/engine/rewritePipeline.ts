import { withoutEntry } from './rewriteEntry.ts';
import { refuse, type Site, type SiteOutcome, writtenOf } from './rewriteSite.ts';
import { scalar, shellRead } from './rewriteYaml.ts';

// Pipelines: what each service puts in the place of a secret that is defined in its settings.

const scripts =
  /(?:^|\.)(?:script|before_script|after_script|run|command|after_success|before_install|install)(?:$|\.)/;

export function rewriteWorkflow(site: Site): SiteOutcome {
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

/** A masked variable of the project: it is in every job's environment, and wins over one of the same name here. */
export function rewriteGitlab(site: Site): SiteOutcome {
  const { first, name } = site;
  const entry = first.key?.name ?? '';
  if (scripts.test(entry)) return shellRead(site);
  if (!/(?:^|\.)variables\./.test(entry))
    return refuse(
      'GitLab expands no variables in this entry.',
      `Read "$${name}" in a script, and define it as a masked variable.`,
    );
  if (writtenOf(site).includes('$'))
    return refuse('The value holds a dollar sign, which GitLab expands.', 'Define it as a masked variable by hand.');
  if (entry.split('.').at(-1) === name) return withoutEntry(site, name);
  return scalar(site, `\${${name}}`);
}

/** `$(NAME)` is a macro of Azure's: a secret variable is put there before a task reads it, but never into a script. */
export function rewriteAzure(site: Site): SiteOutcome {
  const { first, name } = site;
  const keys = first.key?.name.split('.') ?? [];
  const key = keys.at(-1) ?? '';
  if (writtenOf(site).includes('$'))
    return refuse(
      'The value holds a dollar sign, which Azure Pipelines expands.',
      'Define it as a secret variable by hand.',
    );
  if (first.role === 'block' || /^(?:script|bash|pwsh|powershell|inlineScript)$/.test(key))
    return refuse(
      'Azure Pipelines hands a secret only to the steps that ask for it.',
      `Define ${name} as a secret variable of the pipeline, give it to the step with env: ${name}: $(${name}), and read it in the script.`,
    );
  if (!keys.some(each => /^(?:variables|env|inputs)$/.test(each)) || keys.includes('parameters'))
    return refuse('Azure Pipelines expands no secrets in this entry.', 'Pass the value through env or inputs.');
  if (keys.includes('variables') && key === name)
    return refuse(
      `${name} cannot be defined as itself.`,
      `Delete the line, and define ${name} as a secret variable of the pipeline.`,
    );
  return scalar(site, `$(${name})`);
}

/** CircleCI, Travis, Bitbucket, AppVeyor: a variable of the project is in every step's environment; nothing else is expanded. */
export function rewriteShellSteps(site: Site): SiteOutcome {
  const { first, name } = site;
  const entry = first.key?.name ?? '';
  if (scripts.test(entry)) return shellRead(site);
  const own = /(?:^|\.)(?:environment|env)(?:\.[\w-]+)*\.([A-Za-z_]\w*)$/.exec(entry)?.[1];
  if (own !== undefined && first.role !== 'block') return withoutEntry(site, own);
  return refuse(
    'The service expands no variables in the values of its configuration.',
    `Delete the value here, and define ${name} in the settings of the project.`,
  );
}
