import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readPattern } from '../../server/engine/pattern.ts';

/** Text in, the match marked with `«»`; without marks nothing may match. The group's value is marked, not the whole match. */
function check(pattern: string, marked: string): void {
  const read = readPattern(pattern);
  assert.equal(read.kind, 'pattern', `${pattern}: ${JSON.stringify(read)}`);
  if (read.kind !== 'pattern') return;
  const text = marked.replace(/[«»]/g, '');
  const match = new RegExp(read.pattern.source, `d${read.pattern.flags}`).exec(text);
  const group = read.pattern.value.find(index => match?.indices?.[index] !== undefined);
  const [start, end] = match?.indices?.[group ?? 0] ?? [-1, -1];
  const shown = start < 0 ? text : `${text.slice(0, start)}«${text.slice(start, end)}»${text.slice(end)}`;
  assert.equal(shown, marked, pattern);
}

function refuse(pattern: string, message: RegExp, offset: number): void {
  const read = readPattern(pattern);
  assert.equal(read.kind, 'problem', pattern);
  if (read.kind !== 'problem') return;
  assert.match(read.message, message);
  assert.equal(read.offset, offset, pattern);
}

test('RE2 syntax keeps its meaning', () => {
  check('ab+c', 'x«abbc»');
  check('(?i)KeY', '«kEy»');
  check('(?i)k', '«\u212a»');
  check('(?i)\u017f\u017f', '«sS»');
  check('(?i)\\w+', '\u00e9«k\u212a\u017f»');
  check('(?i)[\\W]', 'sk\u212a«-»');
  check('(?i)[^k]', 'K\u212a«s»');
  check('(?i)\u03c3+', '«\u03c3\u03c2\u03a3»');
  check('a(?i)b', 'ab aB'.replace('ab', '«ab»'));
  check('a(?i:b)c', 'aBC «aBc»');
  check('(?i)a(?-i)b', 'AB «Ab»');
  check('a.c', 'a\nc «a\rc»');
  check('(?s)a.c', '«a\nc»');
  check('a\\sb', 'a\u00a0b a\vb «a\tb»');
  check('^b', 'a\nb');
  check('(?m)^b$', 'a\n«b»\nc');
  check('b$', 'b\n');
  check('\\Aab\\z', '«ab»');
  check('\\Q.+\\E+', 'x«.++»');
  check('[[:xdigit:]]+', 'g«09afAF»');
  check('[^[:alpha:]\\d]', 'a1«-»');
  check('[]a]+', '«]a»');
  check('[\\w.-]+', '«a.b-c»');
  check('\\pL+', '1«é»');
  check('\\p{Greek}', 'a«β»');
  check('[^\\pL]', 'é«1»');
  check('.{2}x', '«😀ax»');
  check('\\x41\\x{1F600}', '«A😀»');
  check('a{2}b{0,1}', '«aab»');
  check('a{,2}', '«a{,2}»');
  check('(?U)a+', '«a»aa');
  check('x*?y', '«xxy»');
});

test('the value is the group named secret, else the first that took part', () => {
  check('key=(\\w+)', 'key=«abc»');
  check('(?:a(1)|b(2))', 'b«2»');
  check('(a)(?P<secret>b)', 'a«b»');
  check('(?<secret>b)c', '«b»c');
});

test('what RE2 refuses is refused at its place', () => {
  refuse('a(?=b)', /look-ahead/, 1);
  refuse('(?<!a)b', /look-ahead/, 0);
  refuse('(a)\\1', /back-references/, 3);
  refuse('(?P=a)', /references/, 0);
  refuse('(a', /no `\)`/, 0);
  refuse('a)', /without/, 1);
  refuse('[a', /no `\]`/, 0);
  refuse('[z-a]', /backwards/, 1);
  refuse('*a', /nothing to repeat/, 0);
  refuse('a**', /directly follows/, 2);
  refuse('a{1001}', /more than 1000/, 1);
  refuse('(?:a{40}){40}', /more than 1000/, 9);
  refuse('a{3,2}', /larger/, 1);
  refuse('\\y', /escape/, 0);
  refuse('\\', /lone/, 0);
  refuse('[[:foo:]]', /class/, 1);
  refuse('\\p{Nonsense}', /Unicode class/, 0);
  refuse('('.repeat(500), /nested/, 200);
});

test('what every match holds is known, and where', () => {
  const facts = (pattern: string): unknown => {
    const read = readPattern(pattern);
    if (read.kind === 'problem') return read;
    const { literals, offset, shortest, longest } = read.pattern;
    return { literals: [...literals].sort(), offset, shortest, longest };
  };
  assert.deepEqual(facts('\\b(ab_[a-z]{4,8})\\b'), { literals: ['ab_'], offset: 0, shortest: 7, longest: 11 });
  assert.deepEqual(facts('x[pq]_[0-9]'), { literals: ['xp_', 'xq_'], offset: 0, shortest: 4, longest: 4 });
  assert.deepEqual(facts('[0-9a-z]{3}-AbC'), { literals: ['-abc'], offset: 3, shortest: 7, longest: 7 });
  assert.deepEqual(facts('(?i)acme.{0,5}[a-f]{40}'), { literals: ['acme'], offset: 0, shortest: 44, longest: 54 });
  assert.deepEqual(facts('(?:one|two)\\d+'), {
    literals: ['one', 'two'],
    offset: 0,
    shortest: 4,
    longest: Number.MAX_SAFE_INTEGER,
  });
  // A dot that ends a solid run is rarer than a letter in front of it.
  assert.deepEqual(facts('[mn][0-9a-z]{23}\\.[a-z]{6}'), { literals: ['.'], offset: 24, shortest: 31, longest: 31 });
  assert.deepEqual(facts('[a-z]+'), { literals: [], offset: -1, shortest: 1, longest: Number.MAX_SAFE_INTEGER });
});
