import { isTestFolder } from './fileRole.ts';
import type { Source } from './finding.ts';
import { languageOf } from './lexer.ts';
import { looksRandom } from './rarity.ts';

/* What makes a value less sure than its rule says without ruling it out. It goes below what is reported by default, and its evidence says
   why. Nothing here looks farther back than `nearness`. */

export interface Doubtful {
  readonly source: Source;
  readonly start: number;
  readonly value: string;
  /** The dotted name that it is assigned to. */
  readonly assigned: string;
  readonly comment: boolean;
  /** Nothing about the value itself speaks for it. */
  readonly loose: boolean;
}

/** Units before a value that are looked at: an edit farther away does not change a finding. */
const nearness = 1400;

/** Why it is less sure, as a sentence. */
export function doubtOf({ source, start, value, assigned, comment, loose }: Doubtful): string | undefined {
  if (exampleKey.test(assigned)) return 'Its name calls it an example.';
  if (!loose) return undefined;
  if (comment && !languageOf(source).code && isSample(source.text, start))
    return 'It stands in a sample: all that is near above is commented out.';
  if (looksRandom(value) && value.length >= 16) return undefined;
  if (isTestFolder(source.path))
    return 'It stands in a folder of tests, and does not look as if a machine had made it.';
  return undefined;
}

/** What descriptions of an interface give as an example: `paths.login.examples.token`, and not `registry.example.com`. */
const exampleKey = /^(?!.*\/\/)(?:.*\.)?(?:x-)?examples?\.(?!com\b|org\b|net\b)|\.(?:x-)?examples?$/i;

/** Lines of comments and empty ones alone, five at least. */
function isSample(text: string, start: number): boolean {
  const lines = text
    .slice(Math.max(0, start - nearness), start)
    .split('\n')
    .slice(start > nearness ? 1 : 0, -1)
    .map(line => line.trim())
    .filter(line => line !== '');
  return lines.length >= 5 && lines.every(line => /^(?:#|;|\/\/|--)/.test(line));
}
