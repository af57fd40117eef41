import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import type { Finding, Severity } from '../engine/detector.ts';
import { type Allow, type PackException, patternOfGlob, type Rule } from '../engine/rulePack.ts';
import { isWithin } from './folders.ts';
import { compileGlobs, type GlobTest } from './globs.ts';
import { fileProblem, type ReadPack, readPack, standsOutside, startOf } from './packFile.ts';
import type { Place, RuleFileProblem } from './packText.ts';
import type { Settings } from './settings.ts';

/** The rules that hold in a folder. Plain data: it crosses to workers. */
export interface RuleSet {
  /** Equal ids mean equal rules. */
  readonly id: string;
  readonly rules: readonly Rule[];
  /** Evaluated where findings are shown; those that look at the text are `exceptions`, and evaluated with the rules. */
  readonly allow: readonly Allow[];
  readonly exceptions?: readonly PackException[];
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

/** The built-in rules: the asset that the build made of rules/*.yaml. Reads the file at each call; throws when it is not there. */
export function builtInRules(asset: string): readonly Rule[] {
  return JSON.parse(readFileSync(asset, 'utf8')) as readonly Rule[];
}

/** What a user names beside the workspace's settings. */
export interface NamedPacks {
  /** Absolute paths, anywhere. */
  readonly files: readonly string[];
  readonly builtIn: boolean;
}

const noNamedPacks: NamedPacks = { files: [], builtIn: true };

/** Built-in and team packs merged. `trusted` false: the packs are not read at all (invariant 9). Never rejects. */
export async function loadRules(
  asset: string,
  settings: Settings,
  root: string | undefined,
  trusted: boolean,
  named = noNamedPacks,
): Promise<LoadedRules> {
  const problems: RuleFileProblem[] = [];
  const packFiles: string[] = [];
  const merged = startWith(named.builtIn ? asset : undefined, problems);
  const builtIn = new Set(merged.rules.keys());
  for (const path of trusted && root !== undefined ? settings.rulePacks : []) {
    const file = resolve(root ?? '', path);
    const outside = await standsOutside(root ?? '', path);
    if (outside) {
      problems.push(fileProblem(file, `The rule pack ${path} ${outside}, so it is not used.`));
      continue;
    }
    const read = await readPack(file, path, root ?? '', builtIn);
    packFiles.push(file, ...read.extends);
    problems.push(...read.problems, ...mergePack(merged, read, file));
  }
  for (const file of named.files) {
    const home = root !== undefined && isWithin(file, root) ? root : dirname(file);
    const read = await readPack(file, basename(file), home, builtIn);
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
  readonly exceptions: { readonly allow: Allow; readonly id: string }[];
  readonly origins: Map<string, Place>;
}

function startWith(asset: string | undefined, problems: RuleFileProblem[]): Merged {
  const merged: Merged = { rules: new Map(), severities: new Map(), allow: [], exceptions: [], origins: new Map() };
  if (asset === undefined) return merged;
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
    const place = read.places.get(rule.id) ?? startOf(file);
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
  read.pack.allow.forEach((allow, index) => {
    if (allow.where === undefined) merged.allow.push(allow);
    else {
      const id = `${basename(file)} allow ${merged.exceptions.length + 1}`;
      merged.origins.set(id, read.allowPlaces[index] ?? startOf(file));
      merged.exceptions.push({ allow, id });
    }
  });
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
  const exceptions = merged.exceptions.map(({ allow, id }) => toException(merged, allow, id));
  const body = JSON.stringify([rules, merged.allow, exceptions, severities]);
  const id = createHash('sha256').update(body).digest('hex').slice(0, 32);
  return { id, rules, allow: merged.allow, exceptions, severities };
}

function toException(merged: Merged, { paths, rules, where }: Allow, id: string): PackException {
  const ids = rules.flatMap(rule => matching(merged, rule).map(each => each.id));
  return {
    ...where,
    id,
    ...(rules.length > 0 && { rules: ids }),
    ...(paths.length > 0 && { paths: paths.map(patternOfGlob) }),
  };
}
