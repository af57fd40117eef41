/** A place in the pack, as the keys and indices that lead to it: `['rules', 3, 'pattern']`. */
export interface PackProblem {
  readonly path: readonly (string | number)[];
  readonly message: string;
  readonly severity: 'error' | 'warning';
}

export type Path = readonly (string | number)[];
export type Entry = Readonly<Record<string, unknown>>;

/** Longest lists and texts that are read. */
export const most = {
  rules: 2000,
  list: 1000,
  word: 100,
  text: 2000,
  pattern: 4000,
  joined: 100_000,
  words: 10_000,
  requirements: 20,
};

/** Reads values of unknown shape and gathers what is wrong with them. */
export class PackReader {
  readonly problems: PackProblem[] = [];

  error(path: Path, message: string): void {
    this.#say({ path, message, severity: 'error' });
  }

  warn(path: Path, message: string): void {
    this.#say({ path, message, severity: 'warning' });
  }

  #say(problem: PackProblem): void {
    if (this.problems.length < most.list) this.problems.push(problem);
  }

  map(value: unknown, path: Path, keys: readonly string[], message: string): Entry | undefined {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.error(path, message);
      return undefined;
    }
    const entry: Record<string, unknown> = Object.create(null);
    for (const [key, item] of Object.entries(value)) {
      if (!keys.includes(key))
        this.warn([...path, key], `Unknown key \`${shorten(key)}\`: known are ${keys.join(', ')}.`);
      else if (item !== undefined && item !== null) entry[key] = item;
    }
    return entry;
  }

  list(value: unknown, path: Path, longest: number): readonly unknown[] {
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.error(path, `\`${path.at(-1)}\` is a list.`);
      return [];
    }
    if (value.length > longest)
      this.error(path, `\`${path.at(-1)}\` has more than ${longest} entries: the rest is left out.`);
    return value.slice(0, longest);
  }

  /** A list of short texts; a single text counts as a list of one. */
  words(value: unknown, path: Path, longest = most.list): string[] {
    return this.list(typeof value === 'string' ? [value] : value, path, longest).flatMap((word, index) => {
      if (typeof word === 'string' && word !== '' && word.length <= most.word * 10) return [word];
      this.error([...path, index], `This is a text of 1 to ${most.word * 10} characters.`);
      return [];
    });
  }

  text(value: unknown, path: Path): string {
    if (value === undefined) return '';
    if (typeof value === 'string' && value.length <= most.text) return value.trim();
    this.warn(path, `\`${path.at(-1)}\` is a text of at most ${most.text} characters: it is left out.`);
    return '';
  }

  /** False when it is left out. */
  flag(value: unknown, path: Path): boolean {
    if (value !== undefined && typeof value !== 'boolean') this.warn(path, `\`${path.at(-1)}\` is true or false.`);
    return value === true;
  }

  choice<T extends string>(
    value: unknown,
    path: Path,
    words: readonly T[],
    hint?: (value: unknown) => string,
  ): T | undefined {
    if (value === undefined) return undefined;
    const word = words.find(item => item === value);
    if (word === undefined)
      this.error(path, `\`${path.at(-1)}\` is one of: ${words.join(', ')}.${hint?.(value) ?? ''}`);
    return word;
  }
}

const shorten = (text: string): string => (text.length > 40 ? `${text.slice(0, 40)}…` : text);
