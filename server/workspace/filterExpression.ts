/* Reads Betterleaks' filter expressions as far as exceptions of ours can say the same: alternatives of what is compared and looked for. */

export interface ReadFilter {
  /** Values of less are discarded; with `strict` those of just as much too. */
  readonly entropy?: { readonly least: number; readonly strict: boolean };
  /** As a pack writes them. */
  readonly exceptions: readonly Readonly<Record<string, readonly string[]>>[];
  /** Everything is understood: what is not discards nothing. */
  readonly complete: boolean;
}

export function readFilter(text: string): ReadFilter {
  const exceptions: Record<string, readonly string[]>[] = [];
  let entropy: ReadFilter['entropy'];
  let complete = text.length <= longest;
  for (const alternative of complete ? alternatives(text, 0) : []) {
    const compared = entropyTerm.exec(alternative);
    if (compared?.[2] !== undefined) {
      const next = { least: Number(compared[2]), strict: compared[1] === '<=' };
      if (entropy === undefined || next.least > entropy.least) entropy = next;
      continue;
    }
    const exception = conjunction(alternative);
    if (exception) exceptions.push(exception);
    else complete = false;
  }
  return { ...(entropy && { entropy }), exceptions, complete };
}

const longest = 100_000;
const deepest = 20;
const secret = String.raw`finding(?:\.secret|\["secret"\])`;
const entropyTerm = new RegExp(String.raw`^(?:filter\.)?entropy\(\s*${secret}\s*\)\s*(<=?)\s*(\d+(?:\.\d+)?)$`);

/** The operands of `||`, also of those in parentheses. */
function alternatives(text: string, depth: number): readonly string[] {
  const parts = split(bare(text), '||');
  if (parts.length === 1 || depth > deepest) return parts;
  return parts.flatMap(part => alternatives(part, depth + 1));
}

/** What all must find, as one exception; undefined when one of them cannot be said, or two are about the same text. */
function conjunction(text: string): Record<string, readonly string[]> | undefined {
  const exception: Record<string, readonly string[]> = {};
  for (const term of split(bare(text), '&&')) {
    const call = /^(?:filter\.)?(matchesAny|containsAny)\(([\s\S]*)\)$/.exec(bare(term));
    const [target = '', list = '', ...more] = split(call?.[2] ?? '', ',');
    const subject = subjects.find(([expression]) => expression.test(bare(target)))?.[1];
    const texts = textsIn(list);
    if (subject === undefined || texts === undefined || more.some(rest => rest !== '')) return undefined;
    const key = call?.[1] === 'containsAny' && subject === 'values' ? 'words' : subject;
    if (key in exception) return undefined;
    const literal = call?.[1] === 'containsAny' && key !== 'words';
    exception[key] = literal ? texts.map(each => each.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')) : texts;
  }
  return exception;
}

const path = String.raw`attributes(?:\.path|\["path"\])`;
const subjects: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`^${secret}$`), 'values'],
  [/^finding(?:\.match|\["match"\])$/, 'matches'],
  [/^finding(?:\.line|\["line"\])$/, 'lines'],
  [new RegExp(String.raw`^(?:${path}(?:\s*\?\?\s*"")?|get\(\s*attributes\s*,\s*"path"\s*(?:,\s*""\s*)?\))$`), 'files'],
];

/** `[`a`, "b"]`: raw between back-quotes, with escapes between quotes. */
function textsIn(list: string): readonly string[] | undefined {
  const inner = /^\[([\s\S]*)\]$/.exec(list.trim())?.[1];
  if (inner === undefined) return undefined;
  const texts = split(inner, ',')
    .filter(item => item !== '')
    .map(item => {
      if (/^`[^`]*`$/.test(item)) return item.slice(1, -1);
      return /^"(?:[^"\\\n]|\\["\\/nrt])*"$/.test(item) ? String(JSON.parse(item)) : undefined;
    });
  return texts.length > 0 && texts.every(item => item !== undefined) ? texts : undefined;
}

/** Without blanks and parentheses around all of it. */
function bare(text: string): string {
  let inner = text.trim();
  for (let depth = 0; depth < deepest; depth++) {
    if (!inner.startsWith('(') || !inner.endsWith(')') || split(inner, undefined).length !== 1) break;
    inner = inner.slice(1, -1).trim();
  }
  return inner;
}

/** At an operator outside of texts and brackets; without one, after each closing parenthesis there. */
function split(text: string, operator: string | undefined): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let from = 0;
  for (const { 0: token, index } of text.matchAll(tokens)) {
    if (/^[([{]$/.test(token)) depth++;
    else if (/^[)\]}]$/.test(token)) depth--;
    const closes = operator === undefined && depth === 0 && token === ')';
    if (depth !== 0 || !(closes || token === operator)) continue;
    parts.push(text.slice(from, closes ? index + 1 : index).trim());
    from = index + token.length;
  }
  const rest = text.slice(from).trim();
  return operator === undefined && rest === '' ? parts : [...parts, rest];
}

const tokens = /`[^`]*`|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\|\||&&|[\s\S]/g;
