// How far our engine, with gitleaks' default configuration as its rules, agrees with the real gitleaks on the files of a folder.
// node test/bench/gitleaks.ts FOLDER
import { compareWithGitleaks, installGitleaks } from '../support/gitleaks.ts';

const [folder] = process.argv.slice(2);
const gitleaks = installGitleaks();
if (folder === undefined || typeof gitleaks === 'string') {
  console.error(typeof gitleaks === 'string' ? gitleaks : 'Usage: node test/bench/gitleaks.ts FOLDER');
  process.exit(2);
}
const { theirs, theirsFound, ours, oursFound, onlyTheirs, onlyOurs } = await compareWithGitleaks(gitleaks, folder);
const share = (part: number, whole: number) =>
  `${part} of ${whole} (${((100 * part) / Math.max(1, whole)).toFixed(2)} %)`;
console.log(`What gitleaks reports, and we too: ${share(theirsFound, theirs)}`);
console.log(`What we report, and gitleaks too:  ${share(oursFound, ours)}`);
for (const [who, list] of [
  ['only gitleaks', onlyTheirs],
  ['only we', onlyOurs],
] as const)
  for (const finding of list.slice(0, 40)) console.log(`${who}: ${finding}`);
