/** The claims or the header of a JSON Web Token. */
export type Claims = Readonly<Record<string, unknown>>;

/** Who issues a JSON Web Token, told by what it says. */
export interface TokenIssuer {
  readonly provider: string;
  readonly title: string;
  readonly tells: (claims: Claims, header: Claims) => boolean;
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const audiences = (claims: Claims): readonly string[] => [claims.aud].flat().map(text);

/** The first that tells. Each claim is from the provider's documentation or its issued tokens. */
export const tokenIssuers: readonly TokenIssuer[] = [
  {
    provider: 'Supabase',
    title: 'Supabase service role key',
    tells: claims => claims.iss === 'supabase' && claims.role === 'service_role',
  },
  {
    provider: 'Kubernetes',
    title: 'Kubernetes service account token',
    tells: claims => claims.iss === 'kubernetes/serviceaccount' || 'kubernetes.io' in claims,
  },
  {
    provider: 'JFrog',
    title: 'JFrog Artifactory access token',
    tells: (claims, header) => /^jf(?:ac|rt)@/.test(text(claims.iss)) || (header.ver === '2' && header.typ === 'JWT'),
  },
  {
    provider: '1Password',
    title: '1Password Connect token',
    tells: claims => '1password.com/auuid' in claims || '1password.com/vts' in claims,
  },
  {
    provider: 'Auth0',
    title: 'Auth0 management token',
    tells: claims => audiences(claims).some(audience => audience.endsWith('.auth0.com/api/v2/')),
  },
  {
    provider: 'monday.com',
    title: 'monday.com API token',
    tells: claims => ['tid', 'uid', 'actid', 'rgn'].every(claim => claim in claims),
  },
  {
    provider: 'Calendly',
    title: 'Calendly personal access token',
    tells: claims => claims.iss === 'https://auth.calendly.com',
  },
  {
    provider: 'Temporal',
    title: 'Temporal Cloud API key',
    tells: claims => claims.iss === 'temporal.io',
  },
  {
    provider: 'n8n',
    title: 'n8n API key',
    tells: claims => claims.iss === 'n8n',
  },
  {
    provider: 'Hygraph',
    title: 'Hygraph token',
    tells: claims => audiences(claims).some(audience => /(?:hygraph|graphcms)\.com(?:\/|$)/.test(audience)),
  },
  {
    provider: 'Scalr',
    title: 'Scalr API token',
    tells: claims => claims.iss === 'user' && text(claims.jti).startsWith('at-'),
  },
  {
    provider: 'Turso',
    title: 'Turso database token',
    tells: claims => (claims.a === 'rw' || claims.a === 'ro') && 'iat' in claims,
  },
  {
    provider: 'Qdrant',
    title: 'Qdrant API key',
    tells: claims =>
      'access' in claims &&
      !('iss' in claims) &&
      (claims.access === 'm' || claims.access === 'r' || Array.isArray(claims.access)),
  },
  {
    provider: 'Home Assistant',
    title: 'Home Assistant long-lived token',
    tells: ({ iss, iat, exp }) =>
      /^[0-9a-f]{32}$/.test(text(iss)) && typeof iat === 'number' && typeof exp === 'number' && exp - iat === tenYears,
  },
];

const tenYears = 315_360_000;

/** Names beside which a token is that provider's, whatever it says: its claims tell nothing. */
export const namedIssuers: readonly (readonly [RegExp, string])[] = [
  [/snowflake/i, 'Snowflake'],
  [/lemon[_-]?squeezy/i, 'Lemon Squeezy'],
  [/wrike/i, 'Wrike'],
  [/mailer[_-]?lite/i, 'MailerLite'],
  [/qdrant/i, 'Qdrant'],
  [/stripo/i, 'Stripo'],
  [/rentman/i, 'Rentman'],
];
