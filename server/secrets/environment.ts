import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Reference } from '../engine/reference.ts';
import { parseReference, printReference } from '../engine/reference.ts';
import type { SecretValue } from '../stores/secretValue.ts';
import { StoreError, type StoreErrorCode } from '../stores/store.ts';
import type { Resolution, Stores } from '../stores/stores.ts';
import { topFolder } from '../workspace/history.ts';
import { manifestName, readManifest } from '../workspace/manifest.ts';
import { foreignOwners } from './owners.ts';

/* Invariant 8: nothing starts with a reference where a value should be. */

export interface MissingName {
  readonly name: string;
  readonly reference: string;
  readonly code: StoreErrorCode;
  /** What is true and what to do. */
  readonly message: string;
  /** Of the manifest that names it: absolute. Undefined for a reference out of the environment. */
  readonly folder?: string;
  /** Present when the entry is another repository's: its folders. This one may use it once the user agreed (`addOwner`). */
  readonly owners?: readonly string[];
}

/** All or nothing (invariant 8). */
export type Environment =
  | { readonly kind: 'ready'; readonly variables: ReadonlyMap<string, SecretValue> }
  | { readonly kind: 'missing'; readonly missing: readonly MissingName[] };

/**
 * The names of the manifests (nearest first: its entry wins) and their values. A real value already in `current` wins over a
 * reference; a reference standing in `current` is resolved too. An empty variable in `current` counts as none. An entry that
 * belongs to another repository than the manifest's is not read (invariant 10). With `only`, nothing else of the manifests is
 * read, and a name that neither they nor `current` give is missing.
 */
export async function resolveEnvironment(
  manifests: readonly string[],
  stores: Stores,
  current: Readonly<Record<string, string | undefined>>,
  only: readonly string[] | undefined,
  signal: AbortSignal,
): Promise<Environment> {
  const { wanted, missing } = await wantedNames(manifests, current, only);
  const checked = await Promise.all(
    wanted.map(async each => ({ each, problem: await foreignProblem(each, stores, signal) })),
  );
  missing.push(...checked.flatMap(({ problem }) => problem ?? []));
  const own = checked.flatMap(({ each, problem }) => (problem === undefined ? [each] : []));
  const references = own.map(each => each.reference);
  const resolutions = await stores.resolve(references, signal);
  const variables = new Map<string, SecretValue>();
  for (const [index, { name, reference, manifest }] of own.entries()) {
    const resolution = resolutions[index];
    if (resolution === undefined) continue;
    const problem = problemOf(name, reference, resolution);
    if (problem !== undefined)
      missing.push(manifest === undefined ? problem : { ...problem, folder: dirname(manifest) });
    else if (resolution.kind === 'value') variables.set(name, resolution.value);
  }
  return missing.length > 0 ? { kind: 'missing', missing } : { kind: 'ready', variables };
}

/** The one place where values become variables of a process about to start. */
export function fillEnvironment(variables: ReadonlyMap<string, SecretValue>): Record<string, string> {
  return Object.fromEntries([...variables].map(([name, value]) => [name, value.reveal()]));
}

/** Beside a manifest: a developer's own references, which win over the committed ones. Not for git. */
const localManifestName = `${manifestName}.local`;

/**
 * The manifests that count for a program started in `folder`: its own and those of the folders above, up to the repository's top
 * (to the file system's root where there is no git). Nearest first, of each folder the local one before the committed one;
 * absolute paths.
 */
export async function manifestsAbove(folder: string, signal: AbortSignal): Promise<readonly string[]> {
  const top = await topFolder(folder, signal);
  const files: string[] = [];
  for (let current = folder; ; current = dirname(current)) {
    for (const file of [join(current, localManifestName), join(current, manifestName)])
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

interface WantedName {
  readonly name: string;
  readonly reference: Reference;
  /** Undefined when the reference stands in the environment: the user put it there. */
  readonly manifest: string | undefined;
}

async function wantedNames(
  manifests: readonly string[],
  current: Readonly<Record<string, string | undefined>>,
  only: readonly string[] | undefined,
): Promise<{ readonly wanted: readonly WantedName[]; readonly missing: MissingName[] }> {
  const wanted: WantedName[] = [];
  const missing: MissingName[] = [];
  const seen = new Set<string>();
  for (const [name, text] of Object.entries(current)) {
    const reference = text === undefined ? undefined : parseReference(text);
    if (reference !== undefined) wanted.push({ name, reference, manifest: undefined });
    if (text) seen.add(name);
  }
  const texts = await Promise.all(manifests.map(readText));
  for (const [index, manifest] of manifests.entries()) {
    for (const { name, reference, written } of readManifest(texts[index] ?? '').entries) {
      if (seen.has(name)) continue;
      // What a developer sets for other tools takes no reference away.
      const isLocal = basename(manifest) === localManifestName;
      if (isLocal && reference === undefined && !looksLikeReference(written)) continue;
      seen.add(name);
      if (only !== undefined && !only.includes(name)) continue;
      if (reference !== undefined) wanted.push({ name, reference, manifest });
      else if (looksLikeReference(written)) missing.push(unknownReference(name, written));
    }
  }
  missing.push(...(only ?? []).filter(name => !seen.has(name)).map(unnamed));
  return { wanted, missing };
}

function unnamed(name: string): MissingName {
  const message = 'No manifest here or above names it, and it has no value in the environment.';
  return { name, reference: 'no reference', code: 'invalid', message };
}

async function foreignProblem(
  { name, reference, manifest }: WantedName,
  stores: Stores,
  signal: AbortSignal,
): Promise<MissingName | undefined> {
  if (manifest === undefined) return undefined;
  const folder = dirname(manifest);
  try {
    const owners = await foreignOwners(reference, folder, stores, signal);
    if (owners.length === 0) return undefined;
    const message = `It was stored for ${owners.join(', ')}. This folder may use it once you agree to it by name.`;
    return { name, reference: printReference(reference), code: 'denied', message, folder, owners };
  } catch (error) {
    if (error instanceof StoreError) return { ...failedName(name, reference, error), folder };
    throw error;
  }
}

/** `op://`, `pass://`, a broken `ref+`: no value, and nothing here answers for it. */
function looksLikeReference(text: string): boolean {
  return /^(ref\+|secretref\+|op:|pass:|keeper:|dl:|vault:|sm:|berglas:|akeyless:)/i.test(text);
}

function unknownReference(name: string, written: string): MissingName {
  const message = `Keysweep has no store that answers for this reference. Correct it, or give ${name} a value in the environment.`;
  return { name, reference: written, code: 'unsupported', message };
}

function failedName(name: string, reference: Reference, { code, message, advice }: StoreError): MissingName {
  return { name, reference: printReference(reference), code, message: `${message} ${advice}`.trim() };
}

function problemOf(name: string, reference: Reference, resolution: Resolution): MissingName | undefined {
  const written = printReference(reference);
  if (resolution.kind === 'failed') return failedName(name, reference, resolution.error);
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
