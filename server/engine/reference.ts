/**
 * A reference to a stored secret: `ref+BACKEND://PATH[?k=v&...][#/KEY]`, vals' grammar
 * (https://github.com/helmfile/vals#expression-syntax), or 1Password's own `op://VAULT/ITEM[/SECTION]/FIELD` as backend `op`.
 * Committed files hold these, never values.
 */
export interface Reference {
  /** `keychain`, `vault` ... */
  readonly backend: string;
  /** Percent-decoded, no leading `/`: `billing/STRIPE_API_KEY`, `secret/billing/STRIPE_API_KEY`. */
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Without `#/`; empty when there is none. */
  readonly key: string;
}

/** Undefined when the text is not exactly one reference. */
export function parseReference(text: string): Reference | undefined {
  return parseOnePassword(text) ?? parseVals(text);
}

/** What vals would end a reference at (`+`, blanks, quotes) is percent-encoded, so that the text stands anywhere unharmed. */
export function printReference(reference: Reference): string {
  const { backend, path, parameters, key } = reference;
  const query = Object.entries(parameters);
  if (backend === 'op')
    return `op://${path}${query.length > 0 ? `?${query.map(pair => pair.join('=')).join('&')}` : ''}`;
  const printed = [
    `ref+${backend}://${pathsWithRoot.has(backend) ? '/' : ''}${encode(withoutRoot(path))}`,
    query.length > 0 ? `?${query.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&')}` : '',
    key === '' ? '' : `#/${encode(key)}`,
  ].join('');
  return printed.endsWith('.') || printed.endsWith(':')
    ? `${printed.slice(0, -1)}${hexOf(printed.slice(-1))}`
    : printed;
}

/** Every reference in a text, in order. UTF-16 offsets. */
export function findReferences(
  text: string,
): readonly { readonly start: number; readonly end: number; readonly reference: Reference }[] {
  const found: { start: number; end: number; reference: Reference }[] = [];
  for (const match of text.matchAll(beginning)) {
    const start = match.index;
    if (start < (found.at(-1)?.end ?? 0)) continue;
    const end = endOf(text, start, start + match[0].length);
    const reference = parseReference(text.slice(start, end));
    if (reference) found.push({ start, end, reference });
  }
  return found;
}

/** Backends whose paths are absolute in everybody else's notation. */
const pathsWithRoot: ReadonlySet<string> = new Set(['akeyless']);

const beginning = /(?<![\w+])(?:(?:secret)?ref\+[a-z][a-z0-9]*|op):\/\//g;

/** References longer than this are no references: it bounds the work on hostile text. */
const longest = 4096;

function endOf(text: string, start: number, afterScheme: number): number {
  const quote = text[start - 1];
  if (text.startsWith('op://', start) && (quote === '"' || quote === "'")) {
    const rest = text.slice(afterScheme, start + longest);
    const closing = rest.search(/["'\r\n]/);
    if (closing >= 0 && rest[closing] === quote) return afterScheme + closing;
  }
  let end = afterScheme;
  const limit = Math.min(text.length, start + longest);
  while (end < limit && !/[\s"'`<>()[\]{},;|\\^+$]/.test(text.charAt(end))) end++;
  while (end > afterScheme && /[.:!]/.test(text.charAt(end - 1))) end--;
  return end;
}

function parseOnePassword(text: string): Reference | undefined {
  const match = /^op:\/\/([^/?#"'\r\n]+(?:\/[^/?#"'\r\n]+){1,3})(?:\?([^\s?#"']*))?$/.exec(text);
  if (match?.[1] === undefined || match[1] !== match[1].trim()) return undefined;
  const parameters = parseQuery(match[2], value => value);
  return parameters && { backend: 'op', path: match[1], parameters, key: '' };
}

function parseVals(text: string): Reference | undefined {
  const match = /^(?:secret)?ref\+([a-z][a-z0-9]*):\/\/([^\s"'?#+]+)(?:\?([^\s"'#+]*))?(?:#\/([^\s"'#+]*))?$/.exec(
    text,
  );
  if (match?.[1] === undefined || match[2] === undefined) return undefined;
  const path = decode(withoutRoot(match[2]));
  const parameters = parseQuery(match[3], decode);
  const key = decode(match[4] ?? '');
  if (!path || !parameters || key === undefined) return undefined;
  return { backend: match[1], path: withoutRoot(path), parameters, key };
}

function parseQuery(
  query: string | undefined,
  decodePart: (text: string) => string | undefined,
): Record<string, string> | undefined {
  const pairs: [string, string][] = [];
  for (const part of query ? query.split('&') : []) {
    const separator = part.indexOf('=');
    const name = decodePart(separator < 0 ? part : part.slice(0, separator));
    const value = decodePart(separator < 0 ? '' : part.slice(separator + 1));
    if (!name || value === undefined) return undefined;
    pairs.push([name, value]);
  }
  return Object.fromEntries(pairs);
}

function withoutRoot(path: string): string {
  return path.replace(/^\/+/, '');
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}

function encode(text: string): string {
  return text.toWellFormed().replace(/[^A-Za-z0-9\-._~/@:]/gu, character => {
    const encoded = encodeURIComponent(character);
    return encoded === character ? hexOf(character) : encoded;
  });
}

function hexOf(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
}
