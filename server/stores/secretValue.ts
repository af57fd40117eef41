import { inspect } from 'node:util';

/** A value on its way. Prints, serialises and inspects as •••; `reveal()` is the one way out (invariant 2). */
export class SecretValue {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The value itself: only for a store that keeps it and where an environment is filled. */
  reveal(): string {
    return this.#text;
  }

  equals(other: SecretValue): boolean {
    return this.#text === other.#text;
  }

  toString(): string {
    return '•••';
  }

  toJSON(): string {
    return '•••';
  }

  [inspect.custom](): string {
    return '•••';
  }
}
