import { makeCollector } from './collector.ts';
import { collectEncoded } from './encoded.ts';
import type { PackException } from './exception.ts';
import { makeExplainer } from './explanation.ts';
import * as finding from './finding.ts';
import { makeJudge } from './judge.ts';
import { day } from './jwt.ts';
import { type Looked, lookAgain, lookAt } from './revise.ts';
import type { Rule } from './rulePack.ts';

export type Source = finding.Source;
export type Edit = finding.Edit;
export type Kind = finding.Kind;
export type Confidence = finding.Confidence;
export type Severity = finding.Severity;
export type PartRole = finding.PartRole;
export type Part = finding.Part;
export type Finding = finding.Finding;
export type Certificate = finding.Certificate;
export type Detection = finding.Detection;
export type Detected = finding.Detected;
export type Host = finding.Host;
export type Verdict = finding.Verdict;
export type Explanation = finding.Explanation;

export const { kinds, confidences, severities, partRoles } = finding;

export interface Detector {
  readonly rules: readonly Rule[];
  /** Never throws. Time is linear in the text. */
  detect(source: Source): Detected;
  /** Equal to `detect` of the edited text; looks again only at what the edit can have changed. */
  update(previous: Detected, edit: Edit): Detected;
  /** Why `detect` finds what it finds in `[start, end)`, and nothing else. Takes longer than `detect`. */
  explain(source: Source, start: number, end: number): Explanation;
}

/** Rules are compiled lazily: a pattern when its keyword is first met. `exceptions` are those that packs make for rules of others. */
export function compileRules(rules: readonly Rule[], host: Host, exceptions: readonly PackException[] = []): Detector {
  const judge = makeJudge(rules, host, exceptions);
  const steps = {
    collect: collectEncoded(makeCollector(rules, host), judge, rules),
    judge,
    local: !rules.some(rule => rule.require !== undefined || rule.keywordsAnywhere),
  };
  const explain = makeExplainer(rules, steps);
  /** An answer of this detector, and how it came about. */
  class Answer implements Detected {
    readonly source: Source;
    readonly findings: readonly Finding[];
    readonly certificates: readonly Certificate[];
    readonly #looked: Looked;

    constructor(looked: Looked) {
      const { findings, certificates } = joinCertificates(
        looked.source,
        looked.findings,
        looked.collected.certificates,
      );
      this.source = looked.source;
      this.findings = findings;
      this.certificates = certificates;
      this.#looked = looked;
    }

    static lookOf(detected: Detected): Looked | undefined {
      return #looked in detected ? detected.#looked : undefined;
    }
  }
  return {
    rules,
    explain,
    detect: source => new Answer(lookAt(source, steps)),
    update: (previous, edit) => {
      const source = { ...previous.source, text: applyEdit(previous.source.text, edit) };
      const looked = Answer.lookOf(previous);
      return new Answer((looked && lookAgain(looked, edit, source, steps)) ?? lookAt(source, steps));
    },
  };
}

/** A certificate beside a private key completes that; the others stand for themselves. */
function joinCertificates(
  source: Source,
  findings: readonly Finding[],
  certificates: readonly Certificate[],
): finding.Detection {
  const keys = findings.filter(({ start }) => source.text.startsWith('-----BEGIN', start));
  if (certificates.length === 0 || keys.length === 0) return { findings, certificates };
  const beside = (key: Finding, { start, end }: Certificate): boolean =>
    Math.max(start - key.end, key.start - end) < besides && (start >= key.end || end <= key.start);
  const joined = findings.map(found => {
    if (!source.text.startsWith('-----BEGIN', found.start)) return found;
    const own = certificates.filter(certificate => beside(found, certificate));
    const [first] = own.toSorted((a, b) => a.expires - b.expires);
    if (first === undefined) return found;
    const parts = own.map(({ start, end }): Part => ({ role: 'certificate', start, end }));
    return {
      ...found,
      parts: [...found.parts, ...parts].sort((a, b) => a.start - b.start),
      evidence: [...found.evidence, `Its certificate stands beside it, good until ${day(first.expires)}.`],
    };
  });
  return {
    findings: joined,
    certificates: certificates.filter(certificate => !keys.some(key => beside(key, certificate))),
  };
}

/** Units between a key and its certificate: the rest of a chain and some lines of settings. */
const besides = 8000;

function applyEdit(text: string, edit: Edit): string {
  return text.slice(0, edit.start) + edit.text + text.slice(Math.max(edit.start, edit.end));
}
