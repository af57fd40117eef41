import { dirname, join } from 'node:path';
import { confidences, type Finding, type Verdict } from '../engine/detector.ts';
import { acceptanceIn, readAccepted, remarkReason } from '../workspace/accepted.ts';
import { scanFile } from '../workspace/scan.ts';
import { readArguments, UsageError } from './arguments.ts';
import { type Place, readPlace } from './place.ts';
import { locator } from './report.ts';
import { type Command, printable, type Session } from './session.ts';
import { displayPath, openPool, openWorkspace, type Workspace, workspaceRoot } from './workspace.ts';

export const explain: Command = {
  summary: 'Tells why something on a line is flagged, and why nothing else is.',
  usage: 'explain FILE:LINE[:COLUMN]',
  details: [
    'Says for each text that a rule looked at on the line which steps speak for it, and which one let it go. No value is shown.',
    '',
    'Exit codes: 0 explained, 2 could not do it.',
  ],
  async run(session, args) {
    const place = await readPlace(session, readArguments(args, {}));
    const root = await workspaceRoot(session, dirname(place.file));
    const workspace = await openWorkspace(session, root);
    const pool = await openPool(session, 1);
    try {
      const { settings, rules } = workspace;
      const options = { pool, rules: rules.set, settings, ignore: false, explain: place.line };
      const file = await scanFile(root, place.file, options, session.signal);
      if (file.kind === 'skipped') {
        await session.out(
          printable(`Nothing is looked at in ${displayPath(session.cwd, place.file)}: ${file.detail}.`),
        );
        await session.out('\n');
        return 0;
      }
      if (file.explanation === undefined)
        throw new UsageError(printable(`${displayPath(session.cwd, place.file)} has no line ${place.line}.`));
      const ignored = await scanFile(
        root,
        place.file,
        { pool, rules: rules.set, settings, ignore: true },
        session.signal,
      );
      const left = ignored.kind === 'skipped' ? [`A scan leaves this file out: ${ignored.detail}.`] : [];
      const words = await describe(session, place, workspace, { ...file, ...file.explanation });
      for (const line of [...left, ...words]) await session.out(`${printable(line)}\n`);
      return 0;
    } finally {
      await pool.close();
    }
  },
};

interface Explained {
  /** As ScannedFile.path. */
  readonly path: string;
  readonly text: string;
  /** Those that no pack allows. */
  readonly findings: readonly Finding[];
  readonly verdicts: readonly Verdict[];
  readonly called: readonly string[];
}

async function describe(
  session: Session,
  place: Place,
  workspace: Workspace,
  { path, text, findings, verdicts, called }: Explained,
): Promise<readonly string[]> {
  const locate = locator(text);
  const shown = displayPath(session.cwd, join(workspace.root, path));
  const accepted = await readAccepted(workspace.root);
  const today = new Date().toISOString().slice(0, 10);
  const least = confidences.indexOf(workspace.settings.minimumConfidence);
  const acceptance = acceptanceIn(accepted, path, text, today);
  const silence = (verdict: Verdict): string | undefined => {
    const finding = findings.find(({ start, rule }) => start === verdict.start && rule === verdict.rule);
    if (finding === undefined) return 'A rule pack of this workspace allows it here.';
    const reason = acceptance(finding);
    if (reason !== undefined) return reason === remarkReason ? reason : `The team accepts it: ${reason}`;
    return confidences.indexOf(finding.confidence) > least
      ? `It is reported with --confidence ${finding.confidence} alone: less sure than this workspace asks for (${workspace.settings.minimumConfidence}).`
      : undefined;
  };
  const { column } = place;
  const meant = verdicts.filter(({ start, end }) => {
    const from = locate(start);
    return (
      column === undefined || from.line < place.line || (from.column <= column && column <= from.column + end - start)
    );
  });
  const lines = meant.slice(0, most).flatMap(verdict => {
    const { line, column: at } = locate(verdict.start);
    const last = locate(Math.max(verdict.start, verdict.end - 1));
    const to = last.line === line ? `${last.column + 1}` : `${last.line}:${last.column + 1}`;
    const silent = verdict.confidence === undefined ? undefined : silence(verdict);
    const outcome =
      verdict.confidence === undefined
        ? 'not flagged'
        : silent === undefined
          ? `flagged, ${verdict.confidence}`
          : `found (${verdict.confidence}), not flagged`;
    return [
      `${shown}:${line}:${at}-${to}: ${outcome}: ${verdict.title} [${verdict.rule}]`,
      ...verdict.evidence.map(sentence => `  + ${sentence}`),
      ...[verdict.objection, silent].filter(sentence => sentence !== undefined).map(sentence => `  - ${sentence}`),
    ];
  });
  const more = meant.length > most ? [`And ${meant.length - most} more.`] : [];
  return [...lines, ...more, ...others(meant.length, called, `${shown}:${place.line}`)];
}

const most = 50;
const mostCalled = 12;

/** The rules that had reason to look and saw nothing of theirs. */
function others(verdicts: number, called: readonly string[], place: string): readonly string[] {
  const list = `${called.slice(0, mostCalled).join(', ')}${called.length > mostCalled ? ' and others' : ''}`;
  if (called.length > 0)
    return [`${place}: A word of these rules stands there, but nothing of the form that they ask for: ${list}.`];
  return verdicts > 0
    ? []
    : [`${place}: Nothing there is of the form of a credential, and no name there says that its value is one.`];
}
