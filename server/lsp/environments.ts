import { parseReference } from '../engine/reference.ts';
import type { Answer, EnvironmentStatus, ReferenceParams } from '../protocol/messages.ts';
import { type Environment, manifestsAbove, resolveEnvironment } from '../secrets/environment.ts';
import { StoreError } from '../stores/store.ts';
import { findManifests } from '../workspace/manifest.ts';
import type { Configuration } from './configuration.ts';
import type { Consent } from './consent.ts';
import { fileOf, uriOf } from './places.ts';
import type { StoreAccess } from './storeAccess.ts';

export interface Environments {
  /** What a launch in a folder (file URI) gets; asks about entries of other repositories. An untrusted workspace gets nothing. */
  launch(folder: string, signal: AbortSignal): Promise<Environment>;
  /** Asks whether the folder may use an entry of another repository. */
  allow(params: ReferenceParams, signal: AbortSignal): Promise<Answer>;
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
    return resolveEnvironment(manifests, await access.stores(), environment, undefined, signal);
  };
  /** What the user said, or why the store cannot tell whose the entry is. */
  const agreed = async (...asked: Parameters<Consent['agree']>): Promise<boolean | StoreError> => {
    try {
      return await consent.agree(...asked);
    } catch (error) {
      if (error instanceof StoreError) return error;
      throw error;
    }
  };
  return {
    async launch(folder, signal) {
      const found = await resolve(folder, signal);
      const directory = fileOf(folder);
      if (found.kind === 'ready' || directory === undefined) return found;
      // Only a question whose answer can help is worth asking.
      if (found.missing.some(({ owners }) => owners === undefined)) return found;
      for (const { reference, folder: asking = directory } of found.missing) {
        const parsed = parseReference(reference);
        if (parsed === undefined || (await agreed(parsed, asking, 'launch', signal)) !== true) return found;
      }
      return resolve(folder, signal);
    },
    async allow({ folder, reference }, signal) {
      const [directory, parsed] = [fileOf(folder), parseReference(reference)];
      if (!configuration.trusted || directory === undefined || parsed === undefined)
        return { kind: 'refused', message: 'The workspace is not trusted, so none of its references is followed.' };
      const answer = await agreed(parsed, directory, 'fillIn', signal);
      if (answer === true) return { kind: 'done', message: '' };
      if (answer instanceof StoreError) return { kind: 'failed', message: `${answer.message} ${answer.advice}`.trim() };
      return {
        kind: 'refused',
        message: 'It was stored for another folder, and you did not allow this one to use it.',
      };
    },
    async status(folder, signal) {
      const found = await resolve(folder, signal);
      if (found.kind === 'ready') return { folder, names: [...found.variables.keys()], missing: [] };
      const missing = found.missing.map(({ name, reference, message, folder: naming, owners }) => ({
        name,
        reference,
        message,
        folder: naming === undefined ? folder : uriOf(naming),
        foreign: owners !== undefined,
      }));
      return { folder, names: missing.map(({ name }) => name), missing };
    },
  };
}
