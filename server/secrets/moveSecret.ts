import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { Reference } from '../engine/reference.ts';
import { printReference } from '../engine/reference.ts';
import { rewrite } from '../engine/rewrite.ts';
import type { SecretMetadata, SecretStore } from '../stores/store.ts';
import { StoreError } from '../stores/store.ts';
import { pathBelow } from '../workspace/folders.ts';
import { exposure, isIgnored, topFolder } from '../workspace/history.ts';
import { readManifest } from '../workspace/manifest.ts';
import type * as host from './moveHost.ts';
import type { MovePlan } from './movePlan.ts';
import { editsOf, entryOf, findingOf, planMove, readManifestText, searchFor, UnreadableManifest } from './movePlan.ts';
import { homeOf } from './owners.ts';

/* Invariant 7: a literal leaves a file only after its value was read back from the store. */

export type MoveText = host.MoveText;
export type TextEdits = host.TextEdits;
export type MoveHost = host.MoveHost;
export type ApplyOutcome = host.ApplyOutcome;
export type MoveRequest = host.MoveRequest;

export interface Moved {
  readonly name: string;
  readonly reference: string;
  readonly manifest: string;
  readonly files: readonly string[];
  /** Copies that stay, each with the reason. */
  readonly left: readonly { readonly file: string; readonly reason: string }[];
  /** The value stands in git's HEAD, or is pushed: it must be rotated. */
  readonly rotate: 'no' | 'committed' | 'pushed';
  /** git would ignore the manifest. */
  readonly manifestIgnored: boolean;
}

export type MoveOutcome =
  | { readonly kind: 'moved'; readonly moved: Moved }
  /** Nothing was touched. `taken`: the name holds another value. */
  | { readonly kind: 'refused'; readonly reason: string; readonly waysOut: readonly string[]; readonly taken?: true }
  /** The text changed meanwhile; what was stored is removed again. */
  | { readonly kind: 'stale'; readonly message: string }
  /** Everything put back, or `message` says what could not be. */
  | { readonly kind: 'failed'; readonly message: string; readonly advice: string };

/** What a prompt needs before a move: the proposed name, where else the value stands, or why not. Touches nothing. */
export type MoveProposal =
  | {
      readonly kind: 'proposal';
      readonly name: string;
      /** Files: the finding's own first, when the value stands in it once more. */
      readonly copies: readonly string[];
      readonly takenNames: readonly string[];
    }
  | { readonly kind: 'refused'; readonly reason: string; readonly waysOut: readonly string[] }
  | { readonly kind: 'stale' };

export async function proposeMove(
  request: Pick<MoveRequest, 'root' | 'file' | 'start' | 'end' | 'version'>,
  host: MoveHost,
  signal: AbortSignal,
): Promise<MoveProposal> {
  const found = await findingOf(request, host, signal);
  if (found === undefined) return { kind: 'stale' };
  const { text, finding } = found;
  const manifest = await readManifestText(request.file, request.root, host, signal).catch(unreadable);
  if ('kind' in manifest) return manifest;
  const takenNames = manifest.manifest.entries.map(entry => entry.name);
  // What a file's readers look for by its own name (a dotenv line) cannot be called otherwise.
  const own = finding.assigned.split('.').at(-1) ?? '';
  const names = [freshName(finding.variable, takenNames), ...(nameProblem(own) === undefined ? [own] : [])];
  const tried = names.map(name => ({ name, possible: rewrite(text.source, [finding], name) }));
  const { name, possible } = tried.find(({ possible }) => possible.kind === 'edits' && !possible.aliases?.length) ??
    tried.find(each => each.possible.kind === 'edits') ??
    tried[0] ?? { name: '', possible: undefined };
  if (possible?.kind !== 'edits') return possible ?? { kind: 'stale' };
  const search = searchFor(finding, possible.value, text.source.text);
  const again = search.ranges(text.source.text, found.findings).length > 1 ? [request.file] : [];
  const copies = [...again, ...(await host.copies(finding.fingerprint, request.file, signal, search.mentions))];
  return { kind: 'proposal', name, copies, takenNames };
}

/** The names that the manifest of a file gives; none when it cannot be read, which a move then says. */
export async function namesOfManifest(
  file: string,
  root: string,
  host: MoveHost,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const read = await readManifestText(file, root, host, signal).catch(unreadable);
  return 'kind' in read ? [] : read.manifest.entries.map(entry => entry.name);
}

/** Store, read back, edit, or put everything back (invariant 7). Never rejects. */
export async function moveSecret(request: MoveRequest, host: MoveHost, signal: AbortSignal): Promise<MoveOutcome> {
  try {
    return await move(request, host, signal);
  } catch (error) {
    if (error instanceof StoreError) return { kind: 'failed', message: error.message, advice: error.advice };
    if (error instanceof UnreadableManifest) return unreadable(error);
    if (signal.aborted) return { kind: 'failed', message: 'The move was cancelled; nothing was changed.', advice: '' };
    host.failed(error);
    const advice =
      'Nothing was edited. Look at the inventory for an entry of that name that nothing uses, then try again.';
    return { kind: 'failed', message: 'The move failed for a reason that Keysweep does not know.', advice };
  }
}

/**
 * The project under which a manifest's secrets are kept: what its references already say, else the name of the repository's top
 * folder (of the manifest's own folder where there is no git), with the folders between them. ASCII, safe in a path.
 */
export async function projectOf(
  manifest: string,
  store: SecretStore | undefined,
  signal: AbortSignal,
): Promise<string> {
  const text = await readFile(manifest, 'utf8').catch(() => '');
  for (const entry of readManifest(text).entries) {
    const project =
      store === undefined || entry.reference === undefined ? undefined : projectIn(entry.name, entry.reference, store);
    if (project !== undefined) return project;
  }
  const folder = dirname(manifest);
  const top = (await topFolder(folder, signal)) ?? folder;
  const below = pathBelow(top, folder) ?? pathBelow(top, realpathSync(folder)) ?? '';
  const words = [basename(top), ...below.split('/')].map(word =>
    word.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[-.]+|[-.]+$/g, ''),
  );
  return words.filter(word => word !== '').join('-') || 'workspace';
}

function projectIn(name: string, reference: Reference, store: SecretStore): string | undefined {
  const written = printReference(reference);
  return reference.path
    .split('/')
    .find(word => word !== '' && printReference(store.referenceFor(word, name)) === written);
}

function unreadable(error: unknown): {
  readonly kind: 'refused';
  readonly reason: string;
  readonly waysOut: readonly string[];
} {
  if (!(error instanceof UnreadableManifest)) throw error;
  const reason = `The manifest ${error.file} is there but cannot be read.`;
  return { kind: 'refused', reason, waysOut: ['Make it a readable UTF-8 file and move the secret again.'] };
}

function freshName(name: string, taken: readonly string[]): string {
  let fresh = name;
  for (let count = 2; taken.includes(fresh); count++) fresh = `${name}_${count}`;
  return fresh;
}

/** Names that change how programs start: a secret under one of them would break every run. */
const reservedNames =
  /^(PATH|PATHEXT|HOME|USER|SHELL|TERM|PWD|TMPDIR|TEMP|TMP|LANG|LC_.*|IFS|ENV|BASH_ENV|PS1|LD_.*|DYLD_.*|NODE_OPTIONS|NODE_PATH|PYTHONPATH|PYTHONHOME|COMSPEC|SYSTEMROOT|KEYSWEEP_.*|XDG_.*)$/i;

/** Why `name` cannot name a secret; undefined when it can. */
export function nameProblem(name: string): string | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    return 'A name holds only letters, digits and underscores, and does not begin with a digit.';
  }
  return reservedNames.test(name)
    ? `${name} already means something to the system; a secret needs a name of its own.`
    : undefined;
}

async function move(request: MoveRequest, host: MoveHost, signal: AbortSignal): Promise<MoveOutcome> {
  const problem = nameProblem(request.name);
  if (problem !== undefined) return { kind: 'refused', reason: problem, waysOut: ['Choose another name.'] };
  const plan = await planMove(request, host, signal);
  if (plan.kind === 'stale') return { kind: 'stale', message: staleMessage(request) };
  if (plan.kind === 'refused') return plan;
  const place = await placeFor(request, plan, signal);
  if (place.kind === 'refused') return place;

  const exposed = exposureOf(plan);
  const edits = editsOf(plan, request.name, place.reference);
  const files = edits.map(each => each.file);
  const { journal } = host;
  // A move that cannot be noted is a move all the same: only a crash in its middle would go untold.
  const note = { name: request.name, reference: printReference(place.reference), files };
  const id = await journal?.begin(note).catch(() => undefined);
  try {
    const outcome = await storeThenEdit(request, plan, place, edits, host, signal);
    if (outcome !== undefined) return outcome;
  } finally {
    if (id !== undefined) await journal?.end(id).catch(() => undefined);
  }
  // What cannot be put back by us is a move all the same.
  await keepForUndo(request, plan, place.reference, edits, journal).catch(() => undefined);
  const manifest = plan.manifests[0]?.file ?? '';
  const moved: Moved = {
    name: request.name,
    reference: printReference(place.reference),
    manifest,
    files: plan.files.map(each => each.file),
    left: plan.left,
    rotate: await exposed,
    // From here on nothing can be cancelled: the value is stored and the files are edited.
    manifestIgnored: await isIgnored(manifest, AbortSignal.timeout(cleanUpTime)).catch(() => false),
  };
  return { kind: 'moved', moved };
}

async function keepForUndo(
  { act, name }: MoveRequest,
  plan: MovePlan,
  reference: Reference,
  edits: readonly TextEdits[],
  journal: MoveHost['journal'],
): Promise<void> {
  const held = new Set(plan.files.map(each => each.file));
  const manifests = plan.manifests.map(each => each.file).filter(file => !held.has(file));
  await journal?.done.keep({ act, name, reference: printReference(reference), edits, manifests }, plan.value);
}

interface Place {
  readonly kind: 'place';
  readonly reference: Reference;
  /** The very value is there already, under this name. */
  readonly kept: boolean;
}

type Refused = Extract<MoveOutcome, { readonly kind: 'refused' }>;

/** Where the value goes; refused when the name holds another one. */
async function placeFor(request: MoveRequest, plan: MovePlan, signal: AbortSignal): Promise<Place | Refused> {
  const { name, store } = request;
  const manifest = plan.manifests[0];
  const entry = manifest && entryOf(manifest, name);
  const isItself =
    entry !== undefined && plan.written.some(each => each.file === manifest?.file && each.text === entry.written);
  if (entry !== undefined && entry.reference === undefined && entry.written !== '' && !isItself) {
    return taken(name, `The manifest gives ${name} a value of its own.`);
  }
  const project = await projectOf(manifest?.file ?? request.file, store, signal);
  const usual = store.referenceFor(project, name);
  const reference = entry?.reference ?? usual;
  if (reference.backend !== usual.backend) {
    return taken(name, `The manifest keeps ${name} elsewhere: ${printReference(reference)}.`);
  }
  const held = await valueAt(store, reference, signal);
  if (held === undefined) return { kind: 'place', reference, kept: false };
  if (held.equals(plan.value)) return { kind: 'place', reference, kept: true };
  return taken(name, `${store.label} holds another value under ${name}.`);
}

function taken(name: string, reason: string): Refused {
  return { kind: 'refused', reason, waysOut: [`Choose another name than ${name}.`], taken: true };
}

async function valueAt(store: SecretStore, reference: Reference, signal: AbortSignal) {
  try {
    return await store.get(reference, signal);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'absent') return undefined;
    throw error;
  }
}

/** Undefined when all is done. */
async function storeThenEdit(
  request: MoveRequest,
  plan: MovePlan,
  place: Place,
  edits: readonly TextEdits[],
  host: MoveHost,
  signal: AbortSignal,
): Promise<MoveOutcome | undefined> {
  const { store, name } = request;
  const ours = await secure(request, plan, place, signal);
  if (typeof ours === 'object') return ours;
  const outcome = await applied(host, edits, `Move ${name} to ${store.label}`, signal);
  if (outcome !== 'applied') {
    const lost = outcome === 'stale' ? [] : (outcome.lost ?? []);
    if (lost.length > 0) return lostOutcome(request, place.reference, lost);
    const remains =
      ours && !(await takeBack(store, plan, place.reference)) ? remainsMessage(store, place.reference) : '';
    if (outcome === 'stale') return { kind: 'stale', message: [staleMessage(request), remains].join(' ').trim() };
    return { kind: 'failed', message: `${outcome.reason} Every file is as it was.`, advice: remains };
  }
  await confirmKept(request, plan, place.reference, ours);
  return undefined;
}

/** What the edited files read must stay where it is. */
function lostOutcome({ store, name }: MoveRequest, reference: Reference, lost: readonly string[]): MoveOutcome {
  const message = `Not every file could be edited, and these could not be put back: ${lost.join(', ')}.`;
  const advice = `They read ${name} now, which stays in ${store.label} as ${printReference(reference)}. Restore them, or edit the rest by hand.`;
  return { kind: 'failed', message, advice };
}

/** Puts the value where it goes, or relies on the entry that is there. True when it is ours: then it is taken back on failure. */
async function secure(
  request: MoveRequest,
  plan: MovePlan,
  { reference, kept }: Place,
  signal: AbortSignal,
): Promise<boolean | MoveOutcome> {
  const claimed = kept ? await claim(request, plan, reference, signal) : 'gone';
  if (claimed === 'claimed') return false;
  return claimed === 'gone' ? keep(request, plan, reference, signal) : claimed;
}

/** Another window may be about to take back the entry that this move relies on. */
async function claim(
  { store, name }: MoveRequest,
  plan: MovePlan,
  reference: Reference,
  signal: AbortSignal,
): Promise<'claimed' | 'gone' | Refused> {
  try {
    const [home] = await homesOf(plan);
    await store.claim(reference, plan.value, metadataOf(plan, home), signal);
    return 'claimed';
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    if (error.code === 'absent') return 'gone';
    // Who may only read relies on it all the same.
    if (error.code === 'denied') return 'claimed';
    if (error.code === 'conflict') return taken(name, `${store.label} holds another value under ${name}.`);
    throw error;
  }
}

/** The files are edited, so that nothing here can fail the move. `ours`: the entry was made by this move. */
async function confirmKept({ store }: MoveRequest, plan: MovePlan, reference: Reference, ours: boolean): Promise<void> {
  const signal = AbortSignal.timeout(cleanUpTime);
  try {
    const homes = await homesOf(plan);
    // What could not be claimed may be gone by now.
    if (!ours && !(await store.has(reference, signal)))
      await store.create(reference, plan.value, metadataOf(plan, homes[0]), signal);
    // Who has the value itself may use its entry.
    for (const home of ours ? homes.slice(1) : homes) await store.addOwner?.(reference, home, signal);
  } catch {
    // The inventory tells of an entry that is missing.
  }
}

async function applied(
  host: MoveHost,
  edits: readonly TextEdits[],
  label: string,
  signal: AbortSignal,
): Promise<Exclude<ApplyOutcome, 'failed'>> {
  if (signal.aborted) return { kind: 'failed', reason: 'The move was cancelled.' };
  const unknown = { kind: 'failed', reason: 'The files could not be edited.' } as const;
  try {
    const outcome = await host.apply(edits, label);
    return outcome === 'failed' ? unknown : outcome;
  } catch (error) {
    host.failed(error);
    return unknown;
  }
}

/** Creates the entry and reads it back. True when it is ours, false when the same value was already there. */
async function keep(
  request: MoveRequest,
  plan: MovePlan,
  reference: Reference,
  signal: AbortSignal,
  last?: boolean,
): Promise<boolean | MoveOutcome> {
  const { store, name } = request;
  try {
    const [home] = await homesOf(plan);
    await store.create(reference, plan.value, metadataOf(plan, home), signal);
  } catch (error) {
    if (error instanceof StoreError && error.code === 'conflict') {
      const claimed = await claim(request, plan, reference, signal);
      // Taken back between the two: once more.
      if (claimed === 'gone' && last !== true) return keep(request, plan, reference, signal, true);
      if (claimed === 'gone') throw error;
      return claimed === 'claimed' ? false : claimed;
    }
    // A call that was cut off may have arrived all the same.
    if (isUncertain(error)) await takeBack(store, plan, reference);
    throw error;
  }
  let right = false;
  let advice = store.label === '' ? '' : `Check ${store.label}, then try again.`;
  try {
    right = (await store.get(reference, signal)).equals(plan.value);
  } catch (error) {
    if (error instanceof StoreError) advice = `${error.message} ${error.advice}`;
  }
  if (right) return true;
  if (!(await takeBack(store, plan, reference))) advice = `${remainsMessage(store, reference)} ${advice}`;
  return {
    kind: 'failed',
    message: `${store.label} did not give ${name} back as it was stored; nothing was edited.`,
    advice,
  };
}

function isUncertain(error: unknown): boolean {
  return !(error instanceof StoreError) || ['timeout', 'unavailable', 'cancelled'].includes(error.code);
}

/** Milliseconds that putting things back may take; it goes on after the move was cancelled. */
const cleanUpTime = 10_000;

/** True unless it may still be there for nobody: what another move relies on by now stays. */
async function takeBack(store: SecretStore, plan: MovePlan, reference: Reference): Promise<boolean> {
  try {
    await store.withdraw(reference, plan.value, AbortSignal.timeout(cleanUpTime));
    return true;
  } catch {
    return false;
  }
}

function remainsMessage(store: SecretStore, reference: Reference): string {
  return `The new entry ${printReference(reference)} could not be removed from ${store.label}; remove it there.`;
}

/** The repositories whose manifests name the secret: that of the finding's own file first. */
async function homesOf(plan: MovePlan): Promise<readonly string[]> {
  const homes = await Promise.all(plan.manifests.map(({ file }) => homeOf(dirname(file))));
  return [...new Set(homes)];
}

function metadataOf(plan: MovePlan, folder: string | undefined): SecretMetadata {
  const { kind, expires } = plan.finding;
  return { kind, folder, expires: expires === undefined ? undefined : new Date(expires).toISOString().slice(0, 10) };
}

function staleMessage(request: MoveRequest): string {
  return `${basename(request.file)} or a file that is edited with it changed meanwhile: nothing was edited and nothing was left in ${request.store.label}. Try again.`;
}

/** The worst that git knows of any file in which the value stood. Not cancelled with the move, which may be done by then. */
async function exposureOf(plan: MovePlan): Promise<Moved['rotate']> {
  const { signal } = new AbortController();
  const known = await Promise.all(
    plan.written.map(({ file, text }) => exposure(file, text, signal).catch(() => undefined)),
  );
  if (known.some(each => each?.pushed)) return 'pushed';
  return known.some(each => each?.inHead) ? 'committed' : 'no';
}
