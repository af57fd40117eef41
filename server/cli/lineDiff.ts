/**
 * What changed between two texts, as lines of a unified diff without its file names; empty when nothing did. Myers' algorithm on
 * lines (http://www.xmailserver.org/diff2.pdf), after what both begin and end with.
 */
export function lineDiff(before: string, after: string, context = 3): readonly string[] {
  const [old, fresh] = [linesOf(before), linesOf(after)];
  let start = 0;
  while (start < old.length && start < fresh.length && old[start] === fresh[start]) start++;
  let tail = 0;
  while (
    tail < old.length - start &&
    tail < fresh.length - start &&
    old[old.length - 1 - tail] === fresh[fresh.length - 1 - tail]
  )
    tail++;
  const middle = script(old.slice(start, old.length - tail), fresh.slice(start, fresh.length - tail));
  const same = (lines: readonly string[]) => lines.map((text): Line => ({ mark: ' ', text }));
  return hunks([...same(old.slice(0, start)), ...middle, ...same(old.slice(old.length - tail))], context);
}

interface Line {
  readonly mark: ' ' | '-' | '+';
  readonly text: string;
}

/** Beyond this many changed lines everything in between is shown as changed: the search grows with their square. */
const mostChanges = 1000;

function script(old: readonly string[], fresh: readonly string[]): readonly Line[] {
  const trace: Map<number, number>[] = [];
  let ends = new Map([[1, 0]]);
  for (let changes = 0; changes <= Math.min(old.length + fresh.length, mostChanges); changes++) {
    trace.push(ends);
    const next = new Map(ends);
    for (let k = -changes; k <= changes; k += 2) {
      let x = isDown(ends, k, changes) ? (ends.get(k + 1) ?? 0) : (ends.get(k - 1) ?? 0) + 1;
      while (x < old.length && x - k < fresh.length && old[x] === fresh[x - k]) x++;
      next.set(k, x);
      if (x >= old.length && x - k >= fresh.length) return walkBack(trace, old, fresh);
    }
    ends = next;
  }
  return [...old.map((text): Line => ({ mark: '-', text })), ...fresh.map((text): Line => ({ mark: '+', text }))];
}

function isDown(ends: ReadonlyMap<number, number>, k: number, changes: number): boolean {
  return k === -changes || (k !== changes && (ends.get(k - 1) ?? -1) < (ends.get(k + 1) ?? -1));
}

function walkBack(
  trace: readonly ReadonlyMap<number, number>[],
  old: readonly string[],
  fresh: readonly string[],
): readonly Line[] {
  const lines: Line[] = [];
  let [x, y] = [old.length, fresh.length];
  for (let changes = trace.length - 1; changes >= 0; changes--) {
    const ends = trace[changes] ?? new Map<number, number>();
    const k = x - y;
    const from = isDown(ends, k, changes) ? k + 1 : k - 1;
    const fromX = changes === 0 ? 0 : (ends.get(from) ?? 0);
    const fromY = changes === 0 ? 0 : fromX - from;
    while (x > fromX && y > fromY) {
      lines.push({ mark: ' ', text: old[--x] ?? '' });
      y--;
    }
    if (changes === 0) break;
    if (x > fromX) lines.push({ mark: '-', text: old[--x] ?? '' });
    else lines.push({ mark: '+', text: fresh[--y] ?? '' });
  }
  return lines.reverse();
}

function hunks(lines: readonly Line[], context: number): readonly string[] {
  const shown: string[] = [];
  let [oldLine, newLine] = [1, 1];
  for (let at = 0; at < lines.length; ) {
    const first = lines.findIndex((line, index) => index >= at && line.mark !== ' ');
    if (first === -1) break;
    const from = Math.max(at, first - context);
    oldLine += from - at;
    newLine += from - at;
    let last = first;
    for (let index = first; index < lines.length && index - last <= 2 * context; index++)
      if (lines[index]?.mark !== ' ') last = index;
    const hunk = lines.slice(from, last + context + 1);
    const [removed, added] = [hunk.filter(({ mark }) => mark !== '+'), hunk.filter(({ mark }) => mark !== '-')];
    shown.push(`@@ -${range(oldLine, removed.length)} +${range(newLine, added.length)} @@`);
    shown.push(...hunk.map(({ mark, text }) => mark + text));
    oldLine += removed.length;
    newLine += added.length;
    at = from + hunk.length;
  }
  return shown;
}

function range(line: number, count: number): string {
  return `${count === 0 ? line - 1 : line},${count}`;
}

function linesOf(text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines;
}
