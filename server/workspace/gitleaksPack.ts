/* Reads what gitleaks and Betterleaks 1.x call a configuration: https://github.com/gitleaks/gitleaks#configuration. Nothing here touches a file. */

import { type ReadFilter, readFilter } from './filterExpression.ts';
import {
  type Field,
  fieldsOf,
  listOf,
  type SourcePlace,
  type Step,
  type TranslatedPack,
  textOf,
  textsOf,
} from './foreignFields.ts';

/** What a configuration extends. */
export interface Extension {
  readonly useDefault: boolean;
  /** Of another configuration. */
  readonly path?: string;
}

export function extensionOf(value: unknown): Extension {
  const extend = fieldsOf(fieldsOf(value).get('extend')?.value);
  const path = extend.get('path')?.value;
  return {
    useDefault: extend.get('usedefault')?.value === true,
    ...(typeof path === 'string' && path.trim() !== '' && { path }),
  };
}

/**
 * The parsed files in the order in which they extend each other, the extending one first. Rules of the same id are one: what the extending file says
 * of it wins, lists are joined. Where a file extends the defaults, our rules stand for them.
 */
export function translateGitleaks(files: readonly unknown[], names: Names): TranslatedPack {
  const translation = new Translation(
    names,
    files.some(value => extensionOf(value).useDefault),
  );
  for (const [index, file] of files.entries()) translation.read(file, index);
  return translation.finish();
}

/** How ids of gitleaks' rules and of ours go together. */
export interface Names {
  /** Which of our rules stand for one of gitleaks' own. */
  readonly namesOf: (id: string) => readonly string[];
  /** A rule of ours has that id: the imported one gets another. */
  readonly isTaken: (id: string) => boolean;
}

/** Of an allowlist, as one of our exceptions, with the place of each of its conditions. */
interface ReadException {
  readonly entry: Readonly<Record<string, unknown>>;
  readonly places: ReadonlyMap<string, SourcePlace>;
  readonly place: SourcePlace;
}

/** A rule as its files put it together. */
interface ReadRule {
  readonly file: number;
  readonly path: readonly Step[];
  readonly fields: Map<string, Field & { readonly file: number }>;
  readonly keywords: string[];
  readonly except: ReadException[];
  /** Of Betterleaks. */
  filter?: ReadFilter;
}

const ruleFields = new Set([
  ...['id', 'description', 'regex', 'secretgroup', 'entropy', 'keywords', 'path', 'tags', 'skipreport', 'required'],
  ...['allowlist', 'allowlists', 'filter', 'components', 'tokenefficiency', 'specificity', 'validate', 'confidence'],
]);
const listFields = new Set(['keywords', 'tags', 'allowlist', 'allowlists']);

class Translation {
  readonly #names: Names;
  readonly #extendsDefaults: boolean;
  readonly #rules = new Map<string, ReadRule>();
  readonly #allow: { readonly read: ReadException; readonly targets: readonly Field[] }[] = [];
  readonly #disable = new Map<string, SourcePlace>();
  readonly #problems: (SourcePlace & { message: string; severity: 'error' | 'warning' })[] = [];

  constructor(names: Names, extendsDefaults: boolean) {
    this.#names = names;
    this.#extendsDefaults = extendsDefaults;
  }

  #warn(place: SourcePlace, message: string, severity: 'error' | 'warning' = 'warning'): void {
    if (this.#problems.length < mostProblems) this.#problems.push({ ...place, message, severity });
  }

  read(value: unknown, file: number): void {
    const top = fieldsOf(value);
    const extend = fieldsOf(top.get('extend')?.value, top.get('extend')?.path);
    const url = extend.get('url');
    if (url !== undefined && url.value !== '')
      this.#warn(
        { file, path: url.path },
        'Nothing is fetched: save that configuration in the workspace and give its `path`.',
      );
    for (const field of [top.get('prefilter'), top.get('filter')]) {
      const filter = field && readFilter(textOf(field));
      if (field === undefined || filter === undefined) continue;
      for (const entry of filter.exceptions) this.#allow.push({ read: exceptionAt(entry, file, field), targets: [] });
      if (!filter.complete || filter.entropy)
        this.#warn({ file, path: field.path }, 'Parts of this filter have no counterpart and are left out.');
    }
    for (const { value: id, path } of listOf(extend.get('disabledrules')))
      if (typeof id === 'string' && !this.#disable.has(id)) this.#disable.set(id, { file, path });
    for (const field of listOf(top.get('rules'))) this.#readRule(field, file);
    for (const field of [...listOf(top.get('allowlist')), ...listOf(top.get('allowlists'))]) {
      const targets = listOf(fieldsOf(field.value, field.path).get('targetrules'));
      for (const read of this.#readAllowlist(field, file)) this.#allow.push({ read, targets });
    }
  }

  #readRule(field: Field, file: number): void {
    const fields = fieldsOf(field.value, field.path);
    const id = fields.get('id')?.value;
    if (typeof id !== 'string' || id.trim() === '') {
      this.#warn({ file, path: field.path }, 'A rule needs an `id`.', 'error');
      return;
    }
    // What an extended file calls by an id that was switched off is not part of this configuration.
    const off = this.#disable.get(id);
    if (off !== undefined && off.file < file) return;
    const known = this.#rules.get(id);
    if (known?.file === file) {
      this.#warn({ file, path: field.path }, `Another rule has the id \`${id}\`: the last one counts.`);
      this.#rules.delete(id);
    }
    const rule: ReadRule = this.#rules.get(id) ?? {
      file,
      path: field.path,
      fields: new Map(),
      keywords: [],
      except: [],
    };
    this.#rules.set(id, rule);
    for (const [key, each] of fields) {
      if (!ruleFields.has(key))
        this.#warn({ file, path: each.path }, `\`${key.slice(0, 40)}\` is not known of a rule.`);
      else if (!listFields.has(key) && !rule.fields.has(key) && each.value !== '' && each.value !== 0)
        rule.fields.set(key, { ...each, file });
    }
    rule.keywords.push(...textsOf(fields.get('keywords')));
    for (const each of [...listOf(fields.get('allowlist')), ...listOf(fields.get('allowlists'))])
      rule.except.push(...this.#readAllowlist(each, file));
  }

  /** What any condition alone excepts is as many exceptions; what all together except is one. */
  #readAllowlist({ value, path }: Field, file: number): ReadException[] {
    const fields = fieldsOf(value, path);
    const place = { file, path };
    const condition = textOf(fields.get('condition')).toUpperCase();
    if (!['', 'OR', '||', 'AND', '&&'].includes(condition)) {
      this.#warn(
        { file, path: [...path, 'condition'] },
        '`condition` is `AND` or `OR`: this allowlist is left out.',
        'error',
      );
      return [];
    }
    const target = fields.get('regextarget')?.value ?? 'secret';
    const key = target === 'match' ? 'matches' : target === 'line' ? 'lines' : 'values';
    if (typeof target !== 'string' || !['', 'secret', 'match', 'line'].includes(target)) {
      this.#warn(
        { file, path: [...path, 'regexTarget'] },
        '`regexTarget` is `secret`, `match` or `line`: this allowlist is left out.',
        'error',
      );
      return [];
    }
    const all = condition === 'AND' || condition === '&&';
    const commits = listOf(fields.get('commits'));
    const found: [string, unknown, Field | undefined][] = [];
    const regexes = textsOf(fields.get('regexes'));
    const paths = textsOf(fields.get('paths'));
    const words = textsOf(fields.get('stopwords')).map(word => word.toLowerCase());
    // Joined as gitleaks joins them: a flag at the start of one holds for those after it as well.
    if (regexes.length > 0) found.push([key, [joined(regexes)], fields.get('regexes')]);
    if (paths.length > 0) found.push(['files', [joined(paths)], fields.get('paths')]);
    if (words.length > 0) found.push(['words', [...new Set(words)], fields.get('stopwords')]);
    if (commits.length > 0 && (all || found.length === 0)) {
      this.#warn(
        { file, path: fields.get('commits')?.path ?? path },
        'A commit says nothing of a file as it is now: this allowlist is left out.',
      );
      return [];
    }
    if (found.length === 0) {
      this.#warn(place, 'An allowlist names `paths`, `regexes` or `stopwords`: this one accepts nothing.');
      return [];
    }
    const read = (parts: typeof found): ReadException => ({
      entry: Object.fromEntries(parts.map(([name, list]) => [name, list])),
      places: new Map(parts.map(([name, , field]) => [name, { file, path: field?.path ?? path }])),
      place,
    });
    return all ? [read(found)] : found.map(part => read([part]));
  }

  finish(): TranslatedPack {
    const rules: Record<string, unknown>[] = [];
    const origins: ((path: readonly Step[]) => SourcePlace)[] = [];
    const extra: { read: ReadException; targets: readonly string[] }[] = [];
    for (const [id, rule] of this.#rules) {
      const named = this.#isOfDefaults(rule) ? this.#names.namesOf(id) : [];
      if (named.length > 0) for (const read of rule.except) extra.push({ read, targets: named });
      this.#readRuleFilter(rule);
      const entry = named.length > 0 ? undefined : this.#ruleEntry(id, rule);
      if (entry === undefined) continue;
      rules.push(entry);
      origins.push(path => originInRule(rule, path));
    }
    const allow = [...extra, ...this.#packAllow()];
    const off = this.#extendsDefaults ? [...this.#disable.keys()] : [];
    return {
      pack: {
        rules,
        allow: allow.map(({ read, targets }) => ({ ...read.entry, ...(targets.length > 0 && { rules: targets }) })),
        disable: off.flatMap(id => (this.#rules.has(id) ? [] : this.#names.namesOf(id))),
      },
      problems: this.#problems,
      origin: ([list, index, ...rest]) => {
        if (list === 'rules') return origins[Number(index)]?.(rest) ?? start;
        const read = list === 'allow' ? allow[Number(index)]?.read : undefined;
        return read?.places.get(String(rest[0])) ?? read?.place ?? start;
      },
    };
  }

  #readRuleFilter(rule: ReadRule): void {
    const field = rule.fields.get('filter');
    if (field === undefined) return;
    rule.filter = readFilter(textOf(field));
    rule.except.push(...rule.filter.exceptions.map(entry => exceptionAt(entry, field.file, field)));
  }

  /** A change to one of gitleaks' own rules, for which ours stand. */
  #isOfDefaults(rule: ReadRule): boolean {
    return this.#extendsDefaults && !rule.fields.has('regex') && !rule.fields.has('path');
  }

  #packAllow(): { read: ReadException; targets: readonly string[] }[] {
    const own = Array.from(this.#rules.keys(), id => this.#ownId(id));
    return this.#allow.flatMap(({ read, targets }) => {
      // Without the defaults a configuration speaks of its own rules alone.
      if (targets.length === 0) return [{ read, targets: this.#extendsDefaults ? [] : own }];
      const ids = targets.flatMap(({ value, path }) => {
        const id = typeof value === 'string' ? value : '';
        const named = this.#rules.has(id) ? [this.#ownId(id)] : this.#extendsDefaults ? this.#names.namesOf(id) : [];
        if (named.length === 0)
          this.#warn(
            { file: read.place.file, path },
            `There is no rule \`${id.slice(0, 100)}\` that this allowlist could hold for.`,
          );
        return named;
      });
      return ids.length > 0 ? [{ read, targets: ids }] : [];
    });
  }

  #ownId(id: string): string {
    return this.#names.isTaken(id) ? `gitleaks.${id}` : id;
  }

  #ruleEntry(id: string, rule: ReadRule): Record<string, unknown> | undefined {
    const { fields } = rule;
    const at = (key: string) => fields.get(key);
    const place = { file: rule.file, path: rule.path };
    if (!fields.has('regex')) {
      const message = fields.has('path')
        ? 'A rule with a `path` alone is about a file, not a value in it: it is left out.'
        : this.#extendsDefaults
          ? `No rule of ours stands for \`${id.slice(0, 100)}\`, so there is nothing to change.`
          : 'A rule needs a `regex`.';
      this.#warn(place, message, fields.has('path') || this.#extendsDefaults ? 'warning' : 'error');
      return undefined;
    }
    const regex = textOf(at('regex'));
    const entropy = this.#entropy(rule);
    const group = at('secretgroup')?.value;
    const generic = /generic/i.test(id);
    return {
      id: this.#ownId(id),
      name: titleOf(id),
      ...(typeof at('description')?.value === 'string' && { description: at('description')?.value }),
      pattern: regex,
      ...(rule.keywords.length > 0 && { keywords: [...new Set(rule.keywords)], keywordsAnywhere: true }),
      ...(typeof group === 'number' && { group }),
      ...(entropy !== undefined && { entropy }),
      ...(typeof at('path')?.value === 'string' && { files: [at('path')?.value] }),
      ...(rule.except.length > 0 && { except: rule.except.map(read => read.entry) }),
      ...(at('skipreport')?.value === true && { component: true }),
      ...this.#required(rule),
      kind: kindOf(id),
      confidence: generic || this.#leavesFilterOut(rule) ? 'medium' : 'high',
    };
  }

  /** gitleaks wants more than the number, we want at least it. */
  #entropy(rule: ReadRule): number | undefined {
    const field = rule.fields.get('entropy');
    const entropy = field?.value;
    if (field !== undefined && typeof entropy !== 'number')
      this.#warn(field, 'An `entropy` is a number: it is left out.');
    if (typeof entropy === 'number' && entropy > 0) return Math.min(8, entropy + least);
    const filtered = rule.filter?.entropy;
    return filtered && Math.min(8, filtered.least + (filtered.strict ? least : 0));
  }

  #leavesFilterOut({ fields, filter }: ReadRule): boolean {
    const unread = filter?.complete === false ? fields.get('filter') : undefined;
    const tokens = fields.get('tokenefficiency')?.value === true ? fields.get('tokenefficiency') : undefined;
    const left = unread ?? tokens;
    if (left === undefined) return false;
    this.#warn(
      left,
      'Parts of this filter have no counterpart, so the rule finds more than it should: its findings are medium at most.',
    );
    return true;
  }

  #required(rule: ReadRule): { readonly require?: readonly unknown[] } {
    const required = rule.fields.get('required');
    const components = rule.fields.get('components');
    const entries = [...listOf(required), ...listOf(components)].flatMap(field => {
      const each = fieldsOf(field.value, field.path);
      const id = each.get('id')?.value;
      if (each.get('optional')?.value === true) return [];
      if (typeof id !== 'string' || !this.#rules.has(id)) {
        this.#warn(
          { file: rule.file, path: field.path },
          'This required rule does not exist, so the rule never counts.',
          'error',
        );
        return [{ rule: typeof id === 'string' ? id : '' }];
      }
      return [{ rule: this.#ownId(id), ...distance(each) }];
    });
    return entries.length > 0 ? { require: entries } : {};
  }
}

function exceptionAt(entry: Readonly<Record<string, unknown>>, file: number, { path }: Field): ReadException {
  return { entry, places: new Map(), place: { file, path } };
}

const mostProblems = 1000;
const start: SourcePlace = { file: 0, path: [] };
/** Smaller than any difference between the entropies of two texts, larger than what rounding makes. */
const least = 1e-9;

/** `withinLines` and `withinColumns`, or Betterleaks' `within = "5L,100C"`. */
function distance(fields: ReadonlyMap<string, Field>): { readonly lines?: unknown; readonly columns?: unknown } {
  const within = textOf(fields.get('within'));
  const lines = fields.get('withinlines')?.value ?? numberBefore('L', within);
  const columns = fields.get('withincolumns')?.value ?? numberBefore('C', within);
  return { ...(lines !== undefined && { lines }), ...(columns !== undefined && { columns }) };
}

function numberBefore(unit: string, text: string): number | undefined {
  const found = new RegExp(`(\\d{1,6})\\s*${unit}`, 'i').exec(text)?.[1];
  return found === undefined ? undefined : Number(found);
}

function joined(patterns: readonly string[]): string {
  return patterns.length === 1 ? (patterns[0] ?? '') : `(?:${patterns.join('|')})`;
}

/** Our keys, and the fields of gitleaks that they came from. */
const sources: Readonly<Record<string, string>> = {
  pattern: 'regex',
  group: 'secretgroup',
  files: 'path',
  component: 'skipreport',
  require: 'required',
};

function originInRule(rule: ReadRule, [key, index, part]: readonly Step[]): SourcePlace {
  const own = { file: rule.file, path: rule.path };
  if (key === 'except') {
    const read = rule.except[Number(index)];
    return read?.places.get(String(part)) ?? read?.place ?? own;
  }
  const field = rule.fields.get(sources[String(key)] ?? String(key));
  return field ? { file: field.file, path: field.path } : own;
}

/** `aws-access-token` -> `Aws access token`. */
function titleOf(id: string): string {
  const words = id.replace(/[-_.]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

function kindOf(id: string): 'key' | 'password' | 'token' {
  if (/passw|pwd/i.test(id)) return 'password';
  return /token|pat\b/i.test(id) ? 'token' : /key|secret/i.test(id) ? 'key' : 'token';
}
