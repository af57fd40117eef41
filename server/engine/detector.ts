import { makeCollector } from './collector.ts';
import * as finding from './finding.ts';
import { makeJudge } from './judge.ts';
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

export const { kinds, confidences, severities, partRoles } = finding;

export interface Detector {
  readonly rules: readonly Rule[];
  /** Never throws. Time is linear in the text. */
  detect(source: Source): Detected;
  /** Equal to `detect` of the edited text; looks again only at what the edit can have changed. */
  update(previous: Detected, edit: Edit): Detected;
}

/** Rules are compiled lazily: a pattern when its keyword is first met. */
export function compileRules(rules: readonly Rule[], host: Host): Detector {
  const collect = makeCollector(rules, host);
  const judge = makeJudge(rules, host);
  const detect = (source: Source): Detected => {
    const { candidates, certificates } = collect(source);
    return { source, findings: judge(source, candidates), certificates };
  };
  return {
    rules,
    detect,
    update: (previous, edit) => detect({ ...previous.source, text: applyEdit(previous.source.text, edit) }),
  };
}

function applyEdit(text: string, edit: Edit): string {
  return text.slice(0, edit.start) + edit.text + text.slice(Math.max(edit.start, edit.end));
}
