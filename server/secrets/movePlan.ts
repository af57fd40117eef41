import { dirname, relative } from 'node:path';
import type { Edit, Finding } from '../engine/detector.ts';
import type { Reference } from '../engine/reference.ts';
import { printReference } from '../engine/reference.ts';
import { edited, rewrite } from '../engine/rewrite.ts';
import { SecretValue } from '../stores/secretValue.ts';
import { isWithin } from '../workspace/folders.ts';
import { topFolder } from '../workspace/history.ts';
import type { Manifest, ManifestEntry } from '../workspace/manifest.ts';
import { locateManifest, readManifest, withEntry } from '../workspace/manifest.ts';
import type { MoveHost, MoveRequest, MoveText, TextEdits } from './moveHost.ts';

/* What a move would edit, worked out before anything is touched. */

export interface MovePlan {
  readonly kind: 'plan';
  readonly finding: Finding;
  readonly value: SecretValue;
  /** The finding's own file first. */
  readonly files: readonly TextEdits[];
  /** The manifests that gain the name, the one of the finding's own file first. */
  readonly manifests: readonly ManifestText[];
  readonly aliases: readonly Alias[];
  readonly left: readonly LeftCopy[];
  /** Every form in which an edited file writes the value. */
  readonly written: readonly { readonly file: string; readonly text: string }[];
}

export interface LeftCopy {
  readonly file: string;
  readonly reason: string;
}

/** A further name of the value: that of a dotenv line which goes. Programs find it in the environment as before. */
export interface Alias {
  readonly manifest: string;
  readonly name: string;
}

export interface ManifestText {
  readonly file: string;
  /** Empty when it is to be made. */
  readonly text: string;
  readonly version?: number;
  readonly manifest: Manifest;
}

export type NoPlan =
  | { readonly kind: 'refused'; readonly reason: string; readonly waysOut: readonly string[] }
  | { readonly kind: 'stale' };

interface Range {
  readonly start: number;
  readonly end: number;
}

interface FilePlan {
  readonly edits: TextEdits;
  readonly written: readonly string[];
  readonly aliases: readonly string[];
}

/** The finding at exactly the request's range, in the text that the request was made for. */
export async function findingOf(
  request: Pick<MoveRequest, 'file' | 'start' | 'end' | 'version'>,
  host: MoveHost,
  signal: AbortSignal,
): Promise<{ readonly text: MoveText; readonly findings: readonly Finding[]; readonly finding: Finding } | undefined> {
  const read = await host.read(request.file, signal);
  if (read === undefined) return undefined;
  if (request.version !== undefined && read.text.version !== request.version) return undefined;
  const finding = read.findings.find(each => each.start === request.start && each.end === request.end);
  return finding === undefined ? undefined : { ...read, finding };
}

export async function planMove(request: MoveRequest, host: MoveHost, signal: AbortSignal): Promise<MovePlan | NoPlan> {
  const found = await findingOf(request, host, signal);
  if (found === undefined) return { kind: 'stale' };
  const { text, finding } = found;
  const alone = rewrite(text.source, [finding], request.name);
  if (alone.kind === 'refused') return alone;
  const search = searchFor(finding, alone.value, text.source.text);
  const more = request.everywhere
    ? search.ranges(text.source.text, found.findings).filter(range => range.start !== finding.start)
    : [];
  const own = planFile(text, [finding], more, request.name, alone.value);
  if (own.plan === undefined) return { kind: 'refused', reason: own.left[0]?.reason ?? '', waysOut: [] };

  const manifest = await readManifestText(request.file, request.root, host, signal);
  const clash = own.plan.aliases.find(alias => isTaken(manifest, alias, request.name));
  if (clash !== undefined) return { kind: 'refused', reason: clashReason(clash, manifest, request.root), waysOut: [] };
  const aliases = own.plan.aliases.map(name => ({ manifest: manifest.file, name }));
  const plan: Draft = { files: [own.plan], manifests: [manifest], aliases, left: [...own.left] };
  if (request.everywhere) await planCopies(plan, request, finding, search, host, signal);
  return {
    kind: 'plan',
    finding,
    value: new SecretValue(alone.value),
    files: plan.files.map(each => each.edits),
    manifests: plan.manifests,
    aliases: plan.aliases,
    left: plan.left,
    written: plan.files.flatMap(each => each.written.map(form => ({ file: each.edits.file, text: form }))),
  };
}

/** The entry that a manifest has under a name, if any. */
export function entryOf(manifest: ManifestText, name: string): ManifestEntry | undefined {
  return manifest.manifest.entries.find(entry => entry.name === name);
}

/** All that is written, manifests first: whatever happens in between, no file reads a name that nothing gives it. */
export function editsOf(plan: MovePlan, name: string, reference: Reference): readonly TextEdits[] {
  const expires =
    plan.finding.expires === undefined ? undefined : new Date(plan.finding.expires).toISOString().slice(0, 10);
  const manifests = plan.manifests.map(({ file, text, version }): TextEdits => {
    // The value may have stood in the manifest itself.
    const own = plan.files.find(each => each.file === file);
    const emptied = own === undefined ? text : edited(text, own.edits);
    const aliases = plan.aliases.filter(alias => alias.manifest === file).map(alias => alias.name);
    const after = [...new Set([name, ...aliases])].reduce((manifest, each) => {
      const there = readManifest(manifest).entries.find(entry => entry.name === each)?.reference;
      const named = there !== undefined && printReference(there) === printReference(reference);
      return named ? manifest : withEntry(manifest, { name: each, reference, kind: plan.finding.kind, expires });
    }, emptied);
    return { file, version, before: text, edits: difference(text, after) };
  });
  const files = plan.files.filter(each => !manifests.some(manifest => manifest.file === each.file));
  return [...manifests.filter(each => each.edits.length > 0), ...files];
}

/** The nearest manifest of a path, as the host has it (an editor may hold unsaved text). */
export async function readManifestText(
  path: string,
  root: string,
  host: MoveHost,
  signal: AbortSignal,
): Promise<ManifestText> {
  const { file, exists } = await locateManifest(path, root);
  // One that is not on the disk may have been made by a move that is only previewed.
  const read = await host.read(file, signal);
  if (exists && read === undefined) throw new UnreadableManifest(file);
  const text = read?.text.source.text ?? '';
  return { file, text, version: read?.text.version, manifest: readManifest(text) };
}

export class UnreadableManifest extends Error {
  readonly file: string;

  constructor(file: string) {
    super('The manifest cannot be read');
    this.file = file;
  }
}

interface Draft {
  readonly files: FilePlan[];
  readonly manifests: ManifestText[];
  readonly aliases: Alias[];
  readonly left: LeftCopy[];
}

async function planCopies(
  draft: Draft,
  request: MoveRequest,
  finding: Finding,
  search: Search,
  host: MoveHost,
  signal: AbortSignal,
): Promise<void> {
  for (const file of await host.copies(finding.fingerprint, request.file, signal, search.mentions)) {
    const read = await host.read(file, signal);
    if (read === undefined) {
      draft.left.push({ file, reason: 'It could not be read.' });
      continue;
    }
    const ranges = search.ranges(read.text.source.text, read.findings);
    if (ranges.length === 0) continue;
    const { plan, left } = planFile(read.text, [], ranges, request.name, search.value);
    draft.left.push(...left);
    if (plan === undefined) continue;
    const taken = await coverWithManifest(draft, request, file, plan.aliases, host, signal);
    if (taken === undefined) draft.files.push(plan);
    else draft.left.push({ file, reason: taken });
  }
}

/** Makes sure that a run beside `file` gets the name and its aliases; otherwise says why the file must stay as it is. */
async function coverWithManifest(
  draft: Draft,
  request: MoveRequest,
  file: string,
  aliases: readonly string[],
  host: MoveHost,
  signal: AbortSignal,
): Promise<string | undefined> {
  const nearest = await readManifestText(file, request.root, host, signal);
  const clash = aliases.find(alias => isTaken(nearest, alias, request.name));
  if (clash !== undefined) return clashReason(clash, nearest, request.root);
  const isKnown = draft.manifests.some(each => each.file === nearest.file);
  const theirs = entryOf(nearest, request.name);
  const ours = draft.manifests.flatMap(each => entryOf(each, request.name)?.written ?? [])[0];
  if (!isKnown && theirs !== undefined && theirs.written !== ours) {
    return clashReason(request.name, nearest, request.root);
  }
  if (!isKnown && (aliases.length > 0 || !(await isCovered(draft, dirname(file), signal))))
    draft.manifests.push(nearest);
  draft.aliases.push(...aliases.map(name => ({ manifest: nearest.file, name })));
  return undefined;
}

/** Whether a run in `folder` finds one of the draft's manifests: it looks no further up than the top of its repository. */
async function isCovered(draft: Draft, folder: string, signal: AbortSignal): Promise<boolean> {
  const above = draft.manifests.map(each => dirname(each.file)).filter(each => isWithin(folder, each));
  if (above.length === 0) return false;
  const top = await topFolder(folder, signal);
  const tops = await Promise.all(above.map(each => topFolder(each, signal)));
  return tops.includes(top);
}

/** Whether a manifest keeps something else than the moved value under an alias. */
function isTaken(manifest: ManifestText, alias: string, name: string): boolean {
  const written = entryOf(manifest, alias)?.written ?? '';
  return written !== '' && written !== entryOf(manifest, name)?.written;
}

function clashReason(name: string, manifest: ManifestText, root: string): string {
  return `${name} already stands for something else in ${relative(root, manifest.file)}.`;
}

/** One file's edits for the ranges that must be rewritten and for as many of the others as can be. */
function planFile(
  text: MoveText,
  must: readonly Range[],
  may: readonly Range[],
  name: string,
  value: string,
): { readonly plan?: FilePlan; readonly left: readonly LeftCopy[] } {
  const reasons = new Set<string>();
  const part = must.length > 0 ? 'moved' : 'copy';
  const good = may.filter(range => {
    const tried = rewrite(text.source, sorted([...must, range]), name, part);
    if (tried.kind === 'refused') reasons.add(tried.reason);
    // A dotenv line, say, moves as a whole: what the program reads there is more than the copy.
    else if (tried.value !== value) reasons.add('It is a part of another value there; move that one by itself.');
    return tried.kind === 'edits' && tried.value === value;
  });
  let ranges = sorted([...must, ...good]);
  let all = ranges.length === 0 ? undefined : rewrite(text.source, ranges, name, part);
  if (all?.kind === 'refused') {
    reasons.add(all.reason);
    ranges = must.length > 0 ? must : ranges.slice(0, 1);
    all = rewrite(text.source, ranges, name, part);
  }
  const left = [...reasons].map(reason => ({ file: text.file, reason }));
  if (all?.kind !== 'edits') return { left };
  const edits: TextEdits = { file: text.file, version: text.version, before: text.source.text, edits: all.edits };
  const written = new Set(ranges.map(range => text.source.text.slice(range.start, range.end)));
  return { plan: { edits, written: [...written], aliases: all.aliases ?? [] }, left };
}

function sorted(ranges: readonly Range[]): readonly Range[] {
  return [...ranges].sort((a, b) => a.start - b.start);
}

export interface Search {
  readonly value: string;
  /** Whether the value stands in a text, found by a rule or not; undefined for one that as text would stand for itself. */
  readonly mentions: ((text: string) => boolean) | undefined;
  /** Where it stands: findings with its fingerprint, and the value in prose or comments, where no rule looks. */
  ranges(text: string, findings: readonly Finding[]): readonly Range[];
}

export function searchFor(finding: Finding, value: string, text: string): Search {
  const forms = [...new Set([value, text.slice(finding.start, finding.end)])].filter(isDistinctive);
  return {
    value,
    mentions: forms.length === 0 ? undefined : other => forms.some(form => occurrences(other, form).length > 0),
    ranges: (other, findings) => {
      const known = findings.filter(each => each.fingerprint === finding.fingerprint);
      const mentioned = forms.flatMap(form => occurrences(other, form));
      const free = mentioned.filter(range => !findings.some(each => range.start < each.end && each.start < range.end));
      return sorted([...known.map(({ start, end }) => ({ start, end })), ...disjoint(free)]);
    },
  };
}

/** A word such as `password` may be a value too, but as text it stands for itself. */
function isDistinctive(value: string): boolean {
  return value.length >= 8 && /[0-9]/.test(value) && /[a-z]/i.test(value);
}

function occurrences(text: string, form: string): readonly Range[] {
  const ranges: Range[] = [];
  for (let start = text.indexOf(form); start !== -1; start = text.indexOf(form, start + form.length)) {
    const end = start + form.length;
    if (!isWordCharacter(text[start - 1]) && !isWordCharacter(text[end])) ranges.push({ start, end });
  }
  return ranges;
}

function isWordCharacter(character: string | undefined): boolean {
  return character !== undefined && /[A-Za-z0-9_]/.test(character);
}

function disjoint(ranges: readonly Range[]): readonly Range[] {
  const kept: Range[] = [];
  for (const range of sorted(ranges)) if (range.start >= (kept.at(-1)?.end ?? 0)) kept.push(range);
  return kept;
}

/** One edit that turns `before` into `after`, as small as a common start and end allow; none when they are equal. */
function difference(before: string, after: string): readonly Edit[] {
  if (before === after) return [];
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start++;
  let tail = 0;
  while (tail < most - start && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  // A surrogate pair is never cut in two.
  if (isHighSurrogate(before, start - 1)) start--;
  if (tail > 0 && isHighSurrogate(before, before.length - tail - 1)) tail--;
  return [{ start, end: before.length - tail, text: after.slice(start, after.length - tail) }];
}

function isHighSurrogate(text: string, index: number): boolean {
  const code = text.charCodeAt(index);
  return code >= 0xd800 && code <= 0xdbff;
}
