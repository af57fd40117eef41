import type { Source } from './detector.ts';

/** A string literal, or an unquoted value of a data format. */
export interface Literal {
  /** With quotes and prefix. */
  readonly start: number;
  readonly end: number;
  /** Between the quotes. */
  readonly contentStart: number;
  readonly contentEnd: number;
  /** `"`, `'`, `` ` ``, `"""` ..., or empty when unquoted. */
  readonly quote: string;
  /** `f`, `rb`, `$`, `@` ... before the quote. */
  readonly prefix: string;
  /** No escapes are read inside. */
  readonly raw: boolean;
  /** Holds at least one interpolation. */
  readonly interpolated: boolean;
}

/** The lexical surroundings of a range. */
export interface Place {
  readonly literal?: Literal;
  readonly comment: boolean;
  /** Dotted name that the literal is assigned to (`stripe.apiKey`, `services.db.environment.PASSWORD`), or a keyword argument's; empty. */
  readonly assigned: string;
  /** Dotted callee whose argument the literal is, and which one (0-based); empty and -1. */
  readonly callee: string;
  readonly argument: number;
  /** Compared with `==`, `===`, `!=`, `.equals(` instead of assigned. */
  readonly compared: boolean;
}

/** A name and the value that a text gives it: assignment, map entry, attribute, option, keyword argument ... */
export interface Assignment {
  readonly name: string;
  readonly nameStart: number;
  readonly nameEnd: number;
  /** The value as written, without quotes. */
  readonly valueStart: number;
  readonly valueEnd: number;
  /** Undefined when the value is no literal (an identifier, a call, a reference). */
  readonly literal?: Literal;
}

export interface Language {
  /** A row id of the lexer's table: `javascript`, `python`, `dotenv`, `yaml`, `text` ... */
  readonly id: string;
  /** Programs, as against data and plain text. */
  readonly code: boolean;
}

export declare function languageOf(source: Source): Language;
/** What surrounds `[start, end)`; looks only at the lines that it must. Never throws. */
export declare function placeOf(source: Source, start: number, end: number): Place;
/** The assignments whose name or value touches the line that holds `offset`. */
export declare function assignmentsAt(source: Source, offset: number): readonly Assignment[];
/** The value that a literal's text stands for: escapes of its language undone. Undefined when interpolated. */
export declare function literalValue(source: Source, literal: Literal): string | undefined;
