import { lineEndAt, lineStartAt } from './cursor.ts';
import { refuse, type Site, type SiteOutcome, siteValue } from './rewriteSite.ts';

/** A container's variable takes its value from a Secret: `<name of the object>-secrets`, with the variable as its key. */
export function rewriteKubernetes(site: Site): SiteOutcome {
  const { first, name, source, ranges } = site;
  const { text } = source;
  const { kind, object } = documentAt(text, first.start);
  const create = (secret: string) => `kubectl create secret generic ${secret} --from-literal=${name}="$${name}"`;
  const named = object === '' ? 'app' : object;
  if (kind === 'Secret')
    return refuse(
      'A Secret in a file is the value itself, in base64 or not.',
      `Delete this document from the file, and create the Secret where it is needed: ${create(named)}.`,
      'Or let External Secrets fetch it from the vault.',
    );
  if (kind === 'ConfigMap')
    return refuse(
      'Kubernetes expands nothing in a ConfigMap.',
      `Keep the value in a Secret (${create(named)}), and read that with secretKeyRef.`,
    );
  const line = lineStartAt(text, first.start);
  const before = /^( *)(- +)?value:[ \t]+$/.exec(text.slice(line, first.start));
  const inEnv = /(?:^|\.)env\.[^.]+$/.test(first.key?.name ?? '');
  if (!before || !inEnv || first.role === 'block')
    return refuse(
      'Kubernetes expands nothing here.',
      `Give the container ${name} with valueFrom.secretKeyRef, and read $(${name}) or the variable in its place.`,
    );
  if (object === '' || /[^a-z0-9.-]/.test(object))
    return refuse(
      'The object has no plain name for a Secret to be called after.',
      'Write valueFrom.secretKeyRef by hand.',
    );
  const [range] = ranges;
  if (range?.start !== first.contentStart || range.end !== first.contentEnd)
    return refuse(
      'A Secret holds a whole value, not a part of one.',
      `Give the container ${name} with valueFrom.secretKeyRef before this entry, and write $(${name}) in its place.`,
    );
  const value = siteValue(site);
  if (value === undefined || /\$\(/.test(value))
    return refuse('The value cannot be read for sure.', 'Put it between single quotes, then move it.');
  const indent = ' '.repeat((before[1] ?? '').length + (before[2] ?? '').length);
  const end = text.charAt(lineEndAt(text, first.start)) === '\r' ? '\r\n' : '\n';
  const lines = [
    'valueFrom:',
    `${indent}  secretKeyRef:`,
    `${indent}    name: ${object}-secrets`,
    `${indent}    key: ${name}`,
  ];
  const start = line + indent.length;
  return { kind: 'edits', form: 'data', value, edits: [{ start, end: first.end, text: lines.join(end) }] };
}

/** Kind and name of the object that a document of a file describes; empty. */
function documentAt(text: string, at: number): { readonly kind: string; readonly object: string } {
  const start = Math.max(0, text.lastIndexOf('\n---', at));
  const next = text.indexOf('\n---', at);
  const document = text.slice(start, next < 0 ? text.length : next);
  const metadata = /^metadata:[ \t]*\r?\n((?:[ \t]+.*(?:\r?\n|$)|[ \t]*\r?\n)*)/m.exec(document)?.[1] ?? '';
  return {
    kind: /^kind:[ \t]*["']?(\w+)/m.exec(document)?.[1] ?? '',
    object: nameIn(metadata),
  };
}

/** The mapping's own `name`, which stands as deep as its first entry. */
function nameIn(metadata: string): string {
  const indent = /^[ \t]+/.exec(metadata)?.[0] ?? '';
  const line = metadata.split('\n').find(each => each.startsWith(`${indent}name:`));
  return /name:[ \t]*["']?([^\s"'#]+)/.exec(line ?? '')?.[1] ?? '';
}
