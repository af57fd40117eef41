import { type CharSet, complement, setOf, unitsOf } from './charSet.ts';

/** Which units may stand at one place: the first and the last of each range, `\x80` for all that are not ASCII. */
export type Units = string;

/** What surely stands at the ends of every match: as many units as are known, `mostKnown` at most. */
export interface Border {
  /** From the first unit on. */
  readonly head: readonly Units[];
  /** From the last unit backwards. */
  readonly tail: readonly Units[];
  /** All matches are equally long, and what is known of them is known of all of their units. */
  readonly fixed: boolean;
}

const mostKnown = 8;
const other = 0x80;
const anything = '\0\x80';

export const noBorder: Border = { head: [], tail: [], fixed: true };

export function borderOfSet(set: CharSet): Border {
  const units = set.properties.length > 0 ? anything : unitsOfRanges(set.negated ? complement(set.ranges) : set.ranges);
  return { head: [units], tail: [units], fixed: unitsOf(set) === 1 };
}

/** All but some ASCII characters. */
export function unitsBut(characters: string): Units {
  return unitsOfRanges(complement(Array.from(characters, one => [one.charCodeAt(0), one.charCodeAt(0)] as const)));
}

function unitsOfRanges(ranges: CharSet['ranges']): Units {
  return ranges
    .filter(([low], index) => low <= other || (ranges[index - 1]?.[1] ?? 0) < other)
    .map(([low, high]) => String.fromCharCode(Math.min(low, other), Math.min(high, other)))
    .join('');
}

export function joinBorders(first: Border, second: Border): Border {
  return {
    head: first.fixed ? known(first.head, second.head) : first.head,
    tail: second.fixed ? known(second.tail, first.tail) : second.tail,
    fixed: first.fixed && second.fixed,
  };
}

/** One of them. */
export function uniteBorders(borders: readonly Border[]): Border {
  const lengths = new Set(borders.map(border => border.head.length));
  return {
    head: uniteUnits(borders.map(border => border.head)),
    tail: uniteUnits(borders.map(border => border.tail)),
    fixed: lengths.size === 1 && !lengths.has(mostKnown) && borders.every(border => border.fixed),
  };
}

export function repeatBorder(border: Border, least: number, most: number): Border {
  if (least === 0) return { head: [], tail: [], fixed: most === 0 };
  let result = border;
  const times = border.head.length === 0 ? 1 : Math.min(least, mostKnown);
  for (let time = 1; time < times; time++) result = joinBorders(result, border);
  return { ...result, fixed: border.fixed && least === most };
}

/** Place by place, as far as all of them go. */
export function uniteUnits(lists: readonly (readonly Units[])[]): readonly Units[] {
  const length = Math.min(mostKnown, ...lists.map(list => list.length));
  return Array.from({ length }, (_, at) => {
    const all = [...new Set(lists.map(list => list[at] ?? anything))];
    return all.length === 1 ? (all[0] ?? anything) : unitsOfRanges(setOf(all.flatMap(rangesOf)).ranges);
  });
}

/** The nearer ones, and then the farther ones. */
export function known(near: readonly Units[], far: readonly Units[]): readonly Units[] {
  return near.length >= mostKnown ? near : [...near, ...far].slice(0, mostKnown);
}

export function rangesOf(units: Units): [number, number][] {
  const ranges: [number, number][] = [];
  for (let i = 0; i < units.length; i += 2) ranges.push([units.charCodeAt(i), units.charCodeAt(i + 1)]);
  return ranges;
}

/** For each ASCII unit whether it may stand somewhere, and at `\x80` whether any other may. */
export type Mask = Uint8Array;

/** Masks are few and many places share them. */
const masks = new Map<Units, Mask>();

export function maskOf(units: Units): Mask {
  let mask = masks.get(units);
  if (mask === undefined) {
    mask = new Uint8Array(other + 1);
    for (const [low, high] of rangesOf(units)) mask.fill(1, low, high + 1);
    if (masks.size < mostMasks) masks.set(units, mask);
  }
  return mask;
}

const mostMasks = 4096;

/** How many units may stand there, all that are not ASCII counted as one. */
export function breadth(mask: Mask): number {
  return mask.reduce((sum, may) => sum + may, 0);
}

/** Whether the unit at an offset, if there is one, may stand there. */
export function allows(mask: Mask, text: string, at: number): boolean {
  return at >= 0 && at < text.length && mask[Math.min(text.charCodeAt(at), other)] === 1;
}

/** Whether the units from `start` on, or with `step` -1 backwards, may be these. */
export function fits(text: string, masks: readonly Mask[], start: number, step: 1 | -1): boolean {
  let at = start;
  for (let i = 0; i < masks.length; i++, at += step) {
    const mask = masks[i];
    if (mask !== undefined && !allows(mask, text, at)) return false;
  }
  return true;
}
