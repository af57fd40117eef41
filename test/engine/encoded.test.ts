import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRules } from '../../server/engine/detector.ts';
import { readRulePack } from '../../server/engine/rulePack.ts';
import { plainHost } from '../support/marked.ts';
import { sample } from '../support/sample.ts';

const { pack } = readRulePack(
  {
    rules: [
      { id: 'acme', pattern: '\\bacme\\+[0-9a-f]{32}\\b', provider: 'Acme' },
      { id: 'jwt', structure: 'jwt' },
    ],
  },
  true,
);
const detector = compileRules(pack.rules, plainHost);
const token = sample('acme+{hex:32}');

/** Text in with what must be found marked by `«»`. */
function check(marked: string, evidence?: RegExp): void {
  const text = marked.replace(/[«»]/g, '');
  const { findings } = detector.detect({ text, path: 'a.txt' });
  const shown = [...findings]
    .reverse()
    .reduce((all, { start, end }) => `${all.slice(0, start)}«${all.slice(start, end)}»${all.slice(end)}`, text);
  assert.equal(shown, marked);
  if (evidence) assert.match(findings[0]?.evidence.join(' ') ?? '', evidence);
}

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const hex = (text: string): string => Buffer.from(text).toString('hex');

test('a value is found in what is encoded, three times over', () => {
  check(`blob «${base64(`token ${token}`)}» end`, /in base64/);
  check(`blob: "«${hex(`token ${token}`)}»"`, /in hex/);
  check(`blob «${base64(base64(base64(token)))}»`);
  check(`blob ${base64(base64(base64(base64(base64(token)))))}`);
  check(`https://acme.org/?token=«${encodeURIComponent(token)}»&x=1`, /in percent signs/);
  check(`blob «${Buffer.from(`{"token":"${token}"}`).toString('base64url')}» end`);
});

test('what decodes to nothing readable is left, and nothing is found twice', () => {
  check(`sha512-${sample('{base64:86}')}==`);
  check(`blob ${base64('no token stands in here, not at all')}`);
  check(`100%2 %zz%41 ${'%2'.repeat(40)}`);
  check(`«${token}»?a=%20b`);
  check(`${base64('x'.repeat(20_000))} «${token}»`);
});
