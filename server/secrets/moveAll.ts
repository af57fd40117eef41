import type { Finding } from '../engine/detector.ts';
import { parseReference } from '../engine/reference.ts';
import { edited } from '../engine/rewrite.ts';
import { type SecretStore, StoreError } from '../stores/store.ts';
import type { JournalEntry } from './journal.ts';
import type { MoveHost, MoveText, TextEdits } from './moveHost.ts';
import { type Moved, type MoveOutcome, moveSecret, proposeMove } from './moveSecret.ts';
import { previewStore } from './previewStore.ts';

/* Many moves, one after the other, each whole or not at all. The preview carries the very same moves out, on texts in memory and a
   store that takes nothing: what it shows is what will happen. */

export interface MoveAllHost extends MoveHost {
  /** As `read`, of a text that is not on the disk. */
  findings(text: MoveText, signal: AbortSignal): Promise<readonly Finding[]>;
}

/** A value of the workspace that is to be moved. */
export interface Candidate {
  readonly fingerprint: string;
  /** For people. */
  readonly title: string;
  readonly rule: string;
  /** Absolute paths of the files in which it was found, the first one first. */
  readonly files: readonly string[];
}

export interface MoveAllRequest {
  /** Workspace folder: absolute. */
  readonly root: string;
  readonly store: SecretStore;
  /** As MoveRequest's. */
  readonly act?: string;
}

export type PlannedMove =
  /** `file`: where the value is taken from. */
  | { readonly kind: 'move'; readonly candidate: Candidate; readonly file: string; readonly moved: Moved }
  | { readonly kind: 'refused'; readonly candidate: Candidate; readonly reason: string };

export interface MovePreview {
  readonly rows: readonly PlannedMove[];
  readonly changes: readonly PreviewedFile[];
}

/** `Finding`s are those of each text. A new file's `before` is empty. */
export interface PreviewedFile {
  readonly file: string;
  readonly before: MarkedText;
  readonly after: MarkedText;
}

export interface MarkedText {
  readonly text: string;
  readonly findings: readonly Finding[];
}

/** Changes nothing. Rejects with a StoreError when the store cannot be asked. `unfinished`: moves whose names are taken up again. */
export async function previewMoves(
  candidates: readonly Candidate[],
  request: MoveAllRequest,
  unfinished: readonly JournalEntry[],
  host: MoveAllHost,
  signal: AbortSignal,
): Promise<MovePreview> {
  const overlay = createOverlay(host);
  const preview = { ...request, store: previewStore(request.store) };
  const begun = await namesOf(unfinished, request.store, signal);
  const rows: PlannedMove[] = [];
  for (const candidate of candidates) {
    signal.throwIfAborted();
    const row = await previewOne(candidate, preview, begun, overlay.host, signal);
    if (row !== undefined) rows.push(row);
  }
  return { rows, changes: await overlay.changes(signal) };
}

export type MoveResult = MoveOutcome | { readonly kind: 'untried' };

/**
 * Carries out what was previewed, in order, and tells each result. Stops when the store is of no use any more or the signal
 * aborts; to start over with a new preview takes up where it stopped, since what is moved is no finding any more.
 */
export async function moveAll(
  rows: readonly PlannedMove[],
  request: MoveAllRequest,
  host: MoveHost,
  tell: (row: Extract<PlannedMove, { readonly kind: 'move' }>, result: MoveResult) => void,
  signal: AbortSignal,
): Promise<void> {
  let stopped = false;
  for (const row of rows) {
    if (row.kind === 'refused') continue;
    stopped ||= signal.aborted;
    const result: MoveResult = stopped ? { kind: 'untried' } : await moveOne(row, request, host, signal);
    tell(row, result);
    if (result.kind === 'failed') stopped = signal.aborted || (await request.store.check(signal)) !== undefined;
  }
}

async function moveOne(
  { candidate, file, moved }: Extract<PlannedMove, { readonly kind: 'move' }>,
  request: MoveAllRequest,
  host: MoveHost,
  signal: AbortSignal,
): Promise<MoveOutcome> {
  const finding = await findingIn(file, candidate, host, signal);
  if (finding === undefined) return { kind: 'stale', message: 'The file changed meanwhile. Try again.' };
  const { start, end } = finding;
  return moveSecret({ ...request, file, start, end, name: moved.name, everywhere: true }, host, signal);
}

/** Undefined when the value goes with another one's move. */
async function previewOne(
  candidate: Candidate,
  request: MoveAllRequest,
  begun: readonly string[],
  host: MoveHost,
  signal: AbortSignal,
): Promise<PlannedMove | undefined> {
  let refusal: string | undefined;
  for (const file of candidate.files) {
    const finding = await findingIn(file, candidate, host, signal);
    if (finding === undefined) continue;
    const at = { root: request.root, file, start: finding.start, end: finding.end };
    const proposal = await proposeMove(at, host, signal);
    if (proposal.kind === 'stale') continue;
    if (proposal.kind === 'refused') {
      refusal ??= proposal.reason;
      continue;
    }
    for (const name of [...begun, ...namesLike(proposal.name)]) {
      const outcome = await moveSecret({ ...request, ...at, name, everywhere: true }, host, signal);
      if (outcome.kind === 'moved') return { kind: 'move', candidate, file, moved: outcome.moved };
      if (outcome.kind === 'refused' && outcome.taken === true) continue;
      if (outcome.kind === 'refused') refusal ??= outcome.reason;
      if (outcome.kind === 'failed') throw new StoreError('unavailable', outcome.message, outcome.advice);
      break;
    }
  }
  return refusal === undefined ? undefined : { kind: 'refused', candidate, reason: refusal };
}

/** Of a name that the store has for another value already. */
function namesLike(name: string): readonly string[] {
  return [name, ...[2, 3, 4, 5, 6, 7, 8, 9].map(count => `${name}_${count}`)];
}

async function findingIn(
  file: string,
  { fingerprint, rule }: Candidate,
  host: MoveHost,
  signal: AbortSignal,
): Promise<Finding | undefined> {
  const same = (await host.read(file, signal))?.findings.filter(each => each.fingerprint === fingerprint) ?? [];
  return same.find(each => each.rule === rule) ?? same[0];
}

/** Under which names interrupted moves stored something: their values are met again. */
async function namesOf(
  unfinished: readonly JournalEntry[],
  store: SecretStore,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const stored = unfinished.map(async ({ name, reference }) => {
    const parsed = parseReference(reference);
    if (parsed === undefined || parsed.backend !== store.referenceFor('p', 'N').backend) return [];
    return (await store.has(parsed, signal)) ? [name] : [];
  });
  return (await Promise.all(stored)).flat();
}

/** A host whose edits stay in memory and are seen by what comes after. */
function createOverlay(host: MoveAllHost) {
  const texts = new Map<string, { readonly before: string; after: MoveText }>();
  const read: MoveHost['read'] = async (file, signal) => {
    const known = texts.get(file)?.after;
    if (known === undefined) return host.read(file, signal);
    return { text: known, findings: await host.findings(known, signal) };
  };
  const apply = (edits: readonly TextEdits[]) => {
    for (const { file, before, edits: changes } of edits) {
      const known = texts.get(file);
      const source = { ...(known?.after.source ?? { path: file }), text: edited(before, changes) };
      texts.set(file, { before: known?.before ?? before, after: { file, source } });
    }
    return Promise.resolve('applied' as const);
  };
  const copies: MoveHost['copies'] = async (fingerprint, except, signal, mentions) => {
    const found = new Set(await host.copies(fingerprint, except, signal, mentions));
    for (const [file, { after }] of texts) if (file !== except && mentions?.(after.source.text)) found.add(file);
    return [...found];
  };
  const marked = async (file: string, text: string, signal: AbortSignal): Promise<MarkedText> => {
    const source = { path: file, text };
    return { text, findings: text === '' ? [] : await host.findings({ file, source }, signal) };
  };
  const changes = (signal: AbortSignal): Promise<readonly PreviewedFile[]> =>
    Promise.all(
      [...texts].map(async ([file, { before, after }]) => ({
        file,
        before: await marked(file, before, signal),
        after: await marked(file, after.source.text, signal),
      })),
    );
  const failed: MoveHost['failed'] = error => host.failed(error);
  return { host: { read, apply, copies, failed } satisfies MoveHost, changes };
}
