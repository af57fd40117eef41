import type { RewriteCase } from '../rewritten.ts';
import { block, rewriteTable } from './script.ts';

const read = "(getenv('API_KEY') ?: throw new RuntimeException('API_KEY is not set'))";
const constant =
  "defined('ENV_API_KEY') || define('ENV_API_KEY', getenv('API_KEY') ?: throw new RuntimeException('API_KEY is not set'));";

export const phpCases: readonly RewriteCase[] = rewriteTable('a.php', [
  ['plain', "<?php\n$key = '«ab-12»';\necho $key;\n", `<?php\n$key = ${read};\necho $key;\n`],
  [
    'double quotes and CRLF',
    '<?php\r\n$key = "«ab-12»";\r\necho $key;\r\n',
    `<?php\r\n$key = ${read};\r\necho $key;\r\n`,
  ],
  ['defined', "<?php\ndefine('KEY', '«ab-12»');\necho KEY;\n", `<?php\ndefine('KEY', ${read});\necho KEY;\n`],
  [
    'constant',
    "<?php\nconst KEY = '«ab-12»';\necho KEY;\n",
    `<?php\n\n${constant}\nconst KEY = \\ENV_API_KEY;\necho KEY;\n`,
  ],
  [
    'class constant behind a license',
    "<?php\n/*\n * License\n */\n\ndeclare(strict_types=1);\n\nnamespace App;\n\nuse DateTime;\n\nfinal class A\n{\n\tprivate const KEY = '«ab-12»';\n\tpublic static function get(): string { return self::KEY; }\n}\n\necho A::get();\n",
    `<?php\n/*\n * License\n */\n\ndeclare(strict_types=1);\n\nnamespace App;\n\nuse DateTime;\n\n${constant.replace('new R', 'new \\R')}\n\nfinal class A\n{\n\tprivate const KEY = \\ENV_API_KEY;\n\tpublic static function get(): string { return self::KEY; }\n}\n\necho A::get();\n`,
  ],
  [
    'property',
    "<?php\nclass A { private string $key = '«ab-12»'; public ?string $b = null; function get() { return $this->key; } }\necho (new A)->get();\n",
  ],
  [
    'static property',
    "<?php\nclass A { public static $config = ['a' => 1, 'key' => 'Bearer «ab-12»']; }\necho A::$config['key'];\n",
  ],
  [
    'promoted parameter',
    "<?php\nclass A { public function __construct(private string $key = '«ab-12»') {} function get() { return $this->key; } }\necho (new A())->get();\n",
  ],
  [
    'default argument',
    "<?php\nfunction f(string $a, string $key = '«ab-12»', int $n = 1) { return $key . $a . $n; }\necho f('x');\n",
  ],
  ['arrow function', "<?php\n$f = fn($key = '«ab-12»') => $key;\necho $f();\n"],
  ['static variable', "<?php\nfunction f() { static $key = '«ab-12»'; return $key; }\necho f();\n"],
  ['call argument', "<?php\nfunction f($a, $b) { return $a . $b; }\necho f('x', '«ab-12»');\n"],
  ['named argument', "<?php\nfunction f($a, $key) { return $key; }\necho f(a: 1, key: '«ab-12»');\n"],
  ['map entry', "<?php\n$c = ['host' => 'h', 'password' => '«ab-12»'];\necho $c['password'];\n"],
  ['returned', "<?php\nfunction config() { return ['password' => '«ab-12»']; }\necho config()['password'];\n"],
  ['array element', "<?php\necho implode(',', ['x', '«ab-12»']);\n"],
  ['compared', "<?php\n$key = 'ab-12';\nif ($key === '«ab-12»') echo 'same';\n"],
  ['label', "<?php\nswitch ('ab-12') { case '«ab-12»': echo 'hit'; break; default: echo 'miss'; }\n"],
  ['match', "<?php\necho match ('ab-12') { '«ab-12»' => 'hit', default => 'miss' };\n"],
  [
    'in a url',
    "<?php\n$u = 'postgres://u:«ab-12»@h/db';\necho $u;\n",
    `<?php\n$u = 'postgres://u:' . ${read} . '@h/db';\necho $u;\n`,
  ],
  ['interpolation around', '<?php\n$u = "u"; $h = ["x" => "h"];\necho "a://$u:«ab-12»@{$h[\'x\']}/$u[0]\\n";\n'],
  ['concatenation', "<?php\n$h = 'h';\necho 'u:' . '«ab-12»' . '@' . $h;\n"],
  ['part in a concatenation', "<?php\n$h = 'h';\necho 'u:«ab-12»@' . $h . strlen('Bearer «ab-12»') . 1;\n"],
  ['put together', "<?php\necho '«ab-' . '12»';\n", `<?php\necho ${read};\n`, 'ab-12'],
  ['default of another', "<?php\n$key = getenv('OTHER') ?: '«ab-12»';\necho $key ?? '«ab-12»';\n"],
  ['environment set', "<?php\nputenv('OTHER=«ab-12»');\necho getenv('OTHER');\n"],
  ['heredoc', '<?php\n$u = "u";\n$t = <<<EOT\n  user: $u\n  key: «ab-12»;\n  last\n  EOT;\necho $t;\n'],
  ['heredoc at its edges', '<?php\necho strtoupper(<<<"EOT"\n«ab-12»\nb\n«ab-12»\nEOT);\n'],
  ['nowdoc', '<?php\necho <<<\'EOT\'\n    {"key": "«ab-12»", "x": "$y"}\n    EOT . \'x\';\n'],
  ['block in a heredoc', `<?php\n$k = <<<EOT\n    «${block('    ')}»\n    EOT;\necho $k;\n`, undefined, block('')],
  ['block', `<?php\n$k = '«${block('')}»';\necho $k;\n`],
  ['escapes', '<?php\n$k = "«a\\"b\\$c\\x41»";\necho $k;\n', undefined, 'a"b$cA'],
  ['template of a page', "<html><?php $key = '«ab-12»'; ?>\n<p><?= $key ?></p>\n"],
  [
    'class constant of two pieces',
    "<?php\nclass A { const KEY = 'k=«ab-' . '12»;'; }\necho A::KEY;\n",
    `<?php\n\n${constant}\nclass A { const KEY = 'k=' . \\ENV_API_KEY . ';'; }\necho A::KEY;\n`,
    'ab-12',
  ],
  ['constant in one line', "<?php const KEY = '«ab-12»'; echo KEY;\n"],
  ['shebang', "#!/usr/bin/env php\n<?php\n$key = '«ab-12»';\necho $key;\n"],
  ['comment', "<?php\n// '«ab-12»'\n# it's\necho '«ab-12»';\n"],
  ['enum', "<?php\nenum A: string { case X = '«ab-12»'; }\n", /enum/],
]);
