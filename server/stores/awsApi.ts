import type { Reference } from '../engine/reference.ts';
import { AwsSettings, findAwsCredentials, noRegion } from './awsCredentials.ts';
import { type AwsCredentials, signedHeaders } from './awsSignature.ts';
import { refuseParameters } from './entryStore.ts';
import type { HttpAnswer } from './http.ts';
import { type Environment, fieldOf, RemoteApi, Session } from './remoteApi.ts';
import { type SecretMetadata, StoreError, type StoreErrorCode } from './store.ts';

export interface AwsService {
  readonly label: string;
  /** As in AWS_ENDPOINT_URL_SECRETS_MANAGER. */
  readonly name: string;
  /** In the address, in the signature: `secretsmanager`. */
  readonly host: string;
  /** Before the operation in X-Amz-Target. */
  readonly target: string;
  /** Error types -> what they mean, beside those that all services share. */
  readonly meanings: Readonly<Record<string, StoreErrorCode>>;
}

/** One of AWS's services that speak JSON 1.1, with the user's own credentials and region. */
export class AwsApi {
  readonly settings: AwsSettings;
  readonly #service: AwsService;
  readonly #session: Session<AwsCredentials>;
  readonly #api: RemoteApi;

  constructor(service: AwsService, environment: Environment) {
    this.#service = service;
    this.settings = new AwsSettings(environment);
    this.#session = new Session(signal => findAwsCredentials(this.settings, signal));
    this.#api = new RemoteApi({
      label: service.label,
      environment,
      authorityVariables: ['AWS_CA_BUNDLE'],
      login: 'Log in again ("aws sso login"), or renew the keys. If they are right, check the clock of this machine.',
      meaning: answer => meaningOf(answer, service),
    });
  }

  /** `region`: of a reference; empty for the user's own. The answer's body. */
  async call(
    operation: string,
    body: Readonly<Record<string, unknown>>,
    region: string,
    signal: AbortSignal,
  ): Promise<unknown> {
    const { host, name, target } = this.#service;
    const url = this.settings.endpoint(name, host, region || this.settings.region);
    const scope = { region: region || this.settings.region, service: host };
    if (scope.region === '') throw noRegion();
    const text = JSON.stringify(body);
    const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `${target}.${operation}` };
    for (let attempt = 1; ; attempt++) {
      const credentials = await this.#session.get(signal);
      const signed = signedHeaders({ method: 'POST', url, headers, text }, credentials, scope, new Date());
      try {
        // Secrets Manager knows a write again by its token; a parameter that is there already may be ours or another's.
        const repeatable = operation !== 'PutParameter';
        const request = { method: 'POST', url, headers: signed, text, repeatable } as const;
        return (await this.#api.send(request, [], signal)).body;
      } catch (error) {
        if (!(error instanceof StoreError) || error.code !== 'unauthenticated' || attempt > 1) throw error;
        // A session that ended early, or keys that were replaced.
        this.#session.forget(credentials);
      }
    }
  }
}

/** The region that a reference names; empty for the user's own. Any region of Amazon's is the user's own account. */
export function regionOf(reference: Reference, label: string, others: readonly string[]): string {
  refuseParameters(reference, label, ['region', ...others]);
  const { region = '' } = reference.parameters;
  if (region === '' || /^[a-z]{2}(?:-[a-z]+)+-\d$/.test(region)) return region;
  throw new StoreError('invalid', 'The reference names no region of AWS.', 'Correct ?region=, or leave it out.');
}

/** What describes a secret, in the alphabet of tags. */
export function tagsOf(
  metadata: SecretMetadata,
  more: Readonly<Record<string, string>> = {},
): readonly { readonly Key: string; readonly Value: string }[] {
  const tags = { ...metadata, folder: undefined, 'managed-by': 'keysweep', ...more };
  return Object.entries(tags).flatMap(([Key, text]) => {
    const Value = text?.replace(/[^\p{L}\p{Z}\p{N}_.:/=+\-@]/gu, ' ').slice(0, 256);
    return Value ? [{ Key, Value }] : [];
  });
}

function codeIsNone(code: StoreErrorCode) {
  return (error: unknown): undefined => {
    if (error instanceof StoreError && error.code === code) return undefined;
    throw error;
  };
}

export const absentIsNone = codeIsNone('absent');
export const deniedIsNone = codeIsNone('denied');
export const deletedIsNone = codeIsNone('deleted');

/** https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html */
const sharedMeanings: Readonly<Record<string, StoreErrorCode>> = {
  AccessDeniedException: 'denied',
  ExpiredTokenException: 'unauthenticated',
  IncompleteSignature: 'unauthenticated',
  InvalidClientTokenId: 'unauthenticated',
  InvalidSignatureException: 'unauthenticated',
  MissingAuthenticationToken: 'unauthenticated',
  NotAuthorized: 'denied',
  OptInRequired: 'denied',
  RequestExpired: 'unauthenticated',
  UnrecognizedClientException: 'unauthenticated',
  ThrottlingException: 'throttled',
  Throttling: 'throttled',
  TooManyRequestsException: 'throttled',
  RequestLimitExceeded: 'throttled',
  InternalFailure: 'unavailable',
  InternalServerError: 'unavailable',
  InternalServiceError: 'unavailable',
  ServiceUnavailable: 'unavailable',
  ValidationException: 'invalid',
};

/** By the error's type, never by its status: AWS answers 400 for nearly all of them. */
function meaningOf(answer: HttpAnswer, { meanings }: AwsService): StoreErrorCode | undefined {
  if (answer.status < 400) return undefined;
  const type = fieldOf(answer, ['__type'], ['code'], ['Code']).replace(/^.*#/, '').replace(/:.*$/, '');
  return meanings[type] ?? sharedMeanings[type];
}
