import { readFile, realpath, stat } from 'node:fs/promises';
import { dirname, isAbsolute, resolve } from 'node:path';
import type { Severity } from '../engine/detector.ts';
import { type PackProblem, type RulePack, readRulePack } from '../engine/rulePack.ts';
import { isWithin, pathBelow } from './folders.ts';
import type { SourcePlace, TranslatedPack } from './foreignFields.ts';
import { namesOf } from './gitleaksNames.ts';
import { extensionOf, translateGitleaks } from './gitleaksPack.ts';
import { isKingfisher, translateKingfisher } from './kingfisherPack.ts';
import { type PackText, type Place, type RuleFileProblem, readTomlPack, readYamlPack } from './packText.ts';
import { isSecretlint, translateSecretlint } from './secretlintPack.ts';

/** One pack as read, with the severities that its text really states. */
export interface ReadPack {
  readonly pack: RulePack;
  /** Where each rule's id stands. */
  readonly places: ReadonlyMap<string, Place>;
  readonly stated: ReadonlyMap<string, Severity>;
  readonly problems: readonly RuleFileProblem[];
  /** Of the entries of `pack.allow`. */
  readonly allowPlaces: readonly Place[];
  /** Absolute paths of the other files that it is made of. */
  readonly extends: readonly string[];
}

const largestPack = 1024 * 1024;

/**
 * A rule pack of ours (YAML or JSON), or by its form another scanner's: TOML of gitleaks and Betterleaks, rules of Kingfisher, secretlint's
 * configuration. Reads no file outside `root`
 * but `file` itself. A foreign rule whose id is in `builtIn` gets another. Never rejects.
 */
export async function readPack(
  file: string,
  shown: string,
  root: string,
  builtIn: ReadonlySet<string>,
): Promise<ReadPack> {
  const read = await readText(file, `The rule pack ${shown}`, 'keysweep.rulePacks');
  if (typeof read === 'string') return { ...nothing, problems: [fileProblem(file, read)] };
  if (/\.toml$/i.test(file)) return readGitleaks(file, read.text, root, builtIn);
  const text = readYamlPack(file, read.text);
  if (isKingfisher(text.value))
    return readTranslated(
      translateKingfisher(text.value, id => builtIn.has(id)),
      [text],
    );
  if (isSecretlint(text.value)) return readTranslated(translateSecretlint(text.value), [text]);
  return readOwn(text);
}

/** Why a pack's path leaves its folder, also through a symbolic link; undefined when it does not. */
export async function standsOutside(root: string, path: string): Promise<string | undefined> {
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

export function fileProblem(file: string, message: string): RuleFileProblem {
  return { ...startOf(file), path: [], message, severity: 'error' };
}

export function startOf(file: string): Place {
  return { file, start: { line: 0, character: 0 }, end: { line: 0, character: 1 } };
}

const nothing: ReadPack = {
  pack: { rules: [], changes: [], disable: [], allow: [] },
  places: new Map(),
  stated: new Map(),
  problems: [],
  allowPlaces: [],
  extends: [],
};

/** Its text, or what is wrong with it. */
async function readText(file: string, subject: string, named: string): Promise<{ readonly text: string } | string> {
  try {
    const status = await stat(file);
    if (!status.isFile()) return `${subject} is not a file.`;
    if (status.size > largestPack) return `${subject} is larger than 1 MB, so it is not used.`;
    return { text: await readFile(file, 'utf8') };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    return code === 'ENOENT'
      ? `${subject} does not exist. Create it, or take it out of ${named}.`
      : `${subject} cannot be read (${code}).`;
  }
}

function readOwn(text: PackText): ReadPack {
  const read = readRulePack(text.value, true);
  const places = new Map<string, Place>();
  const stated = new Map<string, Severity>();
  const rules: unknown = (text.value as { rules?: unknown } | null)?.rules;
  for (const [index, rule] of (Array.isArray(rules) ? rules : []).entries()) {
    if (typeof rule !== 'object' || rule === null || typeof rule.id !== 'string') continue;
    places.set(rule.id, text.placeOf(['rules', index, 'id']));
    if (isSeverity(rule.severity)) stated.set(rule.id, rule.severity);
  }
  const problems = read.problems.map(problem => ({ ...text.placeOf(problem.path), ...problem }));
  const allowPlaces = read.allowAt.map(index => text.placeOf(['allow', index]));
  return { ...nothing, pack: read.pack, places, stated, allowPlaces, problems: [...text.problems, ...problems] };
}

function isSeverity(value: unknown): value is Severity {
  return value === 'error' || value === 'warning' || value === 'information' || value === 'hint';
}

/** As gitleaks: a file, what it extends, and what that extends. */
const mostExtended = 2;

async function readGitleaks(file: string, text: string, root: string, builtIn: ReadonlySet<string>): Promise<ReadPack> {
  const texts: [PackText, ...PackText[]] = [readTomlPack(file, text)];
  const problems: RuleFileProblem[] = [];
  for (let last = texts[0]; ; last = texts.at(-1) ?? last) {
    const { path, useDefault } = extensionOf(last.value);
    if (path === undefined) break;
    const place = last.placeOf(['extend', 'path']);
    const say = (message: string) =>
      void problems.push({ ...place, path: ['extend', 'path'], message, severity: 'error' });
    if (useDefault) say('`path` and `useDefault` exclude each other: the path is not read.');
    else if (texts.length > mostExtended)
      say(`Not more than ${mostExtended} files extend each other: this one is not read.`);
    else {
      const next = await openExtended(path, last.file, root, texts);
      if (typeof next !== 'string') {
        texts.push(next);
        continue;
      }
      say(next);
    }
    break;
  }
  const translated = translateGitleaks(
    texts.map(({ value }) => value),
    { namesOf: id => namesOf(id, builtIn), isTaken: id => builtIn.has(id) },
  );
  const read = readTranslated(translated, texts);
  return { ...read, problems: [...problems, ...read.problems], extends: texts.slice(1).map(each => each.file) };
}

/** `texts` are what it was translated from. */
function readTranslated(translated: TranslatedPack, texts: readonly [PackText, ...PackText[]]): ReadPack {
  const read = readRulePack(translated.pack, true);
  const at = ({ file, path }: SourcePlace): Place => (texts[file] ?? texts[0]).placeOf(path);
  const placeOf = (path: PackProblem['path']): Place => at(translated.origin(path));
  return {
    ...nothing,
    pack: read.pack,
    places: new Map(read.pack.rules.map(({ id }) => [id, placeOf(idPath(translated.pack.rules, id))])),
    allowPlaces: read.allowAt.map(index => placeOf(['allow', index])),
    problems: [
      ...texts.flatMap(each => each.problems),
      ...translated.problems.map(({ file, path, message, severity }) => ({
        ...at({ file, path }),
        ...{ path, message, severity },
      })),
      ...read.problems.map(problem => ({ ...placeOf(problem.path), ...problem })),
    ],
  };
}

function idPath(rules: readonly Readonly<Record<string, unknown>>[], id: string): PackProblem['path'] {
  return ['rules', rules.findIndex(rule => rule.id === id), 'id'];
}

/** Relative to the workspace folder, as gitleaks is started there; else beside the file that names it. */
async function openExtended(
  path: string,
  from: string,
  root: string,
  known: readonly PackText[],
): Promise<PackText | string> {
  const outside = await standsOutside(root, path);
  const file = resolve(root, path);
  const beside = resolve(dirname(from), path);
  for (const each of outside === undefined ? [file, beside] : [beside]) {
    const way = pathBelow(root, each);
    if (way === undefined || isAbsolute(path) || (await standsOutside(root, way)) !== undefined) continue;
    if (known.some(text => text.file === each)) return 'It extends itself: the second time it is not read.';
    const read = await readText(each, 'The file that it extends', '`extend`');
    if (typeof read === 'object') return readTomlPack(each, read.text);
    if (each === beside) return read;
  }
  return `${path.slice(0, 200)} ${outside ?? 'stands outside the workspace folder'}: it is not read.`;
}
