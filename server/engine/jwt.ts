import { readBase64Text } from './base64.ts';
import type { Candidate, Recogniser } from './candidate.ts';
import { type Claims, namedIssuers, tokenIssuers } from './tokenIssuers.ts';

/** Signed: header, payload, signature. Encrypted (RFC 7516): header, key, vector, content, tag. */
const signed = /eyJ[\w-]{8,8000}\.([\w-]{4,16000})\.([\w-]{0,4000})(?![\w-])/y;
const encrypted = /eyJ[\w-]{8,8000}\.[\w-]{0,2000}\.[\w-]{8,64}\.[\w-]{4,16000}\.[\w-]{16,64}(?![\w-])/y;
const head = /eyJ[\w-]+/y;
/** Characters of the shortest signature. */
const shortestSignature = 16;

/** RFC 7519. Its claims say who issued it, for whom and until when; a public one of a client-side library is none of ours. */
export const recogniseJwt: Recogniser = ({ source, rule, start, reject }, host) => {
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
  if ((match[2] ?? '').length < (header.alg === 'none' ? 0 : shortestSignature)) return { candidates: [], next: end };
  const claims = readObject(match[1] ?? '');
  const objection = claims && objectToClaims(claims);
  if (objection !== undefined) {
    reject?.(rule, start, end, objection);
    return { candidates: [], next: end };
  }
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

/** Why a value that is a whole JSON Web Token is none that anybody could use. */
export function objectToToken(value: string): string | undefined {
  const [first = '', second = ''] = value.split('.');
  if (!first.startsWith('eyJ') || readObject(first)?.alg === undefined) return undefined;
  const claims = readObject(second);
  return claims && objectToClaims(claims);
}

/** jwt.io's and RFC 7519's, the fixed pair of a local stack, and keys that providers print into web pages. */
function objectToClaims({ sub, name, iss, role }: Claims): string | undefined {
  if (sub === '1234567890' || name === 'John Doe' || iss === 'joe' || iss === 'supabase-demo')
    return 'It is a published example of a JSON Web Token.';
  return iss === 'supabase' && role === 'anon'
    ? 'It is the public key of a web page: its provider means it to be seen.'
    : undefined;
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
  const expires = timeOf(claims?.exp);
  const expired = expires !== undefined && expires < now;
  const unsigned = header.alg === 'none';
  const identity = claims !== undefined && isIdentity(header, claims);
  const known = claims && tokenIssuers.find(({ tells }) => tells(claims, header));
  const provider = known?.provider ?? namedIssuers.find(([expression]) => expression.test(name))?.[1];
  return {
    rule,
    start,
    end,
    parts: [],
    evidence: evidenceOf(header, claims, now),
    ...(known && { title: known.title }),
    ...(provider !== undefined && { provider }),
    ...((expired || unsigned || identity) && { confidence: 'low' }),
    ...(expires !== undefined && { expires }),
    purpose: provider === undefined ? 'JWT' : `${provider} token`,
  };
}

function evidenceOf(header: Claims, claims: Claims | undefined, now: number): string[] {
  const algorithm = String(header.alg).slice(0, 12);
  const unsigned = header.alg === 'none';
  const kind = `It is a${unsigned ? 'n unsigned' : ' signed'} JSON Web Token (${algorithm})`;
  if (claims === undefined) return [`${kind}.`, 'Its payload is no JSON.'];
  const issuer = said(claims.iss);
  const audience = said(claims.aud);
  const rights = rightsOf(claims);
  const expires = timeOf(claims.exp);
  const begins = timeOf(claims.nbf);
  return [
    `${kind}${issuer && `, issued by ${issuer}`}${audience && `, for ${audience}`}.`,
    ...(unsigned ? ['Whoever checks tokens refuses one that is not signed.'] : []),
    ...(rights === '' ? [] : [`It gives rights: ${rights}.`]),
    ...(isIdentity(header, claims) ? ['It tells an application who a user is, and opens nothing by itself.'] : []),
    ...(begins !== undefined && begins > now ? [`It is good from ${day(begins)} on.`] : []),
    expires === undefined
      ? 'It says no time at which it expires.'
      : `It ${expires < now ? 'expired' : 'expires'} on ${day(expires)}.`,
  ];
}

const rightsOf = (claims: Claims): string => said(claims.scope ?? claims.scp ?? claims.permissions);

/** OpenID Connect Core 1.0, section 2: what stands in an ID token alone; RFC 9068 marks access tokens. */
function isIdentity(header: Claims, claims: Claims): boolean {
  const marks = ['nonce', 'at_hash', 'c_hash', 's_hash'];
  return header.typ !== 'at+jwt' && rightsOf(claims) === '' && marks.some(name => Object.hasOwn(claims, name));
}

const timeOf = (claim: unknown): number | undefined =>
  typeof claim === 'number' && Number.isFinite(claim) ? claim * 1000 : undefined;

/** A claim's text or texts, cut. */
function said(claim: unknown): string {
  const texts: readonly unknown[] = Array.isArray(claim) ? claim : [claim];
  return texts
    .filter(text => typeof text === 'string')
    .join(' ')
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 80);
}

/** UTC. */
export function day(milliseconds: number): string {
  const date = new Date(milliseconds);
  return Number.isNaN(date.getTime()) ? 'a day out of reach' : date.toISOString().slice(0, 10);
}
