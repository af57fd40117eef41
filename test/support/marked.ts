import { createHash } from 'node:crypto';
import type { Detected, Host } from '../../server/engine/detector.ts';

/** A host for tables of texts: the clock stands, fingerprints are hashes. */
export const plainHost: Host = {
  now: () => Date.UTC(2026, 0, 1),
  fingerprint: value => createHash('sha256').update(value).digest('hex').slice(0, 32),
  sha256: bytes => createHash('sha256').update(bytes).digest(),
  certificate: () => undefined,
  enter: () => undefined,
};

/** The text without its marks `«` and `»`. */
export function unmarked(text: string): string {
  return text.replace(/[«»]/g, '');
}

/** The text with `«»` around every finding. */
export function marked({ source, findings }: Detected): string {
  return findings.reduceRight(
    (text, { start, end }) => `${text.slice(0, start)}«${text.slice(start, end)}»${text.slice(end)}`,
    source.text,
  );
}
