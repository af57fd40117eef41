import { parseReference } from '../engine/reference.ts';
import type { EnvironmentStatus } from '../protocol/messages.ts';
import { type Environment, manifestsAbove, resolveEnvironment } from '../secrets/environment.ts';
import { findManifests } from '../workspace/manifest.ts';
import type { Configuration } from './configuration.ts';
import type { Consent } from './consent.ts';
import { fileOf } from './places.ts';
import type { StoreAccess } from './storeAccess.ts';

export interface Environments {
  /** What a launch in a folder (file URI) gets; asks about entries of other folders. An untrusted workspace gets nothing. */
  launch(folder: string, signal: AbortSignal): Promise<Environment>;
  /** What a launch would get. Asks nobody. */
  status(folder: string, signal: AbortSignal): Promise<EnvironmentStatus>;
}

export function createEnvironments(
  configuration: Configuration,
  access: StoreAccess,
  consent: Consent,
  environment: Readonly<Record<string, string | undefined>>,
): Environments {
  const resolve = async (folder: string, signal: AbortSignal): Promise<Environment> => {
    const directory = fileOf(folder);
    if (!configuration.trusted || directory === undefined) return { kind: 'ready', variables: new Map() };
    const above = await manifestsAbove(directory, signal);
    // A folder of packages that has no manifest of its own gets theirs.
    const manifests = above.length > 0 ? above : await findManifests(directory, signal);
    return resolveEnvironment(manifests, await access.stores(), environment, signal);
  };
  return {
    async launch(folder, signal) {
      const found = await resolve(folder, signal);
      const directory = fileOf(folder);
      if (found.kind === 'ready' || directory === undefined) return found;
      // Only a question whose answer can help is worth asking.
      if (found.missing.some(({ owners }) => owners === undefined)) return found;
      for (const { reference } of found.missing) {
        const parsed = parseReference(reference);
        if (parsed === undefined || !(await consent.agree(parsed, directory, signal))) return found;
      }
      return resolve(folder, signal);
    },
    async status(folder, signal) {
      const found = await resolve(folder, signal);
      if (found.kind === 'ready') return { folder, names: [...found.variables.keys()], missing: [] };
      const missing = found.missing.map(({ name, reference, message }) => ({ name, reference, message }));
      return { folder, names: missing.map(({ name }) => name), missing };
    },
  };
}
