import { NotificationType, type Range, RequestType } from 'vscode-languageserver-protocol';

/* Every request and notification that client and server share beside LSP's own. None carries a value (invariant 1). */

/** `initializationOptions`. A client that sends none gets built-in rules, no trust, and actions that the server carries out itself. */
export interface InitializationOptions {
  readonly trusted?: boolean;
  /** The client has our move flow, prompts and views, and a value channel. */
  readonly prompts?: boolean;
  /** `ssh-remote`, `wsl`, `dev-container` ...; empty on the user's own machine. */
  readonly remoteName?: string;
  /** The editor runs in a browser: SecretStorage is not offered. */
  readonly web?: boolean;
}

export interface StoreChoice {
  readonly id: string;
  readonly label: string;
  /** Where exactly: "this machine's keychain", the Vault address and mount. */
  readonly detail: string;
  /** Empty when usable. */
  readonly problem: string;
  readonly advice: string;
}

export interface FindingPlace {
  readonly uri: string;
  readonly version: number | null;
  readonly range: Range;
  /**
   * Keyed hash of the value. With it a place in an older version is found again: for moving many in turn, whose edits change each
   * other's places. Hand a `MoveAllCandidate`'s on with its `MoveParams`.
   */
  readonly fingerprint?: string;
}

export type MoveProposalAnswer =
  | {
      readonly kind: 'proposal';
      readonly name: string;
      readonly copies: readonly string[];
      readonly takenNames: readonly string[];
      readonly stores: readonly StoreChoice[];
    }
  | { readonly kind: 'refused'; readonly message: string }
  | { readonly kind: 'stale'; readonly message: string };

export interface MoveParams extends FindingPlace {
  readonly name: string;
  readonly store: string;
  readonly everywhere: boolean;
}

/** `message` is ready for a notification: what happened and what to do next. */
export interface Answer {
  readonly kind: 'done' | 'refused' | 'stale' | 'failed';
  readonly message: string;
  /** A page worth opening with the answer (the provider's rotation page). */
  readonly link?: string;
  /** The name whose value must be rotated. */
  readonly rotate?: boolean;
}

export interface MoveAllCandidate extends FindingPlace {
  readonly label: string;
  readonly name: string;
  readonly copies: number;
  /** Empty when it can be moved. */
  readonly refused: string;
}

export interface AcceptParams extends FindingPlace {
  readonly reason: string;
  readonly expires?: string;
}

export interface InventoryRowData {
  readonly id: string;
  readonly state: 'inCode' | 'stored' | 'missing' | 'unused' | 'accepted' | 'certificate';
  readonly label: string;
  readonly kind: string;
  readonly provider: string;
  readonly confidence?: string;
  readonly rule?: string;
  readonly store: string;
  readonly reference: string;
  readonly detail: string;
  /** Empty when it stands nowhere. */
  readonly uri: string;
  readonly path: string;
  readonly folder: string;
  readonly range?: Range;
  readonly version?: number;
  readonly owner?: string;
  readonly purpose?: string;
  readonly expires?: string;
}

export interface InventoryAnswer {
  readonly rows: readonly InventoryRowData[];
  /** Findings that are open: the badge. */
  readonly open: number;
  readonly scanning: boolean;
  /** A vault is set up: secrets can be moved there. */
  readonly vault: boolean;
}

export interface ReferenceParams {
  /** URI of the folder whose manifest names it; empty for an unused entry. */
  readonly folder: string;
  readonly reference: string;
  /** Manifest name, empty for an unused entry. */
  readonly name: string;
}

/** What launches in a folder would get. Names and problems, no values. */
export interface EnvironmentStatus {
  readonly folder: string;
  readonly names: readonly string[];
  readonly missing: readonly MissingSecret[];
}

export interface MissingSecret {
  readonly name: string;
  readonly reference: string;
  readonly message: string;
  /** URI of the folder whose manifest names it. */
  readonly folder: string;
  /** It is there, but another repository's: `allowEntry` asks for it. */
  readonly foreign: boolean;
}

export interface ServerStatus {
  readonly kind: 'ok' | 'warning' | 'error';
  /** One line. */
  readonly text: string;
  readonly details: readonly string[];
}

// client -> server
export const proposeMove = new RequestType<FindingPlace, MoveProposalAnswer, void>('keysweep/proposeMove');
export const moveSecret = new RequestType<MoveParams, Answer, void>('keysweep/moveSecret');
/** What can be moved in a file, or in the whole workspace when `uri` is empty. */
export const moveAllCandidates = new RequestType<{ readonly uri: string }, readonly MoveAllCandidate[], void>(
  'keysweep/moveAllCandidates',
);
export const storeChoices = new RequestType<{ readonly folder: string }, readonly StoreChoice[], void>(
  'keysweep/storeChoices',
);
export const acceptFinding = new RequestType<AcceptParams, Answer, void>('keysweep/acceptFinding');
export const inventory = new RequestType<Record<string, never>, InventoryAnswer, void>('keysweep/inventory');
/** Scans every folder anew, with LSP work done progress (`workDoneToken`); cancellable. */
export const scanWorkspace = new RequestType<{ readonly workDoneToken?: string | number }, Answer, void>(
  'keysweep/scanWorkspace',
);
export const removeSecret = new RequestType<ReferenceParams, Answer, void>('keysweep/removeSecret');
/** `attended`: somebody waits for it, and can be asked for a vault's token. */
export const environmentStatus = new RequestType<
  { readonly folder: string; readonly attended?: boolean },
  EnvironmentStatus,
  void
>('keysweep/environmentStatus');
/** Asks whether a folder may use an entry that was stored for another one. */
export const allowEntry = new RequestType<ReferenceParams, Answer, void>('keysweep/allowEntry');
export const trustChanged = new NotificationType<{ readonly trusted: boolean }>('keysweep/trustChanged');

// server -> client, without payload where the reader asks again (invariant 6)
export const inventoryChanged = new NotificationType<Record<string, never>>('keysweep/inventoryChanged');
export const environmentChanged = new NotificationType<Record<string, never>>('keysweep/environmentChanged');
export const statusChanged = new NotificationType<ServerStatus>('keysweep/statusChanged');
/** Saves the documents that a move touched; false when one of them could not be saved. Only to a client with `prompts`. */
export const saveDocuments = new RequestType<{ readonly uris: readonly string[] }, boolean, void>(
  'keysweep/saveDocuments',
);
