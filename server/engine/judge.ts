import type { Candidate } from './candidate.ts';
import { satisfies } from './checksum.ts';
import { type Confidence, confidences, type Finding, type Host, type Source } from './finding.ts';
import type { Rule } from './rulePack.ts';

export function makeJudge(
  rules: readonly Rule[],
  host: Host,
): (source: Source, candidates: readonly Candidate[]) => Finding[] {
  return (source, candidates) => {
    const ranked = candidates
      .map(candidate => ({
        candidate,
        rank: confidences.indexOf(candidate.confidence ?? rules[candidate.rule]?.confidence ?? 'low'),
      }))
      .sort((a, b) => a.rank - b.rank || b.candidate.end - b.candidate.start - (a.candidate.end - a.candidate.start));
    const chosen: Candidate[] = [];
    for (const { candidate } of ranked) {
      if (chosen.some(other => other.start < candidate.end && candidate.start < other.end)) continue;
      chosen.push(candidate);
    }
    return chosen
      .sort((a, b) => a.start - b.start)
      .flatMap(candidate => {
        const rule = rules[candidate.rule];
        return rule === undefined || !rule.report ? [] : [find(source, candidate, rule, host)];
      });
  };
}

function find(source: Source, candidate: Candidate, rule: Rule, host: Host): Finding {
  const value = source.text.slice(candidate.start, candidate.end);
  const passed = rule.checksum === undefined ? undefined : satisfies(rule.checksum, value, host.sha256.bind(host));
  const confidence: Confidence =
    passed === true ? 'certain' : passed === false ? 'medium' : (candidate.confidence ?? rule.confidence);
  return {
    rule: rule.id,
    title: candidate.title ?? rule.title,
    provider: candidate.provider ?? rule.provider,
    kind: candidate.kind ?? rule.kind,
    confidence,
    severity: rule.severity,
    start: candidate.start,
    end: candidate.end,
    assigned: '',
    variable:
      (candidate.purpose ?? rule.title)
        .toUpperCase()
        .replace(/[^A-Z0-9]+/g, '_')
        .replace(/^[^A-Z]+|_+$/g, '') || 'SECRET',
    parts: candidate.parts,
    evidence: candidate.evidence,
    fingerprint: host.fingerprint(value),
    guessable: false,
    ...(candidate.expires !== undefined && { expires: candidate.expires }),
  };
}
