/** A text and what its reader makes of it. */
export interface Source {
  readonly text: string;
  /** Relative to its workspace folder, with `/`. Its name decides the file type. */
  readonly path: string;
  /** LSP language id of an open document; without it the path alone decides. */
  readonly languageId?: string;
}

/** The replacement of `[start, end)` of the text before by `text`. UTF-16 offsets. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export const kinds = ['token', 'key', 'password', 'certificate', 'connection string'] as const;
export type Kind = (typeof kinds)[number];

/** From surest to least sure. */
export const confidences = ['certain', 'high', 'medium', 'low'] as const;
export type Confidence = (typeof confidences)[number];

export const severities = ['error', 'warning', 'information', 'hint'] as const;
export type Severity = (typeof severities)[number];

export const partRoles = ['id', 'user', 'host', 'certificate'] as const;
export type PartRole = (typeof partRoles)[number];

/** What completes a secret without being one: the key id beside the secret key, the user beside the password. */
export interface Part {
  readonly role: PartRole;
  readonly start: number;
  readonly end: number;
}

/** A hardcoded secret in a text. Findings of one text are sorted by start and never overlap. */
export interface Finding {
  readonly rule: string;
  /** What was found, for people: "GitHub personal access token". */
  readonly title: string;
  /** Empty when no provider is known. */
  readonly provider: string;
  readonly kind: Kind;
  readonly confidence: Confidence;
  readonly severity: Severity;
  /** Exactly the value as it is written (still escaped, without quotes). UTF-16 offsets, end excluded. */
  readonly start: number;
  readonly end: number;
  /** Dotted name the value is assigned to, or the argument's: `stripe.apiKey`; empty when there is none. */
  readonly assigned: string;
  /** Proposed environment variable: `STRIPE_API_KEY`. Always matches /^[A-Z][A-Z0-9_]*$/. */
  readonly variable: string;
  readonly parts: readonly Part[];
  /** Why it was flagged, a sentence a step, in plain words, never with the value. */
  readonly evidence: readonly string[];
  /** Keyed hash of the decoded value (Host.fingerprint): equal values have equal fingerprints. */
  readonly fingerprint: string;
  /** True for what a person may have thought up: its hash could be guessed, so no hash of it may be committed. */
  readonly guessable: boolean;
  /** Milliseconds since 1970, read out of the value itself (JWT `exp`, certificate). */
  readonly expires?: number;
}

/** A certificate without its key: no secret and no finding, but part of the inventory. */
export interface Certificate {
  readonly start: number;
  readonly end: number;
  readonly subject: string;
  readonly issuer: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
}

export interface Detection {
  readonly findings: readonly Finding[];
  readonly certificates: readonly Certificate[];
}

/** What became of a text that a rule looked at. */
export interface Verdict {
  readonly rule: string;
  readonly title: string;
  /** UTF-16 offsets, end excluded. */
  readonly start: number;
  readonly end: number;
  /** Undefined when it is no finding. */
  readonly confidence?: Confidence;
  /** What speaks for it, a sentence a step, never with the value. */
  readonly evidence: readonly string[];
  /** The step that let it go, in a sentence; undefined when it is a finding. */
  readonly objection?: string;
}

/** Why there are findings in a stretch of a text, and why there are no others. */
export interface Explanation {
  /** By start; of one start the findings first. */
  readonly verdicts: readonly Verdict[];
  /** Ids of rules that a keyword there calls, and whose form nothing there has. */
  readonly called: readonly string[];
}

/** What a pure engine cannot have by itself. */
export interface Host {
  /** Milliseconds since 1970. */
  now(): number;
  /** Keyed hash, 32 hex digits; the key never leaves this machine. */
  fingerprint(value: string): string;
  sha256(bytes: Uint8Array): Uint8Array;
  /** Undefined when the PEM text is no X.509 certificate. */
  certificate(pem: string): Omit<Certificate, 'start' | 'end'> | undefined;
  /**
   * Told before a rule's pattern runs (its index in `Detector.rules`, and after these the exceptions' ones) and after (-1), so that a
   * watchdog knows whom to blame.
   */
  enter(rule: number): void;
}

export interface Detected extends Detection {
  readonly source: Source;
}
