import { assignmentsAt, placeOf } from '../../server/engine/lexer.ts';
import { rewrite } from '../../server/engine/rewrite.ts';
import { hostileTexts } from '../support/hostileTexts.ts';
import type { Figure } from './figures.ts';

const paths = [
  'a.js',
  'a.tsx',
  'a.py',
  'a.go',
  'A.java',
  'a.rb',
  'a.php',
  'a.sh',
  '.env',
  'a.json',
  'a.yaml',
  'a.html',
];
const short = 20_000;
const times = 4;

/** How much longer texts that readers may go back and forth over take when they are longer: as many times is linear. */
export async function hostileFigures(): Promise<readonly Figure[]> {
  const read = (path: string, text: string): void => {
    const source = { path, text };
    placeOf(source, text.length - 1, text.length);
    assignmentsAt(source, text.length - 1);
  };
  const move = (path: string, hostile: string): void => {
    const text = `${hostile}\nAPI_KEY="ab-12"\n`;
    rewrite({ path, text }, [{ start: text.length - 7, end: text.length - 2 }], 'API_KEY');
  };
  const unit = `x, ${times} is linear`;
  return [
    {
      name: `reading the worst of ${paths.length} languages' hostile texts, ${times} times as long`,
      value: worst(read),
      unit,
    },
    { name: `moving a value out of the worst of them, ${times} times as long`, value: worst(move), unit },
  ];
}

function worst(act: (path: string, text: string) => void): number {
  const long = hostileTexts(times * short);
  const ratios = paths.flatMap(path =>
    hostileTexts(short).map((text, index) => {
      const time = timeOf(() => act(path, text));
      // A few milliseconds are noise.
      return timeOf(() => act(path, long[index] ?? '')) / Math.max(time, 2);
    }),
  );
  return Math.max(...ratios);
}

/** Milliseconds of processor time, at best of three. */
function timeOf(act: () => void): number {
  const rounds = Array.from({ length: 3 }, () => {
    const before = process.cpuUsage();
    act();
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000;
  });
  return Math.min(...rounds);
}
