import { readBase64Text } from './base64.ts';
import type { Candidate, Recogniser } from './candidate.ts';

const token = /eyJ[A-Za-z0-9_-]{8,8000}\.(eyJ[A-Za-z0-9_-]{4,16000})\.([A-Za-z0-9_-]{16,4000})(?![A-Za-z0-9_-])/y;
const head = /eyJ[A-Za-z0-9_-]+/y;

/** RFC 7519, signed. Its claims say who issued it and until when; a public one of a client-side library is none of ours. */
export const recogniseJwt: Recogniser = ({ source, rule, start }, host) => {
  const { text } = source;
  if (/[A-Za-z0-9_-]/.test(text.charAt(start - 1)) || text.charCodeAt(start + 2) !== 0x4a) return undefined;
  token.lastIndex = start;
  const match = token.exec(text);
  if (match === null) {
    head.lastIndex = start;
    head.exec(text);
    return { candidates: [], next: Math.max(head.lastIndex, start + 3) };
  }
  const end = start + match[0].length;
  const header = readObject(match[0].slice(0, match[0].indexOf('.')));
  const claims = readObject(match[1] ?? '');
  if (header === undefined || claims === undefined || typeof header.alg !== 'string')
    return { candidates: [], next: end };
  if (isDemonstration(claims)) return { candidates: [], next: end };
  return { candidates: [describe(rule, start, end, header, claims, host.now())], next: end };
};

type Claims = Readonly<Record<string, unknown>>;

function readObject(segment: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(readBase64Text(segment) ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined; // not JSON, so not a token
  }
}

/** jwt.io's, and keys that providers print into web pages. */
function isDemonstration(claims: Claims): boolean {
  return (
    (claims.sub === '1234567890' && claims.name === 'John Doe') || (claims.iss === 'supabase' && claims.role === 'anon')
  );
}

function describe(rule: number, start: number, end: number, header: Claims, claims: Claims, now: number): Candidate {
  const issuer = typeof claims.iss === 'string' ? claims.iss.slice(0, 80) : '';
  const expires = typeof claims.exp === 'number' && Number.isFinite(claims.exp) ? claims.exp * 1000 : undefined;
  const evidence = [
    `It is a signed JSON Web Token (${String(header.alg).slice(0, 12)})${issuer && `, issued by ${issuer}`}.`,
  ];
  if (expires !== undefined) evidence.push(`It ${expires < now ? 'expired' : 'expires'} on ${day(expires)}.`);
  else evidence.push('It says no time at which it expires.');
  const expired = expires !== undefined && expires < now;
  return {
    rule,
    start,
    end,
    parts: [],
    evidence,
    ...(expired && { confidence: 'low' }),
    ...(expires !== undefined && { expires }),
    purpose: 'JWT',
  };
}

function day(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? 'a day out of reach' : date.toISOString().slice(0, 10);
}
