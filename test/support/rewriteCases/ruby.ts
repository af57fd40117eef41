import type { RewriteCase } from '../rewritten.ts';
import { block, rewriteTable } from './script.ts';

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
  ['word list', 'puts %w[a «ab-12»]\n', 'puts %W[a #{ENV.fetch("API_KEY")}]\n'],
  ['symbol', 'puts :"«ab-12»"\n', /symbol/],
  ['neighbours', 'puts "x" "«ab-12»"\n', 'puts "x" "#{ENV.fetch("API_KEY")}"\n'],
  ['plain neighbours', "puts 'x' '«ab-12»'\n", /neighbour/],
  [
    'heredocs',
    'h = "h"\nputs <<~EOT, <<-A\n    #{h}\n      key: «ab-12»\n  EOT\n  «ab-12»\n  A\nputs <<EOT\n«ab-12»\nEOT\n',
  ],
  ['raw heredoc', 'puts <<~\'EOT\'.upcase\n  {"a": "«ab-12»"} \\n #{x}\nEOT\n'],
  ['block in a heredoc', `k = <<~EOT\n    «${block('    ')}»\n  EOT\nputs k\n`, undefined, block('')],
  ['block', `k = "«${block('')}»"\nputs k\n`],
  ['escapes', 'puts "«a\\"b\\x41\\u0042»"\n', undefined, 'a"bAB'],
  [
    'fallbacks',
    "a = ENV['OTHER'] || '«ab-12»'\nb = ENV.fetch('OTHER', '«ab-12»')\nc = ENV.fetch('OTHER') { '«ab-12»' }\nputs a, b, c\n",
  ],
  ['instance variable', 'class A\n  attr_reader :key\n  def initialize = @key = "«ab-12»"\nend\nputs A.new.key\n'],
  ['structure', 'A = Struct.new(:key, :b)\nputs A.new("«ab-12»", "x").key\nputs({ "«ab-12»" => 1 })\n'],
  ['method', 'puts "«ab-12»".upcase, "a «ab-12»".length, ("x" "y").length\n'],
  ['shell command', 'puts `echo «ab-12»`\n'],
  [
    'shebang, license, comment',
    "#!/usr/bin/env ruby\n# License\n# it's «ab-12»\n\nputs '«ab-12»'\n=begin\n'«ab-12»'\n=end\n",
  ],
  ['pattern to match', 'case "x"\nin "«ab-12»" then 1\nend\n', /pattern/],
  ['name of an entry', 'puts({ "«ab-12»": 1 })\n', /name of an entry/],
]);
