import { join } from 'node:path';
import { luaCases } from '../support/rewriteCases/lua.ts';
import { perlCases } from '../support/rewriteCases/perl.ts';
import { phpCases } from '../support/rewriteCases/php.ts';
import { rCases } from '../support/rewriteCases/r.ts';
import { interpreted, testLanguage, writeProgram } from '../support/runPrograms.ts';
import { toolchains } from '../support/toolchains.ts';

testLanguage(toolchains.perl, perlCases, interpreted('perl', '-w'));
testLanguage(toolchains.php, phpCases, interpreted('php', '-d', 'error_reporting=-1', '-d', 'display_errors=stderr'));
testLanguage(toolchains.lua, luaCases, interpreted('lua5.4', '-W'));
testLanguage(toolchains.r, rCases, async (folder, texts, programs) => {
  const quoted = (value: string) => JSON.stringify(value);
  const lines = programs.flatMap(({ name, value }, index) => [
    `cat("### ${index}\\n")`,
    `if (nzchar(Sys.getenv("WITH_VALUES"))) Sys.setenv(${name} = ${quoted(value)})`,
    `tryCatch(source(${quoted(join(folder, `${index}.R`))}, local = new.env()),`,
    '  error = function(e) cat("\\n### failed:", conditionMessage(e), "\\n"))',
    'cat("\\n")',
    `Sys.unsetenv(c(${quoted(name)}, "OTHER"))`,
  ]);
  const driver = join(folder, 'driver.R');
  await writeProgram(driver, ['options(warn = 2)', ...lines, ''].join('\n'));
  for (const [index, text] of texts.entries()) await writeProgram(join(folder, `${index}.R`), text);
  return { all: ['Rscript', '--vanilla', driver], sets: true };
});
