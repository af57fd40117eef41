import { basename } from 'node:path';
import { type CompletionItem, CompletionItemKind, type Position } from 'vscode-languageserver/node';
import { printReference, type Reference } from '../engine/reference.ts';
import { projectOf } from '../secrets/moveSecret.ts';
import { manifestName } from '../workspace/manifest.ts';
import type { Configuration } from './configuration.ts';
import type { Documents } from './documents.ts';
import { fileOf } from './places.ts';
import type { StoreAccess } from './storeAccess.ts';

/** Milliseconds that a store may take to list what it holds. */
const patience = 1500;

/** References in a manifest: what the stores hold for this project, and the one that the line's name would have. */
export async function completions(
  uri: string,
  position: Position,
  documents: Documents,
  configuration: Configuration,
  access: StoreAccess,
  signal: AbortSignal,
): Promise<CompletionItem[]> {
  const document = documents.get(uri);
  const file = fileOf(uri);
  if (document === undefined || file === undefined || basename(file) !== manifestName || !configuration.trusted)
    return [];
  const before = document.text.getText({ start: { line: position.line, character: 0 }, end: position });
  const typed = /^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=\s*(["']?)((?:r|re|ref|ref\+\S*)?)$/.exec(before);
  if (typed === null) return [];
  const [, name = '', quote = '', written = ''] = typed;
  const range = { start: { line: position.line, character: position.character - written.length }, end: position };
  const items: CompletionItem[] = [];
  for (const store of (await access.stores()).all) {
    const project = await projectOf(file, store, signal);
    const own = store.referenceFor(project, name);
    const held = await store
      .list(project, AbortSignal.any([signal, AbortSignal.timeout(patience)]))
      // A store that is locked or away offers nothing but the name's own reference.
      .catch((): readonly Reference[] => []);
    const texts = new Map<string, string>(
      held.map(reference => [printReference(reference), `stored in ${store.label}`]),
    );
    if (!texts.has(printReference(own))) texts.set(printReference(own), `not stored in ${store.label} yet`);
    for (const [text, detail] of texts) {
      const newText = quote === '' ? `"${text}"` : text;
      items.push({
        label: text,
        detail,
        kind: CompletionItemKind.Reference,
        filterText: text,
        sortText: text === printReference(own) ? `0${text}` : `1${text}`,
        textEdit: { range, newText },
      });
    }
  }
  return items;
}
