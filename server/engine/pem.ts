import { readBase64 } from './base64.ts';
import type { Candidate, Recogniser } from './candidate.ts';
import type { Confidence } from './finding.ts';

/** A private key of 16,384 bits in text, with room for escapes and margins. */
const longest = 40_000;

/** RFC 7468 and its cousins: PEM, OpenSSH, PGP. Inside string literals and comments too, with `\n` and line margins. */
export const recognisePem: Recogniser = ({ source, rule, start }, host) => {
  const text = source.text.slice(start, start + longest);
  const header = /^-----BEGIN ([A-Z0-9][A-Z0-9 ]{0,60})-----/.exec(text);
  if (header === null) return undefined;
  const label = header[1] ?? '';
  const secret = /\bPRIVATE KEY/.test(label) || label === 'OPENSSH PRIVATE KEY' || label === 'PGP PRIVATE KEY BLOCK';
  if (!secret && !/^(?:X509 |TRUSTED )?CERTIFICATE$/.test(label)) return undefined;
  const block = readBlock(text, header[0].length);
  if (block === undefined) return undefined;
  const end = start + block.length;
  if (!secret) {
    const certificate = host.certificate(`${header[0]}\n${block.body}\n-----END ${label}-----\n`);
    return certificate && { candidates: [], certificates: [{ start, end, ...certificate }], next: end };
  }
  const { confidence, evidence } = examine(label, text.slice(0, block.length), block);
  const candidate: Candidate = {
    rule,
    start,
    end,
    parts: [],
    evidence,
    kind: 'key',
    confidence,
    purpose: label.replace(/ BLOCK$/, ''),
  };
  return { candidates: [candidate], next: end };
};

interface Block {
  /** Base64 alone. */
  readonly body: string;
  /** From the first dash of BEGIN. */
  readonly length: number;
  readonly closed: boolean;
}

/** Undefined when the body is too short or too uniform for a key: `...`, `<key here>`, `xxxx`. */
function readBlock(text: string, bodyStart: number): Block | undefined {
  const next = text.indexOf('-----', bodyStart);
  const closing = next < 0 ? null : /^-----END [A-Z0-9 ]{1,60}-----/.exec(text.slice(next, next + 80));
  const bodyEnd = closing !== null ? next : bodyStart + openBody(text.slice(bodyStart, next < 0 ? undefined : next));
  const plain = text
    .slice(bodyStart, bodyEnd)
    .replace(/\\[nrt]/g, '\n')
    .replace(/^[\s"'#*/+|>;,.]*[A-Za-z][A-Za-z-]{2,30}: .*$/gm, '');
  const body = plain
    .replace(/[^A-Za-z0-9+/=\n]/g, '')
    .replace(/^=[A-Za-z0-9+/]{4}$/m, '')
    .replace(/\n/g, '');
  if (body.length < 40 || new Set(body.slice(0, 200)).size < 12) return undefined;
  return { body, length: closing === null ? bodyEnd : bodyEnd + closing[0].length, closed: closing !== null };
}

/** How far base64 goes on when no END closes it. */
function openBody(text: string): number {
  return /^(?:[\s"'+\\,]|\\[nr])*(?:[A-Za-z0-9+/=]{16,}(?:[\s"'+\\,]|\\[nr])*)*/.exec(text)?.[0].trimEnd().length ?? 0;
}

function examine(label: string, text: string, block: Block): { confidence: Confidence; evidence: string[] } {
  const evidence = [`It is a block marked ${label}.`];
  const bytes = readBase64(block.body);
  const openssh = bytes?.startsWith('openssh-key-v1\0') === true;
  const encrypted =
    /^ENCRYPTED/.test(label) ||
    /Proc-Type: 4,ENCRYPTED/.test(text) ||
    (openssh && !/^\0\0\0\x04none/.test(bytes?.slice(15) ?? ''));
  if (encrypted) {
    evidence.push('It is encrypted with a passphrase: without that it opens nothing.');
    return { confidence: 'medium', evidence };
  }
  if (!block.closed) {
    evidence.push('Its end is missing.');
    return { confidence: 'high', evidence };
  }
  const wellFormed = openssh || bytes?.charCodeAt(0) === 0x30 || /PGP/.test(label);
  if (wellFormed) evidence.push('Its content begins as a private key does.');
  return { confidence: wellFormed ? 'certain' : 'high', evidence };
}
