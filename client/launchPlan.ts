/* Which way values may take into a debug session, without an editor. */

export type Console = 'internal' | 'integratedTerminal' | 'externalTerminal';

/** The fields of a debug configuration that matter here. */
export interface LaunchConfiguration {
  readonly type: string;
  readonly request: string;
  readonly [field: string]: unknown;
}

/** Where a launch's program will run, by each debugger's own word for it. */
export function consoleOf(configuration: LaunchConfiguration): Console {
  // C and C++: a window of its own. CodeLLDB and others: `terminal`.
  if (configuration.externalConsole === true) return 'externalTerminal';
  const words: readonly unknown[] = [configuration.console, configuration.terminal];
  if (words.some(word => word === 'externalTerminal' || word === 'external')) return 'externalTerminal';
  if (words.some(word => word === 'integratedTerminal' || word === 'integrated' || word === 'terminal')) {
    return 'integratedTerminal';
  }
  return 'internal';
}

/** The configuration with the values in its environment; what it sets itself wins. C and C++ have a list of pairs instead. */
export function withEnvironment<C extends LaunchConfiguration>(
  configuration: C,
  values: Readonly<Record<string, string>>,
): C {
  if (configuration.type === 'cppdbg' || configuration.type === 'cppvsdbg') {
    const own: readonly unknown[] = Array.isArray(configuration.environment) ? configuration.environment : [];
    const names = new Set(own.map(nameOf));
    const added = Object.entries(values)
      .filter(([name]) => !names.has(name))
      .map(([name, value]) => ({ name, value }));
    return { ...configuration, environment: [...own, ...added] };
  }
  const own = typeof configuration.env === 'object' && configuration.env !== null ? configuration.env : {};
  return { ...configuration, env: { ...values, ...own } };
}

function nameOf(pair: unknown): unknown {
  return typeof pair === 'object' && pair !== null && 'name' in pair ? pair.name : undefined;
}

/** What `fillCollection` needs of an EnvironmentVariableCollection. */
export interface VariableCollection extends Iterable<[name: string, mutator: unknown]> {
  persistent: boolean;
  get(name: string): { readonly value: string } | undefined;
  replace(name: string, value: string, options: { readonly applyAtProcessCreation: boolean }): void;
  delete(name: string): void;
}

/**
 * The collection holds exactly `values` afterwards. It is not kept on disk from before its first value on. Only what differs is
 * touched: VS Code marks open terminals as outdated at every change.
 */
export function fillCollection(collection: VariableCollection, values: Readonly<Record<string, string>>): void {
  if (collection.persistent) collection.persistent = false;
  const gone: string[] = [];
  for (const [name] of collection) if (!Object.hasOwn(values, name)) gone.push(name);
  for (const name of gone) collection.delete(name);
  for (const [name, value] of Object.entries(values)) {
    if (collection.get(name)?.value !== value) collection.replace(name, value, { applyAtProcessCreation: true });
  }
}

/** What VS Code's setting `terminal.integrated.persistentSessionReviveProcess` must be: else it writes environments to disk. */
export const safeRevival = 'never';

/** "A, B and 3 more" */
export function listNames(names: readonly string[]): string {
  const shown = names.slice(0, 4);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(', ')} and ${rest} more`;
  const last = shown.at(-1);
  return shown.length < 2 || last === undefined ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${last}`;
}
