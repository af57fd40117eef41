import type { Reference } from '../engine/reference.ts';
import { AwsApi, absentIsNone, deniedIsNone, regionOf, tagsOf } from './awsApi.ts';
import { type EntryApi, type EntryPlace, notOfStore, type StoreNames } from './entryStore.ts';
import { at, listAt, textAt } from './json.ts';
import type { Environment } from './remoteApi.ts';
import { StoreError } from './store.ts';

interface Place extends EntryPlace {
  readonly region: string;
}

/**
 * One SecureString a name, `/PROJECT/NAME`. A parameter that is removed is gone, and neither can a removal be made to depend on a version.
 * https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
 */
export function awsParameters(environment: Environment, names: StoreNames): EntryApi<Place> {
  const { label } = names;
  const aws = new AwsApi(
    {
      label,
      name: 'ssm',
      host: 'ssm',
      target: 'AmazonSSM',
      meanings: {
        ParameterNotFound: 'absent',
        ParameterVersionNotFound: 'absent',
        ParameterAlreadyExists: 'conflict',
        TooManyUpdates: 'throttled',
        InvalidKeyId: 'denied',
        ParameterLimitExceeded: 'invalid',
        ParameterMaxVersionLimitExceeded: 'invalid',
        HierarchyLevelLimitExceededException: 'invalid',
      },
    },
    environment,
  );

  /** Undefined when there is none. */
  async function parameter(place: Place, withValue: boolean, signal: AbortSignal): Promise<unknown> {
    const body = { Name: place.whole, WithDecryption: withValue };
    const answer = await aws.call('GetParameter', body, place.region, signal).catch(absentIsNone);
    return at(answer, 'Parameter');
  }

  async function put(place: Place, text: string, more: object, signal: AbortSignal): Promise<void> {
    if (/\{\{\s*(?:ssm|resolve):/.test(text)) throw refersOn();
    await aws.call('PutParameter', { Name: place.whole, Value: text, ...more }, place.region, signal);
  }

  return {
    placeOf(reference) {
      const region = regionOf(reference, label, ['version']);
      const { path, key, parameters } = reference;
      const { version = '' } = parameters;
      if (!/^[\w.-]+(?:\/[\w.-]+)*$/.test(path) || path.length > 900 || !/^[\w.-]*$/.test(version))
        throw notOfStore(label, 'ref+awsssm://PATH/NAME');
      const name = path.includes('/') ? `/${path}` : path;
      return { whole: version === '' ? name : `${name}:${version}`, key, region, isVersion: version !== '' };
    },

    async read(place, signal) {
      const value = at(await parameter(place, true, signal), 'Value');
      return typeof value === 'string' ? value : undefined;
    },

    async has(place, signal) {
      return (await parameter(place, false, signal)) !== undefined;
    },

    async create(place, text, metadata, signal) {
      const fresh = { Type: 'SecureString', Overwrite: false };
      try {
        await put(place, text, { ...fresh, Tags: tagsOf(metadata) }, signal).catch(error => {
          if (error instanceof StoreError && error.code === 'denied') return put(place, text, fresh, signal);
          throw error;
        });
        return 'created';
      } catch (error) {
        if (error instanceof StoreError && error.code === 'conflict') return 'taken';
        throw error;
      }
    },

    async write(place, text, exists, _metadata, signal) {
      if (!exists) {
        await put(place, text, { Type: 'SecureString', Overwrite: true }, signal);
        // The first version is one that its creator may take back.
        return put(place, text, { Overwrite: true }, signal);
      }
      await put(place, text, { Overwrite: true }, signal);
    },

    async isUntouched(place, signal) {
      return at(await parameter(place, false, signal), 'Version') === 1;
    },

    async remove(place, signal) {
      await aws.call('DeleteParameter', { Name: place.whole }, place.region, signal).catch(absentIsNone);
    },

    async list(project, signal) {
      const folder = `/${names.referenceFor(project, '').path}`;
      const references: Reference[] = [];
      for (let next: unknown; ; ) {
        const filter = { ParameterFilters: [{ Key: 'Path', Option: 'OneLevel', Values: [folder.slice(0, -1)] }] };
        const body = { ...filter, MaxResults: 50, ...(next ? { NextToken: next } : {}) };
        const answer = await aws.call('DescribeParameters', body, '', signal);
        for (const name of listAt(answer, 'Parameters').map(each => textAt(each, 'Name')))
          if (name.startsWith(folder))
            references.push({ backend: 'awsssm', path: name.slice(1), parameters: {}, key: '' });
        next = at(answer, 'NextToken');
        if (!next) return references;
      }
    },

    async check(signal) {
      await aws.call('DescribeParameters', { MaxResults: 1 }, '', signal).catch(deniedIsNone);
    },
  };
}

function refersOn(): StoreError {
  return new StoreError(
    'invalid',
    'The value holds a reference to another parameter ({{ssm:…}}), which AWS Parameter Store would follow.',
    'Keep it in another store.',
  );
}
