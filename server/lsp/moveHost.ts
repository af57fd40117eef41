import { readFile, stat } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import {
  type ClientCapabilities,
  type Connection,
  CreateFile,
  ResourceOperationKind,
  type TextDocumentEdit,
  TextEdit,
} from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { Edit, Finding, Source } from '../engine/detector.ts';
import { saveDocuments } from '../protocol/messages.ts';
import type { Inventory } from '../secrets/inventory.ts';
import type { Journal } from '../secrets/journal.ts';
import type { ApplyOutcome, MoveHost, MoveText, TextEdits } from '../secrets/moveSecret.ts';
import type { DetectorPool } from '../workspace/detectorPool.ts';
import { isWithin, pathBelow } from '../workspace/folders.ts';
import { filesWith, scanFile } from '../workspace/scan.ts';
import type { Configuration } from './configuration.ts';
import type { Documents } from './documents.ts';
import type { Guard } from './guard.ts';
import { fileOf, rangeOf, uriOf } from './places.ts';

/** Milliseconds that a search of the closed files for copies may take. */
const patience = 10_000;

const byteOrderMark = '\uFEFF';

/** How a move reads and edits through an editor: open texts as they are typed, the others from disk, one edit for all. */
export function createMoveHost(
  connection: Connection,
  capabilities: ClientCapabilities,
  canSave: boolean,
  documents: Documents,
  configuration: Configuration,
  pool: DetectorPool,
  inventory: Inventory,
  journal: Journal,
  guard: Guard,
): MoveHost {
  const current = async (
    edit: TextEdits,
  ): Promise<{ uri: string; version: number | null; text: string; isNew: boolean } | undefined> => {
    const open = documents.byKey(edit.file);
    if (open !== undefined) {
      const { uri, text } = open;
      return { uri, version: text.version, text: text.getText(), isNew: false };
    }
    const text = await readText(edit.file);
    if (text === undefined && edit.before === '')
      return { uri: uriOf(edit.file), version: null, text: '', isNew: true };
    return text === undefined ? undefined : { uri: uriOf(edit.file), version: null, text, isNew: false };
  };
  const { documentChanges, resourceOperations, metadataSupport } = capabilities.workspace?.workspaceEdit ?? {};
  const send = async (changes: readonly (TextDocumentEdit | CreateFile)[], label: string): Promise<boolean> => {
    const metadata = metadataSupport === true ? { metadata: { isRefactoring: true } } : {};
    const edit = documentChanges === true ? { documentChanges: [...changes] } : { changes: withoutVersions(changes) };
    return (await connection.workspace.applyEdit({ label, edit, ...metadata })).applied;
  };
  const save = async (uris: readonly string[]): Promise<boolean> => {
    // Another editor's documents are its user's to save.
    if (!canSave) return true;
    return connection.sendRequest(saveDocuments, { uris });
  };

  return {
    journal,
    failed: error => guard.failed('Moving a secret', error),
    async read(file, signal) {
      const open = documents.byKey(file);
      if (open !== undefined) {
        const looked = await documents.look(open.uri, signal);
        if (looked === undefined) return undefined;
        const text: MoveText = { file, source: { ...open.source, text: looked.text }, version: looked.version };
        return { text, findings: looked.found.findings };
      }
      return readClosed(file, signal);
    },
    async copies(fingerprint, except, signal, mentions) {
      const files = inventory.holding(fingerprint).filter(file => fileOf(uriOf(file)) !== undefined);
      const mentioned = mentions === undefined ? [] : await allWith(mentions, signal);
      return [...new Set([...files, ...mentioned])].filter(file => file !== except);
    },
    apply,
  };

  /** Open texts and closed files that a search for the value finds; what it has found by the time it takes too long. */
  async function allWith(mentions: (text: string) => boolean, signal: AbortSignal): Promise<readonly string[]> {
    const open = documents.all().filter(({ uri, text }) => fileOf(uri) !== undefined && mentions(text.getText()));
    const found = open.map(({ key }) => key);
    const late = AbortSignal.timeout(patience);
    try {
      for (const folder of configuration.folders()) {
        const { root, settings } = await configuration.for(folder);
        if (root === undefined || !settings.scanWorkspace) continue;
        const both = AbortSignal.any([signal, late]);
        for await (const file of filesWith(root, mentions, { settings, ignore: true, dotenv: true }, both))
          if (!documents.covers(file)) found.push(file);
      }
    } catch (error) {
      if (signal.aborted || !late.aborted) throw error;
    }
    return found;
  }

  async function apply(edits: readonly TextEdits[], label: string): Promise<ApplyOutcome> {
    const changes: (TextDocumentEdit | CreateFile)[] = [];
    const back: Back[] = [];
    for (const edit of edits) {
      const now = await current(edit);
      const stale = now === undefined || now.text !== edit.before;
      if (stale || (edit.version !== undefined && now.version !== edit.version)) return 'stale';
      if (now.isNew && resourceOperations?.includes(ResourceOperationKind.Create) === true) {
        changes.push(CreateFile.create(now.uri, { ignoreIfExists: true }));
      }
      changes.push({ textDocument: { uri: now.uri, version: now.version }, edits: textEdits(now.text, edit.edits) });
      const { file, before } = edit;
      back.push({ file, before, onDisk: await readText(file), edits: inverse(before, edit.edits) });
    }
    if (!(await send(changes, label))) return 'stale';
    const uris = changes.flatMap(change => ('textDocument' in change ? [change.textDocument.uri] : []));
    if (await save(uris).catch(() => false)) return 'applied';
    const lost = await putBack(back, label, uris);
    return { kind: 'failed', reason: 'A file could not be saved, so the edit was taken back.', lost };
  }

  /**
   * The value is only on disk as long as a file is not saved: what was edited without reaching the disk is edited back. Answers
   * the files of which that is not sure: they may read the stored value now.
   */
  async function putBack(back: readonly Back[], label: string, uris: readonly string[]): Promise<readonly string[]> {
    const changes: TextDocumentEdit[] = [];
    for (const { file, edits } of back) {
      const open = documents.byKey(file);
      const text = open?.text.getText() ?? (await readText(file));
      if (text === undefined) continue;
      const textDocument = { uri: open?.uri ?? uriOf(file), version: open?.text.version ?? null };
      changes.push({ textDocument, edits: textEdits(text, edits) });
    }
    if (!(await send(changes, `Take back: ${label}`).catch(() => false))) return back.map(({ file }) => file);
    if (await save(uris).catch(() => false)) return [];
    // The file that could not be saved is the same again: what counts is whether the disk ever got the edit.
    const lost: string[] = [];
    for (const { file, before, onDisk } of back) {
      const now = await readText(file);
      if (now !== onDisk && now !== undefined && withoutMark(now) !== withoutMark(before)) lost.push(file);
    }
    return lost;
  }

  async function readClosed(file: string, signal: AbortSignal) {
    const folder = await configuration.for(configuration.folderOf(uriOf(file)));
    const root = folder.root !== undefined && isWithin(file, folder.root) ? folder.root : dirname(file);
    const options = { pool, rules: folder.rules.set, settings: folder.settings, ignore: false };
    const scanned = await scanFile(root, pathBelow(root, file) ?? basename(file), options, signal);
    if (scanned.kind === 'skipped') return undefined;
    const source: Source = { text: scanned.text, path: scanned.path };
    const findings: readonly Finding[] = scanned.findings;
    return { text: { file, source }, findings };
  }
}

/** What takes an edit back, and how to tell that it was. */
interface Back {
  readonly file: string;
  readonly before: string;
  /** What the file held before the edit; an open text may differ from it. */
  readonly onDisk: string | undefined;
  readonly edits: readonly Edit[];
}

/** Undefined when there is no such file or it is no text. */
async function readText(file: string): Promise<string | undefined> {
  try {
    if (!(await stat(file)).isFile()) return undefined;
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(await readFile(file));
  } catch {
    // Gone, not ours to read, or bytes that are no UTF-8: nothing that could be edited safely.
    return undefined;
  }
}

/** For clients of the older form; their texts were compared a moment ago. */
function withoutVersions(changes: readonly (TextDocumentEdit | CreateFile)[]): Record<string, TextEdit[]> {
  const edits: Record<string, TextEdit[]> = {};
  for (const change of changes) {
    if ('textDocument' in change) edits[change.textDocument.uri] = change.edits.filter(TextEdit.is);
  }
  return edits;
}

/** As LSP has them. An editor opens a file without its byte order mark, so places in the first line stand one to the left there. */
function textEdits(text: string, edits: readonly Edit[]): TextEdit[] {
  const document = TextDocument.create('', '', 0, withoutMark(text));
  const marked = text.length - document.getText().length;
  return edits.map(({ start, end, text: newText }) => ({
    range: rangeOf(document, { start: Math.max(0, start - marked), end: Math.max(0, end - marked) }),
    newText,
  }));
}

function withoutMark(text: string): string {
  return text.startsWith(byteOrderMark) ? text.slice(1) : text;
}

/** The edits that make `before` again out of what `edits` made of it. */
function inverse(before: string, edits: readonly Edit[]): readonly Edit[] {
  let shift = 0;
  return edits.map(({ start, end, text }) => {
    const from = start + shift;
    shift += text.length - (end - start);
    return { start: from, end: from + text.length, text: before.slice(start, end) };
  });
}
