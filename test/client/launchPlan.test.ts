import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  consoleOf,
  fillCollection,
  type LaunchConfiguration,
  listNames,
  type VariableCollection,
  withEnvironment,
} from '../../client/launchPlan.ts';

const node: LaunchConfiguration = { type: 'node', request: 'launch' };

void test('where a debugged program runs', () => {
  const rows: readonly (readonly [Record<string, unknown>, string])[] = [
    [{}, 'internal'],
    [{ console: 'internalConsole' }, 'internal'],
    [{ console: 'debugConsole' }, 'internal'],
    [{ console: 'integratedTerminal' }, 'integratedTerminal'],
    [{ console: 'terminal' }, 'integratedTerminal'],
    [{ terminal: 'integrated' }, 'integratedTerminal'],
    [{ console: 'externalTerminal' }, 'externalTerminal'],
    [{ terminal: 'external' }, 'externalTerminal'],
    [{ externalConsole: true }, 'externalTerminal'],
    [{ externalConsole: false }, 'internal'],
  ];
  for (const [fields, expected] of rows)
    assert.equal(consoleOf({ ...node, ...fields }), expected, JSON.stringify(fields));
});

void test('what the configuration sets itself wins, and it is not changed in place', () => {
  const values = { A: '1', B: '2' };
  const before = { ...node, env: { B: 'own' } };
  assert.deepEqual(withEnvironment(before, values), { ...node, env: { A: '1', B: 'own' } });
  assert.deepEqual(before, { ...node, env: { B: 'own' } });
  assert.deepEqual(withEnvironment(node, values), { ...node, env: values });
  const native = { ...node, type: 'cppdbg', environment: [{ name: 'B', value: 'own' }] };
  assert.deepEqual(withEnvironment(native, values), {
    ...native,
    environment: [
      { name: 'B', value: 'own' },
      { name: 'A', value: '1' },
    ],
  });
});

void test('names are listed in a sentence', () => {
  const rows: readonly (readonly [readonly string[], string])[] = [
    [[], ''],
    [['A'], 'A'],
    [['A', 'B'], 'A and B'],
    [['A', 'B', 'C'], 'A, B and C'],
    [['A', 'B', 'C', 'D', 'E', 'F'], 'A, B, C, D and 2 more'],
  ];
  for (const [names, expected] of rows) assert.equal(listNames(names), expected);
});

/** Writes down what is done to it; like VS Code's, it is kept on disk unless told otherwise. */
function recordedCollection() {
  const done: string[] = [];
  const held = new Map<string, { readonly value: string }>();
  let persistent = true;
  const collection: VariableCollection = {
    get persistent() {
      return persistent;
    },
    set persistent(value) {
      persistent = value;
      done.push(`persistent ${value}`);
    },
    get: name => held.get(name),
    replace(name, value, { applyAtProcessCreation }) {
      held.set(name, { value });
      done.push(`replace ${name} ${persistent} ${applyAtProcessCreation}`);
    },
    delete(name) {
      held.delete(name);
      done.push(`delete ${name}`);
    },
    [Symbol.iterator]: () => held.entries(),
  };
  return { collection, operations: () => done.splice(0) };
}

void test('a collection is not kept on disk from before its first value on, and only what differs is touched', () => {
  const { collection, operations } = recordedCollection();
  fillCollection(collection, { A: '1', B: '2' });
  assert.deepEqual(operations(), ['persistent false', 'replace A false true', 'replace B false true']);
  fillCollection(collection, { A: '1', B: '3' });
  assert.deepEqual(operations(), ['replace B false true']);
  fillCollection(collection, { A: '1' });
  assert.deepEqual(operations(), ['delete B']);
});
