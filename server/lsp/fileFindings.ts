import type { TextDocument } from 'vscode-languageserver-textdocument';
import type { Detection, Finding } from '../engine/detector.ts';
import type { FileFindings, LocatedFinding } from '../secrets/inventory.ts';
import { acceptanceIn } from '../workspace/accepted.ts';
import { allowedBy } from '../workspace/rules.ts';
import { type FolderConfiguration, rank } from './configuration.ts';
import { rangeOf } from './places.ts';

/** What a detection means in a folder: places as LSP has them, and which findings the team lives with. */
export function readDetection(
  text: TextDocument,
  path: string,
  detection: Detection,
  folder: FolderConfiguration,
): FileFindings {
  const today = new Date().toISOString().slice(0, 10);
  const acceptance = folder.trusted ? acceptanceIn(folder.accepted, path, text.getText(), today) : undefined;
  return {
    root: folder.root ?? '',
    path,
    findings: detection.findings.map(finding => locate(finding)),
    certificates: detection.certificates.map(found => ({ ...found, range: rangeOf(text, found) })),
  };

  function locate(finding: Finding): LocatedFinding {
    const hidden =
      rank(finding.confidence) > rank(folder.settings.minimumConfidence) ||
      (folder.trusted && allowedBy(folder.rules.set, path, finding) !== undefined);
    const located = { ...finding, range: rangeOf(text, finding), hidden };
    const accepted = acceptance?.(finding);
    return accepted === undefined ? located : { ...located, accepted };
  }
}

/** Neither hidden nor accepted: what a person still has to deal with. */
export function isOpen(finding: LocatedFinding): boolean {
  return !finding.hidden && finding.accepted === undefined;
}
