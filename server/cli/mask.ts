import { Transform } from 'node:stream';

/** What stands for a value in a program's output. */
const mask = Buffer.from('<concealed by Keysweep>');

/** Bytes below which a value would conceal what is none: `1`, `dev`. */
const shortestValue = 4;
/** Of a value of several lines each one this long is concealed by itself too: loggers put something before every line. */
const shortestLine = 16;

/**
 * A stream in which every occurrence of a value is concealed, also one that comes in pieces; all other bytes pass unchanged. Only
 * what may be the beginning of a value waits for the bytes that follow.
 */
export function createMask(values: readonly string[]): Transform {
  const masker = new Masker(patternsOf(values));
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => done(null, masker.next(chunk, false)),
    flush: done => done(null, masker.next(Buffer.alloc(0), true)),
  });
}

function patternsOf(values: readonly string[]): readonly Buffer[] {
  const lines = values.flatMap(value => (value.includes('\n') ? value.split(/\r?\n/) : []));
  const texts = [
    ...values.filter(value => Buffer.byteLength(value) >= shortestValue),
    ...lines.filter(line => line.length >= shortestLine),
  ];
  return [...new Set(texts)].map(text => Buffer.from(text));
}

interface Range {
  readonly start: number;
  readonly end: number;
}

class Masker {
  readonly #patterns: readonly Buffer[];
  /** Bytes that may be the beginning of a value. */
  #held: Buffer = Buffer.alloc(0);
  /** How many of these are concealed already, as the end of another value. */
  #concealed = 0;

  constructor(patterns: readonly Buffer[]) {
    this.#patterns = patterns;
  }

  next(chunk: Buffer, isLast: boolean): Buffer {
    const data = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const ranges = this.#ranges(data);
    const keep = isLast ? data.length : this.#undecided(data);
    const out: Buffer[] = [];
    let from = this.#concealed;
    let concealed = this.#concealed;
    for (const { start, end } of ranges) {
      // One that begins among the undecided bytes is found again.
      if (start >= keep && start >= concealed) break;
      if (start >= concealed) out.push(data.subarray(from, start), mask);
      from = Math.max(from, end);
      concealed = Math.max(concealed, end);
    }
    if (from < keep) out.push(data.subarray(from, keep));
    this.#held = Buffer.from(data.subarray(keep));
    this.#concealed = Math.max(0, concealed - keep);
    return Buffer.concat(out);
  }

  /** Every occurrence of every value, overlapping ones too, by their beginning. */
  #ranges(data: Buffer): readonly Range[] {
    const ranges: Range[] = [];
    for (const pattern of this.#patterns) {
      for (let start = data.indexOf(pattern); start !== -1; start = data.indexOf(pattern, start + 1))
        ranges.push({ start, end: start + pattern.length });
    }
    return ranges.sort((a, b) => a.start - b.start || b.end - a.end);
  }

  /** Where the last bytes begin that may still become a value. */
  #undecided(data: Buffer): number {
    let earliest = data.length;
    for (const pattern of this.#patterns) {
      const [first = 0] = pattern;
      let start = data.indexOf(first, Math.max(0, data.length - pattern.length + 1));
      while (start !== -1 && start < earliest) {
        if (data.subarray(start).equals(pattern.subarray(0, data.length - start))) earliest = start;
        start = data.indexOf(first, start + 1);
      }
    }
    return earliest;
  }
}
