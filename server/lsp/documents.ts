import {
  type Connection,
  NotebookDocuments,
  type TextDocumentContentChangeEvent,
  TextDocuments,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Edit, Source } from '../engine/detector.ts';
import type { FileFindings, Inventory } from '../secrets/inventory.ts';
import type { DetectorPool, PooledDetection, PooledDocument } from '../workspace/detectorPool.ts';
import { pathBelow } from '../workspace/folders.ts';
import type { Configuration, Folder, FolderConfiguration } from './configuration.ts';
import { type DiagnosticPublisher, findingDiagnostics } from './diagnostics.ts';
import { readDetection } from './fileFindings.ts';
import type { Guard } from './guard.ts';
import { fileOf, keyOf, uriOf } from './places.ts';

/** Milliseconds of quiet before a changed text is looked at: less than the time between two keys of a fast typist. */
const quiet = 10;

/** What was found in an open text, and in which version of it. */
export interface Looked {
  readonly version: number;
  readonly text: string;
  readonly found: FileFindings;
  readonly folder: FolderConfiguration;
  /** Why nothing was looked at, half a sentence for people. */
  readonly skipped?: string;
}

export interface OpenText {
  readonly uri: string;
  /** See `keyOf`. */
  readonly key: string;
  readonly text: TextDocument;
  readonly source: Source;
  readonly folder: Folder;
}

export interface Documents {
  get(uri: string): OpenText | undefined;
  byKey(key: string): OpenText | undefined;
  all(): readonly OpenText[];
  /** True for an open file and for a notebook whose cells are open. */
  covers(file: string): boolean;
  /** The findings of the text as it is now. Undefined when it is not open. Rejects only with the signal's reason. */
  look(uri: string, signal: AbortSignal): Promise<Looked | undefined>;
  /** Looks again at every open text of the folders: their rules or settings changed. */
  lookAgain(folders: readonly Folder[]): void;
  onClose(listener: (document: OpenText) => void): void;
  onSave(listener: (document: OpenText) => void): void;
  /** Told when an open text begins or ceases to be passed over. */
  onSkip(listener: () => void): void;
  /** The open texts that are passed over, and why, for people. */
  skipped(): readonly string[];
  listen(connection: Connection): void;
}

/** The one owner of open text: what is typed, and one job a text that looks at it. */
export function createDocuments(
  pool: DetectorPool,
  configuration: Configuration,
  inventory: Inventory,
  publisher: DiagnosticPublisher,
  guard: Guard,
): Documents {
  const open = new Map<string, Open>();
  const closed: ((document: OpenText) => void)[] = [];
  const saved: ((document: OpenText) => void)[] = [];
  const skips = new Map<string, string>();
  const skipListeners: (() => void)[] = [];

  const create = (uri: string, languageId: string, version: number, content: string): Open => {
    const document = new Open(
      TextDocument.create(uri, languageId, version, content),
      configuration.folderOf(uri),
      pool,
    );
    open.get(uri)?.close();
    open.set(uri, document);
    schedule(document, 0);
    return document;
  };
  const update = (document: Open, changes: TextDocumentContentChangeEvent[], version: number): Open => {
    document.change(changes, version);
    schedule(document, quiet);
    return document;
  };
  const schedule = (document: Open, delay: number) => {
    document.schedule(delay, signal => guard.run('Looking at a changed text', () => show(document, signal)));
  };
  const show = async (document: Open, signal: AbortSignal) => {
    const looked = await document.look(configuration, signal);
    if (signal.aborted || document.text.version !== looked.version || open.get(document.uri) !== document) return;
    inventory.set(document.key, looked.found);
    leaveToCells(document);
    const diagnostics = findingDiagnostics(looked.found, looked.folder, looked.text);
    publisher.publish(document.uri, 'findings', diagnostics, looked.version);
    noteSkip(document.uri, looked.skipped && `${looked.found.path} was not looked at: ${looked.skipped}`);
  };
  /** A notebook whose cells are open is not a file of its own. */
  const leaveToCells = ({ uri, key }: Open) => {
    const notebook = fileOf(uri);
    if (notebook === undefined || notebook === key || inventory.get(notebook) === undefined) return;
    inventory.remove(notebook);
    publisher.publish(uriOf(notebook), 'findings', []);
  };
  const noteSkip = (uri: string, sentence: string | undefined) => {
    if (skips.get(uri) === sentence) return;
    if (sentence === undefined) skips.delete(uri);
    else skips.set(uri, sentence);
    for (const listener of skipListeners) listener();
  };

  const texts = new TextDocuments<Open>({ create, update });
  const notebooks = new NotebookDocuments<Open>({ create, update });
  for (const documents of [texts, notebooks.cellTextDocuments]) {
    documents.onDidClose(({ document }) => {
      if (open.get(document.uri) === document) open.delete(document.uri);
      document.close();
      noteSkip(document.uri, undefined);
      for (const listener of closed) listener(document);
    });
    documents.onDidSave(({ document }) => {
      for (const listener of saved) listener(document);
    });
  }
  notebooks.onDidSave(notebook => {
    for (const cell of notebook.cells) {
      const document = open.get(cell.document);
      if (document !== undefined) for (const listener of saved) listener(document);
    }
  });

  return {
    get: uri => open.get(uri),
    byKey: key => [...open.values()].find(document => document.key === key),
    all: () => [...open.values()],
    covers: file => [...open.values()].some(document => fileOf(document.uri) === file),
    look: async (uri, signal) => open.get(uri)?.look(configuration, signal),
    lookAgain(folders) {
      const changed = new Set(folders.map(folder => folder.uri));
      for (const document of open.values()) {
        const folder = configuration.folderOf(document.uri);
        if (folder.uri !== document.folder.uri) document.moveTo(folder);
        else if (!changed.has(folder.uri)) continue;
        schedule(document, 0);
      }
    },
    onClose: listener => void closed.push(listener),
    onSave: listener => void saved.push(listener),
    onSkip: listener => void skipListeners.push(listener),
    skipped: () => [...skips.values()],
    listen(connection) {
      texts.listen(connection);
      notebooks.listen(connection);
    },
  };
}

class Open implements OpenText {
  readonly uri: string;
  readonly key: string;
  readonly text: TextDocument;
  folder: Folder;
  readonly #pool: DetectorPool;
  #pooled: PooledDocument;
  #timer: NodeJS.Timeout | undefined;
  #job = new AbortController();
  #looked: Looked | undefined;

  constructor(text: TextDocument, folder: Folder, pool: DetectorPool) {
    this.uri = text.uri;
    this.key = keyOf(text.uri);
    this.text = text;
    this.folder = folder;
    this.#pool = pool;
    this.#pooled = pool.open(this.source);
  }

  get source(): Source {
    const file = fileOf(this.uri);
    const { root } = this.folder;
    const below = file === undefined || root === undefined ? undefined : pathBelow(root, file);
    return { text: this.text.getText(), path: below ?? nameOf(this.uri), languageId: this.text.languageId };
  }

  /** The worker that holds this text gets the same edits, in the same order. */
  change(changes: readonly TextDocumentContentChangeEvent[], version: number): void {
    const edits: Edit[] = [];
    for (const change of changes) {
      const whole = !('range' in change);
      const start = whole ? 0 : this.text.offsetAt(change.range.start);
      const end = whole ? this.text.getText().length : this.text.offsetAt(change.range.end);
      edits.push({ start: Math.min(start, end), end: Math.max(start, end), text: change.text });
      TextDocument.update(this.text, [change], version);
    }
    this.#pooled.edit(edits);
  }

  moveTo(folder: Folder): void {
    this.folder = folder;
    this.#looked = undefined;
    this.#pooled.close();
    this.#pooled = this.#pool.open(this.source);
  }

  /** One job a document: newer text aborts the older job. */
  schedule(delay: number, work: (signal: AbortSignal) => Promise<void>): void {
    clearTimeout(this.#timer);
    this.#job.abort();
    this.#job = new AbortController();
    const { signal } = this.#job;
    this.#timer = setTimeout(() => void work(signal), delay);
  }

  async look(configuration: Configuration, signal: AbortSignal): Promise<Looked> {
    const folder = await configuration.for(this.folder);
    signal.throwIfAborted();
    const { version } = this.text;
    if (this.#looked?.version === version && this.#looked.folder === folder) return this.#looked;
    const copy = TextDocument.create(this.uri, this.text.languageId, version, this.text.getText());
    const large = tooLarge(copy.getText(), folder.settings.maxFileSize);
    const detection = large === undefined ? await this.#pooled.detect(folder.rules.set, signal) : nothing(large);
    const found = readDetection(copy, this.source.path, detection, folder);
    const looked = { version, text: copy.getText(), found, folder, skipped: detection.failed };
    if (this.text.version === version) this.#looked = looked;
    return looked;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#job.abort();
    this.#pooled.close();
  }
}

/** Why a text is passed over, as its file would be. */
function tooLarge(text: string, limit: number): string | undefined {
  // A character takes at most three bytes: most texts need not be measured.
  const size = text.length * 3 <= limit ? 0 : Buffer.byteLength(text);
  return size <= limit ? undefined : `it has ${size} bytes and keysweep.maxFileSize is ${limit}`;
}

function nothing(failed: string): PooledDetection {
  return { findings: [], certificates: [], failed };
}

/** The last part of a URI's path: all that a text outside every folder has for a path. */
function nameOf(uri: string): string {
  const path = uri.replace(/[?#].*$/, '').replace(/^[^:]+:/, '');
  const name = path.slice(path.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(name);
  } catch {
    // Not percent-encoded after all.
    return name;
  }
}
