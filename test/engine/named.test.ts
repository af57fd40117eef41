import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRules } from '../../server/engine/detector.ts';
import { readRulePack } from '../../server/engine/rulePack.ts';
import { plainHost } from '../support/marked.ts';
import { sample } from '../support/sample.ts';

const { pack } = readRulePack(
  {
    rules: [
      {
        id: 'acme',
        names: ['acme_labs'],
        pattern: '([0-9a-f]{32})(?:\\W|$)',
        provider: 'Acme Labs',
        confidence: 'medium',
      },
      { id: 'box', words: ['box'], pattern: '([A-Za-z0-9]{24})(?:\\W|$)', provider: 'Box', confidence: 'medium' },
    ],
  },
  true,
);
const detector = compileRules(pack.rules, plainHost);
const hex = sample('{hex:32}');
const mixed = sample('{A-Za-z0-9:24}');

/** What is found stands in `«»`, at low confidence in `‹›`; H and M stand for a value of either rule. */
function check(marked: string): void {
  const filled = marked.replaceAll('HHHH', hex).replaceAll('MMMM', mixed);
  const text = filled.replace(/[«»‹›]/g, '');
  const shown = [...detector.detect({ text, path: 'notes.txt' }).findings]
    .reverse()
    .reduce((all, { start, end, confidence }) => {
      const [open, close] = confidence === 'low' ? '‹›' : '«»';
      return `${all.slice(0, start)}${open}${all.slice(start, end)}${close}${all.slice(end)}`;
    }, text);
  assert.equal(shown, filled);
}

test('a value is found beside the name of its provider, however both are written', () => {
  check('ACME_LABS_API_KEY=«HHHH»');
  check('acmeLabs: { token: "«HHHH»" }');
  check("const client = new AcmeLabs('«HHHH»');");
  check('acme-labs:\n  region: eu\n  api_key: «HHHH»\n');
  check('<acmeLabsToken>\n  «HHHH»\n</acmeLabsToken>');
  check('$acmelabsSecret .= "«HHHH»";');
  check('the acme labs key is «HHHH».');
  check('System.setProperty("ACME_LABS_TOKEN", "«HHHH»")');
  check('acme_labs login --token «HHHH»');
  check('curl https://api.acmelabs.com/v1 -H "X-Api-Key: «HHHH»"');
  check('curl -H "X-Api-Key: «HHHH»" https://api.acmelabs.com/v1');
  check('acme_labs accessKEY «HHHH»');
  check('"config.ini": "A=1\\nACME_LABS_TOKEN=«HHHH»\\nB=2"');
});

test('what a name beside it calls a checksum, a revision or an address is left', () => {
  check('acme_labs_commit = "HHHH"');
  check('https://acmelabs.com/assets/HHHH.js');
  check('acme_labs:\n  image: web\n  digest: HHHH');
  check('pacmelabs_key = "HHHH"');
  check('acme labs\n\n\n\n\nkey: HHHH');
  check(`acme_labs_key = "${hex}a"`);
});

test('a name that is a word as well counts right beside a word for a secret', () => {
  check('box_token = "«MMMM»"');
  check('BOX_CLIENT_SECRET=«MMMM»');
  check('the box whose lid has the key ‹MMMM›');
  check('boxes_key = "MMMM"');
});

test('an id that completes a secret is a part of its finding, and none of its own', () => {
  const { pack } = readRulePack(
    {
      rules: [
        { id: 'secret', names: ['acme'], pattern: '([0-9a-f]{40})(?:\\W|$)', pair: { rule: 'key', role: 'id' } },
        { id: 'key', names: ['acme'], pattern: '([0-9a-f]{32})(?:\\W|$)' },
        { id: 'lone', names: ['zeta'], pattern: '([0-9a-f]{40})(?:\\W|$)' },
      ],
    },
    true,
  );
  const paired = compileRules(pack.rules, plainHost);
  const secret = sample('{hex:40}');
  const parts = (text: string) =>
    paired
      .detect({ text, path: 'a.env' })
      .findings.map(({ rule, parts }) => [
        rule,
        ...parts.map(({ role, start, end }) => `${role} ${text.slice(start, end)}`),
      ]);
  assert.deepEqual(parts(`ACME_API_KEY=${hex}\nACME_API_SECRET=${secret}\n`), [['secret', `id ${hex}`]]);
  assert.deepEqual(parts(`ACME_API_KEY=${hex}\n`), [['key']]);
  assert.deepEqual(parts(`ZETA_CLIENT_ID=web-42\nZETA_SECRET=${secret}\n`), [['lone', 'id web-42']]);
});
