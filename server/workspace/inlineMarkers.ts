import type { Finding } from '../engine/detector.ts';

/**
 * Inline markers of ours and of others on the finding's line or the line above: `keysweep:allow`, `gitleaks:allow`, `pragma: allowlist
 * secret` ... and secretlint's stretches. Reads the text once; each finding then takes the time of its lines.
 */
export function compileMarkers(text: string): (finding: Finding) => boolean {
  const stretches = text.includes('secretlint-disable') ? secretlintStretches(text) : [];
  return finding => isMarked(text, finding) || stretches.some(each => each.covers(finding));
}

function isMarked(text: string, finding: Finding): boolean {
  const from = text.lastIndexOf('\n', finding.start - 1) + 1;
  const feed = text.indexOf('\n', finding.end);
  const to = feed < 0 ? text.length : feed;
  // The value itself is not asked: a marker inside it is part of it.
  const line = `${text.slice(Math.max(from, finding.start - longestLine), finding.start)} ${text.slice(finding.end, Math.min(to, finding.end + longestLine))}`;
  if (sameLine.some(marker => marker.test(line)) || isPassed(line)) return true;
  if (secretlintNames(secretlintLine.exec(line)?.[1], finding)) return true;
  if (from === 0) return false;
  const above = text
    .slice(Math.max(text.lastIndexOf('\n', from - 2) + 1, from - longestLine), from - 1)
    .replace(/\r$/, '');
  return lineAbove.some(marker => marker.test(above)) || secretlintNames(secretlintNextLine.exec(above)?.[1], finding);
}

/** On a line of megabytes only what stands near the value is a remark on it. */
const longestLine = 2000;

/** The unconditional markers, as each tool's documentation writes them. */
const sameLine: readonly RegExp[] = [
  /keysweep:allow\b/,
  /(?:gitleaks|betterleaks):allow/,
  /trufflehog:ignore/,
  /kingfisher:ignore/,
  /\bggignore\b/,
  /(?:#|\/\/|\/\*|'|--|<!--)[ \t]*pragma: ?(?:allow|white)list[ -]secret[ \t]*(?:\*\/|-->)?[ \t]*\r?$/i,
  /\bnosemgrep\b(?!:)/,
  /\bHashiCorpIgnore\b/,
];

const lineAbove: readonly RegExp[] = [
  /^[ \t]*(?:#|\/\/|\/\*|'|--|<!--|;|%)[ \t]*keysweep:allow\b/,
  /^[ \t]*(?:#|\/\/|\/\*|'|--|<!--)[ \t]*pragma: ?(?:allow|white)list[ -]nextline[ -]secret[ \t]*(?:\*\/|-->)?[ \t]*$/i,
  /^[ \t]*(?:#|\/\/|\/\*|--|<!--)[ \t]*kingfisher:ignore/,
  /^[ \t]*(?:#|\/\/|\/\*|--|<!--)[ \t]*nosemgrep\b(?!:)/,
];

/** Bandit's and gosec's: of all tests, or of those for hardcoded credentials. */
function isPassed(line: string): boolean {
  const found = /#[ \t]*nosec\b:?([^#]*)/.exec(line);
  if (found === null) return false;
  const ids = (found[1] ?? '').split(/--|\*\//)[0]?.match(/\b[BG]\d{3}\b/g) ?? [];
  return ids.length === 0 || ids.some(id => ['B105', 'B106', 'B107', 'G101'].includes(id));
}

const secretlintLine = /secretlint-disable-line(.*)/;
const secretlintNextLine = /secretlint-disable-next-line(.*)/;

interface Stretch {
  readonly covers: (finding: Finding) => boolean;
}

/** From `secretlint-disable` to the next `secretlint-enable` of the same rules, or of all. */
function secretlintStretches(text: string): readonly Stretch[] {
  const marks = Array.from(text.matchAll(/secretlint-(disable|enable)(?!-)([^\n]*)/g))
    .slice(0, mostMarks)
    .map(({ 1: kind, 2: names = '', index }) => ({ kind, names, index, ids: secretlintIds(names).join() }));
  return marks.flatMap(({ kind, names, index, ids }, place): readonly Stretch[] => {
    if (kind !== 'disable') return [];
    const end = marks.slice(place + 1).find(mark => mark.kind === 'enable' && ['', ids].includes(mark.ids));
    const to = end?.index ?? text.length;
    return [{ covers: finding => finding.start > index && finding.start < to && secretlintNames(names, finding) }];
  });
}

const mostMarks = 1000;

function secretlintIds(names: string): readonly string[] {
  return (names.split(' -- ')[0] ?? '').match(/[@\w][\w/@-]*/g) ?? [];
}

/** No rule is named, or one for this provider. */
function secretlintNames(names: string | undefined, finding: Finding): boolean {
  if (names === undefined) return false;
  const ids = secretlintIds(names);
  const provider = finding.provider.toLowerCase().replace(/[^a-z0-9]/g, '');
  const isNamed = (id: string): boolean => {
    const name = id
      .toLowerCase()
      .replace(/^.*secretlint-rule-/, '')
      .replace(/[^a-z0-9]/g, '');
    return name.startsWith('preset') || (provider !== '' && (name.includes(provider) || provider.includes(name)));
  };
  return ids.length === 0 || ids.some(isNamed);
}
