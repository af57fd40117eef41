import { refuse, type Site, type SiteOutcome, writtenOf } from './rewriteSite.ts';

/** Files of VS Code: https://code.visualstudio.com/docs/reference/variables-reference; never an input of type `command`, which any extension answers. */
export function rewriteEditorJson(site: Site): SiteOutcome {
  const { first, source, name } = site;
  const entry = first.key?.name ?? '';
  const settings = /(?:^|\/)\.vscode\/settings\.json$|\.code-workspace$/.test(source.path);
  // Of its settings VS Code expands those of the terminal and what it takes for a launch, a task or a server.
  if (settings && !/(?:^|\.)(?:terminal\.integrated\.env\.(?:linux|osx|windows)|launch|tasks|mcp)\./.test(entry))
    return refuse(
      'VS Code expands nothing in this setting.',
      `Remove the setting, and let the extension read ${name} from the environment or keep the value itself.`,
    );
  if (/(?:^|\.)inputs\b/.test(entry))
    return refuse('VS Code expands nothing in the description of an input.', 'Leave the default empty.');
  if (writtenOf(site).includes('$'))
    return refuse(
      'The value holds a dollar sign, which VS Code expands.',
      'Give it through a password input (promptString).',
    );
  return expandedJson(site, `\${env:${name}}`);
}

/** A reference in the value's place, escaped as JSON asks. */
export function expandedJson(site: Site, reference: string): SiteOutcome {
  const text = JSON.stringify(reference).slice(1, -1);
  return { kind: 'edits', form: 'data', edits: site.ranges.map(range => ({ ...range, text })) };
}
