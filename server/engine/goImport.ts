import type { Edit, Source } from './finding.ts';
import { lineEndOf, type Refusal, refuse, usesOf } from './rewriteSite.ts';
import { type Spans, spansOf } from './spans.ts';

/** How Getenv is reached in a file, and the edits that make it so. */
export interface GoImport {
  readonly kind: 'import';
  /** `os.Getenv`, `xos.Getenv`, `Getenv`. */
  readonly getenv: string;
  readonly edits: readonly Edit[];
}

/** What the file must import, or why it cannot. */
export function goImport(source: Source): GoImport | Refusal {
  const spans = spansOf(source);
  const { text } = source;
  const declarations = importsOf(spans, text);
  for (const { alias, path } of declarations.flatMap(each => each.specs)) {
    if (path !== 'os' || alias === '_') continue;
    const name = alias === '.' ? 'Getenv' : `${alias === '' ? 'os' : alias}.Getenv`;
    return shadows(spans, alias === '' ? 'os' : alias) ? shadowed : { kind: 'import', getenv: name, edits: [] };
  }
  if (shadows(spans, 'os') || usesOf(spans, 'os').some(at => text.charAt(at + 2) !== '.')) return shadowed;
  const edit = insertImport(spans, text, declarations);
  return edit
    ? { kind: 'import', getenv: 'os.Getenv', edits: [edit] }
    : refuse(
        'The file has no package clause on a line of its own, behind which an import could stand.',
        'Finish the file, then move the value.',
      );
}

const shadowed = refuse('The name os means something else in this file.', 'Rename that, then move the value.');

/** Whether a variable, parameter or field-less name hides the package. */
function shadows(spans: Spans, name: string): boolean {
  return usesOf(spans, name).some(at => {
    const after = spans.text.slice(at + name.length, at + name.length + 40);
    return /^\s*(?::=|=[^=]|,|\))/.test(after) || /^[ \t]+(?:\*|\[\]|\w)/.test(after);
  });
}

interface ImportSpec {
  readonly alias: string;
  readonly path: string;
  readonly start: number;
}

interface ImportDeclaration {
  readonly start: number;
  readonly end: number;
  readonly block: boolean;
  readonly specs: readonly ImportSpec[];
}

function importsOf(spans: Spans, text: string): readonly ImportDeclaration[] {
  const found: ImportDeclaration[] = [];
  for (const match of text.matchAll(/^import[ \t]*(?:\(([^)]*)\)|([\w.]+[ \t]+)?(?:"([^"\n]*)"|`([^`\n]*)`))/gm)) {
    if (spans.at(match.index)) continue;
    const block = match[1] !== undefined;
    const at = match.index + match[0].indexOf(match[1] ?? '');
    const specs = block
      ? [...(match[1] ?? '').matchAll(/([\w.]+[ \t]+)?(?:"([^"\n]*)"|`([^`\n]*)`)/g)]
          .filter(spec => spans.at(at + spec.index + spec[0].length - 1)?.comment !== true)
          .map(spec => ({ alias: (spec[1] ?? '').trim(), path: spec[2] ?? spec[3] ?? '', start: at + spec.index }))
      : [{ alias: (match[2] ?? '').trim(), path: match[3] ?? match[4] ?? '', start: match.index }];
    found.push({ start: match.index, end: match.index + match[0].length, block, specs });
  }
  return found;
}

function insertImport(spans: Spans, text: string, declarations: readonly ImportDeclaration[]): Edit | undefined {
  const line = lineEndOf(text);
  const block = declarations.find(
    each => each.block && each.specs.length > 0 && text.slice(each.start, each.end).includes('\n'),
  );
  if (block) return insertSpec(text, block, line);
  const [single] = declarations;
  if (single && declarations.length === 1 && !single.block && single.specs[0]?.path !== 'C') {
    const spec = text.slice(single.start, single.end).replace(/^import[ \t]*/, '');
    const both = (single.specs[0]?.path ?? '') < 'os' ? [spec, '"os"'] : ['"os"', spec];
    const grouped = isStandard(single.specs[0]?.path ?? '') ? both.join(`${line}\t`) : `"os"${line}${line}\t${spec}`;
    return { start: single.start, end: single.end, text: `import (${line}\t${grouped}${line})` };
  }
  const last = declarations.at(-1);
  if (last) {
    const end = text.indexOf('\n', last.end);
    return end < 0 ? undefined : { start: end + 1, end: end + 1, text: `import "os"${line}` };
  }
  for (const match of text.matchAll(/(?:^|(?<=^\ufeff))package[ \t]+\w+[^\n]*(?:\n|$)/gm)) {
    if (spans.at(match.index)) continue;
    if (/;[ \t]*[^\s/]/.test(match[0])) return undefined;
    const end = match.index + match[0].length;
    const blank = /^[ \t]*\r?\n/.test(text.slice(end)) ? '' : line;
    return { start: end, end, text: `${match[0].endsWith('\n') ? '' : line}${line}import "os"${line}${blank}` };
  }
  return undefined;
}

function isStandard(path: string): boolean {
  return !(path.split('/')[0] ?? '').includes('.');
}

/** Among the first specs that no blank line parts, in order; before them when they are not the standard library's. */
function insertSpec(text: string, block: ImportDeclaration, line: string): Edit | undefined {
  const group = block.specs.filter(
    (spec, index) => index === 0 || !/\n[ \t]*\r?\n/.test(text.slice(block.specs[0]?.start ?? 0, spec.start)),
  );
  const [first] = group;
  if (!first) return undefined;
  const startOf = (spec: ImportSpec) => text.lastIndexOf('\n', spec.start) + 1;
  if (!group.some(spec => isStandard(spec.path))) {
    return { start: startOf(first), end: startOf(first), text: `\t"os"${line}${line}` };
  }
  const later = group.find(spec => spec.path > 'os');
  const last = group.at(-1) ?? first;
  const at = later ? startOf(later) : text.indexOf('\n', last.start) + 1;
  return { start: at, end: at, text: `\t"os"${line}` };
}
