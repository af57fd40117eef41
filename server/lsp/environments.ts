import { dirname, join } from 'node:path';
import type { EnvironmentStatus } from '../protocol/messages.ts';
import { type Environment, resolveEnvironment } from '../secrets/environment.ts';
import { findManifests, locateManifest } from '../workspace/manifest.ts';
import type { Configuration } from './configuration.ts';
import { fileOf } from './places.ts';
import type { StoreAccess } from './storeAccess.ts';

export interface Environments {
  /** What a launch in a folder (file URI) gets. An untrusted workspace gets nothing. */
  resolve(folder: string, signal: AbortSignal): Promise<Environment>;
  status(folder: string, signal: AbortSignal): Promise<EnvironmentStatus>;
}

export function createEnvironments(
  configuration: Configuration,
  access: StoreAccess,
  environment: Readonly<Record<string, string | undefined>>,
): Environments {
  const resolve = async (folder: string, signal: AbortSignal): Promise<Environment> => {
    const directory = fileOf(folder);
    if (!configuration.trusted || directory === undefined) return { kind: 'ready', variables: new Map() };
    const root = configuration.folderOf(`${folder}/x`).root ?? directory;
    const manifests = await manifestsOf(directory, root, signal);
    return resolveEnvironment(manifests, await access.stores(), environment, signal);
  };
  return {
    resolve,
    async status(folder, signal) {
      const found = await resolve(folder, signal);
      if (found.kind === 'ready') return { folder, names: [...found.variables.keys()], missing: [] };
      const missing = found.missing.map(({ name, reference, message }) => ({ name, reference, message }));
      return { folder, names: missing.map(({ name }) => name), missing };
    },
  };
}

/** Nearest first, up to the root; a root that has none of its own gets those below it. */
async function manifestsOf(directory: string, root: string, signal: AbortSignal): Promise<readonly string[]> {
  const chain: string[] = [];
  for (let at = directory; ; ) {
    const { file, exists } = await locateManifest(join(at, 'x'), root);
    if (!exists) break;
    chain.push(file);
    if (dirname(file) === root || dirname(file) === dirname(dirname(file))) break;
    at = dirname(dirname(file));
  }
  return chain.length > 0 ? chain : findManifests(directory, signal);
}
