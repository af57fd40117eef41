import { type Field, fieldsOf, listOf, type Step, type TranslatedPack, textOf, textsOf } from './foreignFields.ts';

/* Reads Kingfisher's rules: https://github.com/mongodb/kingfisher/blob/main/docs/RULES.md. */

const ownKeys = [
  ...['min_entropy', 'validation', 'revocation', 'depends_on_rule', 'negative_examples', 'visible', 'references'],
  'pattern_requirements',
];

/** A list of rules with keys that only Kingfisher's have. */
export function isKingfisher(value: unknown): boolean {
  return listOf(fieldsOf(value).get('rules')).some(rule => {
    const fields = fieldsOf(rule.value);
    return ownKeys.some(key => fields.has(key));
  });
}

/** `isTaken` tells ids of our own rules: such a rule gets another. */
export function translateKingfisher(value: unknown, isTaken: (id: string) => boolean): TranslatedPack {
  const list = listOf(fieldsOf(value).get('rules'));
  const problems: { file: number; path: readonly Step[]; message: string; severity: 'warning' }[] = [];
  const warn = (path: readonly Step[], message: string): void =>
    void problems.push({ file: 0, path, message, severity: 'warning' });
  const live = list.flatMap(rule => {
    const fields = fieldsOf(rule.value, rule.path);
    return fields.get('validation') ?? fields.get('revocation') ?? [];
  })[0];
  if (live)
    warn(
      live.path,
      'Nothing is sent to a provider: `validation` and `revocation` are left out, here and in other rules.',
    );
  return {
    pack: { rules: list.map(rule => ruleOf(rule, isTaken, warn)), allow: [], disable: [] },
    problems,
    origin: ([first, index, key, ...rest]) => {
      const source = key === undefined ? [] : [sources[String(key)] ?? key];
      return { file: 0, path: first === 'rules' && index !== undefined ? ['rules', index, ...source, ...rest] : [] };
    },
  };
}

/** Our keys, and Kingfisher's that they came from. */
const sources: Readonly<Record<string, string>> = {
  entropy: 'min_entropy',
  component: 'visible',
  pair: 'depends_on_rule',
  except: 'pattern_requirements',
  documentation: 'references',
};

type Warn = (path: readonly Step[], message: string) => void;

function ruleOf(rule: Field, isTaken: (id: string) => boolean, warn: Warn): Readonly<Record<string, unknown>> {
  const fields = fieldsOf(rule.value, rule.path);
  const id = fields.get('id')?.value;
  const entropy = fields.get('min_entropy')?.value;
  const pattern = fields.get('pattern');
  const depends = listOf(fields.get('depends_on_rule')).map(field => fieldsOf(field.value).get('rule_id')?.value);
  if (depends.length > 1)
    warn(fields.get('depends_on_rule')?.path ?? [], 'A rule is completed by one other: the first.');
  const link = textsOf(fields.get('references')).find(reference => /^https?:\/\//.test(reference));
  const except = exceptionsOf(fields.get('pattern_requirements'), warn);
  return {
    id: typeof id === 'string' && isTaken(id) ? `kingfisher.${id}` : id,
    ...(fields.has('name') && { name: fields.get('name')?.value }),
    ...(pattern && { pattern: typeof pattern.value === 'string' ? withoutFreeSpacing(pattern.value) : pattern.value }),
    ...(typeof entropy === 'number' && entropy > 0 && { entropy: Math.min(8, entropy) }),
    ...(fields.has('confidence') && { confidence: textOf(fields.get('confidence')).toLowerCase() }),
    ...(fields.get('visible')?.value === false && { component: true }),
    ...(typeof depends[0] === 'string' && { pair: { rule: depends[0] } }),
    ...(link !== undefined && { documentation: link }),
    ...(except.length > 0 && { except }),
  };
}

/** What a value must hold, as what excepts it when it does not. */
function exceptionsOf(field: Field | undefined, warn: Warn): readonly Readonly<Record<string, unknown>>[] {
  const fields = fieldsOf(field?.value, field?.path);
  const special = textOf(fields.get('special_chars')) || '!@#$%^&*()_+-=[]{}|;:\'",.<>?/\\`~';
  const classes: readonly (readonly [string, string])[] = [
    ['min_digits', '0-9'],
    ['min_uppercase', 'A-Z'],
    ['min_lowercase', 'a-z'],
    ['min_special_chars', special.replace(/[\\\]^-]/g, '\\$&')],
  ];
  const few = classes.flatMap(([key, set]) => {
    const least = fields.get(key)?.value;
    if (typeof least !== 'number' || !Number.isInteger(least) || least < 1 || least > 500) return [];
    return [{ values: [`^[^${set}]*(?:[${set}][^${set}]*){0,${least - 1}}$`] }];
  });
  const checksum = fields.get('checksum');
  if (checksum)
    warn(checksum.path, 'This checksum is not computed: give a rule of your own one of our `checksum` names.');
  const words = textsOf(fields.get('ignore_if_contains'));
  return [...few, ...(words.length > 0 ? [{ words }] : [])];
}

/** `(?x)`: blanks and remarks in a pattern stand for nothing. Without it the pattern stays as it is. */
export function withoutFreeSpacing(pattern: string): string {
  const flags = /^\s*\(\?([a-z]*)x([a-z]*)\)/.exec(pattern);
  if (flags === null) return pattern.trim();
  const rest = pattern
    .slice(flags[0].length)
    .replace(/\\[\s\S]|\[(?:\\[\s\S]|\[:\^?\w+:\]|[^\]\\])*\]|#[^\n]*|\s+/g, part =>
      /^[\s#]/.test(part) ? '' : part.startsWith('[') ? part.replace(/(\\[\s\S])|\s+/g, '$1') : part,
    );
  const others = `${flags[1]}${flags[2]}`;
  return others === '' ? rest : `(?${others})${rest}`;
}
