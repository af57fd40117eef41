import { randomUUID } from 'node:crypto';
import type { Reference } from '../engine/reference.ts';
import { AwsApi, absentIsNone, deletedIsNone, deniedIsNone, regionOf, tagsOf } from './awsApi.ts';
import { type EntryApi, type EntryPlace, notOfStore, type StoreNames } from './entryStore.ts';
import { at, isRecord, listAt, textAt } from './json.ts';
import type { Environment } from './remoteApi.ts';
import { type SecretMetadata, StoreError } from './store.ts';

/** Names the version that `create` made: as long as it is the current one, nobody claimed or changed the entry. */
const createdTag = 'keysweep-created';

interface Place extends EntryPlace {
  readonly region: string;
  readonly version: Readonly<Record<string, string>>;
}

/**
 * One secret a name, `PROJECT/NAME`. What is removed stays recoverable for a week, and creating it anew brings it back.
 * https://docs.aws.amazon.com/secretsmanager/latest/apireference/
 */
export function awsSecrets(environment: Environment, names: StoreNames): EntryApi<Place> {
  const { label } = names;
  const aws = new AwsApi(
    {
      label,
      name: 'secrets manager',
      host: 'secretsmanager',
      target: 'secretsmanager',
      meanings: {
        ResourceNotFoundException: 'absent',
        ResourceExistsException: 'conflict',
        // Scheduled for deletion, as far as reading is concerned.
        InvalidRequestException: 'deleted',
        InvalidParameterException: 'invalid',
        LimitExceededException: 'invalid',
        DecryptionFailure: 'denied',
        EncryptionFailure: 'denied',
      },
    },
    environment,
  );

  const call = (operation: string, place: Place, body: Readonly<Record<string, unknown>>, signal: AbortSignal) =>
    aws.call(operation, { SecretId: place.whole, ...body }, place.region, signal);

  /** Undefined when there is nothing of that name. */
  async function describe(place: Place, signal: AbortSignal): Promise<unknown> {
    return call('DescribeSecret', place, {}, signal).catch(absentIsNone);
  }

  async function put(place: Place, text: string, token: string, signal: AbortSignal): Promise<void> {
    await call('PutSecretValue', place, { SecretString: text, ClientRequestToken: token }, signal);
  }

  /** Back from its time of grace, with the new value as its first. */
  async function revive(
    place: Place,
    text: string,
    metadata: SecretMetadata,
    signal: AbortSignal,
  ): Promise<'created' | 'taken'> {
    const description = await describe(place, signal);
    if (!isDeleted(description)) return 'taken';
    const token = randomUUID();
    await call('RestoreSecret', place, {}, signal);
    await put(place, text, token, signal);
    await call('TagResource', place, { Tags: tagsOf(metadata, { [createdTag]: token }) }, signal).catch(deniedIsNone);
    return 'created';
  }

  async function create(
    place: Place,
    text: string,
    metadata: SecretMetadata,
    signal: AbortSignal,
  ): Promise<'created' | 'taken'> {
    const token = randomUUID();
    const body = { Name: place.whole, SecretString: text, ClientRequestToken: token };
    const ask = (tags: object) => aws.call('CreateSecret', { ...body, ...tags }, place.region, signal);
    try {
      await ask({ Tags: tagsOf(metadata, { [createdTag]: token }) }).catch(error => {
        // Who may create may still not be allowed to tag.
        if (error instanceof StoreError && error.code === 'denied') return ask({});
        throw error;
      });
      return 'created';
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      if (error.code === 'conflict' || error.code === 'deleted') return revive(place, text, metadata, signal);
      throw error;
    }
  }

  return {
    placeOf(reference) {
      const region = regionOf(reference, label, ['version_stage', 'version_id']);
      const { path, key, parameters } = reference;
      if (!/^[A-Za-z0-9_+=.@-]+(?:\/[A-Za-z0-9_+=.@-]+)*$/.test(path) || path.length > 512)
        throw notOfStore(label, 'ref+awssecrets://NAME, without the parts of an ARN');
      const { version_stage: stage, version_id: id } = parameters;
      const version = { ...(stage && { VersionStage: stage }), ...(id && { VersionId: id }) };
      return { whole: path, key, region, version, isVersion: Object.keys(version).length > 0 };
    },

    async read(place, signal) {
      const answer = await call('GetSecretValue', place, place.version, signal).catch(absentIsNone);
      if (answer === undefined) return undefined;
      const text = at(answer, 'SecretString');
      if (typeof text === 'string') return text;
      return Buffer.from(textAt(answer, 'SecretBinary'), 'base64').toString('utf8');
    },

    async has(place, signal) {
      const description = await describe(place, signal);
      return description !== undefined && !isDeleted(description);
    },

    create,

    async write(place, text, exists, metadata, signal) {
      const token = randomUUID();
      if (exists) return put(place, text, token, signal);
      if ((await create(place, text, metadata, signal)) === 'taken') await put(place, text, token, signal);
      // A value that was set is nobody's to take back.
      const untag = { TagKeys: [createdTag] };
      await call('UntagResource', place, untag, signal).catch(deniedIsNone);
      await call('TagResource', place, { Tags: [{ Key: createdTag, Value: 'set' }] }, signal).catch(deniedIsNone);
    },

    async isUntouched(place, signal) {
      const description = await describe(place, signal);
      const stages = at(description, 'VersionIdsToStages');
      if (!isRecord(stages)) return false;
      const current = Object.keys(stages).find(id => listAt(stages, id).includes('AWSCURRENT'));
      const tag = listAt(description, 'Tags').find(each => textAt(each, 'Key') === createdTag);
      return tag === undefined ? Object.keys(stages).length === 1 : textAt(tag, 'Value') === current;
    },

    async remove(place, signal) {
      await call('DeleteSecret', place, { RecoveryWindowInDays: 7 }, signal).catch(absentIsNone).catch(deletedIsNone);
    },

    async restore(place, signal) {
      await call('RestoreSecret', place, {}, signal);
    },

    async list(project, signal) {
      const prefix = names.referenceFor(project, '').path;
      const references: Reference[] = [];
      for (let next: unknown; ; ) {
        const filter = { Filters: [{ Key: 'name', Values: [prefix] }], MaxResults: 100 };
        const answer = await aws.call('ListSecrets', { ...filter, ...(next ? { NextToken: next } : {}) }, '', signal);
        const names = listAt(answer, 'SecretList').map(each => textAt(each, 'Name'));
        for (const path of names)
          if (path.startsWith(prefix) && !path.slice(prefix.length).includes('/'))
            references.push({ backend: 'awssecrets', path, parameters: {}, key: '' });
        next = at(answer, 'NextToken');
        if (!next) return references;
      }
    },

    async check(signal) {
      // Whoever is told that listing is not allowed is known at least.
      await aws.call('ListSecrets', { MaxResults: 1 }, '', signal).catch(deniedIsNone);
    },
  };
}

function isDeleted(description: unknown): boolean {
  return typeof at(description, 'DeletedDate') === 'number';
}
