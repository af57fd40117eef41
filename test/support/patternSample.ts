import { type CharSet, complement } from '../../server/engine/charSet.ts';
import { groupNames } from '../../server/engine/pattern.ts';
import { type Node, parsePattern } from '../../server/engine/patternSyntax.ts';
import { type Random, randomOf } from './sample.ts';

/** A text that a pattern matches, made from the pattern itself, and where in it the value stands. */
export interface PatternSample {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/** Undefined when the pattern is not RE2 syntax. The same pattern and seed give the same sample. */
export function sampleOf(pattern: string, seed: number): PatternSample | undefined {
  const parsed = parsePattern(pattern);
  if (parsed.kind === 'problem') return undefined;
  const random = randomOf(`${pattern}#${seed}`);
  const named = groupNames(parsed.node).includes('secret');
  let text = '';
  let start = -1;
  let end = -1;
  const write = (node: Node): void => {
    switch (node.kind) {
      case 'text':
        text += String.fromCodePoint(node.code);
        return;
      case 'set':
        text += pick(charactersOf(node.set), random);
        return;
      case 'edge':
        return;
      case 'sequence':
        for (const item of node.items) write(item);
        return;
      case 'either':
        // An end of the text is the last of the choices, where there is one: nothing needs to stand there.
        write(node.items.find(item => item.kind === 'edge') ?? node.items[random(node.items.length)] ?? node);
        return;
      case 'repeat':
        writeMany(node);
        return;
      case 'group': {
        const holds = start < 0 && (named ? node.name === 'secret' : true);
        if (holds) start = text.length;
        write(node.item);
        if (holds) end = text.length;
      }
    }
  };
  const writeMany = ({ item, least, most }: Extract<Node, { kind: 'repeat' }>): void => {
    const spare = Math.min(most, least + (least > 8 ? 12 : 4)) - least;
    const times = item.kind === 'set' || least > 0 ? least + (spare > 0 ? random(spare + 1) : 0) : least;
    const set = item.kind === 'set' ? charactersOf(item.set) : '';
    const inner = /[A-Za-z0-9]/.test(set) ? set.replace(/[^A-Za-z0-9]/g, '') : set;
    for (let time = 0; time < times; time++) {
      if (set !== '') text += pick(time === 0 || time === times - 1 ? inner : set, random);
      else write(item);
    }
  };
  write(parsed.node);
  return start < 0 ? { text, start: 0, end: text.length } : { text, start, end };
}

/** The printable ASCII characters of a set; letters and digits alone where it leaves out but a few. */
function charactersOf(set: CharSet): string {
  let all = '';
  for (const [low, high] of set.negated ? complement(set.ranges) : set.ranges)
    for (let code = Math.max(low, 32); code <= Math.min(high, 126); code++) all += String.fromCharCode(code);
  return all.length > 72 ? all.replace(/[^A-Za-z0-9]/g, '') : all === '' ? ' ' : all;
}

function pick(from: string, random: Random): string {
  return from[random(from.length)] ?? '';
}
