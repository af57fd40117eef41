import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { median } from './figures.ts';

/** A scanner that can be started: the command that scans a tree and leaves its report in a file. */
interface Scanner {
  readonly name: string;
  readonly version: string;
  command(tree: string, report: string): readonly string[];
  /** How many findings the report holds. */
  count(report: string): number;
}

/** A cold process, once: seconds, and megabytes at its peak. */
interface Run {
  readonly wall: number;
  readonly cpu: number;
  readonly memory: number;
}

const cache = join(homedir(), '.cache/keysweep/peers');
const python = join(cache, 'python/bin/python');
const repository = join(import.meta.dirname, '../..');

/** How to come by a tree like the one behind the README's table; any other folder does as well. */
export const treeAdvice = `A tree of some 190 MB of well-known open source, from the package registries:

  mkdir -p tree/three modules && cd modules && go mod init modules
  for module in github.com/hashicorp/terraform github.com/prometheus/prometheus github.com/gohugoio/hugo github.com/moby/moby; do
    GOMODCACHE=$PWD/cache GOFLAGS=-modcacherw go mod download $module@latest    # Hugo may want a newer Go; its files come all the same
  done
  cp -r cache/github.com/*/{terraform,prometheus,hugo,moby}@* ../tree && cd ..
  pip download --no-deps --no-binary :all: Django sympy SQLAlchemy && for file in *.tar.gz; do tar xzf $file -C tree; done
  rm -rf tree/sqlalchemy-*/doc && npm pack three && tar xzf three-*.tgz -C tree/three`;

/**
 * Keysweep and its peers as cold processes over `tree`, side by side: every round starts each once. A table, one line a scanner.
 * What is not in the cache is installed from its package registry; who cannot be had is named.
 */
export function comparePeers(tree: string, rounds = 5): void {
  const folder = resolve(tree);
  if (!existsSync(folder)) throw new Error(`${tree} does not exist.`);
  const scanners = [keysweep(), ...[gitleaks, betterleaks, kingfisher].flatMap(install => orTell(install))];
  const reports = mkdtempSync(join(tmpdir(), 'keysweep-peers-'));
  const runs = new Map<string, Run[]>(scanners.map(({ name }) => [name, []]));
  const found = new Map<string, number>();
  try {
    // Once uncounted: the files are in memory then, and Kingfisher has compiled its rules.
    for (let round = 0; round <= rounds; round++) {
      for (const scanner of scanners) {
        const { name } = scanner;
        console.log(round === 0 ? `warming up: ${name}` : `round ${round} of ${rounds}: ${name}`);
        const report = join(reports, 'report.json');
        rmSync(report, { force: true });
        const run = measure(scanner.command(folder, report), report);
        if (round > 0) runs.get(name)?.push(run);
        found.set(name, scanner.count(report));
      }
    }
  } finally {
    rmSync(reports, { recursive: true, force: true });
  }
  console.log(`\nMedians of ${rounds} rounds; ratios are medians of each round's own.\n`);
  printTable(scanners, runs, found);
}

function printTable(
  scanners: readonly Scanner[],
  runs: ReadonlyMap<string, readonly Run[]>,
  found: ReadonlyMap<string, number>,
): void {
  const ours = runs.get('Keysweep') ?? [];
  const ratio = (theirs: readonly Run[], key: 'wall' | 'cpu') =>
    median(theirs.map((run, round) => run[key] / (ours[round]?.[key] ?? Number.NaN))).toFixed(2);
  console.log('| scanner | wall time | CPU time | peak memory | findings | wall time to ours | CPU time to ours |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const { name, version } of scanners) {
    const own = runs.get(name) ?? [];
    const of = (key: keyof Run) => median(own.map(run => run[key]));
    const cells = [
      `${name} ${version}`,
      `${of('wall').toFixed(2)} s`,
      `${of('cpu').toFixed(2)} s`,
      `${of('memory').toFixed(0)} MB`,
      `${found.get(name) ?? 0}`,
      ratio(own, 'wall'),
      ratio(own, 'cpu'),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

/** Answers, on its last line, what the program used: Node tells that of no child. The first argument takes its standard output. */
const meter = `
import os, subprocess, sys, time
with open(sys.argv[1], 'wb') as out:
    begun = time.monotonic()
    child = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    wall = time.monotonic() - begun
print(os.waitstatus_to_exitcode(status), wall, used.ru_utime + used.ru_stime, used.ru_maxrss * (1 if sys.platform == 'darwin' else 1024))
`;

/** Standard output becomes the report, unless the command writes it itself. */
function measure(command: readonly string[], report: string): Run {
  const result = spawnSync('python3', ['-c', meter, `${report}.out`, ...command], { encoding: 'utf8' });
  const [code = -1, wall = 0, cpu = 0, memory = 0] = result.stdout.trim().split(' ').map(Number);
  // 1 and 200 to 205 say that something was found.
  if (result.status !== 0 || ![0, 1, 200, 205].includes(code))
    throw new Error(`${command[0]} ended with ${code}. ${result.stderr}`);
  return { wall, cpu, memory: memory / 1e6 };
}

function readReport(file: string): unknown {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8') || '[]') : [];
}

function keysweep(): Scanner {
  const program = join(repository, 'dist/cli.js');
  return {
    name: 'Keysweep',
    version: run(process.execPath, [program, '--version']),
    command: tree => [process.execPath, program, 'scan', tree, '--format', 'json'],
    count: report => (readReport(`${report}.out`) as { readonly findings: readonly unknown[] }).findings.length,
  };
}

function gitleaks(): Scanner {
  const program = join(cache, 'bin/gitleaks');
  const version = 'v8.30.1';
  if (!existsSync(program)) {
    console.log(`Installing gitleaks ${version}, a Go module, into ${cache}.`);
    const environment = { ...process.env, GOBIN: join(cache, 'bin'), GOFLAGS: '-modcacherw' };
    run('go', ['install', `github.com/zricethezav/gitleaks/v8@${version}`], environment);
  }
  return {
    name: 'gitleaks',
    version: version.slice(1),
    command: (tree, report) => [
      program,
      'dir',
      tree,
      '--report-format=json',
      `--report-path=${report}`,
      '--exit-code=0',
      '--no-banner',
      '--redact',
    ],
    count: report => (readReport(report) as readonly unknown[]).length,
  };
}

/** Its engine in a library for Python: starting Python costs it a tenth of a second. */
function betterleaks(): Scanner {
  installWithPip('pybetterleaks');
  const script = [
    'import sys, pybetterleaks',
    'result = pybetterleaks.scan_dir(sys.argv[1])',
    'assert not result.errors, result.errors',
    'print(len(result.findings))',
  ].join('\n');
  const version = run(python, ['-c', 'import pybetterleaks; print(pybetterleaks.betterleaks_version())']);
  return {
    name: 'Betterleaks',
    version: version.replace(/^v/, ''),
    command: tree => [python, '-c', script, tree],
    count: report => Number(readFileSync(`${report}.out`, 'utf8')),
  };
}

function kingfisher(): Scanner {
  installWithPip('kingfisher-bin');
  // The program itself: what pip puts on the path is a script that starts it.
  const places = 'import kingfisher, pathlib; print(pathlib.Path(kingfisher.__file__).parent / "bin" / "kingfisher")';
  const program = run(python, ['-c', places]);
  const options = ['--no-validate', '--no-update-check', '--git-history=none', '--quiet', '--redact', '--format=json'];
  return {
    name: 'Kingfisher',
    version: run(program, ['--version']).replace(/^\S+ /, ''),
    command: (tree, report) => [program, 'scan', tree, ...options, `--output=${report}`],
    count: report => (readReport(report) as { readonly findings: readonly unknown[] }).findings.length,
  };
}

function installWithPip(name: string): void {
  if (!existsSync(python)) {
    mkdirSync(cache, { recursive: true });
    run('python3', ['-m', 'venv', join(cache, 'python')]);
  }
  if (spawnSync(python, ['-m', 'pip', 'show', '--quiet', name], { stdio: 'ignore' }).status === 0) return;
  console.log(`Installing ${name} from PyPI into ${cache}.`);
  run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', name]);
}

function orTell(install: () => Scanner): readonly Scanner[] {
  try {
    return [install()];
  } catch (error) {
    console.log(
      `${install.name} is missing from the comparison: ${error instanceof Error ? error.message : String(error)}`,
    );
    return [];
  }
}

/** What a program prints; throws with what it complains of when it cannot do its work. */
function run(program: string, args: readonly string[], env = process.env): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', env });
  if (error) throw new Error(`${program} cannot be started (${error.message}).`);
  if (status !== 0) throw new Error(`${program} ended with ${status}. ${stderr.trim().split('\n').at(-1) ?? ''}`);
  return stdout.trim();
}
