export type ReadJson =
  | { readonly kind: 'value'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly message: string };

/** JSON as editors write it: with comments, trailing commas and a BOM. Total; a failure names a line and quotes nothing. */
export function readJsonWithComments(text: string): ReadJson {
  const plain = withoutComments(text.replace(/^\uFEFF/, ''));
  if (plain.trim() === '') return { kind: 'value', value: {} };
  try {
    return { kind: 'value', value: JSON.parse(plain) };
  } catch (error) {
    const at = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
    const where = at === undefined ? 'it ends too early' : `line ${plain.slice(0, Number(at)).split('\n').length}`;
    return { kind: 'failed', message: where };
  }
}

/** Comments and trailing commas become spaces, so that lines stay where they are. */
function withoutComments(text: string): string {
  const token = /"(?:[^"\\\r\n]|\\.)*"|\/\/[^\r\n]*|\/\*[\s\S]*?(?:\*\/|$)/g;
  const uncommented = text.replace(token, found => (found.startsWith('"') ? found : found.replace(/[^\r\n]/g, ' ')));
  return uncommented.replace(/"(?:[^"\\\r\n]|\\.)*"|,(?=\s*[}\]])/g, found => (found === ',' ? ' ' : found));
}
