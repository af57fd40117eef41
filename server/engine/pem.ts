import { readBase64 } from './base64.ts';
import type { Candidate, Recogniser } from './candidate.ts';
import { crc24 } from './checksum.ts';
import type { Confidence } from './finding.ts';
import { factsOf } from './privateKey.ts';

/** A private key of 16,384 bits in text, with room for escapes and margins. */
const longest = 40_000;

/** RFC 7468 and its cousins: PEM, OpenSSH, PGP. Inside string literals and comments too, with `\n` and line margins. */
export const recognisePem: Recogniser = ({ source, rule, start, reject }, host) => {
  const text = source.text.slice(start, start + longest);
  const header = /^-----BEGIN ([A-Z0-9][A-Z0-9 ]{0,60})-----/.exec(text);
  if (header === null) return undefined;
  const label = header[1] ?? '';
  const secret = /\bPRIVATE KEY/.test(label) || label === 'OPENSSH PRIVATE KEY' || label === 'PGP PRIVATE KEY BLOCK';
  if (!secret && !/^(?:X509 |TRUSTED )?CERTIFICATE$/.test(label)) return undefined;
  const block = readBlock(text, header[0].length);
  if (typeof block === 'string') {
    reject?.(rule, start, start + header[0].length, block);
    return undefined;
  }
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
  /** The checksum of an OpenPGP armour: four characters of base64. */
  readonly checksum: string | undefined;
}

/** Why it is none, in a sentence, when the body is left out, too short or too uniform for a key: `...`, `<key here>`, `xxxx`. */
function readBlock(text: string, bodyStart: number): Block | string {
  const next = text.indexOf('-----', bodyStart);
  const closing = next < 0 ? null : /^-----END [A-Z0-9 ]{1,60}-----/.exec(text.slice(next, next + 80));
  const bodyEnd = closing !== null ? next : bodyStart + openBody(text.slice(bodyStart, next < 0 ? undefined : next));
  const written = text.slice(bodyStart, bodyEnd);
  if (/\.\.\.|…/.test(written)) return 'It is shortened: its middle is left out.';
  const plain = written.replace(/\\[nrt]/g, '\n').replace(/^[\s"'#*/+|>;,.]*[A-Za-z][A-Za-z-]{2,30}: .*$/gm, '');
  const body = plain
    .replace(/[^A-Za-z0-9+/=\n]/g, '')
    .replace(/^=[A-Za-z0-9+/]{4}$/m, '')
    .replace(/\n/g, '');
  if (body.length < 40 || new Set(body.slice(0, 200)).size < 12)
    return 'Its body is too short or too uniform for a key.';
  const checksum = /^[^A-Za-z0-9+/=\n]*=([A-Za-z0-9+/]{4})[^A-Za-z0-9+/=\n]*$/m.exec(plain)?.[1];
  const length = closing === null ? bodyEnd : bodyEnd + closing[0].length;
  return { body, length, closed: closing !== null, checksum };
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
  if (/PGP/.test(label)) return ofArmour(evidence, bytes ?? '', block.checksum);
  if (openssh) evidence.push('Its content begins as a private key does.');
  if (openssh || bytes === undefined) return { confidence: openssh ? 'certain' : 'high', evidence };
  const facts = factsOf(label, bytes);
  if (facts?.what) evidence.push(`It is ${facts.what.startsWith('DSA') ? 'a' : 'an'} ${facts.what}.`);
  if (facts?.weak) evidence.push('That is too short to be safe.');
  if (facts?.whole) evidence.push('It is whole: as long as it says.');
  else evidence.push('Its content is cut or altered.');
  return { confidence: facts?.whole ? 'certain' : 'high', evidence };
}

function ofArmour(evidence: string[], bytes: string, checksum: string | undefined) {
  const sum = checksum === undefined ? undefined : readBase64(checksum);
  if (sum === undefined) return { confidence: 'high', evidence } as const;
  const wanted = (sum.charCodeAt(0) << 16) | (sum.charCodeAt(1) << 8) | sum.charCodeAt(2);
  const right = crc24(bytes) === wanted;
  evidence.push(right ? 'Its checksum is right.' : 'Its checksum is wrong: it is cut, altered or invented.');
  return { confidence: right ? 'certain' : 'medium', evidence } as const;
}
