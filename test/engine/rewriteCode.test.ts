import { join } from 'node:path';
import { csharpCases } from '../support/rewriteCases/csharp.ts';
import { rubyCases } from '../support/rewriteCases/ruby.ts';
import { type Build, compile, interpreted, testLanguage, writeProgram } from '../support/runPrograms.ts';
import { toolchains } from '../support/toolchains.ts';

testLanguage(toolchains.ruby, rubyCases, interpreted('ruby', '-w', '--disable=gems'));

const csharp: Build = async (folder, texts, programs) => {
  const programOf = (index: number) => join(folder, String(index), 'program.exe');
  for (const [index, text] of texts.entries()) {
    const file = join(folder, String(index), programs[index]?.path ?? '');
    await writeProgram(file, text);
    await compile(['mcs', '-warnaserror', '-warn:4', `-out:${programOf(index)}`, file], folder);
  }
  return { each: index => ['mono', programOf(index)] };
};

testLanguage(toolchains.csharp, csharpCases, csharp);
