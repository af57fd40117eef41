import { type Connection, type Diagnostic, DiagnosticSeverity } from 'vscode-languageserver/node';
import type { Severity } from '../engine/detector.ts';
import type { FileFindings, LocatedFinding } from '../secrets/inventory.ts';
import type { StoppedRule } from '../workspace/detectorPool.ts';
import { severityOf } from '../workspace/rules.ts';
import type { FolderConfiguration } from './configuration.ts';
import { isOpen } from './fileFindings.ts';
import { uriOf } from './places.ts';

const source = 'keysweep';
/** VS Code shows no more in one file. */
const most = 1000;
const projectRules = 'https://github.com/keysweep/keysweep#rules';

const severities: Readonly<Record<Severity, DiagnosticSeverity>> = {
  error: DiagnosticSeverity.Error,
  warning: DiagnosticSeverity.Warning,
  information: DiagnosticSeverity.Information,
  hint: DiagnosticSeverity.Hint,
};

/** Findings and problems of packs can stand in the same document; each publishes without knowing of the other. */
export interface DiagnosticPublisher {
  publish(uri: string, part: 'findings' | 'rules', diagnostics: readonly Diagnostic[], version?: number): void;
  /** The client is leaving: nothing is published any more. */
  close(): void;
}

export function createPublisher(connection: Connection): DiagnosticPublisher {
  const shown = new Map<string, Map<string, readonly Diagnostic[]>>();
  let closed = false;
  return {
    close() {
      closed = true;
    },
    publish(uri, part, diagnostics, version) {
      if (closed) return;
      const parts = shown.get(uri) ?? new Map<string, readonly Diagnostic[]>();
      // Nothing was shown and nothing is. An open document still learns that this version was looked at.
      if (diagnostics.length === 0 && !parts.has(part) && version === undefined) return;
      if (diagnostics.length === 0) parts.delete(part);
      else parts.set(part, diagnostics);
      if (parts.size === 0) shown.delete(uri);
      else shown.set(uri, parts);
      const all = [...parts.values()].flat();
      void connection.sendDiagnostics({ uri, diagnostics: all, ...(version === undefined ? {} : { version }) });
    },
  };
}

/** The open findings of a file, most severe first where there are too many. `text` serves to keep every value out. */
export function findingDiagnostics(
  found: FileFindings,
  folder: FolderConfiguration,
  text: string,
): readonly Diagnostic[] {
  const all = found.findings
    .filter(isOpen)
    .map(finding => findingDiagnostic(finding, folder, text.slice(finding.start, finding.end)));
  if (all.length <= most) return all;
  const ranked = [...all].sort((a, b) => (a.severity ?? 1) - (b.severity ?? 1));
  return [
    ...ranked.slice(0, most - 1),
    {
      source,
      severity: DiagnosticSeverity.Information,
      range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } },
      message: `${all.length - most + 1} more secrets stand in this file. The Keysweep inventory lists all of them.`,
    },
  ];
}

function findingDiagnostic(finding: LocatedFinding, folder: FolderConfiguration, value: string): Diagnostic {
  const what = [finding.kind, finding.provider].filter(part => part !== '').join(', ');
  const message = `Hardcoded secret: ${finding.title} (${what}). Confidence: ${finding.confidence}.`;
  return {
    source,
    range: finding.range,
    severity: severities[severityOf(folder.rules.set, folder.settings, finding)],
    code: finding.rule,
    codeDescription: { href: explanation(finding.rule, folder) },
    message: withoutValue(message, value) ?? `Hardcoded secret (${finding.kind}). Confidence: ${finding.confidence}.`,
    data: { rule: finding.rule },
  };
}

/** A page about the rule. */
export function explanation(rule: string, folder: FolderConfiguration): string {
  const known = folder.ruleOf.get(rule);
  return (
    [known?.documentation, known?.rotate].find(link => link !== undefined && /^https:\/\//.test(link)) ?? projectRules
  );
}

/** The text, unless ten consecutive characters of the value stand in it. */
export function withoutValue(text: string, value: string): string | undefined {
  for (let at = 0; at + 10 <= text.length; at += 1) {
    if (value.includes(text.slice(at, at + 10))) return undefined;
  }
  return text;
}

/** Problems of the folder's packs and its rules that were stopped, by the URI of the pack. */
export function ruleDiagnostics(
  folder: FolderConfiguration,
  stopped: readonly StoppedRule[],
): ReadonlyMap<string, readonly Diagnostic[]> {
  const byPack = new Map<string, Diagnostic[]>(folder.rules.packFiles.map(file => [uriOf(file), []]));
  const add = (file: string, diagnostic: Diagnostic) => {
    const uri = uriOf(file);
    byPack.set(uri, [...(byPack.get(uri) ?? []), diagnostic]);
  };
  for (const { file, start, end, message, severity } of folder.rules.problems) {
    add(file, { source, range: { start, end }, severity: severities[severity], message });
  }
  for (const { rule, set } of stopped) {
    const origin = folder.rules.origins.get(rule);
    if (origin === undefined || set !== folder.rules.set.id) continue;
    add(origin.file, {
      source,
      range: { start: origin.start, end: origin.end },
      severity: DiagnosticSeverity.Error,
      code: rule,
      message: `The rule ${rule} took too long on a text and is switched off. Make its pattern simpler and save the pack: then it is tried again.`,
    });
  }
  return byPack;
}
