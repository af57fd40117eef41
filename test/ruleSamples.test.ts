import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileRules, type Finding } from '../server/engine/detector.ts';
import { compilePattern } from '../server/engine/pattern.ts';
import type { Rule } from '../server/engine/rulePack.ts';
import { plainHost } from './support/marked.ts';
import { ownRules } from './support/ownRules.ts';
import { type PatternSample, sampleOf } from './support/patternSample.ts';
import { randomOf } from './support/sample.ts';

const detector = compileRules(ownRules, plainHost);

/** Samples of a rule for each setting, and near misses of each kind. */
const samples = 3;
const leastFound = 0.99;
const mostMistaken = 0.005;

interface Setting {
  readonly name: string;
  readonly path: string;
  /** `NAME` stands for a name that the rule asks for, `VALUE` for the value. */
  readonly text: string;
  readonly write?: (value: string) => string;
}

/** Where a value may stand in any text. */
const settings: readonly Setting[] = [
  { name: 'JavaScript', path: 'src/client.js', text: "import { connect } from './net.js';\nconst NAME = 'VALUE';\n" },
  { name: 'TypeScript', path: 'src/client.ts', text: 'export const settings = { NAME: "VALUE", retries: 3 };\n' },
  { name: 'Python', path: 'app/client.py', text: 'import os\n\nNAME = "VALUE"\n' },
  { name: 'Go', path: 'cmd/main.go', text: 'package main\n\nfunc main() {\n\tNAME := "VALUE"\n}\n' },
  { name: 'Java', path: 'src/App.java', text: 'class App {\n  private static final String NAME = "VALUE";\n}\n' },
  { name: 'dotenv', path: '.env', text: '# settings\nPORT=8080\nNAME=VALUE\nDEBUG=1\n', write: dotenv },
  { name: 'YAML', path: 'config/app.yaml', text: 'app:\n  port: 8080\n  NAME: "VALUE"\n' },
  { name: 'JSON', path: 'config/app.json', text: '{\n  "port": 8080,\n  "NAME": "VALUE"\n}\n' },
  {
    name: 'address',
    path: 'notes.txt',
    text: 'GET https://api.acme.org/v1/items?NAME=VALUE\n',
    write: encodeURIComponent,
  },
  { name: 'shell', path: 'deploy.sh', text: '#!/bin/sh\nexport NAME="VALUE"\n./deploy\n' },
  { name: 'log', path: 'server.log', text: '2026-01-01T08:00:00Z INFO started NAME=VALUE status=ok\n', write: dotenv },
  { name: 'Markdown', path: 'README.md', text: '# Set-up\n\nSet NAME to `VALUE` and start it.\n' },
  { name: 'XML', path: 'config/app.xml', text: '<settings>\n  <NAME>VALUE</NAME>\n</settings>\n', write: markup },
  { name: 'base64', path: 'blob.txt', text: 'NAME=VALUE\n', write: dotenv },
];

/** A value with blanks stands in quotes there. */
function dotenv(value: string): string {
  return /[\s#]/.test(value) ? `"${value}"` : value;
}

function markup(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

interface Probe {
  readonly text: string;
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

function place(setting: Setting, name: string, value: string): Probe {
  const written = setting.write?.(value) ?? value;
  const filled = setting.text.replaceAll('NAME', name);
  const start = filled.indexOf('VALUE');
  const text = filled.replace('VALUE', () => written);
  if (setting.name !== 'base64') return { text, path: setting.path, start, end: start + written.length };
  const blob = Buffer.from(text).toString('base64');
  return { text: `blob ${blob}\n`, path: setting.path, start: 5, end: 5 + blob.length };
}

function overlapping({ text, path, start, end }: Probe): readonly Finding[] {
  return detector.detect({ text, path }).findings.filter(finding => finding.start < end && start < finding.end);
}

/** A name that the rule asks for beside its value, else one that says nothing. */
function nameFor(rule: Rule): string {
  const word = rule.named ? [...rule.keywords].sort((a, b) => b.length - a.length)[0] : rule.context[0];
  if (word === undefined) return 'value';
  const base = word.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_|_$/g, '');
  return /(?:key|token|secret|password)$/.test(base) ? base : `${base}_api_key`;
}

/** The value is all of what the pattern describes, but for its borders: it may stand anywhere. */
function isFree({ start, end, text }: PatternSample): boolean {
  return start <= 1 && end >= text.length - 1 && !text.slice(start, end).includes('\n');
}

const tested = ownRules.filter(rule => rule.report && rule.pattern !== '');

test('what a rule describes is found, in any setting', t => {
  const tally = new Map<string, { found: number; named: number; all: number }>();
  const missed = new Map<string, number>();
  for (const rule of tested) {
    for (let seed = 0; seed < samples; seed++) {
      const made = sampleOf(rule.pattern, seed);
      if (made === undefined) continue;
      for (const [setting, probe] of probesOf(rule, made)) {
        const findings = overlapping(probe).filter(
          ({ confidence }) => confidence !== 'low' || rule.confidence === 'low',
        );
        const count = tally.get(setting) ?? { found: 0, named: 0, all: 0 };
        count.all++;
        if (findings.length > 0) count.found++;
        else missed.set(`${rule.id} in ${setting}`, (missed.get(`${rule.id} in ${setting}`) ?? 0) + 1);
        if (findings.some(finding => finding.rule === rule.id || finding.provider === rule.provider)) count.named++;
        tally.set(setting, count);
      }
    }
  }
  let found = 0;
  let named = 0;
  let all = 0;
  for (const [setting, count] of tally) {
    t.diagnostic(`${setting}: ${count.found} of ${count.all} found, ${count.named} with their provider`);
    found += count.found;
    named += count.named;
    all += count.all;
  }
  t.diagnostic(
    `${tested.length} rules: ${found} of ${all} found (${share(found, all)}), ${share(named, all)} with their provider`,
  );
  assert.ok(
    found >= leastFound * all,
    `missed: ${[...missed].map(([what, times]) => `${what} (${times})`).join(', ')}`,
  );
});

function probesOf(rule: Rule, made: PatternSample): (readonly [string, Probe])[] {
  const value = made.text.slice(made.start, made.end);
  if (isFree(made)) return settings.map(setting => [setting.name, place(setting, nameFor(rule), value)] as const);
  // What must stand around the value stands there as it is: only texts that keep a line as it is can hold it.
  const context = rule.context.length > 0 ? `${rule.context[0]}\n` : '';
  return whole.map(({ name, path, before, after }) => {
    const start = context.length + before.length + made.start;
    const text = `${context}${before}${made.text}${after}`;
    return [name, { text, path, start, end: start + value.length }] as const;
  });
}

const whole = [
  { name: 'text as it is', path: 'notes.txt', before: '', after: '\n' },
  { name: 'text in Markdown', path: 'README.md', before: '# Set-up\n\n```\n', after: '\n```\n' },
  { name: 'text in a shell script', path: 'deploy.sh', before: '#!/bin/sh\n', after: '\n./deploy\n' },
  { name: 'text in a log', path: 'server.log', before: '08:00:00 INFO started\n', after: '\n08:00:01 INFO ready\n' },
];

test('what is one off is not reported under its provider', t => {
  const mistaken = new Map<string, number>();
  let wrong = 0;
  let all = 0;
  const byProvider = Map.groupBy(ownRules, rule => rule.provider);
  for (const rule of tested) {
    if (rule.provider === '') continue;
    const alike = (byProvider.get(rule.provider) ?? []).flatMap(({ pattern }) => expressionsOf(pattern));
    for (let seed = 0; seed < samples; seed++) {
      const made = sampleOf(rule.pattern, seed);
      if (made === undefined || !isFree(made)) continue;
      for (const [kind, value] of nearMisses(made.text.slice(made.start, made.end), rule.id, seed)) {
        if (alike.some(expression => expression.test(` ${value} `))) continue;
        const setting = settings[(seed * 5 + kind.length) % (settings.length - 1)];
        if (setting === undefined) continue;
        const findings = overlapping(place(setting, nameFor(rule), value));
        all++;
        if (findings.every(({ provider }) => provider !== rule.provider)) continue;
        wrong++;
        const what = `${rule.id}: ${kind} in ${setting.name}`;
        mistaken.set(what, (mistaken.get(what) ?? 0) + 1);
      }
    }
  }
  t.diagnostic(`${wrong} of ${all} near misses reported under their provider (${share(wrong, all)})`);
  assert.ok(wrong <= mostMistaken * all, `mistaken: ${[...mistaken.keys()].join(', ')}`);
});

function expressionsOf(pattern: string): RegExp[] {
  const compiled = pattern === '' ? undefined : compilePattern(pattern);
  return compiled ? [new RegExp(compiled.source, compiled.flags)] : [];
}

/** A unit fewer, a unit more, one that no provider uses, letters right before and right after. */
function nearMisses(value: string, id: string, seed: number): (readonly [string, string])[] {
  const random = randomOf(`${id}#${seed}`);
  const middle = Math.max(1, value.length - 1 - random(Math.max(1, Math.min(6, value.length >> 1))));
  const extra = value.charAt(middle);
  return [
    ['a unit fewer', value.slice(0, middle) + value.slice(middle + 1)],
    ['a unit more', value.slice(0, middle) + extra + value.slice(middle)],
    ['a strange unit', `${value.slice(0, value.length >> 1)}~${value.slice((value.length >> 1) + 1)}`],
    ['a letter before', `x${value}`],
    ['a letter after', `${value}x`],
  ];
}

const share = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(2)} %`;
