import type { Finding, Source } from '../engine/detector.ts';
import { rewrite } from '../engine/rewrite.ts';

/** Longer texts are not rewritten on trial while somebody only points at them. */
const longest = 300_000;

/** What a move of the finding would do here, in a sentence; `refused` with why it cannot be done. */
export type Preview =
  | { readonly kind: 'possible'; readonly text: string }
  | { readonly kind: 'refused'; readonly reason: string; readonly waysOut: readonly string[] };

export function previewMove(source: Source, finding: Finding): Preview {
  const name = finding.variable;
  if (source.text.length > longest)
    return { kind: 'possible', text: `stores the value as ${name} and rewrites the text to read it` };
  const plan = rewrite(source, [finding], name);
  if (plan.kind === 'refused') return plan;
  const forms = {
    code: `stores the value as ${name} and reads ${name} from the environment here`,
    data: `stores the value as ${name} and puts a reference to ${name} here, which the reader of this file expands`,
    removed: `stores the value as ${name} and removes it here; the manifest names it from then on`,
    reference: 'puts a reference to the stored value here; keysweep inject must render the file',
  };
  return { kind: 'possible', text: forms[plan.form] };
}

/** For Markdown: what a text, a rule or a manifest says is shown, never interpreted. */
export function escapeMarkdown(text: string): string {
  return text.replace(/[\r\n]+/g, ' ').replace(/[\\`*_{}[\]()#+\-.!<>|~&$]/g, '\\$&');
}

/** Sentences of the engine and of rules: what stands between backticks is shown as code, everything else as it is written. */
export function markdownOf(sentence: string): string {
  return sentence
    .replace(/[\r\n]+/g, ' ')
    .split(/(`[^`]+`)/)
    .map(part => (/^`[^`]+`$/.test(part) ? part : escapeMarkdown(part)))
    .join('');
}
