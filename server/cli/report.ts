import { createHash } from 'node:crypto';
import type { Confidence, Finding, Kind, Severity } from '../engine/detector.ts';
import type { Rule } from '../engine/rulePack.ts';
import { printable } from './session.ts';

/* Reports hold no value: what stands for it is its keyed fingerprint. */

export const reportFormats = ['text', 'json', 'sarif'] as const;
export type ReportFormat = (typeof reportFormats)[number];

export interface ReportedFinding {
  /** Relative to the current folder, with `/`. */
  readonly path: string;
  /** UTF-16 offsets on the raw text, end excluded. */
  readonly start: number;
  readonly end: number;
  /** 1-based; columns in UTF-16 units. */
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly rule: string;
  readonly title: string;
  readonly kind: Kind;
  readonly provider: string;
  readonly confidence: Confidence;
  readonly severity: Severity;
  readonly fingerprint: string;
  readonly assigned: string;
}

/** What a report says, in pieces that can be written one after the other. */
export function report(
  format: ReportFormat,
  findings: readonly ReportedFinding[],
  rules: readonly Rule[],
  version: string,
): Iterable<string> {
  switch (format) {
    case 'text':
      return textReport(findings);
    case 'json':
      return jsonReport(findings);
    case 'sarif':
      return sarifReport(findings, rules, version);
  }
}

function* textReport(findings: readonly ReportedFinding[]): Iterable<string> {
  for (const { path, line, column, title, confidence, rule } of findings) {
    yield `${printable(`${path}:${line}:${column}: ${title} (${confidence}) [${rule}]`)}\n`;
  }
  const files = new Set(findings.map(each => each.path)).size;
  if (findings.length === 0) yield 'No secrets found.\n';
  else yield `\n${counted(findings.length, 'secret')} in ${counted(files, 'file')}.\n`;
}

function counted(count: number, thing: string): string {
  return `${count} ${thing}${count === 1 ? '' : 's'}`;
}

function* jsonReport(findings: readonly ReportedFinding[]): Iterable<string> {
  yield '{ "findings": [';
  let separator = '\n  ';
  for (const { path, start, end, line, endLine, rule, kind, provider, confidence, fingerprint } of findings) {
    yield separator +
      JSON.stringify({ path, start, end, line, endLine, rule, kind, provider, confidence, fingerprint });
    separator = ',\n  ';
  }
  yield findings.length === 0 ? '] }\n' : '\n] }\n';
}

/** SARIF 2.1.0 (OASIS). Columns and offsets are UTF-16 units; CWE ids stand as taxa. */
function* sarifReport(findings: readonly ReportedFinding[], rules: readonly Rule[], version: string): Iterable<string> {
  const used = usedRules(findings, rules);
  const index = new Map(used.map((rule, position) => [rule.id, position]));
  const cwes = [...new Set(used.map(rule => cweOf(rule.kind).id))].sort();
  const driver = {
    name: 'Keysweep',
    version,
    semanticVersion: version,
    informationUri: 'https://github.com/keysweep/keysweep',
    rules: used.map(rule => sarifRule(rule, cwes)),
    supportedTaxonomies: [{ name: 'CWE', index: 0, guid: cweGuid }],
  };
  yield '{\n"$schema": "https://json.schemastore.org/sarif-2.1.0.json",\n"version": "2.1.0",\n"runs": [{\n';
  yield `"tool": ${JSON.stringify({ driver })},\n"taxonomies": ${JSON.stringify([cweTaxonomy(cwes)])},\n`;
  yield '"columnKind": "utf16CodeUnits",\n"originalUriBaseIds": { "%SRCROOT%": { "description": { "text": "The folder that was scanned." } } },\n';
  yield '"results": [';
  let separator = '\n';
  const places = new Map<string, number>();
  for (const finding of findings) {
    yield separator + JSON.stringify(sarifResult(finding, index.get(finding.rule) ?? -1, places));
    separator = ',\n';
  }
  yield '\n]\n}]\n}\n';
}

interface UsedRule {
  readonly id: string;
  readonly title: string;
  readonly description: string;
  readonly kind: Kind;
  readonly severity: Severity;
  readonly documentation: string;
}

/** The rules that found something; one that is not in the set (of another folder's pack) is described by its findings. */
function usedRules(findings: readonly ReportedFinding[], rules: readonly Rule[]): readonly UsedRule[] {
  const known = new Map(rules.map(rule => [rule.id, rule]));
  const used = new Map<string, UsedRule>();
  for (const { rule, title, kind, severity } of findings) {
    if (used.has(rule)) continue;
    const { description = '', documentation = '' } = known.get(rule) ?? {};
    used.set(rule, { id: rule, title, description: description || title, kind, severity, documentation });
  }
  return [...used.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function sarifRule(rule: UsedRule, cwes: readonly string[]): object {
  const cwe = cweOf(rule.kind);
  return {
    id: rule.id,
    name: rule.id.replace(/(^|[^A-Za-z0-9]+)([A-Za-z0-9])/g, (_all, _gap: string, first: string) =>
      first.toUpperCase(),
    ),
    shortDescription: { text: rule.title },
    fullDescription: { text: rule.description },
    ...(/^https?:/.test(rule.documentation) ? { helpUri: rule.documentation } : {}),
    defaultConfiguration: { level: levelOf(rule.severity) },
    properties: {
      tags: ['security', `external/cwe/cwe-${cwe.id}`, 'NHI2:2025'],
      'security-severity': securitySeverity[rule.severity],
    },
    relationships: [
      {
        target: { id: cwe.id, index: cwes.indexOf(cwe.id), toolComponent: { name: 'CWE', index: 0, guid: cweGuid } },
        kinds: ['superset'],
      },
    ],
  };
}

function sarifResult(finding: ReportedFinding, ruleIndex: number, places: Map<string, number>): object {
  const { path, start, end, line, column, endLine, endColumn } = finding;
  return {
    ruleId: finding.rule,
    ruleIndex,
    level: levelOf(finding.severity),
    message: {
      text: `${finding.title}, ${finding.confidence}. Move it into a keychain or vault, and rotate it if it was shared.`,
    },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: path.split('/').map(encodeURIComponent).join('/'), uriBaseId: '%SRCROOT%' },
          region: {
            startLine: line,
            startColumn: column,
            endLine,
            endColumn,
            charOffset: start,
            charLength: end - start,
          },
        },
      },
    ],
    partialFingerprints: { 'place/v1': placeOf(finding, places), 'value/v1': finding.fingerprint },
    properties: { confidence: finding.confidence, kind: finding.kind, provider: finding.provider },
  };
}

/** The same on every machine and after lines moved, without the value: rule, file, assigned name, and the how-many-eth of these. */
function placeOf({ rule, path, assigned }: ReportedFinding, places: Map<string, number>): string {
  const place = [rule, path, assigned].join('\0');
  const count = places.get(place) ?? 0;
  places.set(place, count + 1);
  return createHash('sha256').update(`${place}\0${count}`).digest('hex').slice(0, 32);
}

function levelOf(severity: Severity): 'error' | 'warning' | 'note' {
  if (severity === 'error' || severity === 'warning') return severity;
  return 'note';
}

/** Read by code scanning pages: https://docs.github.com/code-security (security-severity). */
const securitySeverity: Readonly<Record<Severity, string>> = {
  error: '9.0',
  warning: '7.0',
  information: '4.0',
  hint: '2.0',
};

/** GUID of the CWE taxonomy, fixed so that runs agree. */
const cweGuid = 'f2a8c1f0-7a51-4a5a-9d0c-2f9d4f6a5b1e';

interface Cwe {
  readonly id: string;
  readonly name: string;
}

const hardCodedCredentials: Cwe = { id: '798', name: 'Use of Hard-coded Credentials' };
const hardCodedPassword: Cwe = { id: '259', name: 'Use of Hard-coded Password' };
const hardCodedKey: Cwe = { id: '321', name: 'Use of Hard-coded Cryptographic Key' };
const cwesByKind: Partial<Record<Kind, Cwe>> = {
  password: hardCodedPassword,
  key: hardCodedKey,
  certificate: hardCodedKey,
};

function cweOf(kind: Kind): Cwe {
  return cwesByKind[kind] ?? hardCodedCredentials;
}

function cweTaxonomy(ids: readonly string[]): object {
  const all = [hardCodedCredentials, hardCodedPassword, hardCodedKey];
  return {
    name: 'CWE',
    version: '4.18',
    guid: cweGuid,
    organization: 'MITRE',
    informationUri: 'https://cwe.mitre.org/',
    shortDescription: { text: 'Common Weakness Enumeration' },
    taxa: ids.map(id => ({
      id,
      name: all.find(cwe => cwe.id === id)?.name ?? id,
      helpUri: `https://cwe.mitre.org/data/definitions/${id}.html`,
    })),
  };
}

/** Turns offsets of one text into lines and columns, both 1-based. */
export function locator(text: string): (offset: number) => { readonly line: number; readonly column: number } {
  const starts = [0];
  for (const match of text.matchAll(/\r\n|\r|\n/g)) starts.push(match.index + match[0].length);
  return offset => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

export function reported(
  finding: Finding,
  path: string,
  severity: Severity,
  locate: ReturnType<typeof locator>,
): ReportedFinding {
  const from = locate(finding.start);
  // The last character of the value, not the first one behind it: a value that ends a line ends on that line.
  const last = locate(Math.max(finding.start, finding.end - 1));
  const { start, end, rule, title, kind, provider, confidence, fingerprint, assigned } = finding;
  return {
    path,
    start,
    end,
    line: from.line,
    column: from.column,
    endLine: last.line,
    endColumn: last.column + 1,
    rule,
    title,
    kind,
    provider,
    confidence,
    severity,
    fingerprint,
    assigned,
  };
}
