import { classSurprises, letterSurprises } from './rarityModel.ts';

/* A model of three characters in a row, learnt by test/bench/trainRarity.ts from text and code, tells words, names and paths from what a
   machine has made. It is asked after cheaper tests. */

/** What a model of texts and names knows of characters: none, lower case, upper case, digit, sign. */
export const classes = 5;
export const letters = 26;
/** What may stand before a letter: nothing of the same word, or a letter. */
export const contextSize = letters + 1;

export function classOf(code: number): number {
  if (code >= 97 && code <= 122) return 1;
  if (code >= 65 && code <= 90) return 2;
  if (code >= 48 && code <= 57) return 3;
  return code > 32 && code < 127 ? 4 : 0;
}

/**
 * How much likelier it is that a machine drew the letters and digits of a text than that somebody named something so: bits of evidence,
 * negative for words. Signs part it; numbers say nothing. When the pieces that words do not explain are less than a third, it is none.
 */
export function unlikeness(text: string): number {
  let sum = 0;
  let drawn = 0;
  let all = 0;
  for (let start = 0; start < text.length; ) {
    let end = start;
    while (end < text.length && isAlphanumeric(text.charCodeAt(end))) end++;
    if (end > start) {
      const piece = unlikenessOf(text, start, end);
      sum += piece;
      all += end - start;
      if (piece > 0) drawn += end - start;
    }
    start = end + 1;
  }
  return drawn * 3 >= all ? sum : Math.min(sum, 0);
}

function isAlphanumeric(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 57);
}

/** Of a piece of letters and digits: what it costs to explain it as words, less what it costs to draw it from the characters it uses. */
function unlikenessOf(text: string, start: number, end: number): number {
  let quartersOfBits = 0;
  let before = 0;
  let last = 0;
  let first = 0;
  let second = 0;
  let seen = 0;
  let beyondHex = false;
  for (let i = start; i < end; i++) {
    const code = text.charCodeAt(i);
    const own = code >= 97 ? 1 : code >= 65 ? 2 : 3;
    seen |= 1 << own;
    quartersOfBits += number(classSurprises, (before * classes + last) * classes + own);
    if (own === 3) {
      first = second = 0;
      quartersOfBits += digitSurprise;
    } else {
      // A hump begins a word.
      if (last === 1 && own === 2) first = second = 0;
      const letter = (code | 32) - 97;
      if (letter > 5) beyondHex = true;
      quartersOfBits += number(letterSurprises, (first * contextSize + second) * letters + letter);
      first = second;
      second = letter + 1;
    }
    before = last;
    last = own;
  }
  if (seen === 1 << 3) return 0;
  const hex = !beyondHex && (seen & (1 << 3)) !== 0 && seen !== 0b1110;
  return quartersOfBits / 4 - (end - start) * (hex ? 4 : (drawBits[seen] ?? 0));
}

/** Bits of a character drawn from lower case (2), upper case (4), digits (8) and what of them is seen together. */
const drawBits = Float64Array.from({ length: 16 }, (_, seen) =>
  Math.log2(Math.max(1, (seen & 2 ? 26 : 0) + (seen & 4 ? 26 : 0) + (seen & 8 ? 10 : 0))),
);

/** Which of ten it is, in quarters of a bit. */
const digitSurprise = 13;

/** A number of a table of the model. */
function number(table: string, at: number): number {
  return numbers[table.charCodeAt(at)] ?? 0;
}

const numbers = Uint8Array.from({ length: 128 }, (_, code) =>
  Math.max(0, '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+/'.indexOf(String.fromCharCode(code))),
);

/** As a machine makes it: hex, or letters and digits in an order that no word or name has. */
export function looksRandom(value: string): boolean {
  const text = value.replace(/=+$/, '');
  if (text.length < 8 || /^[\d\s.,:-]+$/.test(text) || /\s/.test(text)) return false;
  if (/^(?:[0-9a-f]+|[0-9A-F]+)$/.test(text))
    return text.length >= 16 && /[a-f]/i.test(text) && /\d/.test(text) && new Set(text).size >= 6;
  // Acronyms and foreign words are letters alone; what a machine makes seldom is.
  const least = /\d/.test(text) ? 12 : /[a-z]/.test(text) && /[A-Z]/.test(text) ? 22 : 32;
  return unlikeness(text) >= least && entropy(text) >= (text.length >= 16 ? 3 : 2.5);
}

/** Shannon entropy of its characters, bits a character. */
export function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const char of text) counts.set(char, (counts.get(char) ?? 0) + 1);
  let sum = 0;
  for (const count of counts.values()) sum -= (count / text.length) * Math.log2(count / text.length);
  return sum;
}
