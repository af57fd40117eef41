/** A reference to a stored secret: `ref+BACKEND://PATH[?k=v&...][#/KEY]`, vals' grammar. Committed files hold these, never values. */
export interface Reference {
  /** `keychain`, `vault` ... */
  readonly backend: string;
  /** Percent-decoded, no leading `/`: `billing/STRIPE_API_KEY`, `secret/billing/STRIPE_API_KEY`. */
  readonly path: string;
  readonly parameters: Readonly<Record<string, string>>;
  /** Without `#/`; empty when there is none. */
  readonly key: string;
}

/** Undefined when the text is not exactly one reference. */
export declare function parseReference(text: string): Reference | undefined;
export declare function printReference(reference: Reference): string;
/** Every reference in a text, in order. UTF-16 offsets. */
export declare function findReferences(
  text: string,
): readonly { readonly start: number; readonly end: number; readonly reference: Reference }[];
