/** Where in a TOML text a value stands: from its key to the end of its line's value. UTF-16 offsets. */
export type TomlPlaces = (path: readonly (string | number)[]) => readonly [number, number];

/**
 * Places of tables, keys and list entries, for messages: the nearest one above a path that exists. It reads what the TOML reader has
 * accepted (https://toml.io/en/v1.0.0) and makes nothing of the rest. Time is linear in the text.
 */
export function tomlPlaces(text: string): TomlPlaces {
  const places = new Map<string, readonly [number, number]>();
  const note = (path: readonly (string | number)[], start: number, end: number): void => {
    const key = JSON.stringify(path);
    if (!places.has(key)) places.set(key, [start, Math.max(end, start + 1)]);
  };
  new Scan(text, note).whole();
  return path => {
    for (let length = path.length; length > 0; length--) {
      const found = places.get(JSON.stringify(path.slice(0, length)));
      if (found) return found;
    }
    return [0, 1];
  };
}

type Path = (string | number)[];

class Scan {
  readonly #text: string;
  readonly #note: (path: Path, start: number, end: number) => void;
  /** How many entries each list of tables has so far. */
  readonly #counts = new Map<string, number>();
  #at = 0;
  #table: Path = [];

  constructor(text: string, note: (path: Path, start: number, end: number) => void) {
    this.#text = text;
    this.#note = note;
  }

  whole(): void {
    while (this.#at < this.#text.length) {
      const before = this.#at;
      this.#match(/[\s\uFEFF]+/y);
      if (this.#peek() === '#') this.#match(/[^\n]*/y);
      else if (this.#peek() === '[') this.#header();
      else this.#pair(this.#table);
      // What is no TOML is passed over a line at a time.
      if (this.#at === before) this.#match(/[^\n]*\n?/y);
    }
  }

  #peek(): string {
    return this.#text.charAt(this.#at);
  }

  #match(expression: RegExp): string {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#text)?.[0] ?? '';
    this.#at += found.length;
    return found;
  }

  #header(): void {
    const start = this.#at;
    const list = this.#match(/\[\[?/y).length === 2;
    const keys = this.#keys();
    this.#match(/[ \t]*\]{1,2}/y);
    const path: Path = [];
    keys.forEach((key, index) => {
      path.push(key);
      const name = JSON.stringify(path);
      const count = this.#counts.get(name);
      if (list && index === keys.length - 1) {
        this.#counts.set(name, (count ?? 0) + 1);
        path.push(count ?? 0);
      } else if (count !== undefined) path.push(count - 1);
    });
    this.#table = path;
    this.#note([...path], start, this.#at);
  }

  #keys(): string[] {
    const keys: string[] = [];
    do {
      this.#match(/[ \t]*/y);
      const key = this.#match(/"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+/y);
      if (key !== '') keys.push(/^["']/.test(key) ? key.slice(1, -1) : key);
      this.#match(/[ \t]*/y);
    } while (this.#match(/\./y) !== '');
    return keys;
  }

  #pair(table: Path): void {
    const start = this.#at;
    const keys = this.#keys();
    if (keys.length === 0 || this.#match(/[ \t]*=[ \t]*/y) === '') return;
    const path = [...table, ...keys];
    const valueStart = this.#at;
    this.#value(path);
    const lineEnd = this.#text.indexOf('\n', valueStart);
    const end = lineEnd < 0 ? this.#at : Math.min(this.#at, lineEnd);
    this.#note(path, start, end - (this.#text.charAt(end - 1) === '\r' ? 1 : 0));
  }

  #value(path: Path): void {
    const first = this.#peek();
    if (first === '[') this.#list(path);
    else if (first === '{') this.#inline(path);
    else if (first === '"' || first === "'") this.#string();
    else this.#match(/[^,\]}#\r\n]*/y);
  }

  #string(): void {
    for (const quote of ['"""', "'''"]) {
      if (!this.#text.startsWith(quote, this.#at)) continue;
      this.#at = this.#endOf(quote, this.#at + 3);
      this.#match(quote === '"""' ? /"{0,2}/y : /'{0,2}/y);
      return;
    }
    this.#match(/"(?:[^"\\\n]|\\.)*"?|'[^'\n]*'?/y);
  }

  /** After the quotes that end a text of several lines. */
  #endOf(quote: string, from: number): number {
    for (let at = this.#text.indexOf(quote, from); at >= 0; at = this.#text.indexOf(quote, at + 1)) {
      let slashes = 0;
      while (quote === '"""' && this.#text.charAt(at - 1 - slashes) === '\\') slashes++;
      if (slashes % 2 === 0) return at + 3;
    }
    return this.#text.length;
  }

  #list(path: Path): void {
    this.#at++;
    for (let index = 0; this.#at < this.#text.length; index++) {
      this.#blanks();
      if (this.#match(/\]/y) !== '') return;
      const start = this.#at;
      this.#value([...path, index]);
      const lineEnd = this.#text.indexOf('\n', start);
      this.#note([...path, index], start, lineEnd < 0 ? this.#at : Math.min(this.#at, lineEnd));
      this.#blanks();
      if (this.#match(/,/y) === '' && this.#peek() !== ']') return;
    }
  }

  #inline(path: Path): void {
    this.#at++;
    while (this.#at < this.#text.length) {
      this.#blanks();
      if (this.#match(/\}/y) !== '') return;
      const before = this.#at;
      this.#pair(path);
      this.#blanks();
      if (this.#match(/,/y) === '' && this.#at === before) return;
    }
  }

  /** Between entries of a list, line ends and comments count for nothing. */
  #blanks(): void {
    this.#match(/(?:\s+|#[^\n]*)*/y);
  }
}
