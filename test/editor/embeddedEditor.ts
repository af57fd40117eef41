import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { delimiter, dirname, join } from 'node:path';
import { cacheFolder } from '../support/prerequisites.ts';

const recipe = join(import.meta.dirname, 'embedded');
const project = join(import.meta.dirname, '..', '..');

/** The embedded VS Code: the server of VS Code as the npm package code-server carries it, opened in a browser. */
export interface EmbeddedEditor {
  /** `http://127.0.0.1:PORT` */
  readonly address: string;
  readonly process: ChildProcess;
  close(): Promise<void>;
}

export interface EditorFolders {
  /** Settings, state, logs. */
  readonly data: string;
  readonly extensions: string;
}

/** A window without welcome pages and side panels, and terminals whose environment is not written to disk. */
export function writeMachineSettings(folders: EditorFolders, settings: Readonly<Record<string, unknown>> = {}): void {
  const folder = join(folders.data, 'data/Machine');
  mkdirSync(folder, { recursive: true });
  const quiet = {
    'workbench.startupEditor': 'none',
    'workbench.secondarySideBar.defaultVisibility': 'hidden',
    'terminal.integrated.persistentSessionReviveProcess': 'never',
  };
  writeFileSync(join(folder, 'settings.json'), JSON.stringify({ ...quiet, ...settings }));
}

/** Where it is installed: a folder per lock file, so that a new version is a new folder. */
export function embeddedEditorFolder(): string {
  const lock = readFileSync(join(recipe, 'package-lock.json'));
  return join(cacheFolder(), `editor-${createHash('sha256').update(lock).digest('hex').slice(0, 12)}`);
}

/** Installs it on first use (about two minutes, 600 MB), from its own lock file. Needs a C++ compiler and libkrb5's headers. */
export async function installEmbeddedEditor(): Promise<void> {
  const folder = embeddedEditorFolder();
  if (existsSync(serverProgram(folder))) return;
  console.log(`Installing the embedded VS Code into ${folder}: once, about two minutes and 600 MB.`);
  const building = `${folder}.${process.pid}`;
  mkdirSync(building, { recursive: true });
  try {
    cpSync(recipe, building, { recursive: true });
    const headers = nodeHeaders();
    await new Promise<void>((resolve, reject) => {
      const npm = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--foreground-scripts=false'], {
        cwd: building,
        env: {
          ...process.env,
          PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`,
          ...(headers ? { npm_config_nodedir: headers } : {}),
        },
        stdio: ['ignore', 'inherit', 'inherit'],
        shell: process.platform === 'win32',
      });
      const begun = Date.now();
      const progress = setInterval(() => console.log(`  … ${Math.round((Date.now() - begun) / 1000)} s`), 15_000);
      npm.on('error', reject);
      npm.on('exit', code => {
        clearInterval(progress);
        if (code === 0 && existsSync(serverProgram(building))) resolve();
        else reject(new Error('The embedded VS Code could not be installed: see npm’s messages above.'));
      });
    });
    rmSync(folder, { recursive: true, force: true });
    renameSync(building, folder);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
}

/** Starts it without telemetry and without a token, on the loopback address alone. */
export async function startEmbeddedEditor(
  folders: EditorFolders,
  environment: NodeJS.ProcessEnv = process.env,
  flags: readonly string[] = [],
): Promise<EmbeddedEditor> {
  const port = await freePort();
  const child = spawn(
    process.execPath,
    [
      serverProgram(embeddedEditorFolder()),
      ...['--host', '127.0.0.1', '--port', String(port), '--without-connection-token', '--accept-server-license-terms'],
      ...['--server-data-dir', folders.data, '--extensions-dir', folders.extensions, '--telemetry-level', 'off'],
      ...flags,
    ],
    { env: environment, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const address = `http://127.0.0.1:${port}`;
  const exited = new Promise<void>(resolve => child.on('exit', () => resolve()));
  for (let attempt = 0; ; attempt++) {
    if (child.exitCode !== null) throw new Error(`The embedded VS Code did not start:\n${output}`);
    const answer = await fetch(address).catch(() => undefined);
    if (answer?.ok) break;
    if (attempt > 300) throw new Error(`The embedded VS Code does not answer:\n${output}`);
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  return {
    address,
    process: child,
    async close() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await exited;
      clearTimeout(late);
    },
  };
}

/** Unpacks a VSIX into the extensions folder, as `code --install-extension` does. */
export async function installExtension(vsix: string, folders: EditorFolders): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    let output = '';
    const child = spawn(
      process.execPath,
      [
        serverProgram(embeddedEditorFolder()),
        '--server-data-dir',
        folders.data,
        '--extensions-dir',
        folders.extensions,
        '--install-extension',
        vsix,
        '--force',
      ],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    child.stdout.on('data', chunk => {
      output += chunk;
    });
    child.stderr.on('data', chunk => {
      output += chunk;
    });
    child.on('error', reject);
    child.on('exit', code =>
      code === 0 ? resolve() : reject(new Error(`The extension could not be installed:\n${output}`)),
    );
  });
}

function serverProgram(folder: string): string {
  return join(folder, 'node_modules/code-server/lib/vscode/out/server-main.js');
}

/** Headers of the pinned Node, which its npm package carries: native modules are compiled against them without a download. */
function nodeHeaders(): string | undefined {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  return [join(project, 'node_modules', name), join(project, 'node_modules/node/node_modules', name)].find(folder =>
    existsSync(join(folder, 'include/node/node.h')),
  );
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no free port')),
      );
    });
  });
}
