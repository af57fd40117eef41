import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, sep } from 'node:path';
import { compileRules, type Detector } from '../../server/engine/detector.ts';
import { loadRules } from '../../server/workspace/rules.ts';
import { defaultSettings } from '../../server/workspace/settings.ts';
import { plainHost } from './marked.ts';
import { cacheFolder, onPath } from './prerequisites.ts';

const version = 'v8.30.1';
const module = 'github.com/zricethezav/gitleaks/v8';

export interface Gitleaks {
  readonly program: string;
  /** Its own default configuration. */
  readonly configuration: string;
}

/** The real gitleaks, built with Go into the user's cache at first use; or why there is none. */
export function installGitleaks(): Gitleaks | string {
  if (!onPath('go') && !onPath('go.exe')) return 'Go is not installed, and gitleaks is built with it.';
  const bin = join(cacheFolder(), `gitleaks-${version}`);
  const program = join(bin, process.platform === 'win32' ? 'gitleaks.exe' : 'gitleaks');
  const go = (...args: readonly string[]) =>
    spawnSync('go', args, {
      encoding: 'utf8',
      cwd: tmpdir(),
      env: { ...process.env, GOBIN: bin, GOFLAGS: '-mod=mod' },
    });
  const configuration = join(
    go('env', 'GOMODCACHE').stdout.trim(),
    ...`${module}@${version}`.split('/'),
    'config',
    'gitleaks.toml',
  );
  if (!existsSync(program) || !existsSync(configuration)) {
    mkdirSync(bin, { recursive: true });
    const built = go('install', `${module}@${version}`);
    if (built.status !== 0) return `gitleaks cannot be built: ${built.stderr.trim().split('\n').at(-1)}`;
  }
  return { program, configuration };
}

/** How far two scanners agree on a folder; a finding of one counts when the other has one that overlaps it. */
export interface Agreement {
  readonly theirs: number;
  readonly theirsFound: number;
  readonly ours: number;
  readonly oursFound: number;
  /** Path and rule of what only one has. */
  readonly onlyTheirs: readonly string[];
  readonly onlyOurs: readonly string[];
}

interface TheirFinding {
  readonly File: string;
  readonly RuleID: string;
  readonly Secret: string;
}

/** The real gitleaks with its defaults (remarks aside), and our engine with gitleaks' default configuration as its only rules. */
export async function compareWithGitleaks({ program, configuration }: Gitleaks, folder: string): Promise<Agreement> {
  const args = ['dir', '.', '--ignore-gitleaks-allow', '--no-banner', '--log-level', 'error', '-f', 'json', '-r', '-'];
  const run = spawnSync(program, args, { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 30 });
  if (run.status !== 0 && run.status !== 1) throw new Error(`gitleaks failed: ${run.stderr}`);
  const theirs = Map.groupBy(JSON.parse(run.stdout) as TheirFinding[], ({ File }) => File.replaceAll('\\', '/'));
  const detector = await importedRules(configuration);
  const agreement = { theirs: 0, theirsFound: 0, ours: 0, oursFound: 0 };
  const onlyTheirs: string[] = [];
  const onlyOurs: string[] = [];
  for (const path of filesBelow(folder)) {
    const text = readFileSync(join(folder, path), 'utf8');
    const ours = detector.detect({ text, path }).findings;
    const their = theirs.get(path) ?? [];
    const places = their.map(({ Secret }) => occurrences(text, Secret));
    const meets = (place: readonly (readonly [number, number])[], start: number, end: number) =>
      place.some(([from, to]) => from < end && start < to);
    their.forEach(({ RuleID }, index) => {
      const found = ours.some(({ start, end }) => meets(places[index] ?? [], start, end));
      agreement.theirs++;
      if (found) agreement.theirsFound++;
      else onlyTheirs.push(`${path} ${RuleID}`);
    });
    for (const { start, end, rule } of ours) {
      const found = places.some(place => meets(place, start, end));
      agreement.ours++;
      if (found) agreement.oursFound++;
      else onlyOurs.push(`${path} ${rule}`);
    }
  }
  return { ...agreement, onlyTheirs, onlyOurs };
}

async function importedRules(configuration: string): Promise<Detector> {
  const root = await mkdtemp(join(tmpdir(), 'keysweep-gitleaks-'));
  try {
    await writeFile(join(root, '.gitleaks.toml'), readFileSync(configuration));
    const named = { files: [join(root, '.gitleaks.toml')], builtIn: false };
    const { set } = await loadRules('', defaultSettings, root, true, named);
    return compileRules(set.rules, plainHost, set.exceptions);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
}

function occurrences(text: string, part: string): readonly (readonly [number, number])[] {
  const found: (readonly [number, number])[] = [];
  for (let at = text.indexOf(part); at >= 0 && part !== ''; at = text.indexOf(part, at + 1))
    found.push([at, at + part.length]);
  return found;
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(path => statSync(join(folder, path)).isFile())
    .map(path => path.split(sep).join('/'));
}
