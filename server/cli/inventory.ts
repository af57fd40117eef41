import { join } from 'node:path';
import { confidences, type Finding } from '../engine/detector.ts';
import {
  createInventory,
  type FileFindings,
  type Inventory,
  type InventoryRow,
  inventoryRows,
} from '../secrets/inventory.ts';
import { acceptanceIn, readAccepted } from '../workspace/accepted.ts';
import { findManifests } from '../workspace/manifest.ts';
import { type ScannedFile, scanFolder } from '../workspace/scan.ts';
import { oneOf, readArguments, UsageError } from './arguments.ts';
import { locator } from './report.ts';
import { type Command, printable, type Session } from './session.ts';
import { displayPath, openPool, openSessionStores, openWorkspace, type Workspace, workspaceRoot } from './workspace.ts';

const formats = ['text', 'json'] as const;

export const inventory: Command = {
  summary: 'Lists every secret of the workspace: in code, stored, missing, unused, accepted.',
  usage: 'inventory [--format text|json]',
  details: [
    'Scans the whole workspace and asks the stores what is there. No value is read.',
    '',
    'Exit codes: 0 listed, 2 could not do it.',
  ],
  async run(session, args) {
    const read = readArguments(args, { format: { type: 'string' } });
    if (read.positionals.length > 0) throw new UsageError('inventory takes no arguments.');
    const format = oneOf(read, 'format', formats) ?? 'text';
    const root = await workspaceRoot(session, session.cwd);
    const workspace = await openWorkspace(session, root);
    const stores = openSessionStores(session);
    try {
      const found = await findAll(session, workspace);
      const manifests = await findManifests(root, session.signal);
      const rows = await inventoryRows(found, [root], manifests, stores, session.signal);
      const pieces = format === 'json' ? jsonRows(rows, session.cwd) : textRows(rows, session.cwd);
      for (const piece of pieces) await session.out(piece);
      return 0;
    } finally {
      await stores.dispose();
    }
  },
};

async function findAll(session: Session, workspace: Workspace): Promise<Inventory> {
  const { root, settings, rules } = workspace;
  const found = createInventory();
  const accepted = await readAccepted(root);
  const today = new Date().toISOString().slice(0, 10);
  const least = confidences.indexOf(settings.minimumConfidence);
  const pool = await openPool(session, Number.POSITIVE_INFINITY);
  try {
    const options = { pool, rules: rules.set, settings, ignore: true, texts: 'found', waits: true } as const;
    for await (const file of scanFolder(root, options, session.signal)) {
      if (file.kind === 'scanned')
        found.set(
          join(root, file.path),
          located(file, root, least, acceptanceIn(accepted, file.path, file.text, today)),
        );
    }
  } finally {
    await pool.close();
  }
  return found;
}

type Scanned = Extract<ScannedFile, { readonly kind: 'scanned' }>;

function located(
  file: Scanned,
  root: string,
  least: number,
  accepted: (finding: Finding) => string | undefined,
): FileFindings {
  if (file.findings.length === 0 && file.certificates.length === 0)
    return { root, path: file.path, findings: [], certificates: [] };
  const locate = locator(file.text);
  const position = (offset: number) => ({ line: locate(offset).line - 1, character: locate(offset).column - 1 });
  const rangeOf = ({ start, end }: { readonly start: number; readonly end: number }) => ({
    start: position(start),
    end: position(end),
  });
  return {
    root,
    path: file.path,
    findings: file.findings.map(finding => ({
      ...finding,
      range: rangeOf(finding),
      hidden: confidences.indexOf(finding.confidence) > least,
      accepted: accepted(finding),
    })),
    certificates: file.certificates.map(certificate => ({ ...certificate, range: rangeOf(certificate) })),
  };
}

/** `path` relative to the current folder, `line` 1-based; empty and 0 for what stands in no file. */
function* jsonRows(rows: readonly InventoryRow[], cwd: string): Iterable<string> {
  yield '{ "rows": [';
  let separator = '\n  ';
  for (const { range, file, id: _, ...row } of rows) {
    const line = range === undefined ? 0 : range.start.line + 1;
    yield separator + JSON.stringify({ ...row, path: file === '' ? '' : displayPath(cwd, file), line });
    separator = ',\n  ';
  }
  yield rows.length === 0 ? '] }\n' : '\n] }\n';
}

const headings: Readonly<Record<InventoryRow['state'], string>> = {
  inCode: 'In code',
  stored: 'Referenced and stored here',
  missing: 'Referenced and missing here',
  unused: 'Stored and unused',
  accepted: 'Accepted',
  certificate: 'Certificates',
};

function* textRows(rows: readonly InventoryRow[], cwd: string): Iterable<string> {
  if (rows.length === 0) yield 'No secrets: none in code, none named by a manifest, none stored for this project.\n';
  for (const [state, heading] of Object.entries(headings)) {
    const own = rows.filter(row => row.state === state);
    if (own.length > 0) yield `${heading} (${own.length})\n`;
    for (const row of own) {
      const place = row.file === '' ? '' : `${displayPath(cwd, row.file)}:${(row.range?.start.line ?? 0) + 1}`;
      const parts = [
        row.label,
        row.reference,
        row.detail === row.label ? '' : row.detail,
        place,
        row.expires && `expires ${row.expires}`,
      ];
      yield `${printable(`  ${parts.filter(Boolean).join('  ')}`)}\n`;
    }
  }
}
