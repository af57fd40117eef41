import { randomUUID } from 'node:crypto';
import { basename, join } from 'node:path';
import { confidences, type Finding } from '../engine/detector.ts';
import { type Journal, openJournal } from '../secrets/journal.ts';
import {
  type Candidate,
  moveAll as carryOut,
  type MarkedText,
  type MoveAllHost,
  type MovePreview,
  type MoveResult,
  type PlannedMove,
  type PreviewedFile,
  previewMoves,
} from '../secrets/moveAll.ts';
import type { SecretStore } from '../stores/store.ts';
import { dataFolder } from '../stores/stores.ts';
import { acceptanceIn, readAccepted } from '../workspace/accepted.ts';
import type { DetectorPool } from '../workspace/detectorPool.ts';
import { isWithin } from '../workspace/folders.ts';
import { allowedBy } from '../workspace/rules.ts';
import { filesWith, type ScannedFile, type ScanOptions, scanFile, scanFolder } from '../workspace/scan.ts';
import { storeNames } from '../workspace/settings.ts';
import { type Arguments, oneOf, UsageError } from './arguments.ts';
import { createDiskHost } from './diskHost.ts';
import { lineDiff } from './lineDiff.ts';
import { bugReport, printable, type Session } from './session.ts';
import {
  chooseStore,
  displayPath,
  displayPaths,
  openPool,
  openSessionStores,
  openWorkspace,
  type Workspace,
  workspaceRoot,
} from './workspace.ts';

/** What git knows of a value, for people. */
export const exposures = {
  committed: 'The value stands in a commit: rotate it before the commit is shared.',
  pushed: 'The value was pushed, others may have it: rotate it.',
} as const;

type Planned = Extract<PlannedMove, { readonly kind: 'move' }>;

/** `move --all`: exit code 0 when everything that was found is moved (or can be), 1 when something stays, 2 when something failed. */
export async function moveAll(session: Session, args: Arguments): Promise<number> {
  if (args.positionals.length > 0)
    throw new UsageError('move --all takes no place: it moves what the workspace holds.');
  if (args.values.name !== undefined) throw new UsageError('move --all names each value by its context.');
  const isDry = args.values['dry-run'] === true;
  const isAsked = args.values.yes !== true && !isDry;
  if (isAsked && !session.interactive) throw new UsageError('Add --yes to move without being asked, or --dry-run.');
  const root = await workspaceRoot(session, session.cwd);
  const workspace = await openWorkspace(session, root);
  const journal = openJournal(dataFolder(session.environment));
  const pool = await openPool(session, Number.POSITIVE_INFINITY);
  const stores = openSessionStores(session);
  try {
    const store = await chooseStore(session, oneOf(args, 'store', storeNames), workspace.settings, stores);
    const { candidates, host } = await search(session, workspace, pool, journal);
    const request = { root, store, act: randomUUID() };
    const unfinished = (await journal.unfinished()).filter(each => each.files.some(file => isWithin(file, root)));
    const preview = await previewMoves(candidates, request, unfinished, host, session.signal);
    await session.out(previewReport(session, preview, store, isDry || isAsked));
    const planned = preview.rows.filter(row => row.kind === 'move');
    const refused = preview.rows.length - planned.length;
    if (isDry || planned.length === 0) return refused > 0 ? 1 : 0;
    if (isAsked && !(await isAgreed(session, planned, store))) return 1;
    const results: MoveResult[] = [];
    const tell = (row: Planned, result: MoveResult) => {
      results.push(result);
      session.note(
        printable(`[${results.length}/${planned.length}] ${row.moved.name}: ${resultText(session, result)}`),
      );
    };
    await carryOut(preview.rows, request, host, tell, session.signal);
    for (const entry of unfinished) await journal.end(entry.id);
    await session.out(finalReport(session, planned, results, refused, store));
    if (results.some(({ kind }) => kind !== 'moved')) return 2;
    return refused > 0 ? 1 : 0;
  } finally {
    await Promise.all([pool.close(), stores.dispose()]);
  }
}

/** What is to be moved, and a host that knows where each value stands. */
async function search(
  session: Session,
  workspace: Workspace,
  pool: DetectorPool,
  journal: Journal,
): Promise<{ readonly candidates: readonly Candidate[]; readonly host: MoveAllHost }> {
  const { root, settings, rules } = workspace;
  const disk = createDiskHost(workspace, pool, journal, error => session.note(bugReport(error)));
  const options: ScanOptions = { pool, rules: { ...rules.set, allow: [] }, settings, ignore: true };
  const accepted = await readAccepted(root);
  const today = new Date().toISOString().slice(0, 10);
  const holding = new Map<string, Set<string>>();
  const candidates = new Map<string, Candidate & { readonly files: string[] }>();
  const walk = { ...options, dotenv: true, texts: 'found', waits: true } as const;
  for await (const file of scanFolder(root, walk, session.signal)) {
    if (file.kind !== 'scanned' || file.findings.length === 0) continue;
    const absolute = join(root, file.path);
    for (const { fingerprint } of file.findings)
      holding.set(fingerprint, (holding.get(fingerprint) ?? new Set()).add(absolute));
    if (await isLeftOut(root, file, options, session.signal)) continue;
    const acceptance = acceptanceIn(accepted, file.path, file.text, today);
    for (const finding of file.findings) {
      if (!isSure(finding, workspace) || allowedBy(rules.set, file.path, finding) || acceptance(finding)) continue;
      const known = candidates.get(finding.fingerprint);
      if (known === undefined) candidates.set(finding.fingerprint, { ...finding, files: [absolute] });
      else if (known.files.at(-1) !== absolute) known.files.push(absolute);
    }
  }
  const mentioned = new Map<string, Promise<readonly string[]>>();
  const host: MoveAllHost = {
    ...disk,
    // The whole folder was scanned: nothing is scanned again for each value.
    copies: async (fingerprint, except, signal, mentions) => {
      const read = mentions && (mentioned.get(fingerprint) ?? filesMentioning(root, mentions, options, signal));
      if (read !== undefined) mentioned.set(fingerprint, read);
      const files = new Set([...(holding.get(fingerprint) ?? []), ...((await read) ?? [])]);
      return [...files].filter(file => file !== except);
    },
    findings: async ({ source }, signal) => (await pool.detect(source, rules.set, signal)).findings,
  };
  return { candidates: [...candidates.values()], host };
}

/** A dotenv file that git ignores may hold a copy; what it alone holds is its owner's. */
async function isLeftOut(root: string, file: ScannedFile, options: ScanOptions, signal: AbortSignal): Promise<boolean> {
  if (!basename(file.path).includes('.env')) return false;
  const seen = await scanFile(root, file.path, options, signal);
  return seen.kind === 'skipped' && seen.reason === 'ignored';
}

function isSure(finding: Finding, { settings }: Workspace): boolean {
  return confidences.indexOf(finding.confidence) <= confidences.indexOf(settings.minimumConfidence);
}

async function filesMentioning(
  root: string,
  mentions: (text: string) => boolean,
  { settings }: ScanOptions,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const files: string[] = [];
  const walk = { settings, ignore: true, dotenv: true };
  for await (const file of filesWith(root, mentions, walk, signal)) files.push(file);
  return files;
}

async function isAgreed(session: Session, planned: readonly Planned[], store: SecretStore): Promise<boolean> {
  const answer = await session.ask(printable(`Move these ${counted(planned.length)} to ${store.label}? [y/N] `));
  return /^y(es)?$/i.test(answer.trim());
}

function previewReport(session: Session, preview: MovePreview, store: SecretStore, withDiff: boolean): string {
  const { rows, changes } = preview;
  if (rows.length === 0) return 'There is nothing to move: no secret is found in the workspace.\n';
  const shown = (files: readonly string[]) => displayPaths(session.cwd, files);
  const table = [
    ['NAME', 'STORE', 'SECRET', 'FILES'],
    ...rows.map(row =>
      row.kind === 'move'
        ? [row.moved.name, store.label, row.candidate.title, shown(row.moved.files)]
        : ['stays', '', row.candidate.title, `${shown(row.candidate.files)}: ${row.reason}`],
    ),
  ];
  const widths = [0, 1, 2].map(column => Math.max(...table.map(cells => cells[column]?.length ?? 0)));
  const lines = table.map(cells =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  const left = rows.flatMap(row => (row.kind === 'move' ? row.moved.left : []));
  lines.push(...left.map(({ file, reason }) => `Left as it is: ${shown([file])}. ${reason}`));
  if (withDiff) for (const change of changes) lines.push('', ...fileDiff(session, change));
  return lines.map(line => `${printable(line)}\n`).join('');
}

/** Every value that is known is blotted out, on both sides. */
function fileDiff(session: Session, { file, before, after }: PreviewedFile): readonly string[] {
  const path = displayPath(session.cwd, file);
  const forms = formsIn([before, after]);
  const lines = lineDiff(blotted(before, forms), blotted(after, forms));
  if (lines.length === 0) return [];
  return [before.text === '' ? '--- /dev/null' : `--- ${path}`, `+++ ${path}`, ...lines];
}

/** As text, below this length a value would blot out what is none. */
const shortestForm = 6;

function formsIn(texts: readonly MarkedText[]): readonly string[] {
  const forms = texts.flatMap(({ text, findings }) => findings.map(({ start, end }) => text.slice(start, end)));
  return [...new Set(forms)].filter(form => form.length >= shortestForm).sort((a, b) => b.length - a.length);
}

function blotted({ text, findings }: MarkedText, forms: readonly string[]): string {
  let rest = '';
  let from = 0;
  for (const { start, end } of [...findings].sort((a, b) => a.start - b.start)) {
    if (end <= from) continue;
    rest += `${text.slice(from, Math.max(from, start))}•••`;
    from = end;
  }
  return forms.reduce((kept, form) => kept.replaceAll(form, '•••'), rest + text.slice(from));
}

function resultText(session: Session, result: MoveResult): string {
  switch (result.kind) {
    case 'moved':
      return `moved (${displayPaths(session.cwd, result.moved.files)})`;
    case 'refused':
      return `stays: ${result.reason}`;
    case 'stale':
      return result.message;
    case 'failed':
      return `failed: ${[result.message, result.advice].filter(text => text !== '').join(' ')}`;
    case 'untried':
      return 'not tried';
  }
}

function finalReport(
  session: Session,
  planned: readonly Planned[],
  results: readonly MoveResult[],
  refused: number,
  store: SecretStore,
): string {
  const moved = results.flatMap(result => (result.kind === 'moved' ? [result.moved] : []));
  const open = planned.length - moved.length;
  const ignored = new Set(
    moved.filter(each => each.manifestIgnored).map(each => displayPath(session.cwd, each.manifest)),
  );
  const lines = [
    `Moved ${counted(moved.length)} to ${store.label}.`,
    ...(refused > 0 ? [`${counted(refused)} stayed, each with its reason in the table above.`] : []),
    ...(open > 0 ? [`${counted(open)} could not be moved. Run \`keysweep move --all\` again to go on.`] : []),
    ...moved.flatMap(({ name, rotate }) => (rotate === 'no' ? [] : [`${name}: ${exposures[rotate]}`])),
    ...[...ignored].map(
      file => `git ignores ${file}: add the line !.env.schema to .gitignore, so that it gets committed.`,
    ),
    ...(moved.length > 0 ? ['`keysweep undo` puts them back. Start programs with: keysweep run -- COMMAND'] : []),
  ];
  return lines.map(line => `${printable(line)}\n`).join('');
}

function counted(count: number): string {
  return count === 1 ? '1 value' : `${count} values`;
}
