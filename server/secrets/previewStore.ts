import { printReference } from '../engine/reference.ts';
import type { SecretValue } from '../stores/secretValue.ts';
import { type SecretStore, StoreError } from '../stores/store.ts';

/** Reads what the store holds, and keeps to itself what it is given. */
export function previewStore(store: SecretStore): SecretStore {
  const given = new Map<string, SecretValue>();
  const taken = () => new StoreError('conflict', 'The name is taken.', 'Choose another name.');
  return {
    id: store.id,
    label: store.label,
    referenceFor: (project, name) => store.referenceFor(project, name),
    get: async (reference, signal) => given.get(printReference(reference)) ?? store.get(reference, signal),
    has: async (reference, signal) => given.has(printReference(reference)) || store.has(reference, signal),
    async create(reference, value) {
      if (given.has(printReference(reference))) throw taken();
      given.set(printReference(reference), value);
    },
    async set(reference, value) {
      given.set(printReference(reference), value);
    },
    async claim(reference, value, _metadata, signal) {
      const held = given.get(printReference(reference)) ?? (await store.get(reference, signal));
      if (!held.equals(value)) throw taken();
    },
    async withdraw(reference) {
      given.delete(printReference(reference));
    },
    async remove(reference) {
      given.delete(printReference(reference));
    },
    list: (project, signal) => store.list(project, signal),
    check: signal => store.check(signal),
  };
}
