import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { type Hover, MarkupKind, type Position } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { findReferences, printReference, type Reference } from '../engine/reference.ts';
import type { LocatedFinding } from '../secrets/inventory.ts';
import { locateManifest, type ManifestEntry, manifestName, readManifest } from '../workspace/manifest.ts';
import { type Configuration, type FolderConfiguration, restrictedReason } from './configuration.ts';
import { explanation, withoutValue } from './diagnostics.ts';
import type { Documents, Looked, OpenText } from './documents.ts';
import { escapeMarkdown, markdownOf, type Preview, previewMove } from './explain.ts';
import { isOpen } from './fileFindings.ts';
import { fileOf, rangeOf } from './places.ts';
import type { StoreAccess } from './storeAccess.ts';

/** What is known of the secret or the reference under the pointer; null for other places. */
export async function hover(
  uri: string,
  position: Position,
  documents: Documents,
  configuration: Configuration,
  access: StoreAccess,
  signal: AbortSignal,
): Promise<Hover | null> {
  const document = documents.get(uri);
  if (document === undefined) return null;
  const looked = await documents.look(uri, signal);
  if (looked === undefined || looked.skipped !== undefined) return null;
  const text = TextDocument.create(uri, '', looked.version, looked.text);
  const offset = text.offsetAt(position);
  const finding = looked.found.findings.find(({ start, end }) => start <= offset && offset <= end);
  if (finding !== undefined && isOpen(finding)) {
    return {
      range: finding.range,
      contents: { kind: MarkupKind.Markdown, value: aboutFinding(finding, document, looked, configuration) },
    };
  }
  const reference = findReferences(looked.text).find(({ start, end }) => start <= offset && offset <= end);
  if (reference === undefined) return null;
  const value = await aboutReference(reference.reference, document, looked, access, signal);
  return { range: rangeOf(text, reference), contents: { kind: MarkupKind.Markdown, value } };
}

function aboutFinding(
  finding: LocatedFinding,
  document: OpenText,
  { text, folder }: Looked,
  { restricted }: Configuration,
): string {
  const value = text.slice(finding.start, finding.end);
  /** A rule's words could quote what it found: such a sentence is left out. */
  const plain = (sentence: string) => markdownOf(withoutValue(sentence, value) ?? '');
  const rule = folder.ruleOf.get(finding.rule);
  const what = [finding.kind, finding.provider].filter(part => part !== '').join(', ');
  const evidence = finding.evidence.map(plain).filter(sentence => sentence !== '');
  const preview: Preview = restricted
    ? { kind: 'refused', reason: restrictedReason, waysOut: [] }
    : previewMove({ ...document.source, text }, finding);
  const fix =
    preview.kind === 'possible'
      ? `**Quick fix:** *Move to Keychain* ${plain(preview.text)}.`
      : `**It cannot be moved from here:** ${plain(preview.reason)} ${preview.waysOut.map(plain).join(' ')}`;
  const sections = [
    `**${plain(finding.title) || 'Hardcoded secret'}** (${plain(what)}). Confidence: ${finding.confidence}.`,
    evidence.length > 0 ? `**Why it is flagged:**\n${evidence.map(sentence => `- ${sentence}`).join('\n')}` : '',
    rule?.description ? `**What it can do:** ${plain(rule.description)}` : '',
    finding.expires === undefined ? '' : expiry(finding.expires),
    fix,
    links(finding, folder),
  ];
  return sections.filter(section => section !== '').join('\n\n');
}

function expiry(expires: number): string {
  const day = new Date(expires);
  if (Number.isNaN(day.getTime())) return '';
  const past = expires < Date.now();
  return `**${past ? 'Expired' : 'Expires'}:** ${escapeMarkdown(day.toISOString().slice(0, 10))}`;
}

function links(finding: LocatedFinding, folder: FolderConfiguration): string {
  const rotate = folder.ruleOf.get(finding.rule)?.rotate ?? '';
  const rotation = /^https:\/\/[^\s()<>]+$/.test(rotate) ? `[How to rotate it](${rotate}) · ` : '';
  const about = explanation(finding.rule, folder).replace(/[\s()<>]/g, encodeURIComponent);
  return `${rotation}[About the rule ${escapeMarkdown(finding.rule)}](${about})`;
}

async function aboutReference(
  reference: Reference,
  document: OpenText,
  { text, folder }: Looked,
  access: StoreAccess,
  signal: AbortSignal,
): Promise<string> {
  const entry = await entryOf(reference, document, text, folder);
  const facts = [
    entry === undefined ? '' : `**${escapeMarkdown(entry.name)}**`,
    await whereabouts(reference, folder, access, signal),
    entry?.kind ? `Kind: ${escapeMarkdown(entry.kind)}` : '',
    entry?.purpose ? `Purpose: ${escapeMarkdown(entry.purpose)}` : '',
    entry?.owner ? `Owner: ${escapeMarkdown(entry.owner)}` : '',
    entry?.expires ? `Expires: ${escapeMarkdown(entry.expires)}` : '',
  ];
  return facts.filter(fact => fact !== '').join('\n\n');
}

async function whereabouts(
  reference: Reference,
  folder: FolderConfiguration,
  access: StoreAccess,
  signal: AbortSignal,
): Promise<string> {
  const place = `Stored secret \`${reference.path.replaceAll('`', '')}\``;
  if (!folder.trusted)
    return `${place} in ${escapeMarkdown(reference.backend)}. The workspace is not trusted, so the store is not asked.`;
  const found = await access.has(reference, signal);
  if (found === undefined)
    return `${place}. No store is configured here that answers for ${escapeMarkdown(reference.backend)}.`;
  const label = escapeMarkdown(found.store.label);
  if (found.here === undefined)
    return `${place} in ${label}. The store did not answer: it may be locked or out of reach.`;
  return found.here
    ? `${place} in ${label}: it is there.`
    : `${place} in ${label}: it is missing here. Use *Set Value…* to fill it in.`;
}

/** The line of the nearest manifest that names the reference. */
async function entryOf(
  reference: Reference,
  document: OpenText,
  text: string,
  folder: FolderConfiguration,
): Promise<ManifestEntry | undefined> {
  const written = printReference(reference);
  const names = (manifest: string) =>
    readManifest(manifest).entries.find(
      entry => entry.reference !== undefined && printReference(entry.reference) === written,
    );
  const file = fileOf(document.uri);
  if (file === undefined || basename(file) === manifestName) return names(text);
  if (folder.root === undefined) return undefined;
  const nearest = await locateManifest(file, folder.root);
  if (!nearest.exists) return undefined;
  try {
    return names(await readFile(nearest.file, 'utf8'));
  } catch {
    // Deleted or unreadable by now: the hover does without it.
    return undefined;
  }
}
