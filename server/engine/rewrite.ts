import { codeLanguageOf } from './codeLanguages.ts';
import type { Range, Span } from './cursor.ts';
import type { Edit, Source } from './finding.ts';
import { goImport } from './goImport.ts';
import { syntaxOf } from './languages.ts';
import { pythonImport } from './pythonImport.ts';
import { rewriteCode } from './rewriteCode.ts';
import { rewriteData, rewriteDotenv, rewriteProse } from './rewriteData.ts';
import { rewriteGo } from './rewriteGo.ts';
import { rewriteHttp } from './rewriteHttp.ts';
import { rewriteJava } from './rewriteJava.ts';
import { rewriteNotebook } from './rewriteNotebook.ts';
import { rewritePython } from './rewritePython.ts';
import { replaceByReference } from './rewriteReference.ts';
import { refuseScriptFile, rewriteScript } from './rewriteScript.ts';
import { refuseShellFile, rewriteShell } from './rewriteShell.ts';
import { type Form, type Refusal, refuse, type Site, type SiteOutcome, siteValue } from './rewriteSite.ts';
import { type Spans, spansOf } from './spans.ts';

/** What a move would do to one text. */
export type Rewrite =
  | {
      readonly kind: 'edits';
      /** The decoded value that the program had: what must be stored. */
      readonly value: string;
      /** Sorted, disjoint, on the text as it is. Imports included. */
      readonly edits: readonly Edit[];
      readonly form: Form;
      /** Variables that readers look for in the place of entries that go, other than the one given: they need the value too. */
      readonly aliases?: readonly string[];
    }
  | {
      readonly kind: 'refused';
      /** A sentence: what is true. */
      readonly reason: string;
      /** Sentences: what the user can do instead. */
      readonly waysOut: readonly string[];
    };

export interface RewriteOptions {
  /** As printed: takes the value's place as it is, in data of any kind. `keysweep inject` must render the file then. */
  readonly reference?: string;
}

/** What is moved, or what stands elsewhere too and follows along. */
export type Part = 'moved' | 'copy';

/**
 * The edits that turn the literals at `ranges` (each exactly a finding's value) into reads of the environment variable `name`.
 * All of one text at once, so that an import is added once. Never throws; any doubt is a refusal.
 *
 * Comments take the name in the value's place. So do texts for people (Markdown, `.txt`), but only as copies: no program gets the
 * value from there, so that a move of it alone would deliver it to nobody.
 */
export function rewrite(
  source: Source,
  ranges: readonly Range[],
  name: string,
  part: Part = 'moved',
  { reference }: RewriteOptions = {},
): Rewrite {
  const sorted = ranges.map(({ start, end }) => ({ start, end })).sort((a, b) => a.start - b.start);
  if (!/^[A-Za-z_]\w*$/.test(name))
    return refuse('The name is no environment variable.', 'Use capital letters, digits and underscores.');
  if (
    sorted.length === 0 ||
    sorted.some(
      ({ start, end }, index) => start < (sorted[index - 1]?.end ?? 0) || start >= end || end > source.text.length,
    )
  ) {
    return refuse('The text is not what was looked at before.', 'Look at the file again.');
  }
  if (reference !== undefined) {
    const replaced = replaceByReference(source, sorted, reference);
    return replaced.kind === 'refused' ? replaced : { ...replaced, value: replaced.value ?? '' };
  }
  const spans = spansOf(source);
  if (spans.syntax.id === 'json' && /\.ipynb$/.test(source.path))
    return rewriteNotebook(source, sorted, (cell, places) => rewrite(cell, places, name));
  if (spans.syntax.id === 'http' && !/\.hurl$/.test(source.path)) {
    const http = rewriteHttp(source, sorted, name);
    return http.kind === 'refused' ? http : together(source, name, [], sorted, [http]);
  }
  if (spans.syntax.scanner === 'text')
    return refuseText(source, sorted, name, part) ?? together(source, name, [], sorted, [rewriteProse(sorted, name)]);
  return rewriteSites(source, spans, sorted, name);
}

function rewriteSites(source: Source, spans: Spans, sorted: readonly Range[], name: string): Rewrite {
  const language = languages[spans.syntax.id] ?? programOf(source);
  const comments = sorted.filter(range => spans.at(range.start)?.comment);
  const sites = sitesOf(
    source,
    spans,
    sorted.filter(range => !comments.includes(range)),
    name,
  );
  if (!Array.isArray(sites)) return sites;
  const refusal = sites.length > 0 ? language?.refuseFile?.(source) : undefined;
  if (refusal) return refusal;
  if (sites.length > 0 && !language) return refuseLanguage(spans.syntax.id, name);
  const outcomes: SiteOutcome[] = language ? language.rewrite(source, sites) : [];
  if (comments.length > 0) outcomes.push(rewriteProse(comments, name));
  return together(source, name, sites, comments, outcomes);
}

/** Why a text without literals must stay as it is. */
function refuseText(source: Source, ranges: readonly Range[], name: string, part: Part): Refusal | undefined {
  const ways = [
    `Let the program read ${name} from the environment, and store the value with keysweep set ${name}.`,
    'Keep this file out of git, and rotate the value if it was committed.',
  ];
  const isSecretItself = ranges.some(({ start, end }) => {
    const value = source.text.slice(start, end);
    return value.startsWith('-----BEGIN') || source.text.trim() === value;
  });
  if (isSecretItself)
    return refuse('The file is the secret itself: what reads it would find a name in its place.', ...ways);
  const { id } = syntaxOf(source);
  if (id !== 'markdown' && !(id === 'text' && /\.(?:txt|log)$/i.test(source.path)))
    return refuse('Nothing is known of what reads this file: it would take a name for the value.', ...ways);
  if (part === 'copy') return undefined;
  return refuse(
    'This is a text for people: no program gets the value from here.',
    'Move the value where a program uses it: what stands here can follow along.',
    'Or delete it here, and rotate it if the text was committed.',
  );
}

interface Language {
  /** Why nothing in such a file can be rewritten. */
  refuseFile?(source: Source): Refusal | undefined;
  /** An outcome a site; imports come as one more. */
  rewrite(source: Source, sites: readonly Site[]): SiteOutcome[];
}

function each(rewriteSite: (site: Site) => SiteOutcome): Language['rewrite'] {
  return (_, sites) => sites.map(rewriteSite);
}

const script: Language = { refuseFile: refuseScriptFile, rewrite: each(rewriteScript) };

const browser: Language = {
  refuseFile: ({ path }) =>
    path.endsWith('.astro')
      ? refuse(
          'What of this file runs on the server, and what is sent to the browser, cannot be told.',
          'Read the value in a module of the server, and import it here.',
        )
      : refuse(
          'This page runs in the browser, where every visitor can read the value however it gets there.',
          'Let a server of yours hold the secret and make the call.',
        ),
  rewrite: () => [],
};

const data: Language = { rewrite: each(rewriteData) };

/** A row a language, by the lexer's ids. */
const languages: Readonly<Record<string, Language>> = {
  javascript: script,
  typescript: script,
  typescriptreact: script,
  html: browser,
  python: { rewrite: withPythonImport },
  go: { rewrite: withGoImport },
  java: { rewrite: each(rewriteJava) },
  shell: { refuseFile: refuseShellFile, rewrite: each(rewriteShell) },
  dotenv: { rewrite: each(rewriteDotenv) },
  json: data,
  yaml: data,
  toml: data,
  properties: data,
  ini: data,
  xml: data,
  terraform: { rewrite: each(rewriteTerraform) },
};

/** The languages that differ by a table alone. */
function programOf(source: Source): Language | undefined {
  const language = codeLanguageOf(source);
  return language && { rewrite: (_, sites) => rewriteCode(language, source, sites) };
}

function withPythonImport(source: Source, sites: readonly Site[]): SiteOutcome[] {
  if (sites.length === 0) return [];
  const access = pythonImport(source, Math.min(...sites.map(site => site.first.start)));
  if (!access) return [refuse('The name os means something else in this module.', 'Rename that, then move the value.')];
  return withImport(
    sites.map(site => rewritePython(site, access)),
    access.edits,
  );
}

function withGoImport(source: Source, sites: readonly Site[]): SiteOutcome[] {
  if (sites.length === 0) return [];
  const access = goImport(source);
  if (access.kind === 'refused') return [access];
  return withImport(
    sites.map(site => rewriteGo(site, access)),
    access.edits,
  );
}

function withImport(outcomes: readonly SiteOutcome[], edits: readonly Edit[]): SiteOutcome[] {
  const reads = outcomes.some(outcome => outcome.kind === 'edits' && outcome.form === 'code');
  return reads && edits.length > 0 ? [...outcomes, { kind: 'edits', form: 'code', edits }] : [...outcomes];
}

function rewriteTerraform(site: Site): SiteOutcome {
  return /\.tfvars$/.test(site.source.path) ? rewriteData(site) : refuseLanguage('terraform', site.name);
}

function refuseLanguage(id: string, name: string): Refusal {
  const reasons: Readonly<Record<string, string>> = {
    dockerfile: 'What a Dockerfile sets stays in the image and its history.',
    terraform: 'Terraform reads the environment through variables alone.',
  };
  return refuse(
    reasons[id] ?? `Keysweep does not rewrite files of this kind (${id}) yet.`,
    `Let the program read ${name} from the environment yourself, and store the value with keysweep set ${name}.`,
  );
}

/** The literals that hold the ranges, each once. */
function sitesOf(source: Source, spans: Spans, ranges: readonly Range[], name: string): Site[] | Refusal {
  const sites: Site[] = [];
  for (const range of ranges) {
    const first = spans.at(range.start);
    const last = spans.at(range.end - 1);
    if (first?.role === 'pattern')
      return refuse(
        'A pattern must be a constant.',
        'Build it from a text when the program runs, and move the value then.',
      );
    if (!first || !last || first.comment || last.comment || isOutside(spans, first, last, range)) {
      return refuse(
        'The value stands in no text that could be replaced as a whole.',
        'Put it between quotes, or move it by hand.',
      );
    }
    const known = sites.at(-1);
    if (first === last && known?.first === first && known.last === first) {
      sites[sites.length - 1] = { ...known, ranges: [...known.ranges, range] };
      continue;
    }
    if (first !== last && !joinable(source, spans, first, last)) {
      return refuse('The value is put together of several pieces.', 'Write it in one piece, then move it.');
    }
    sites.push({ source, spans, first, last, ranges: [range], name });
  }
  return sites;
}

/** Whether the range leaves the contents of its literals, or lies in an interpolation. */
function isOutside(spans: Spans, first: Span, last: Span, range: Range): boolean {
  if (range.start < first.contentStart || range.end > last.contentEnd) return true;
  // A heredoc, `qq{...}` and a line of data are only known to hold some interpolation, not where.
  if (first.role === 'heredoc' || /^(?:qq|%|~)/.test(first.prefix) || spans.syntax.scanner === 'lines') return false;
  return [first, last].some(span => span.holes.some(hole => hole.start < range.end && range.start < hole.end));
}

/** Whether nothing but the sign that joins texts, blanks and literals of one kind stand between. */
function joinable(source: Source, spans: Spans, first: Span, last: Span): boolean {
  const joints = /^(?:javascript|typescript|typescriptreact|java|go|python)$/.test(spans.syntax.id)
    ? /^[\s+\\]*$/
    : codeLanguageOf(source)?.joints;
  if (first.parent !== last.parent || joints === undefined) return false;
  if (first.quote !== last.quote || first.prefix !== last.prefix) return false;
  let at = first.end;
  for (const span of spans.touching(first.end, last.start)) {
    if (span.start < at) continue;
    if (span.comment || !joints.test(spans.text.slice(at, span.start))) return false;
    at = span.end;
  }
  return at === last.end;
}

/** One rewrite of all outcomes, if they agree on the value and do not touch each other. */
function together(
  source: Source,
  name: string,
  sites: readonly Site[],
  comments: readonly Range[],
  outcomes: readonly SiteOutcome[],
): Rewrite {
  const edits: Edit[] = [];
  const values = new Set<string>();
  const aliases = new Set<string>();
  let form: Form | undefined;
  for (const [index, outcome] of outcomes.entries()) {
    if (outcome.kind === 'refused') return outcome;
    edits.push(...outcome.edits);
    if (outcome.alias !== undefined) aliases.add(outcome.alias);
    form = form === 'code' || form === 'removed' ? form : outcome.form;
    const site = sites[index];
    if (!site) continue;
    const value = outcome.value ?? siteValue(site);
    if (value === undefined)
      return refuse(
        'What the program makes of this text cannot be said for sure.',
        'Write the value plainly, then move it.',
      );
    values.add(value);
  }
  const written = new Set(sites.flatMap(site => site.ranges.map(range => source.text.slice(range.start, range.end))));
  for (const range of comments) {
    const text = source.text.slice(range.start, range.end);
    if (sites.length === 0 || (!values.has(text) && !written.has(text))) values.add(text);
  }
  const [value] = values;
  const all = withoutCovered(edits);
  const overlapping = all.some((edit, index) => edit.start < (all[index - 1]?.end ?? 0));
  if (values.size !== 1 || value === undefined || form === undefined || overlapping) {
    return refuse('The places to be changed do not hold one and the same value.', 'Move them one by one.');
  }
  if (value.includes('\0'))
    return refuse(
      'The value holds a zero byte, which no environment variable can.',
      'Keep it in a file outside of the repository.',
    );
  aliases.delete(name);
  return { kind: 'edits', value, edits: all, form, ...(aliases.size > 0 ? { aliases: [...aliases] } : {}) };
}

/** Sorted; what is edited in a line that goes, goes with it. */
function withoutCovered(edits: readonly Edit[]): readonly Edit[] {
  const sorted = edits.toSorted((a, b) => a.start - b.start || b.end - a.end);
  const covers = (outer: Edit, { start, end }: Edit) => outer.text === '' && outer.start <= start && end <= outer.end;
  let last: Edit | undefined;
  return sorted.filter(edit => {
    const covered = last !== undefined && covers(last, edit);
    if (!covered) last = edit;
    return !covered;
  });
}

/** A text after its edits (sorted, disjoint). */
export function edited(text: string, edits: readonly Edit[]): string {
  let result = '';
  let position = 0;
  for (const edit of edits) {
    result += text.slice(position, edit.start) + edit.text;
    position = edit.end;
  }
  return result + text.slice(position);
}
