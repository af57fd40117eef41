import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile, realpath, stat } from 'node:fs/promises';
import { isAbsolute, resolve } from 'node:path';
import { type Document, isMap, isNode, isPair, isScalar, isSeq, LineCounter, type Pair, parseDocument } from 'yaml';
import type { Finding, Severity } from '../engine/detector.ts';
import { type Allow, type PackProblem, type Rule, type RulePack, readRulePack } from '../engine/rulePack.ts';
import { isWithin, pathBelow } from './folders.ts';
import { compileGlobs, type GlobTest } from './globs.ts';
import type { Settings } from './settings.ts';

/** A pack's problem on its file; `line`, `column` and their ends are 0-based and in UTF-16 units, as LSP has them. */
export interface RuleFileProblem extends PackProblem {
  readonly file: string;
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
}

/** The rules that hold in a folder. Plain data: it crosses to workers. */
export interface RuleSet {
  /** Equal ids mean equal rules. */
  readonly id: string;
  readonly rules: readonly Rule[];
  readonly allow: readonly Allow[];
  /** Rule id -> the severity that a pack or `ruleSeverity` gives it, which wins over the one by confidence: see severityOf. */
  readonly severities?: Readonly<Record<string, Severity>>;
}

export interface LoadedRules {
  readonly set: RuleSet;
  readonly problems: readonly RuleFileProblem[];
  /** Absolute paths of the packs read (or missing), to be watched. */
  readonly packFiles: readonly string[];
  /** Where a foreign rule stands, so that a deadline can be reported on its pack. */
  readonly origins: ReadonlyMap<string, Place>;
}

interface Place {
  readonly file: string;
  readonly start: RuleFileProblem['start'];
  readonly end: RuleFileProblem['end'];
}

/** One pack as read, with the severities that its text really states. */
interface ReadPack {
  readonly pack: RulePack;
  readonly places: ReadonlyMap<string, Place>;
  readonly stated: ReadonlyMap<string, Severity>;
  readonly problems: readonly RuleFileProblem[];
}

const origin = { line: 0, character: 0 };
const largestPack = 1024 * 1024;
const emptyPack: RulePack = { rules: [], changes: [], disable: [], allow: [] };

/** The built-in rules: the asset that the build made of rules/*.yaml. Reads the file at each call; throws when it is not there. */
export function builtInRules(asset: string): readonly Rule[] {
  return JSON.parse(readFileSync(asset, 'utf8')) as readonly Rule[];
}

/** Built-in and team packs merged. `trusted` false: the packs are not read at all (invariant 9). Never rejects. */
export async function loadRules(
  asset: string,
  settings: Settings,
  root: string | undefined,
  trusted: boolean,
): Promise<LoadedRules> {
  const problems: RuleFileProblem[] = [];
  const packFiles: string[] = [];
  const merged = startWith(asset, problems);
  for (const path of trusted && root !== undefined ? settings.rulePacks : []) {
    const file = resolve(root ?? '', path);
    const outside = await standsOutside(root ?? '', path);
    if (outside) {
      problems.push(fileProblem(file, `The rule pack ${path} ${outside}, so it is not used.`));
      continue;
    }
    packFiles.push(file);
    const read = await readPack(file, path);
    problems.push(...read.problems, ...mergePack(merged, read, file));
  }
  applyRuleSeverity(merged, settings);
  return { set: toRuleSet(merged), problems, packFiles, origins: merged.origins };
}

/** The entry of an allow list that accepts the finding; `path` relative to the folder, with `/`. */
export function allowedBy(set: RuleSet, path: string, finding: Finding): Allow | undefined {
  return compiledAllow(set).find(({ paths, rules }) => paths(path) && rules(finding.rule))?.entry;
}

/** The severity a finding is shown with: what a pack or `ruleSeverity` says of its rule, else the one for its confidence. */
export function severityOf(set: RuleSet, settings: Settings, finding: Finding): Severity {
  const { severities } = set;
  const own = severities && Object.hasOwn(severities, finding.rule) ? severities[finding.rule] : undefined;
  return own ?? settings.severity[finding.confidence];
}

interface CompiledAllow {
  readonly entry: Allow;
  readonly paths: GlobTest;
  readonly rules: GlobTest;
}

/** A memo alone: a set is plain data and cannot carry its compiled globs. */
const compiled = new WeakMap<RuleSet, readonly CompiledAllow[]>();

function compiledAllow(set: RuleSet): readonly CompiledAllow[] {
  const known = compiled.get(set);
  if (known) return known;
  const all: GlobTest = () => true;
  const fresh = set.allow
    .filter(entry => entry.paths.length > 0 || entry.rules.length > 0)
    .map(entry => ({
      entry,
      paths: entry.paths.length > 0 ? compileGlobs(entry.paths) : all,
      rules: entry.rules.length > 0 ? compileGlobs(entry.rules) : all,
    }));
  compiled.set(set, fresh);
  return fresh;
}

interface Merged {
  readonly rules: Map<string, Rule>;
  readonly severities: Map<string, Severity>;
  readonly allow: Allow[];
  readonly origins: Map<string, Place>;
}

function startWith(asset: string, problems: RuleFileProblem[]): Merged {
  const merged: Merged = { rules: new Map(), severities: new Map(), allow: [], origins: new Map() };
  try {
    for (const rule of builtInRules(asset)) merged.rules.set(rule.id, rule);
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'unknown error';
    problems.push(fileProblem(asset, `The built-in rules cannot be read: ${detail}. Install Keysweep again.`));
  }
  return merged;
}

function mergePack(merged: Merged, read: ReadPack, file: string): readonly RuleFileProblem[] {
  const problems: RuleFileProblem[] = [];
  for (const change of read.pack.changes) {
    for (const rule of matching(merged, change.id)) {
      const confidence = change.confidence ?? rule.confidence;
      merged.rules.set(rule.id, { ...rule, confidence, severity: change.severity ?? rule.severity });
      if (change.severity) merged.severities.set(rule.id, change.severity);
    }
  }
  for (const id of read.pack.disable) for (const rule of matching(merged, id)) merged.rules.delete(rule.id);
  for (const rule of read.pack.rules) {
    const place = read.places.get(rule.id) ?? { file, start: origin, end: origin };
    if (merged.rules.has(rule.id)) {
      const message = `${rule.id} is already the id of another rule, which this one replaces. Choose another id to keep both.`;
      problems.push({ ...place, path: [], message, severity: 'warning' });
    }
    merged.rules.set(rule.id, rule);
    merged.origins.set(rule.id, place);
    const stated = read.stated.get(rule.id);
    if (stated) merged.severities.set(rule.id, stated);
    else merged.severities.delete(rule.id);
  }
  merged.allow.push(...read.pack.allow);
  return problems;
}

function matching(merged: Merged, idOrGlob: string): readonly Rule[] {
  const exact = merged.rules.get(idOrGlob);
  if (exact) return [exact];
  const test = compileGlobs([idOrGlob]);
  return [...merged.rules.values()].filter(rule => test(rule.id));
}

function applyRuleSeverity(merged: Merged, settings: Settings): void {
  for (const [id, severity] of Object.entries(settings.ruleSeverity)) {
    for (const rule of matching(merged, id)) {
      if (severity === 'off') merged.rules.delete(rule.id);
      else merged.severities.set(rule.id, severity);
    }
  }
}

function toRuleSet(merged: Merged): RuleSet {
  const rules = [...merged.rules.values()];
  const severities = Object.fromEntries(merged.severities);
  const body = JSON.stringify([rules, merged.allow, severities]);
  const id = createHash('sha256').update(body).digest('hex').slice(0, 32);
  return { id, rules, allow: merged.allow, severities };
}

/** Why a pack's path leaves its folder, also through a symbolic link; undefined when it does not. */
async function standsOutside(root: string, path: string): Promise<string | undefined> {
  const file = resolve(root, path);
  if (isAbsolute(path) || /^[A-Za-z]:|^[\\/]{2}/.test(path))
    return 'is an absolute path; packs are relative to the workspace folder';
  if (!pathBelow(root, file)) return 'stands outside the workspace folder';
  try {
    return isWithin(await realpath(file), await realpath(root))
      ? undefined
      : 'is a link that leads out of the workspace folder';
  } catch {
    return undefined; // Missing: reading it says so.
  }
}

async function readPack(file: string, shown: string): Promise<ReadPack> {
  const failed = (message: string): ReadPack => ({
    pack: emptyPack,
    places: new Map(),
    stated: new Map(),
    problems: [fileProblem(file, message)],
  });
  try {
    const status = await stat(file);
    if (!status.isFile()) return failed(`The rule pack ${shown} is not a file.`);
    if (status.size > largestPack) return failed(`The rule pack ${shown} is larger than 1 MB, so it is not used.`);
    return parsePack(file, await readFile(file, 'utf8'));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    return failed(
      code === 'ENOENT'
        ? `The rule pack ${shown} does not exist. Create it, or take it out of keysweep.rulePacks.`
        : `The rule pack ${shown} cannot be read (${code}).`,
    );
  }
}

/** YAML, of which JSON is a part: whatever is well-formed is kept. */
function parsePack(file: string, text: string): ReadPack {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' });
  const placeAt = (start: number, end: number): Place => ({
    file,
    start: toPosition(lines, start),
    end: toPosition(lines, end),
  });
  const problems: RuleFileProblem[] = document.errors.map(({ message, pos }) => ({
    ...placeAt(pos[0], Math.max(pos[1], pos[0] + 1)),
    path: [],
    message: `This is not valid YAML: ${message}`,
    severity: 'error',
  }));
  let value: unknown;
  try {
    value = document.toJS() ?? {};
  } catch (error) {
    problems.push(
      fileProblem(file, `This is not valid YAML: ${error instanceof Error ? error.message : 'unknown error'}`),
    );
    return { pack: emptyPack, places: new Map(), stated: new Map(), problems };
  }
  const read = readRulePack(value, true);
  for (const problem of read.problems) {
    const [start, end] = rangeOf(document, problem.path);
    problems.push({ ...placeAt(start, end), ...problem });
  }
  return { pack: read.pack, problems, ...statements(document, value, placeAt) };
}

/** Where each rule's id stands, and the severities that are written out. */
function statements(
  document: Document.Parsed,
  value: unknown,
  placeAt: (start: number, end: number) => Place,
): Pick<ReadPack, 'places' | 'stated'> {
  const places = new Map<string, Place>();
  const stated = new Map<string, Severity>();
  const rules: unknown = (value as { rules?: unknown } | null)?.rules;
  for (const [index, rule] of (Array.isArray(rules) ? rules : []).entries()) {
    if (typeof rule !== 'object' || rule === null || typeof rule.id !== 'string') continue;
    places.set(rule.id, placeAt(...rangeOf(document, ['rules', index, 'id'])));
    if (isSeverity(rule.severity)) stated.set(rule.id, rule.severity);
  }
  return { places, stated };
}

function isSeverity(value: unknown): value is Severity {
  return value === 'error' || value === 'warning' || value === 'information' || value === 'hint';
}

/** The place that keys and indices lead to, or the nearest one above that exists: from the key to the end of a short value. */
function rangeOf(document: Document.Parsed, path: readonly (string | number)[]): [number, number] {
  let node: unknown = document.contents;
  let found: [number, number] = [0, 1];
  for (const step of path) {
    const next = isMap(node)
      ? node.items.find(item => keyOf(item) === String(step))
      : isSeq(node)
        ? node.items[Number(step)]
        : undefined;
    if (next === undefined || next === null) break;
    found = isPair(next) ? rangeOfPair(next) : (rangeOfNode(next) ?? found);
    node = isPair(next) ? next.value : next;
  }
  return found;
}

function keyOf(pair: Pair): string {
  return String(isScalar(pair.key) ? pair.key.value : pair.key);
}

function rangeOfPair(pair: Pair): [number, number] {
  const key = rangeOfNode(pair.key) ?? [0, 1];
  const value = isScalar(pair.value) ? rangeOfNode(pair.value) : undefined;
  return [key[0], Math.max(key[1], value?.[1] ?? 0)];
}

/** A rule in a list is marked on its first key alone, not over all its lines. */
function rangeOfNode(node: unknown): [number, number] | undefined {
  if (isMap(node) && node.items[0]) return rangeOfPair(node.items[0]);
  return isNode(node) && node.range ? [node.range[0], Math.max(node.range[1], node.range[0] + 1)] : undefined;
}

function toPosition(lines: LineCounter, offset: number): RuleFileProblem['start'] {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line - 1, 0), character: Math.max(col - 1, 0) };
}

function fileProblem(file: string, message: string): RuleFileProblem {
  return { file, path: [], message, severity: 'error', start: origin, end: { line: 0, character: 1 } };
}
