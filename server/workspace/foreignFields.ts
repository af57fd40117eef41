/* What the readers of other scanners' rules share: the fields of parsed files with their places, and a pack with places of its own. */

export type Step = string | number;

/** A place in one of the files, as keys and indices. */
export interface SourcePlace {
  readonly file: number;
  readonly path: readonly Step[];
}

export interface TranslatedPack {
  /** A rule pack of ours, to be read as any other. */
  readonly pack: {
    readonly rules: readonly Readonly<Record<string, unknown>>[];
    readonly allow: readonly Readonly<Record<string, unknown>>[];
    readonly disable: readonly string[];
  };
  /** What has no counterpart. */
  readonly problems: readonly (SourcePlace & { readonly message: string; readonly severity: 'error' | 'warning' })[];
  /** Where a place of `pack` came from. */
  readonly origin: (path: readonly Step[]) => SourcePlace;
}

/** A value and the steps to it, as the file writes them. */
export interface Field {
  readonly value: unknown;
  readonly path: readonly Step[];
}

/** Keys in lower case. */
export function fieldsOf(value: unknown, path: readonly Step[] = []): Map<string, Field> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return new Map();
  return new Map(
    Object.entries(value).map(([key, item]) => [key.toLowerCase(), { value: item, path: [...path, key] }]),
  );
}

export function listOf(field: Field | undefined): readonly Field[] {
  if (field === undefined) return [];
  const { value, path } = field;
  if (!Array.isArray(value)) return [field];
  return value.map((item, index) => ({ value: item, path: [...path, index] }));
}

export function textOf(field: Field | undefined): string {
  return typeof field?.value === 'string' ? field.value : '';
}

export function textsOf(field: Field | undefined): readonly string[] {
  return listOf(field).flatMap(({ value }) => (typeof value === 'string' ? [value] : []));
}
