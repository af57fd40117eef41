import type { RewriteCase } from '../rewritten.ts';
import { rewriteTable } from './script.ts';

const read = 'ENV.fetch("API_KEY")';

export const rubyCases: readonly RewriteCase[] = rewriteTable('a.rb', [
  ['plain', 'key = "«ab-12»"\nputs key\n', `key = ${read}\nputs key\n`],
  [
    'magic comment and CRLF',
    "# frozen_string_literal: true\r\n\r\nKEY = '«ab-12»'.freeze\r\nputs KEY\r\n",
    `# frozen_string_literal: true\r\n\r\nKEY = ${read}.freeze\r\nputs KEY\r\n`,
  ],
  ['class constant', 'class A\n\tKEY = "«ab-12»"\n\tdef key = KEY\nend\nputs A.new.key\n'],
  ['default argument', 'def f(key = "«ab-12»", other: "x") = key\nputs f\n'],
  ['keyword argument', 'def f(key:) = key\nputs f(key: "«ab-12»")\n', `def f(key:) = key\nputs f(key: ${read})\n`],
  ['call without brackets', 'puts "«ab-12»"\n', `puts ${read}\n`],
  ['map entry', 'h = { key: "«ab-12»", "other" => 1 }\nputs h[:key]\n'],
  ['array element', 'puts ["x", "«ab-12»"].join(",")\n'],
  ['compared', 'puts "same" if "ab-12" == "«ab-12»"\n', `puts "same" if "ab-12" == ${read}\n`],
  ['in a url', 'puts "postgres://u:«ab-12»@h/db"\n', 'puts "postgres://u:#{ENV.fetch("API_KEY")}@h/db"\n'],
  [
    'in a plain url',
    "puts 'it\\'s \"#{x}\" u:«ab-12»@h'.length\n",
    'puts "it\'s \\"\\#{x}\\" u:#{ENV.fetch("API_KEY")}@h".length\n',
  ],
  ['interpolation around', 'h = "h"\nputs "u:«ab-12»@#{h}"\n', 'h = "h"\nputs "u:#{ENV.fetch("API_KEY")}@#{h}"\n'],
  ['concatenation', 'h = "h"\nputs "u:" + "«ab-12»" + "@" + h\n', `h = "h"\nputs "u:" + ${read} + "@" + h\n`],
  ['put together', 'puts "«ab-" + "12»"\n', `puts ${read}\n`, 'ab-12'],
  ['quoted with a percent sign', 'puts %q(«ab-12»)\n', `puts ${read}\n`],
  ['branch', 'puts (case "ab-12" when "«ab-12»" then "yes" else "no" end)\n'],
  ['word list', 'puts %w[a «ab-12»]\n', /takes no code/],
  ['symbol', 'puts :"«ab-12»"\n', /symbol/],
  ['neighbours', 'puts "x" "«ab-12»"\n', /neighbour/],
]);
