import { join } from 'node:path';
import { dataFolder, openStores, type StoreOptions, type Stores } from '../../server/stores/stores.ts';

type Environment = Readonly<Record<string, string | undefined>>;

export const keychainProgram = join(import.meta.dirname, '../../server/stores/keychainProcess.ts');

/** The stores as a front builds them, for an environment. */
export function openStoresFor(environment: Environment, more: Partial<StoreOptions> = {}): Stores {
  return openStores({
    environment,
    vault: { address: '', namespace: '', mount: 'secret', pathPrefix: '' },
    dataFolder: dataFolder(environment),
    keychainProcess: keychainProgram,
    ...more,
  });
}
