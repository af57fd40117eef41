import { dirname } from 'node:path';
import { confidences, type Finding } from '../engine/detector.ts';
import { openJournal, unfinishedMessage } from '../secrets/journal.ts';
import { type Moved, type MoveHost, type MoveOutcome, moveSecret, proposeMove } from '../secrets/moveSecret.ts';
import type { SecretStore } from '../stores/store.ts';
import { dataFolder } from '../stores/stores.ts';
import { storeNames } from '../workspace/settings.ts';
import { oneOf, readArguments, UsageError } from './arguments.ts';
import { createDiskHost, readDiskText } from './diskHost.ts';
import { exposures, moveAll } from './moveAll.ts';
import { type Place, readPlace } from './place.ts';
import { locator } from './report.ts';
import { bugReport, type Command, printable, type Session } from './session.ts';
import {
  chooseStore,
  displayPath,
  openPool,
  openSessionStores,
  openWorkspace,
  type Workspace,
  workspaceRoot,
} from './workspace.ts';

export const move: Command = {
  summary: 'Moves a secret out of the files into a store, and makes the files read it.',
  usage:
    'move FILE:LINE[:COLUMN] [--name NAME] [--store STORE] [--yes]\n       keysweep move --all [--dry-run] [--store STORE] [--yes]',
  details: [
    'Stores the value, reads it back, then edits every file that holds it, and the manifest .env.schema, all or none.',
    '',
    '  --all      every value that a scan of the workspace reports; one that was moved before is none, so that it goes on where it stopped',
    '  --dry-run  with --all: show the table and the diff, values blotted out, and change nothing',
    '  --name     the environment variable that the program reads from now on (default: proposed from the context)',
    `  --store    ${storeNames.join(', ')}`,
    '             (default: what the workspace settings say)',
    '  --yes      do it without asking; every copy of the value in the workspace is moved, in comments too',
    '',
    'Exit codes: 0 moved, 1 refused (nothing was touched; with --all: something stays), 2 failed (what failed is as it was).',
  ],
  async run(session, args) {
    const read = readArguments(args, {
      name: { type: 'string' },
      store: { type: 'string' },
      yes: { type: 'boolean', short: 'y' },
      all: { type: 'boolean' },
      'dry-run': { type: 'boolean' },
    });
    if (read.values.all === true) return moveAll(session, read);
    if (read.values['dry-run'] === true) throw new UsageError('--dry-run goes with --all.');
    const place = await readPlace(session, read);
    if (read.values.yes !== true && !session.interactive)
      throw new UsageError('Add --yes to move without being asked.');
    const root = await workspaceRoot(session, dirname(place.file));
    const workspace = await openWorkspace(session, root);
    const journal = openJournal(dataFolder(session.environment));
    for (const entry of await journal.unfinished()) {
      session.note(printable(`keysweep: ${unfinishedMessage(entry)}`));
      await journal.end(entry.id);
    }
    const pool = await openPool(session, Number.POSITIVE_INFINITY);
    const stores = openSessionStores(session);
    try {
      const store = await chooseStore(session, oneOf(read, 'store', storeNames), workspace.settings, stores);
      const { name, yes } = read.values;
      const given = typeof name === 'string' ? name : undefined;
      const host = createDiskHost(workspace, pool, journal, error => session.note(bugReport(error)));
      return await moveAt(session, { place, name: given, yes: yes === true, workspace, store, host });
    } finally {
      await Promise.all([pool.close(), stores.dispose()]);
    }
  },
};

interface Task {
  readonly place: Place;
  readonly name: string | undefined;
  /** Nothing is asked. */
  readonly yes: boolean;
  readonly workspace: Workspace;
  readonly store: SecretStore;
  readonly host: MoveHost;
}

async function moveAt(session: Session, task: Task): Promise<number> {
  const { place, workspace, store, host } = task;
  const shown = printable(displayPath(session.cwd, place.file));
  if ((await readDiskText(place.file)).kind !== 'text') throw new UsageError(`${shown} cannot be read.`);
  const read = await host.read(place.file, session.signal);
  if (read === undefined) throw new UsageError(`${shown} cannot be read.`);
  const finding = choose(read.findings, read.text.source.text, place, task.name);
  if (typeof finding === 'string') {
    session.note(`keysweep: Refused: ${finding} (${shown}:${place.line})`);
    return 1;
  }
  const name = task.yes && task.name !== undefined ? task.name : await chooseName(session, task, finding);
  if (name === undefined) return 1;
  const { start, end } = finding;
  const request = { root: workspace.root, file: place.file, start, end, name, store, everywhere: true };
  return tellOutcome(session, await moveSecret(request, host, session.signal), task, finding);
}

/** The finding meant, or why none is. */
function choose(findings: readonly Finding[], text: string, place: Place, name: string | undefined): Finding | string {
  const locate = locator(text);
  const onLine = findings.filter(finding => {
    const last = locate(Math.max(finding.start, finding.end - 1)).line;
    return locate(finding.start).line <= place.line && place.line <= last;
  });
  if (onLine.length === 0) return 'No secret is found on this line.';
  const { column } = place;
  const atColumn = onLine.filter(finding => {
    const from = locate(finding.start);
    return (
      column === undefined ||
      from.line < place.line ||
      (from.column <= column && column <= from.column + finding.end - finding.start)
    );
  });
  if (atColumn.length === 0) return 'No secret is found in this column.';
  const [first] = atColumn;
  if (first !== undefined && atColumn.every(finding => finding.fingerprint === first.fingerprint)) return first;
  const named = atColumn.filter(finding => finding.variable === name);
  if (named[0] !== undefined && named.length === 1) return named[0];
  const sure = atColumn.filter(finding => confidences.indexOf(finding.confidence) <= confidences.indexOf('high'));
  if (sure[0] !== undefined && sure.length === 1) return sure[0];
  const columns = atColumn.map(finding => locate(finding.start).column).join(', ');
  return `Several secrets stand on this line, in columns ${columns}. Say which one: FILE:LINE:COLUMN.`;
}

/** Undefined when the answer was no, or there is no way. */
async function chooseName(session: Session, task: Task, { start, end, title }: Finding): Promise<string | undefined> {
  const { place, workspace, store, host } = task;
  const asked = { root: workspace.root, file: place.file, start, end };
  const proposal = await proposeMove(asked, host, session.signal);
  if (proposal.kind !== 'proposal') {
    const words = proposal.kind === 'stale' ? ['The file changed meanwhile.'] : [proposal.reason, ...proposal.waysOut];
    session.note(printable(['keysweep: Refused:', ...words].join(' ')));
    return undefined;
  }
  const name = task.name ?? proposal.name;
  if (task.yes) return name;
  for (const copy of proposal.copies) session.note(printable(`It stands in ${displayPath(session.cwd, copy)} too.`));
  const answer = await session.ask(printable(`Move this ${title} to ${store.label} as ${name}? [y/N] `));
  return /^y(es)?$/i.test(answer.trim()) ? name : undefined;
}

async function tellOutcome(session: Session, outcome: MoveOutcome, task: Task, finding: Finding): Promise<number> {
  switch (outcome.kind) {
    case 'moved':
      await session.out(movedReport(session, outcome.moved, task, finding));
      return 0;
    case 'refused':
      session.note(printable(`keysweep: Refused: ${[outcome.reason, ...outcome.waysOut].join(' ')}`));
      return 1;
    case 'stale':
      session.note(printable(`keysweep: ${outcome.message}`));
      return 2;
    case 'failed':
      session.note(
        printable(`keysweep: Failed: ${[outcome.message, outcome.advice].filter(text => text !== '').join(' ')}`),
      );
      return 2;
  }
}

function movedReport(session: Session, moved: Moved, { store, workspace }: Task, finding: Finding): string {
  const shown = (file: string) => displayPath(session.cwd, file);
  const page = workspace.rules.set.rules.find(rule => rule.id === finding.rule)?.rotate ?? '';
  const lines = [
    `Moved the ${finding.title} to ${store.label} as ${moved.name} (${moved.reference}).`,
    `Edited ${moved.files.map(shown).join(', ')}; ${shown(moved.manifest)} names it.`,
    ...moved.left.map(({ file, reason }) => `Left as it is: ${shown(file)}. ${reason}`),
    ...(moved.rotate === 'no' ? [] : [`${exposures[moved.rotate]} ${page}`.trim()]),
    ...(moved.manifestIgnored
      ? [`git ignores ${shown(moved.manifest)}: add the line !.env.schema to .gitignore, so that it gets committed.`]
      : []),
    'Start the program with: keysweep run -- COMMAND',
  ];
  return lines.map(line => `${printable(line)}\n`).join('');
}
