import { isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Range, TextDocument } from 'vscode-languageserver-textdocument';

const cellScheme = 'vscode-notebook-cell:';

/**
 * What stands for a document in the inventory and in a move: the absolute path of a file, a cell's notebook with the cell's
 * fragment (`/a/b.ipynb#W0s`), and the URI itself of what is on no disk.
 */
export function keyOf(uri: string): string {
  const file = fileOf(uri);
  if (file === undefined) return uri;
  const fragment = uri.startsWith(cellScheme) ? uri.indexOf('#') : -1;
  return fragment < 0 ? file : file + uri.slice(fragment);
}

/** The file behind a `file:` URI or behind a notebook's cell; undefined for what is on no disk. */
export function fileOf(uri: string): string | undefined {
  const plain = uri.startsWith(cellScheme) ? notebookOf(uri.slice(cellScheme.length)) : uri;
  if (plain?.startsWith('file:') !== true) return undefined;
  try {
    const file = fileURLToPath(plain);
    return /^[a-z]:/.test(file) ? file.charAt(0).toUpperCase() + file.slice(1) : file;
  } catch {
    // A path that this system cannot have: treated like any other text that is on no disk.
    return undefined;
  }
}

/**
 * The `file:` URI of a cell's notebook. VS Code writes the notebook's own scheme at the end of the fragment, in base64: on a
 * remote machine, which is ours then, the authority is its name; an untitled notebook is no file.
 */
function notebookOf(cell: string): string | undefined {
  const [path = ''] = cell.split(/[#?]/);
  const encoded = /#W[0-9]*s([^&]*)$/.exec(cell)?.[1] ?? '';
  const scheme = Buffer.from(encoded.replaceAll(/%3d/gi, ''), 'base64').toString();
  if (scheme === 'vscode-remote') return `file:${path.replace(/^\/\/[^/]*/, '')}`;
  return scheme === '' || scheme === 'file' ? `file:${path}` : undefined;
}

/** The URI of a key that no open document has. */
export function uriOf(key: string): string {
  return isAbsolute(key) ? pathToFileURL(key).href : key;
}

export function rangeOf(text: TextDocument, place: { readonly start: number; readonly end: number }): Range {
  return { start: text.positionAt(place.start), end: text.positionAt(place.end) };
}

export function touches(a: Range, b: Range): boolean {
  return !isBefore(a.end, b.start) && !isBefore(b.end, a.start);
}

function isBefore(a: Range['start'], b: Range['start']): boolean {
  return a.line < b.line || (a.line === b.line && a.character < b.character);
}
