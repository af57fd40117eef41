import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { StoreId } from '../../server/stores/store.ts';
import type { Environment } from './storeServers.ts';

/** A store that a program of this machine keeps: the real one, with a home of its own. */
export interface ProgramStore {
  readonly environment: Environment;
  readonly close: () => void;
}

const starts: Readonly<Partial<Record<StoreId, (home: string) => Environment>>> = {
  pass: startPass,
  age: startAge,
};

export const programStores = Object.keys(starts) as StoreId[];

export function startProgramStore(id: StoreId): ProgramStore {
  // gpg's agent listens on a socket below, whose path must be short.
  const home = mkdtempSync(join(tmpdir(), 'ks-'));
  const environment = { PATH: process.env.PATH, HOME: home, ...starts[id]!(home) };
  return {
    environment,
    close() {
      if (id === 'pass') execFileSync('gpgconf', ['--kill', 'all'], { env: environment, stdio: 'ignore' });
      rmSync(home, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

function startPass(home: string): Environment {
  const env = { PATH: process.env.PATH, HOME: home, GNUPGHOME: join(home, '.gnupg') };
  mkdirSync(env.GNUPGHOME, { mode: 0o700 });
  const key = [
    '--batch',
    '--passphrase',
    '',
    '--quick-generate-key',
    'keysweep-test',
    'future-default',
    'default',
    '1d',
  ];
  execFileSync('gpg', key, { env, stdio: 'ignore' });
  execFileSync('pass', ['init', 'keysweep-test'], { env, stdio: 'ignore' });
  return { GNUPGHOME: env.GNUPGHOME };
}

function startAge(home: string): Environment {
  const identity = join(home, 'identity.txt');
  execFileSync('age-keygen', ['-o', identity], { stdio: 'ignore' });
  return { AGE_STORE_DIR: join(home, 'store'), AGE_IDENTITY_FILE: identity };
}
