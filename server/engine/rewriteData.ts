import { type Dialect, dialectOf, type Rewriter } from './dialects.ts';
import { placeOf, spanValue } from './lexer.ts';
import { expandedJson, rewriteEditorJson } from './rewriteEditorJson.ts';
import { withoutEntry } from './rewriteEntry.ts';
import { rewriteKubernetes } from './rewriteKubernetes.ts';
import { rewriteAzure, rewriteGitlab, rewriteShellSteps, rewriteWorkflow } from './rewritePipeline.ts';
import { refuse, type Site, type SiteOutcome, siteValue, writtenOf } from './rewriteSite.ts';
import { scalar } from './rewriteYaml.ts';

/** A line of a .env file goes: `keysweep run` gives its name, and the one that was asked for, from then on. */
export function rewriteDotenv(site: Site): SiteOutcome {
  const { first, source } = site;
  const { text } = source;
  const own = first.key?.name ?? '';
  if (own === '') return refuse('The value has no name on its line.', 'Write it as NAME=value, then move it.');
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
  return { kind: 'edits', form: 'removed', edits: [edit], value, alias: own };
}

const rewriters: Readonly<Record<Rewriter, (site: Site) => SiteOutcome>> = {
  compose: rewriteCompose,
  workflow: rewriteWorkflow,
  gitlab: rewriteGitlab,
  azure: rewriteAzure,
  shellSteps: rewriteShellSteps,
  kubernetes: rewriteKubernetes,
  editorJson: rewriteEditorJson,
  ansible: rewriteAnsible,
};

/** Data of any format, by what is known of its reader: a text whose reader is not known to expand anything stays as it is. */
export function rewriteData(site: Site): SiteOutcome {
  const { source, first, name, spans } = site;
  if (first.role === 'key')
    return refuse('The value is the name of an entry, not its content.', 'Change the layout of the file.');
  const entry = first.key?.name ?? '';
  const dialect = dialectOf(source, spans.syntax.id);
  if (dialect === undefined) return refuseUnknown(name, spans.syntax.id);
  switch (dialect.kind) {
    case 'expands':
      return rewriteExpanded(site, dialect);
    case 'overridden': {
      const variable = dialect.variable(surroundedName(site));
      if (variable !== undefined) return withoutEntry(site, variable);
      return refuse(`No variable of ${dialect.reader} stands for ${entry || 'this entry'}.`, ...waysOut(name));
    }
    case 'refused':
      return refuse(dialect.reason, ...dialect.ways(name, entry));
    case 'own':
      return rewriters[dialect.rewriter](site);
  }
}

function waysOut(name: string): readonly string[] {
  return [
    `Remove the value, let the program read ${name} from the environment, and store the value with keysweep set ${name}.`,
    'Or keep this file out of git, and rotate the value if it was committed.',
  ];
}

const formats: Readonly<Record<string, string>> = {
  json: 'JSON',
  yaml: 'YAML',
  toml: 'TOML',
  xml: 'XML',
  ini: 'An INI file',
  properties: 'A properties file',
};

function refuseUnknown(name: string, syntax: string): SiteOutcome {
  const format = formats[syntax] ?? 'A file of this kind';
  return refuse(
    `${format} expands nothing by itself: the program would take a reference for the value.`,
    ...waysOut(name),
  );
}

/** What a value is called: by the lexer, or (in formats that are read as code) by the assignment and the section around it. */
function surroundedName({ first, source, spans }: Site): string {
  if (first.key !== undefined || spans.syntax.scanner !== 'code') return first.key?.name ?? '';
  const { assigned } = placeOf(source, first.contentStart, first.contentEnd);
  const sections = source.text.slice(0, first.start).matchAll(/^[ \t]*\[\[?([\w.-]+)\]\]?/gm);
  const section = spans.syntax.id === 'toml' ? [...sections].at(-1)?.[1] : undefined;
  return section === undefined ? assigned : `${section}.${assigned}`;
}

function rewriteExpanded(site: Site, dialect: Extract<Dialect, { kind: 'expands' }>): SiteOutcome {
  const { first, source, name, ranges, spans } = site;
  if (dialect.only !== undefined && !dialect.only.test(surroundedName(site)))
    return refuse('The reader of this file expands nothing in this entry.', ...waysOut(name));
  const written = ranges.map(({ start, end }) => source.text.slice(start, end));
  const value = siteValue(site);
  if (value === undefined)
    return refuse('The value cannot be read for sure.', 'Put it between single quotes, then move it.');
  if (written.some(text => dialect.signs.test(text)))
    return refuse(
      'The value holds a sign that the reader of this file takes for something of its own.',
      'Let the program read the variable itself, and store the value as the program sees it.',
    );
  if (dialect.textual === true && (written.some(text => text !== value) || /[\r\n]/.test(value)))
    return refuse(
      'The value is written with escapes, which a variable is not read for.',
      'Write it plainly, then move it.',
    );
  const quote = first.quote === '"' ? "'" : first.quote === "'" || spans.syntax.id === 'yaml' ? '"' : '';
  const reference = dialect.write(name, quote);
  if (spans.syntax.id === 'yaml') return scalar(site, reference, dialect.write(name, "'"), dialect.textual === true);
  if (spans.syntax.id === 'json') return expandedJson(site, reference);
  if (first.role === 'block' || (first.quote.length > 1 && first.quote !== '<![CDATA['))
    return refuse('The value stands among several lines.', 'Write it on one line, then move it.');
  return { kind: 'edits', form: 'data', edits: ranges.map(range => ({ ...range, text: reference })) };
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
  return scalar(site, `\${${site.name}:?${site.name} is not set}`, undefined, false, written.replaceAll('$$', '$'));
}

/** Jinja takes the whole scalar for a template; an unquoted one must not begin with a brace. */
function rewriteAnsible(site: Site): SiteOutcome {
  const { first, name } = site;
  if (first.role === 'block')
    return refuse('The value stands among several lines.', 'Write it on one line, then move it.');
  if (/[{}%]/.test(writtenOf(site)))
    return refuse('The value holds braces, which Ansible reads as its own.', 'Let the role read the variable itself.');
  if (/^(?:.*\.)?(?:when|changed_when|failed_when|until|that)$/.test(first.key?.name ?? ''))
    return refuse('The value stands inside of an expression.', `Write lookup('env', '${name}') there.`);
  const read = (quote: string) => `{{ lookup(${quote}env${quote}, ${quote}${name}${quote}) }}`;
  return scalar(site, read(first.quote === "'" ? '"' : "'"), read("'"), false);
}

/** Comments and prose: what stood for the value stays readable. */
export function rewriteProse(ranges: Site['ranges'], name: string): SiteOutcome {
  return { kind: 'edits', form: 'data', edits: ranges.map(range => ({ ...range, text: `\${${name}}` })) };
}
