import { access, constants, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type Confidence, confidences } from '../engine/detector.ts';
import type { Rule } from '../engine/rulePack.ts';
import { type AcceptedFile, acceptanceIn, readAccepted } from '../workspace/accepted.ts';
import type { DetectorPool } from '../workspace/detectorPool.ts';
import { type NamedPacks, severityOf } from '../workspace/rules.ts';
import { type ScannedFile, scanFolder } from '../workspace/scan.ts';
import { oneOf, readArguments, UsageError } from './arguments.ts';
import { locator, type ReportedFinding, report, reported, reportFormats } from './report.ts';
import { type Command, printable, type Session, versionOf } from './session.ts';
import { displayPath, folderOf, openPool, openWorkspace, type Workspace, workspaceRoot } from './workspace.ts';

export const scan: Command = {
  summary: 'Finds hardcoded secrets in files and folders.',
  usage:
    'scan [PATH…] [--format text|json|sarif] [--confidence certain|high|medium|low] [--no-ignore] [--no-accepted] [--rules FILE] [--no-built-in]',
  details: [
    'Without a PATH the current folder is scanned. No report holds a value.',
    '',
    '  --format       text (default), json or sarif (2.1.0)',
    '  --confidence   the least sure findings to report (default: medium, or what the workspace settings say)',
    '  --no-ignore    scan ignored files too (.gitignore, files.exclude, keysweep.exclude)',
    '  --no-accepted  report findings that the team accepted too',
    "  --rules FILE   use this rule pack too: ours, gitleaks' or Betterleaks' TOML, Kingfisher's YAML, secretlint's configuration",
    '  --no-built-in  use the rules of packs alone',
    '',
    'Exit codes: 0 nothing found, 1 found, 2 could not do it.',
  ],
  async run(session, args) {
    const read = readArguments(args, {
      format: { type: 'string' },
      confidence: { type: 'string' },
      'no-ignore': { type: 'boolean' },
      'no-accepted': { type: 'boolean' },
      rules: { type: 'string' },
      'no-built-in': { type: 'boolean' },
    });
    const format = oneOf(read, 'format', reportFormats) ?? 'text';
    const options: Options = {
      confidence: oneOf(read, 'confidence', confidences),
      ignore: read.values['no-ignore'] !== true,
      accepted: read.values['no-accepted'] !== true,
      packs: { files: await packFiles(session, read.values.rules), builtIn: read.values['no-built-in'] !== true },
    };
    const targets = await findTargets(session, read.positionals.length === 0 ? ['.'] : read.positionals);
    const pool = await openPool(
      session,
      targets.every(target => !target.isFolder) ? targets.length : Number.POSITIVE_INFINITY,
    );
    try {
      const result = await scanTargets(session, targets, options, pool);
      for (const piece of report(format, result.findings, result.rules, versionOf(session))) await session.out(piece);
      if (result.findings.length > 0) return 1;
      return result.incomplete ? 2 : 0;
    } finally {
      await pool.close();
    }
  },
};

interface Options {
  readonly confidence: Confidence | undefined;
  readonly ignore: boolean;
  readonly accepted: boolean;
  readonly packs: NamedPacks;
}

interface Target {
  /** Absolute. */
  readonly path: string;
  readonly isFolder: boolean;
}

async function packFiles(session: Session, given: string | boolean | undefined): Promise<readonly string[]> {
  if (typeof given !== 'string') return [];
  const file = resolve(session.cwd, given);
  const status = await stat(file).catch(() => undefined);
  if (status?.isFile() !== true) throw new UsageError(printable(`There is no rule pack ${given}.`));
  return [file];
}

/** Every path is looked at before the first is scanned. */
async function findTargets(session: Session, paths: readonly string[]): Promise<readonly Target[]> {
  return Promise.all(
    paths.map(async given => {
      const path = resolve(session.cwd, given);
      const status = await stat(path).catch(() => undefined);
      if (status === undefined) throw new UsageError(printable(`${given} does not exist.`));
      const needed = status.isDirectory() ? constants.R_OK | constants.X_OK : constants.R_OK;
      await access(path, needed).catch(() => {
        throw new UsageError(printable(`${given} cannot be read.`));
      });
      return { path, isFolder: status.isDirectory() };
    }),
  );
}

interface Result {
  readonly findings: readonly ReportedFinding[];
  readonly rules: readonly Rule[];
  /** Something could not be read: that nothing was found means nothing. */
  readonly incomplete: boolean;
}

async function scanTargets(
  session: Session,
  targets: readonly Target[],
  options: Options,
  pool: DetectorPool,
): Promise<Result> {
  const workspaces = new Map<string, Promise<Workspace & { readonly accepted: AcceptedFile }>>();
  const open = async (root: string) => ({
    ...(await openWorkspace(session, root, options.packs)),
    accepted: await readAccepted(root),
  });
  const done = new Set<string>();
  const findings: ReportedFinding[] = [];
  const rules = new Map<string, Rule>();
  let incomplete = false;
  for (const target of targets) {
    const root = await workspaceRoot(session, folderOf(target.path, target.isFolder));
    const opening = workspaces.get(root) ?? open(root);
    workspaces.set(root, opening);
    const workspace = await opening;
    for (const rule of workspace.rules.set.rules) rules.set(rule.id, rule);
    const scanOptions = {
      pool,
      rules: workspace.rules.set,
      settings: workspace.settings,
      ignore: options.ignore,
      base: root,
      texts: 'found' as const,
      least: options.confidence ?? workspace.settings.minimumConfidence,
      waits: true,
    };
    for await (const file of scanFolder(target.path, scanOptions, session.signal)) {
      const absolute = join(root, file.path);
      if (done.has(absolute)) continue;
      done.add(absolute);
      if (file.kind === 'skipped') incomplete = tellSkipped(session, file, absolute) || incomplete;
      else if (file.findings.length > 0)
        findings.push(...reportedIn(file, displayPath(session.cwd, absolute), workspace, options));
    }
  }
  return { findings, rules: [...rules.values()], incomplete };
}

function reportedIn(
  file: Extract<ScannedFile, { readonly kind: 'scanned' }>,
  path: string,
  { settings, rules, accepted }: Workspace & { readonly accepted: AcceptedFile },
  options: Options,
): readonly ReportedFinding[] {
  const today = new Date().toISOString().slice(0, 10);
  const locate = locator(file.text);
  const acceptance = acceptanceIn(accepted, file.path, file.text, today);
  return file.findings
    .filter(finding => !options.accepted || acceptance(finding) === undefined)
    .map(finding => reported(finding, path, severityOf(rules.set, settings, finding), locate));
}

/** Answers whether a scan without this file is incomplete. */
function tellSkipped(
  session: Session,
  file: Extract<ScannedFile, { readonly kind: 'skipped' }>,
  absolute: string,
): boolean {
  if (file.reason === 'too large' || file.reason === 'unreadable') {
    const path = displayPath(session.cwd, absolute);
    session.note(printable(`keysweep: ${path} was not scanned: ${file.detail}.`));
  }
  return file.reason === 'unreadable';
}
