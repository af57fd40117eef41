import { isAbsolute, relative, sep } from 'node:path';
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
  const plain = uri.startsWith(cellScheme) ? `file:${uri.slice(cellScheme.length).replace(/[#?].*$/, '')}` : uri;
  if (!plain.startsWith('file:')) return undefined;
  try {
    const file = fileURLToPath(plain);
    return /^[a-z]:/.test(file) ? file.charAt(0).toUpperCase() + file.slice(1) : file;
  } catch {
    // A path that this system cannot have: treated like any other text that is on no disk.
    return undefined;
  }
}

/** The URI of a key that no open document has. */
export function uriOf(key: string): string {
  return isAbsolute(key) ? pathToFileURL(key).href : key;
}

/** Relative to `root`, with `/`, empty for the root itself; undefined when the file stands elsewhere. */
export function pathBelow(root: string, file: string): string | undefined {
  const path = relative(root, file);
  if (path === '..' || path.startsWith(`..${sep}`) || isAbsolute(path)) return undefined;
  return path.split(sep).join('/');
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
