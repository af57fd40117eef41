// Trains the character model of server/engine/rarity.ts: node test/bench/trainRarity.ts FOLDER… > server/engine/rarityModel.ts
//
// The folders hold text and code that anyone may read: the standard libraries and packages of several languages. Only words that stand in
// several files count, each by the square root of how many, and what is kept are frequencies of three letters in a row: no word, name or
// value of the texts can be read out of them. What ships was learnt from the libraries of Python 3.11 (PSF licence) and Go (BSD), TypeScript
// and Playwright (Apache 2.0), DefinitelyTyped, Express, tokio and clap (MIT), Guava and Spring Core (Apache 2.0).

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, join } from 'node:path';
import { classes, classOf, contextSize, letters } from '../../server/engine/rarity.ts';

const read = new Set(
  '.py .go .js .mjs .cjs .ts .java .kt .scala .rs .c .h .cc .cpp .cs .rb .php .sh .md .rst .txt .html .css .yaml .yml .toml .json .xml .sql'.split(
    ' ',
  ),
);
const largest = 400_000;
/** Names, words, paths and dotted names, as they stand in literals and outside. */
const token = /[A-Za-z_$@/.-][A-Za-z0-9_./:@$-]{2,39}/g;
const fewestFiles = 3;

const folders = process.argv.slice(2);
if (folders.length === 0) {
  console.error(
    'Name the folders of text to learn from: node test/bench/trainRarity.ts FOLDER… > server/engine/rarityModel.ts',
  );
  process.exit(2);
}

const files = new Map<string, number>();
let texts = 0;
for (const folder of folders) for (const file of textsBelow(folder)) count(readFileSync(file, 'utf8'));

function* textsBelow(folder: string): Generator<string> {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* textsBelow(path);
    else if (entry.isFile() && read.has(extname(entry.name)) && statSync(path).size <= largest) yield path;
  }
}

function count(text: string): void {
  texts++;
  for (const word of new Set(text.match(token))) files.set(word, (files.get(word) ?? 0) + 1);
}

const letterCounts = new Float64Array(contextSize * contextSize * letters);
const classCounts = new Float64Array(classes ** 3);
let words = 0;
for (const [word, times] of files) {
  if (times < fewestFiles) continue;
  words++;
  const weight = Math.sqrt(times);
  let before = 0;
  let last = 0;
  let first = 0;
  let second = 0;
  for (let at = 0; at < word.length; at++) {
    const code = word.charCodeAt(at);
    const own = classOf(code);
    const place = (before * classes + last) * classes + own;
    classCounts[place] = (classCounts[place] ?? 0) + weight;
    if (own === 1 || own === 2) {
      if (last === 1 && own === 2) first = second = 0;
      const letter = (code | 32) - 97;
      const cell = (first * contextSize + second) * letters + letter;
      letterCounts[cell] = (letterCounts[cell] ?? 0) + weight;
      first = second;
      second = letter + 1;
    } else first = second = 0;
    before = last;
    last = own;
  }
}
console.error(`${texts} texts, ${words} words`);

const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/';
/** In quarters of a bit. */
const written = (share: number): string => digits.charAt(Math.min(63, Math.max(0, Math.round(-4 * Math.log2(share)))));

/** What follows two symbols, backed off to what follows one where that was rarely seen. */
function surprises(counts: Float64Array, size: number, outcomes: number): string[] {
  const total = (from: Float64Array): number => from.reduce((sum, each) => sum + each, 0);
  const single = Array.from({ length: size }, (_, second) => {
    const sum = new Float64Array(outcomes);
    for (let first = 0; first < size; first++)
      for (let outcome = 0; outcome < outcomes; outcome++)
        sum[outcome] = (sum[outcome] ?? 0) + (counts[(first * size + second) * outcomes + outcome] ?? 0);
    const all = total(sum);
    return sum.map(each => (each + 0.5) / (all + 0.5 * outcomes));
  });
  const strength = 8;
  return Array.from({ length: size * size }, (_, context) => {
    const row = counts.subarray(context * outcomes, (context + 1) * outcomes);
    const all = total(row);
    const back = single[context % size];
    return Array.from(row, (each, outcome) =>
      written((each + strength * (back?.[outcome] ?? 0)) / (all + strength)),
    ).join('');
  });
}

const lines = (rows: readonly string[], name: string, about: string): string =>
  `/** ${about} */\nexport const ${name} = [\n${rows.map(row => `  '${row}',`).join('\n')}\n].join('');\n`;
const pairsOfRows = (rows: readonly string[], each: number): string[] =>
  Array.from({ length: Math.ceil(rows.length / each) }, (_, at) => rows.slice(at * each, (at + 1) * each).join(''));
process.stdout.write(
  [
    '// Written by test/bench/trainRarity.ts, which says what it was learnt from and how. Each character is a number of quarters of a bit.\n',
    lines(
      pairsOfRows(surprises(letterCounts, contextSize, letters), 4),
      'letterSurprises',
      'How surprising a letter (a-z) is after two symbols (none, a-z): 27 times 27 rows of 26.',
    ),
    lines(
      pairsOfRows(surprises(classCounts, classes, classes), 5),
      'classSurprises',
      'The same of classes: none, lower case, upper case, digit, sign.',
    ),
  ].join('\n'),
);
