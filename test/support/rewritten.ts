import assert from 'node:assert/strict';
import { type Part, type Rewrite, rewrite } from '../../server/engine/rewrite.ts';

/** A program with its value marked by `«»`, and what the rewrite makes of it; `refused` with a part of the reason. */
export interface RewriteCase {
  readonly title: string;
  readonly path: string;
  readonly marked: string;
  /** The whole text after; undefined: only run, or refused. */
  readonly after?: string;
  readonly refused?: RegExp;
  readonly name?: string;
  readonly part?: Part;
  /** When the program sees something else than what is marked. */
  readonly value?: string;
  /** Without the variable the read says so, but what it ends may be a process inside of the program. */
  readonly survives?: boolean;
}

export interface Rewritten {
  readonly before: string;
  readonly after: string;
  readonly value: string;
  readonly name: string;
}

export const usualName = 'API_KEY';

export function rewriteMarked({ path, marked, part, name = usualName }: RewriteCase): {
  readonly text: string;
  readonly result: Rewrite;
} {
  const ranges: { start: number; end: number }[] = [];
  let text = '';
  for (const part of marked.split(/([«»])/)) {
    const last = ranges.at(-1);
    if (part === '«') ranges.push({ start: text.length, end: -1 });
    else if (part === '»' && last) last.end = text.length;
    else text += part;
  }
  return { text, result: rewrite({ path, text }, ranges, name, part) };
}

/** Checks a case's table side and gives what is to be run; undefined when it was rightly refused. */
export function checkRewrite(each: RewriteCase): Rewritten | undefined {
  const { text, result } = rewriteMarked(each);
  if (each.refused) {
    assert.equal(result.kind, 'refused', `${each.title}: ${JSON.stringify(result)}`);
    if (result.kind === 'refused') {
      assert.match(result.reason, each.refused, each.title);
      assert.ok(result.waysOut.length > 0 && result.waysOut.every(way => /^[A-Z.$].*\.$/s.test(way)), each.title);
    }
    return undefined;
  }
  assert.ok(result.kind === 'edits', `${each.title}: ${JSON.stringify(result)}`);
  let after = text;
  for (const edit of result.edits.toReversed()) after = after.slice(0, edit.start) + edit.text + after.slice(edit.end);
  if (each.after !== undefined) assert.equal(after, each.after, each.title);
  const marked = /«([^»]*)»/.exec(each.marked)?.[1] ?? '';
  assert.equal(result.value, each.value ?? marked, each.title);
  return { before: text, after, value: result.value, name: each.name ?? usualName };
}
