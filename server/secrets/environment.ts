import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Reference } from '../engine/reference.ts';
import { parseReference, printReference } from '../engine/reference.ts';
import type { SecretValue } from '../stores/secretValue.ts';
import type { StoreErrorCode } from '../stores/store.ts';
import type { Resolution, Stores } from '../stores/stores.ts';
import { topFolder } from '../workspace/history.ts';
import { manifestName, readManifest } from '../workspace/manifest.ts';

/* Invariant 8: nothing starts with a reference where a value should be. */

export interface MissingName {
  readonly name: string;
  readonly reference: string;
  readonly code: StoreErrorCode;
  /** What is true and what to do. */
  readonly message: string;
}

/** All or nothing (invariant 8). */
export type Environment =
  | { readonly kind: 'ready'; readonly variables: ReadonlyMap<string, SecretValue> }
  | { readonly kind: 'missing'; readonly missing: readonly MissingName[] };

/**
 * The names of the manifests (nearest first: its entry wins) and their values. A real value already in `current` wins over a
 * reference; a reference standing in `current` is resolved too. An empty variable in `current` counts as none.
 */
export async function resolveEnvironment(
  manifests: readonly string[],
  stores: Stores,
  current: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal,
): Promise<Environment> {
  const { wanted, missing } = await wantedNames(manifests, current);
  const names = [...wanted.keys()];
  const references = [...wanted.values()];
  const resolutions = await stores.resolve(references, signal);
  const variables = new Map<string, SecretValue>();
  for (const [index, name] of names.entries()) {
    const reference = references[index];
    const resolution = resolutions[index];
    if (reference === undefined || resolution === undefined) continue;
    const problem = problemOf(name, reference, resolution);
    if (problem !== undefined) missing.push(problem);
    else if (resolution.kind === 'value') variables.set(name, resolution.value);
  }
  return missing.length > 0 ? { kind: 'missing', missing } : { kind: 'ready', variables };
}

/** The one place where values become variables of a process about to start. */
export function fillEnvironment(variables: ReadonlyMap<string, SecretValue>): Record<string, string> {
  return Object.fromEntries([...variables].map(([name, value]) => [name, value.reveal()]));
}

/**
 * The manifests that count for a program started in `folder`: its own and those of the folders above, up to the repository's top
 * (to the file system's root where there is no git). Nearest first; absolute paths.
 */
export async function manifestsAbove(folder: string, signal: AbortSignal): Promise<readonly string[]> {
  const top = await topFolder(folder, signal);
  const files: string[] = [];
  for (let current = folder; ; current = dirname(current)) {
    const file = join(current, manifestName);
    if (await isReadable(file)) files.push(file);
    if (current === top || current === dirname(current)) return files;
  }
}

async function isReadable(file: string): Promise<boolean> {
  return (await readText(file)) !== undefined;
}

async function readText(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

async function wantedNames(
  manifests: readonly string[],
  current: Readonly<Record<string, string | undefined>>,
): Promise<{ readonly wanted: Map<string, Reference>; readonly missing: MissingName[] }> {
  const wanted = new Map<string, Reference>();
  const missing: MissingName[] = [];
  const seen = new Set<string>();
  for (const [name, text] of Object.entries(current)) {
    const reference = text === undefined ? undefined : parseReference(text);
    if (reference !== undefined) wanted.set(name, reference);
    else if (text) seen.add(name);
  }
  for (const text of await Promise.all(manifests.map(readText))) {
    for (const entry of readManifest(text ?? '').entries) {
      if (seen.has(entry.name)) continue;
      seen.add(entry.name);
      if (wanted.has(entry.name)) continue;
      if (entry.reference !== undefined) wanted.set(entry.name, entry.reference);
      else if (looksLikeReference(entry.written)) missing.push(unknownReference(entry.name, entry.written));
    }
  }
  return { wanted, missing };
}

/** `op://`, `pass://`, a broken `ref+`: no value, and nothing here answers for it. */
function looksLikeReference(text: string): boolean {
  return /^(ref\+|secretref\+|op:|pass:|keeper:|dl:|vault:|sm:|berglas:|akeyless:)/i.test(text);
}

function unknownReference(name: string, written: string): MissingName {
  const message = `Keysweep has no store that answers for this reference. Correct it, or give ${name} a value in the environment.`;
  return { name, reference: written, code: 'unsupported', message };
}

function problemOf(name: string, reference: Reference, resolution: Resolution): MissingName | undefined {
  const written = printReference(reference);
  if (resolution.kind === 'failed') {
    const { code, message, advice } = resolution.error;
    return { name, reference: written, code, message: [message, advice].filter(text => text !== '').join(' ') };
  }
  // Inside this process alone: what an environment can hold, and that no reference takes a value's place.
  const value = resolution.value.reveal();
  if (value.includes('\0')) {
    return {
      name,
      reference: written,
      code: 'invalid',
      message: 'The stored value holds a NUL, which no environment can carry.',
    };
  }
  if (looksLikeReference(value) && parseReference(value) !== undefined) {
    return {
      name,
      reference: written,
      code: 'invalid',
      message: `What is stored is itself a reference. Set ${name} to its value.`,
    };
  }
  return undefined;
}
