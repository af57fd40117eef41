import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  chooseStore,
  copiesChoice,
  nextCandidate,
  readPlace,
  readUri,
  todayPlus,
  validateDate,
  validateName,
} from '../../client/movePlan.ts';
import type { MoveAllCandidate, StoreChoice } from '../../server/protocol/messages.ts';

const range = { start: { line: 1, character: 2 }, end: { line: 1, character: 9 } };
const today = new Date('2026-11-24T12:00:00Z');

function store(id: string, problem = ''): StoreChoice {
  return { id, label: id, detail: '', problem, advice: '' };
}

void test('the editor’s storage stands in for a keychain that cannot be used, never for Vault', () => {
  const choose = (family: 'keychain' | 'vault', ...stores: StoreChoice[]) => {
    const chosen = chooseStore(stores, family);
    return chosen && `${chosen.id} ${chosen.problem}`.trim();
  };
  assert.equal(choose('keychain', store('vault'), store('keychain')), 'keychain');
  assert.equal(choose('keychain', store('secretStorage'), store('keychain', 'absent')), 'secretStorage');
  assert.equal(choose('keychain', store('keychain', 'locked')), 'keychain locked');
  assert.equal(choose('vault', store('keychain'), store('secretStorage')), undefined);
  assert.equal(choose('vault', store('keychain'), store('vault', 'sealed')), 'vault sealed');
});

void test('a name is one of the environment’s, and free', () => {
  const problem = (name: string) => validateName(name, ['TAKEN']) ?? '';
  for (const good of ['STRIPE_API_KEY', ' _x9 ', 'a']) assert.equal(problem(good), '', good);
  assert.match(problem('  '), /Type a name/);
  for (const bad of ['9A', 'A-B', 'A B', 'Ä', 'A=B', 'A\nB']) assert.match(problem(bad), /letters, digits/, bad);
  assert.match(problem('TAKEN'), /another value/);
});

void test('an expiry is a real day to come, or nothing', () => {
  const problem = (date: string) => validateDate(date, today) ?? '';
  for (const good of ['', ' ', '2026-11-25', '2028-02-29']) assert.equal(problem(good), '', good);
  for (const bad of ['soon', '2026-13-01', '2027-02-29', '2026-1-1', '20261125'])
    assert.match(problem(bad), /YYYY/, bad);
  for (const past of ['2026-11-24', '2020-01-01']) assert.match(problem(past), /future/, past);
  assert.equal(todayPlus(90, today), '2027-02-22');
});

void test('Enter takes every place', () => {
  assert.deepEqual(copiesChoice(['b.py:3', 'b.py:9', 'c.go:1']), [
    { label: 'All 4 places', detail: 'Also b.py:3, b.py:9, c.go:1 (2 other files)', everywhere: true },
    { label: 'Only this one', everywhere: false },
  ]);
  assert.equal(
    copiesChoice(['1:1', '2:1', '3:1', '4:1', '5:1'])[0]?.detail,
    'Also 1:1, 2:1, 3:1, 4:1, and 1 more (5 other files)',
  );
});

void test('a candidate is found again after its text moved', () => {
  const candidate = (name: string, fingerprint?: string, line = 1): MoveAllCandidate => ({
    uri: 'file:///a.py',
    version: 1,
    range: { start: { line, character: 0 }, end: { line, character: 1 } },
    label: 'Token',
    name,
    copies: 0,
    refused: '',
    ...(fingerprint === undefined ? {} : { fingerprint }),
  });
  const now = [candidate('KEY', 'b', 7), candidate('OTHER', 'c', 9)];
  assert.equal(nextCandidate(now, candidate('KEY_2', 'b')), now[0]);
  assert.equal(nextCandidate(now, candidate('KEY', 'a')), undefined);
  assert.equal(nextCandidate(now, candidate('OTHER')), now[1]);
});

void test('a place is read from a code action or a row; anything else is none', () => {
  const place = { uri: 'file:///a.py', version: 3, range };
  assert.deepEqual(readPlace({ ...place, store: 'vault' }), place);
  assert.deepEqual(readPlace({ type: 'row', row: { uri: place.uri, range, label: 'x' } }), { ...place, version: null });
  assert.deepEqual(readPlace({ ...place, fingerprint: 'f' }), { ...place, fingerprint: 'f' });
  for (const none of [undefined, null, 1, 'x', {}, { uri: '', range }, { uri: 'a', range: {} }, { row: null }]) {
    assert.equal(readPlace(none), undefined);
  }
  assert.equal(readUri({ uri: 'file:///a.py' }), 'file:///a.py');
  for (const none of [undefined, {}, { uri: 3 }, { uri: '' }]) assert.equal(readUri(none), undefined);
});
