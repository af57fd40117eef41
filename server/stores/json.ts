/* Parsed JSON of others, of which nothing is known. */

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value behind keys, one below the other; undefined when there is none. */
export function at(data: unknown, ...keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (value, key) => (isRecord(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    data,
  );
}

/** The text behind keys; empty when there is none. */
export function textAt(data: unknown, ...keys: readonly string[]): string {
  const text = at(data, ...keys);
  return typeof text === 'string' ? text : '';
}

export function listAt(data: unknown, ...keys: readonly string[]): readonly unknown[] {
  const list = at(data, ...keys);
  return Array.isArray(list) ? list : [];
}
