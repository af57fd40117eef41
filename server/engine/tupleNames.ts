/** A name of several that are given values together, with its place in the text that was asked about. */
export interface TupleName {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Languages in which a list of names and a list of values need no brackets. */
const openLists: ReadonlySet<string> = new Set(['go', 'python', 'ruby', 'lua', 'julia', 'powershell', 'nim']);

export function writesOpenLists(syntaxId: string): boolean {
  return openLists.has(syntaxId);
}

const single = String.raw`[$@%*&]?[\w$]+(?:(?:\.|::|->|\?\.)[\w$]+|\[[^\][,]{1,60}\])*`;
const keyword = 'var|const|let|val|my|our|local|auto|def|final|if|for|switch|list|pub|static';
/** `a, b` and, of Go, a type. */
const open = new RegExp(
  `(?:^|[;{]|\\b(?:${keyword})\\s)\\s*(${single}(?:\\s*,\\s*${single})+)(?:\\s+[*\\w.[\\]]+)?\\s*$`,
);
/** `(a, b)`, `[a, b]`, `list($a, $b)`, and of typed languages `: (String, String)`. */
const closed = new RegExp(
  `(?:^|[;{}]|\\b(?:${keyword}))\\s*[([{]([^()[\\]{}]{3,200})[)\\]}]\\s*(?::\\s*[([][\\w\\s,.?<>]{1,100}[)\\]]\\s*)?$`,
);

/**
 * The names to which `left`, the part of a line before an assignment's sign, gives values by position: `a, b` or `[a, b]`.
 * Undefined when it is no list; a place that is no plain name has an empty text.
 */
export function tupleNames(
  left: string,
  syntaxId: string,
): { readonly names: readonly TupleName[]; readonly start: number; readonly open: boolean } | undefined {
  if (!left.includes(',')) return undefined;
  const wrapped = closed.exec(left);
  // An object pattern goes by name, not by position.
  const counts = wrapped && (/[([]$/.test(left.slice(0, startOf(wrapped))) || /^(?:elixir|erlang)$/.test(syntaxId));
  const match = counts ? wrapped : writesOpenLists(syntaxId) ? open.exec(left) : undefined;
  if (!match?.[1]) return undefined;
  const from = startOf(match);
  let at = from;
  const names = match[1].split(',').map((part): TupleName => {
    const plain = plainName.exec(part);
    const text = plain?.[2] ?? keyOf(part);
    const end = at + (plain?.[1] === undefined ? part.lastIndexOf(text) : plain[1].length) + text.length;
    at += part.length + 1;
    return { text, start: end - (/[\w$-]*$/.exec(text)?.[0].length ?? 0), end };
  });
  return names.length > 1 ? { names, start: from, open: match !== wrapped } : undefined;
}

function startOf(match: RegExpExecArray): number {
  return match.index + match[0].indexOf(match[1] ?? '');
}

/** `a`, `let a`, `$a`, `self.a`, and behind them a type or a default. */
const plainName =
  /^(\s*(?:(?:var|let|mut|ref|my|local|string|String)\s+)?[$@%*&]?(?:(?:this|self|cls)\.)?)([\w$.]+?)\s*(?:[:=].*|<\w+>\s*)?$/;

/** The key of `config["key"]`. */
function keyOf(part: string): string {
  return /\[\s*["':]?([\w.-]+)["']?\s*\]\s*$/.exec(part)?.[1] ?? '';
}
