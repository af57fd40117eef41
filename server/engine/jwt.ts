import { readBase64Text } from './base64.ts';
import type { Candidate, Recogniser } from './candidate.ts';
import { type Claims, namedIssuers, tokenIssuers } from './tokenIssuers.ts';

/** Signed: header, payload, signature. Encrypted (RFC 7516): header, key, vector, content, tag. */
const signed = /eyJ[\w-]{8,8000}\.([\w-]{4,16000})\.([\w-]{16,4000})(?![\w-])/y;
const encrypted = /eyJ[\w-]{8,8000}\.[\w-]{0,2000}\.[\w-]{8,64}\.[\w-]{4,16000}\.[\w-]{16,64}(?![\w-])/y;
const head = /eyJ[\w-]+/y;

/** RFC 7519. Its claims say who issued it and until when; a public one of a client-side library is none of ours. */
export const recogniseJwt: Recogniser = ({ source, rule, start }, host) => {
  const { text } = source;
  if (/[\w-]/.test(text.charAt(start - 1)) || text.charCodeAt(start + 2) !== 0x4a) return undefined;
  head.lastIndex = start;
  const first = head.exec(text)?.[0] ?? '';
  const past = { candidates: [], next: Math.max(head.lastIndex, start + 3) };
  if (text.charCodeAt(start + first.length) !== 46) return past;
  encrypted.lastIndex = start;
  const sealed = encrypted.exec(text);
  signed.lastIndex = start;
  const match = sealed ?? signed.exec(text);
  if (match === null) return past;
  const end = start + match[0].length;
  const header = readObject(first);
  if (header === undefined || typeof header.alg !== 'string') return { candidates: [], next: end };
  const token = { rule, start, end, header };
  if (sealed !== null) {
    const known = typeof header.enc === 'string';
    return { candidates: known ? [describeSealed(token)] : [], next: end };
  }
  const claims = readObject(match[1] ?? '');
  if (claims !== undefined && isDemonstration(claims)) return { candidates: [], next: end };
  const name =
    text
      .slice(Math.max(0, start - 80), start)
      .split('\n')
      .at(-1) ?? '';
  return { candidates: [describe(token, claims, name, host.now())], next: end };
};

interface Token {
  readonly rule: number;
  readonly start: number;
  readonly end: number;
  readonly header: Claims;
}

function readObject(segment: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(readBase64Text(segment) ?? '');
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : undefined;
  } catch {
    return undefined; // not JSON: a payload may be anything
  }
}

/** jwt.io's, and keys that providers print into web pages. */
function isDemonstration(claims: Claims): boolean {
  return (
    (claims.sub === '1234567890' && claims.name === 'John Doe') || (claims.iss === 'supabase' && claims.role === 'anon')
  );
}

function describeSealed({ rule, start, end }: Token): Candidate {
  const evidence = ['It is an encrypted JSON Web Token: opaque without the key, yet whoever holds it may use it.'];
  return {
    rule,
    start,
    end,
    parts: [],
    evidence,
    confidence: 'low',
    title: 'Encrypted JSON Web Token',
    purpose: 'JWT',
  };
}

/** `name` is what stands before it on its line. */
function describe(
  { rule, start, end, header }: Token,
  claims: Claims | undefined,
  name: string,
  now: number,
): Candidate {
  const issuer = typeof claims?.iss === 'string' ? claims.iss.slice(0, 80) : '';
  const exp = claims?.exp;
  const expires = typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : undefined;
  const evidence = [
    `It is a signed JSON Web Token (${String(header.alg).slice(0, 12)})${issuer && `, issued by ${issuer}`}.`,
  ];
  if (claims === undefined) evidence.push('Its payload is no JSON.');
  else if (expires !== undefined) evidence.push(`It ${expires < now ? 'expired' : 'expires'} on ${day(expires)}.`);
  else evidence.push('It says no time at which it expires.');
  const expired = expires !== undefined && expires < now;
  const known = claims && tokenIssuers.find(({ tells }) => tells(claims, header));
  const provider = known?.provider ?? namedIssuers.find(([expression]) => expression.test(name))?.[1];
  return {
    rule,
    start,
    end,
    parts: [],
    evidence,
    ...(known && { title: known.title }),
    ...(provider !== undefined && { provider }),
    ...(expired && { confidence: 'low' }),
    ...(expires !== undefined && { expires }),
    purpose: provider === undefined ? 'JWT' : `${provider} token`,
  };
}

function day(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? 'a day out of reach' : date.toISOString().slice(0, 10);
}
