import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Reference } from '../../server/engine/reference.ts';
import type { StoreId } from '../../server/stores/store.ts';
import { type Answerer, type Certificate, forwardTo, type Loopback, startLoopback } from './loopback.ts';
import { startMoto } from './moto.ts';

export type Environment = Record<string, string | undefined>;

/** A store's server, before which a loopback stands that can inject faults. */
export interface StoreServer {
  readonly loopback: Loopback;
  /** All that a user of this store has in the environment, and nothing else. */
  readonly environment: Environment;
  /** References that it must refuse. */
  readonly foreign: (good: Reference) => readonly Reference[];
  readonly close: () => Promise<void>;
}

/** One kind of server: what it answers, and how a user names it. */
export interface Counterpart {
  readonly answer: Answerer;
  environment(address: string): Environment;
  readonly foreign: (good: Reference) => readonly Reference[];
  readonly close?: () => Promise<void>;
}

const counterparts: Readonly<Partial<Record<StoreId, () => Promise<Counterpart> | Counterpart>>> = {
  awssecrets: awsCounterpart,
  awsssm: awsCounterpart,
};

/** Stores that a server on the network keeps, but Vault. */
export const servedStores = Object.keys(counterparts) as StoreId[];

export async function startStoreServer(id: StoreId, tls?: Certificate): Promise<StoreServer> {
  const counterpart = await counterparts[id]!();
  const loopback = await startLoopback(counterpart.answer, tls);
  const home = mkdtempSync(join(tmpdir(), 'keysweep-store-'));
  return {
    loopback,
    environment: { ...counterpart.environment(loopback.address), PATH: process.env.PATH, HOME: home },
    foreign: counterpart.foreign,
    async close() {
      await loopback.close();
      await counterpart.close?.();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

async function awsCounterpart(): Promise<Counterpart> {
  const moto = await startMoto();
  return {
    answer: forwardTo(moto.address),
    environment: address => ({ ...moto.environment, AWS_ENDPOINT_URL: address }),
    foreign: good => [
      { ...good, path: '' },
      { ...good, path: 'p//N' },
      { ...good, path: 'arn:aws:secretsmanager:us-east-1:1:secret:x' },
      { ...good, parameters: { region: 'eu-west-1.elsewhere.example/' } },
      { ...good, parameters: { role_arn: 'arn:aws:iam::1:role/x' } },
    ],
    close: () => moto.close(),
  };
}
