import type { RewriteCase } from '../rewritten.ts';
import { block, rewriteTable } from './script.ts';

const read = "$ENV{API_KEY} // die('API_KEY is not set')";
const head = '#!/usr/bin/perl\nuse strict;\nuse warnings;\n';

export const perlCases: readonly RewriteCase[] = rewriteTable('a.pl', [
  ['plain', `${head}my $key = '«ab-12»';\nprint "$key\\n";\n`, `${head}my $key = ${read};\nprint "$key\\n";\n`],
  [
    'CRLF and tabs',
    'use strict;\r\nsub f {\r\n\treturn "«ab-12»";\r\n}\r\nprint f();\r\n',
    `use strict;\r\nsub f {\r\n\treturn ${read};\r\n}\r\nprint f();\r\n`,
  ],
  [
    'constant',
    `${head}use constant KEY => '«ab-12»';\nprint KEY, "\\n";\n`,
    `${head}use constant KEY => ${read};\nprint KEY, "\\n";\n`,
  ],
  ['constants', `${head}use constant { A => 1, KEY => '«ab-12»' };\nprint KEY . A;\n`],
  ['package variable', `${head}our $KEY = "«ab-12»";\nprint $main::KEY;\n`],
  [
    'default argument',
    `${head}sub f { my ($key) = @_; $key //= '«ab-12»'; my $o = shift || '«ab-12»'; return $key . $o }\nprint f();\n`,
  ],
  ['printed', `${head}print "«ab-12»", "\\n";\n`],
  [
    'printed to a handle',
    `${head}print STDOUT '«ab-12»', "\\n";\nmy $h = \\*STDOUT;\nprint $h '«ab-12»', "x";\nprint {$h} '«ab-12»';\n`,
  ],
  ['named operators', `${head}print length '«ab-12»';\nprint lc '«ab-12»', 'x';\nprint join ',', '«ab-12»', 'y';\n`],
  ['call argument', `${head}sub f { return join '-', @_ }\nprint f('x', '«ab-12»'), f('«ab-12»');\n`],
  ['map entry', `${head}my %c = (user => 'u', password => '«ab-12»', 'x-y' => 1);\nprint $c{password};\n`],
  ['reference', `${head}my $c = { password => '«ab-12»' };\nprint $c->{password};\nprint {a => '«ab-12»'}->{a};\n`],
  ['name of an entry', `${head}my %h = ('«ab-12»' => 1);\nprint join ',', keys %h; print $h{'«ab-12»'};\n`],
  ['array element', `${head}my @a = ('x', '«ab-12»');\nprint $a[1];\n`],
  ['compared', `${head}print 'same' if 'ab-12' eq '«ab-12»';\nprint 'other' unless '«ab-12»' ne 'ab-12';\n`],
  ['ternary', `${head}my $k = @ARGV ? 'x' : '«ab-12»';\nprint $k;\n`],
  [
    'in a url',
    `${head}my $u = 'postgres://u:«ab-12»@h/db';\nprint $u;\n`,
    `${head}my $u = 'postgres://u:' . (${read}) . '@h/db';\nprint $u;\n`,
  ],
  ['interpolation around', `${head}my $h = 'h';\nmy @l = (1);\nprint "a://u:«ab-12»\\@$h/@l\\n";\n`],
  ['concatenation', `${head}my $h = 'h';\nprint 'u:' . '«ab-12»' . $h . "«ab-12»";\nprint 'Bearer «ab-12»' . $h;\n`],
  ['put together', `${head}print '«ab-' . '12»';\n`, undefined, 'ab-12'],
  ['repeated', `${head}print '«ab-12»' x 2;\nprint "a «ab-12»" x 2;\n`],
  ['q', `${head}my $k = q{«ab-12»};\nprint $k, q(a «ab-12»), qq{b«ab-12»};\n`],
  ['qq with a variable', `${head}my $h = 'h';\nprint qq{a {$h} «ab-12»};\n`],
  ['heredoc', `${head}my $h = 'h';\nprint <<EOT;\nhost: $h\nkey: «ab-12»\nEOT\nprint <<"A" . 'x';\n«ab-12»\nA\n`],
  ['plain heredoc', `${head}print <<'EOT';\n{"key": "«ab-12»", "mail": "a@b.c", "x": "$y\\n"}\nEOT\n`],
  ['indented heredoc', `${head}my $k = <<~EOT;\n    «${block('    ')}»\n    EOT\nprint $k;\n`, undefined, block('')],
  ['block', `${head}my $k = '«${block('')}»';\nprint $k;\n`],
  ['block in a heredoc', `${head}my $k = <<'EOT';\n«${block('')}»\nEOT\nprint $k;\n`],
  ['escapes', `${head}my $k = "«a\\"b\\$c\\x41»";\nprint $k;\n`, undefined, 'a"b$cA'],
  ['comment and documentation', `${head}# '«ab-12»'\nprint '«ab-12»';\n\n=pod\n\nit's «ab-12»\n\n=cut\n\nprint 'x';\n`],
  [
    'module',
    "package A;\nuse strict;\nuse warnings;\n\nsub new { my $class = shift; return bless { key => '«ab-12»' }, $class }\n\npackage main;\nprint A->new->{key};\n1;\n",
  ],
  ['word list', `${head}my @a = qw(a «ab-12»);\n`, /takes no code/],
  ['pattern', `${head}print 1 if 'x' =~ /«ab-12»/;\n`, /pattern/],
]);
