import { patternOfGlob } from '../engine/rulePack.ts';
import { type Field, fieldsOf, listOf, type Step, type TranslatedPack, textOf } from './foreignFields.ts';

/* Reads secretlint's configuration: https://github.com/secretlint/secretlint/blob/master/docs/configuration.md. */

const ours = '@secretlint/secretlint-rule-';

/** A list of rules of which one is named as secretlint's packages are. */
export function isSecretlint(value: unknown): boolean {
  return listOf(fieldsOf(value).get('rules')).some(rule =>
    /secretlint-rule-/.test(textOf(fieldsOf(rule.value).get('id'))),
  );
}

interface Made {
  readonly entry: Readonly<Record<string, unknown>>;
  readonly path: readonly Step[];
}

/** Its own patterns become rules, what it allows becomes exceptions; for the rules of its packages ours stand. */
export function translateSecretlint(value: unknown): TranslatedPack {
  const translation = new Translation();
  for (const rule of listOf(fieldsOf(value).get('rules'))) translation.read(rule);
  return translation.finish();
}

class Translation {
  readonly #rules: Made[] = [];
  readonly #allow: Made[] = [];
  readonly #disable: string[] = [];
  readonly #problems: { file: number; path: readonly Step[]; message: string; severity: 'warning' }[] = [];

  #warn(path: readonly Step[], message: string): void {
    this.#problems.push({ file: 0, path, message, severity: 'warning' });
  }

  read(rule: Field): void {
    const fields = fieldsOf(rule.value, rule.path);
    const id = textOf(fields.get('id'));
    const name = id.startsWith(ours) ? id.slice(ours.length) : undefined;
    const options = fields.get('options');
    const allows = fieldsOf(options?.value, options?.path).get('allows');
    const messages = fields.get('allowmessageids');
    if (messages && listOf(messages).length > 0)
      this.#warn(messages.path, 'Messages of secretlint have no counterpart: disable our rules by their ids.');
    if (name === undefined) this.#warn(rule.path, `No rule of ours stands for \`${id.slice(0, 100)}\`.`);
    else if (name.startsWith('preset-')) {
      for (const each of listOf(fields.get('rules'))) this.read(each);
      this.#except(allows, undefined);
    } else if (name === 'pattern') this.#except(allows, this.#patterns(options));
    else {
      const glob = named.get(name) ?? `${name}-*`;
      if (fields.get('disabled')?.value === true) this.#disable.push(glob);
      this.#except(allows, [glob]);
    }
  }

  /** The rules that its own patterns became. */
  #patterns(options: Field | undefined): readonly string[] {
    const before = this.#rules.length;
    for (const field of listOf(fieldsOf(options?.value, options?.path).get('patterns'))) {
      const fields = fieldsOf(field.value, field.path);
      const name = textOf(fields.get('name')) || 'pattern';
      const globs = listOf(fields.get('filepathglobs'))
        .map(textOf)
        .filter(glob => glob !== '');
      for (const each of [...listOf(fields.get('pattern')), ...listOf(fields.get('patterns'))]) {
        const id = `secretlint.${name.replace(/[^A-Za-z0-9]+/g, '-').slice(0, 80)}`;
        const taken = this.#rules.filter(({ entry }) => String(entry.id).startsWith(id)).length;
        const files = globs.length > 0 ? { files: globs.map(patternOfGlob) } : {};
        const pattern = patternOf(textOf(each));
        this.#rules.push({
          entry: { id: taken === 0 ? id : `${id}-${taken + 1}`, name, pattern, group: 0, ...files },
          path: each.path,
        });
      }
    }
    return this.#rules.slice(before).map(({ entry }) => String(entry.id));
  }

  #except(allows: Field | undefined, rules: readonly string[] | undefined): void {
    const values = listOf(allows)
      .map(textOf)
      .filter(text => text !== '');
    if (allows === undefined || values.length === 0 || rules?.length === 0) return;
    this.#allow.push({ entry: { values: values.map(patternOf), ...(rules && { rules }) }, path: allows.path });
  }

  finish(): TranslatedPack {
    return {
      pack: {
        rules: this.#rules.map(({ entry }) => entry),
        allow: this.#allow.map(({ entry }) => entry),
        disable: this.#disable,
      },
      problems: this.#problems,
      origin: ([list, index]) => {
        const made = (list === 'rules' ? this.#rules : list === 'allow' ? this.#allow : [])[Number(index)];
        return { file: 0, path: made?.path ?? [] };
      },
    };
  }
}

/** `/expression/flags` as RE2 writes it; any other text stands for itself. */
function patternOf(text: string): string {
  const expression = /^\/([\s\S]+)\/([a-z]*)$/.exec(text);
  if (expression === null) return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const flags = ['i', 'm', 's'].filter(flag => expression[2]?.includes(flag)).join('');
  return flags === '' ? (expression[1] ?? '') : `(?${flags})${expression[1]}`;
}

/** Packages of secretlint whose names our rules' ids do not begin with. */
const named: ReadonlyMap<string, string> = new Map(
  [
    'basicauth url-*',
    'privatekey private-key-*',
    '1password onepassword-*',
    'gcp g{cp,oogle}-*',
    'database-connection-string *-connection-{string,url}',
  ].map((pair): [string, string] => [pair.slice(0, pair.indexOf(' ')), pair.slice(pair.indexOf(' ') + 1)]),
);
