import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, succeeds } from './openbao.ts';
import { cacheFolder } from './prerequisites.ts';
import { startServerProcess } from './serverProcess.ts';

type Environment = Record<string, string | undefined>;

export interface Moto {
  readonly address: string;
  /** An empty HOME, AWS_ENDPOINT_URL and made-up keys. */
  readonly environment: Environment;
  close(): Promise<void>;
}

/** A real moto server: AWS Secrets Manager, Parameter Store, STS. Installs it from PyPI into the user's cache on first use. */
export async function startMoto(): Promise<Moto> {
  const program = await installMoto();
  const home = mkdtempSync(join(tmpdir(), 'keysweep-moto-'));
  const port = await freePort();
  const address = `http://127.0.0.1:${port}`;
  const server = startServerProcess(program, ['-H', '127.0.0.1', '-p', String(port)], process.env, home);
  for (let attempt = 0; ; attempt++) {
    if (server.child.exitCode !== null || attempt === 600) throw new Error('moto did not come up');
    if (await fetch(`${address}/moto-api/data.json`).catch(() => undefined)) break;
    await delay(50);
  }
  return {
    address,
    environment: {
      PATH: process.env.PATH,
      HOME: home,
      AWS_ENDPOINT_URL: address,
      AWS_REGION: 'eu-central-1',
      AWS_ACCESS_KEY_ID: ['AKIA', 'MADE', 'UP', '0000000000'].join(''),
      AWS_SECRET_ACCESS_KEY: 'made up for moto'.replaceAll(' ', '-'),
    },
    close: () => server.close(),
  };
}

/** The program `moto_server` in a virtual environment of its own: it does not get along with other versions of botocore. */
async function installMoto(): Promise<string> {
  const folder = join(cacheFolder(), 'moto');
  const inside = (root: string, name: string) =>
    process.platform === 'win32' ? join(root, 'Scripts', `${name}.exe`) : join(root, 'bin', name);
  const ready = join(cacheFolder(), 'moto-ready');
  if (existsSync(ready)) return inside(folder, 'moto_server');
  process.stderr.write(`Installing moto (PyPI, about 250 MB) into ${folder} ...\n`);
  await mkdir(cacheFolder(), { recursive: true });
  const lock = join(cacheFolder(), 'moto-installing');
  // A virtual environment cannot be moved: test files that start side by side wait for the first.
  for (let waited = 0; !(await succeedsIn(mkdir(lock))); waited++) {
    if (existsSync(ready)) return inside(folder, 'moto_server');
    if (waited === 600)
      throw new Error(`Another test installs moto and does not finish; if none runs, delete ${lock}.`);
    await delay(500);
  }
  try {
    if (existsSync(ready)) return inside(folder, 'moto_server');
    const python = process.platform === 'win32' ? 'python' : 'python3';
    const install = ['-m', 'pip', 'install', '--quiet', 'moto[server,secretsmanager,ssm]'];
    const done =
      (await succeeds(python, ['-m', 'venv', '--clear', folder])) &&
      (await succeeds(inside(folder, 'python'), install));
    if (!done) throw new Error('"pip install moto[server]" failed: these tests need Python 3 with venv and pip.');
    await mkdir(`${ready}-draft`);
    await rename(`${ready}-draft`, ready);
  } finally {
    rmSync(lock, { recursive: true, force: true });
  }
  return inside(folder, 'moto_server');
}

function succeedsIn(act: Promise<unknown>): Promise<boolean> {
  return act.then(
    () => true,
    () => false,
  );
}
