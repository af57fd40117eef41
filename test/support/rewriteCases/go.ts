import type { RewriteCase } from '../rewritten.ts';
import { rewriteTable } from './script.ts';

const head = 'package main\n\nimport "fmt"\n\n';
const both = 'package main\n\nimport (\n\t"fmt"\n\t"os"\n)\n\n';
const main = (body: string, before = '') => `${head}${before}func main() {\n\t${body}\n}\n`;
const done = (body: string, before = '') => `${both}${before}func main() {\n\t${body}\n}\n`;

export const goCases: readonly RewriteCase[] = rewriteTable('a.go', [
  [
    'short declaration',
    main('key := "«ab-12»"\n\tfmt.Println(key)'),
    done('key := os.Getenv("API_KEY")\n\tfmt.Println(key)'),
  ],
  [
    'package variable',
    main('fmt.Println(key)', 'var key = "«ab-12»"\n\n'),
    done('fmt.Println(key)', 'var key = os.Getenv("API_KEY")\n\n'),
  ],
  ['typed variable', main('fmt.Println(key)', 'var key string = "«ab-12»"\n\n')],
  [
    'named type',
    main('fmt.Println(key)', 'type secret string\n\nvar key secret = "«ab-12»"\n\n'),
    done('fmt.Println(key)', 'type secret string\n\nvar key secret = secret(os.Getenv("API_KEY"))\n\n'),
  ],
  [
    'constant',
    main('fmt.Println(key)', 'const key = "«ab-12»"\n\n'),
    done('fmt.Println(key)', 'var key = os.Getenv("API_KEY")\n\n'),
  ],
  [
    'local constant',
    main('const key string = "«ab-12»"\n\tfmt.Println(key)'),
    done('var key string = os.Getenv("API_KEY")\n\tfmt.Println(key)'),
  ],
  [
    'group of constants',
    main('fmt.Println(a, key, longer)', 'const (\n\ta      = "x"\n\tlonger = "y"\n\tkey    = "«ab-12»" // why\n)\n\n'),
    done(
      'fmt.Println(a, key, longer)',
      'const (\n\ta      = "x"\n\tlonger = "y"\n)\n\nvar key = os.Getenv("API_KEY") // why\n\n',
    ),
  ],
  [
    'widest of a group',
    main('fmt.Println(a, longest)', 'const (\n\ta       = "x"\n\tlongest = "«ab-12»"\n)\n\n'),
    done('fmt.Println(a, longest)', 'const (\n\ta = "x"\n)\n\nvar longest = os.Getenv("API_KEY")\n\n'),
  ],
  [
    'alone in a group',
    main('fmt.Println(key)', 'const (\n\tkey = "«ab-12»"\n)\n\n'),
    done('fmt.Println(key)', 'var (\n\tkey = os.Getenv("API_KEY")\n)\n\n'),
  ],
  ['struct field', main('fmt.Println(config{key: "«ab-12»"}.key)', 'type config struct {\n\tkey string\n}\n\n')],
  ['map entry', main('m := map[string]string{"key": "«ab-12»"}\n\tfmt.Println(m["key"])')],
  ['slice element', main('fmt.Println([]string{"x", "«ab-12»"})')],
  ['bytes', main('fmt.Println([]byte("«ab-12»"))'), done('fmt.Println([]byte(os.Getenv("API_KEY")))')],
  ['argument', main('fmt.Println("«ab-12»", len("«ab-12»"))')],
  ['compared', main('key := "ab-12"\n\tif key == "«ab-12»" {\n\t\tfmt.Println("same")\n\t}')],
  ['case label', main('switch "ab-12" {\n\tcase "«ab-12»":\n\t\tfmt.Println("hit")\n\t}')],
  [
    'in a url',
    main('url := "postgres://u:«ab-12»@h/db"\n\tfmt.Println(url)'),
    done('url := "postgres://u:" + os.Getenv("API_KEY") + "@h/db"\n\tfmt.Println(url)'),
  ],
  [
    'in a url among arguments',
    main('fmt.Println("postgres://u:«ab-12»@h/db", 1)'),
    done('fmt.Println("postgres://u:"+os.Getenv("API_KEY")+"@h/db", 1)'),
  ],
  [
    'in a single argument',
    main('fmt.Println("Bearer «ab-12»")'),
    done('fmt.Println("Bearer " + os.Getenv("API_KEY"))'),
  ],
  ['nested calls', main('fmt.Println(1, string([]byte("Bearer «ab-12»")))')],
  ['raw', main('fmt.Println(`{"key": "«ab-12»"}`)'), done('fmt.Println(`{"key": "` + os.Getenv("API_KEY") + `"}`)')],
  [
    'concatenation',
    main('host := "h"\n\tfmt.Println("u:«ab-12»@" + host)'),
    done('host := "h"\n\tfmt.Println("u:" + os.Getenv("API_KEY") + "@" + host)'),
  ],
  ['put together', main('fmt.Println("«ab-" + "12»")'), done('fmt.Println(os.Getenv("API_KEY"))'), 'ab-12'],
  ['compared with a part', main('key := "x ab-12"\n\tfmt.Println(key == "x «ab-12»")')],
  ['sliced', main('fmt.Println("x «ab-12»"[1:])'), done('fmt.Println(("x " + os.Getenv("API_KEY"))[1:])')],
  ['format', main('fmt.Printf("key=«ab-12»\\n")'), done('fmt.Printf("key=%s\\n", os.Getenv("API_KEY"))')],
  ['format with arguments', main('fmt.Printf("key=«ab-12» %d\\n", 1)'), undefined],
  ['format kept', main('fmt.Printf("%s\\n", "«ab-12»")')],
  ['return', main('fmt.Println(f())', 'func f() string { return "«ab-12»" }\n\n')],
  [
    'import there',
    `${both}func main() {\n\tfmt.Println("«ab-12»", os.PathSeparator)\n}\n`,
    `${both}func main() {\n\tfmt.Println(os.Getenv("API_KEY"), os.PathSeparator)\n}\n`,
  ],
  [
    'import under another name',
    'package main\n\nimport (\n\t"fmt"\n\txos "os"\n)\n\nfunc main() {\n\tfmt.Println("«ab-12»", xos.PathSeparator)\n}\n',
    'package main\n\nimport (\n\t"fmt"\n\txos "os"\n)\n\nfunc main() {\n\tfmt.Println(xos.Getenv("API_KEY"), xos.PathSeparator)\n}\n',
  ],
  [
    'import block in order',
    'package main\n\nimport (\n\t"bytes"\n\t"fmt"\n\t"strings"\n)\n\nfunc main() {\n\tfmt.Println("«ab-12»", strings.ToUpper("x"), bytes.MinRead)\n}\n',
    'package main\n\nimport (\n\t"bytes"\n\t"fmt"\n\t"os"\n\t"strings"\n)\n\nfunc main() {\n\tfmt.Println(os.Getenv("API_KEY"), strings.ToUpper("x"), bytes.MinRead)\n}\n',
  ],
  [
    'comments in a column',
    main(
      'fmt.Println(a, key)',
      'var (\n\ta   = "x"      // one\n\tkey = "«ab-12»"  // two\n\tb   = "xxxxxxx" // three\n)\n\n'
        .replace('"x"      //', '"x"       //')
        .replace('"«ab-12»"  //', '"«ab-12»"   //'),
    ),
  ],
  [
    'types of their own',
    main(
      'fmt.Println(c{Key: "«ab-12»"}.Key, []T{"«ab-12»"}, map[string]T{"k": "«ab-12»"}, f("«ab-12»"), g())\n\tvar t T\n\tt = "«ab-12»"\n\tfmt.Println(t == "«ab-12»")',
      'type T string\n\ntype c struct {\n\tKey T\n}\n\nfunc f(t T) string { return string(t) }\n\nfunc g() T {\n\treturn "«ab-12»"\n}\n\n',
    ),
  ],
  [
    'by position',
    main('id, key := "x", "«ab-12»"\n\tfmt.Println(id, key)'),
    done('id, key := "x", os.Getenv("API_KEY")\n\tfmt.Println(id, key)'),
  ],
  [
    'constants by position',
    main('fmt.Println(id, key)', 'const id, key = "x", "«ab-12»"\n\n'),
    done('fmt.Println(id, key)', 'var id, key = "x", os.Getenv("API_KEY")\n\n'),
  ],
  [
    'constant with its comment',
    main(
      'fmt.Println(a, key, b)',
      'const (\n\ta = "x"\n\n\t// key is\n\t// it.\n\tkey = "«ab-12»"\n\tb   = "y"\n)\n\n',
    ),
    done(
      'fmt.Println(a, key, b)',
      'const (\n\ta = "x"\n\n\tb = "y"\n)\n\n// key is\n// it.\nvar key = os.Getenv("API_KEY")\n\n',
    ),
  ],
  ...['\ta = "x"\n\n\tkey = "«ab-12»"\n', '\tkey = "«ab-12»"\n\n\ta = "x"\n'].map(
    body =>
      [
        'constant at the end of a group',
        main('fmt.Println(a, key)', `const (\n${body})\n\n`),
        done('fmt.Println(a, key)', 'const (\n\ta = "x"\n)\n\nvar key = os.Getenv("API_KEY")\n\n'),
      ] as const,
  ),
  [
    'constant of a group with comments in a column',
    main('fmt.Println(key, bcd, c)', 'const (\n\tkey = "«ab-12»" // one\n\tbcd = "y"     // two\n\tc   = "z"\n)\n\n'),
    done(
      'fmt.Println(key, bcd, c)',
      'const (\n\tbcd = "y" // two\n\tc   = "z"\n)\n\nvar key = os.Getenv("API_KEY") // one\n\n',
    ),
  ],
  [
    'neighbours of a constant with its comment',
    main('fmt.Println(a, bcd, longer)', 'const (\n\ta = "x"\n\t// doc\n\tbcd    = "«ab-12»"\n\tlonger = "y"\n)\n\n'),
    done(
      'fmt.Println(a, bcd, longer)',
      'const (\n\ta      = "x"\n\tlonger = "y"\n)\n\n// doc\nvar bcd = os.Getenv("API_KEY")\n\n',
    ),
  ],
  [
    'local group of constants',
    main('const (\n\t\ta   = "x"\n\t\tkey = "«ab-12»"\n\t)\n\tfmt.Println(a, key)'),
    done('const (\n\t\ta = "x"\n\t)\n\tvar key = os.Getenv("API_KEY")\n\tfmt.Println(a, key)'),
  ],
  [
    'part of a value by position',
    main('a, b := "x «ab-12»", "y"\n\tfmt.Println(a, b)'),
    done('a, b := "x "+os.Getenv("API_KEY"), "y"\n\tfmt.Println(a, b)'),
  ],
  [
    'constant between blank lines',
    main('fmt.Println(a, key, b)', 'const (\n\ta = "x"\n\n\tkey = "«ab-12»"\n\n\tb = "y"\n)\n\n'),
    done('fmt.Println(a, key, b)', 'const (\n\ta = "x"\n\n\tb = "y"\n)\n\nvar key = os.Getenv("API_KEY")\n\n'),
  ],
  [
    'constant in a label',
    main('switch "ab-12" {\n\tcase key:\n\t\tfmt.Println("hit")\n\t}', 'const key = "«ab-12»"\n\n'),
  ],
  ['name of an entry', main('fmt.Println(map[string]bool{"«ab-12»": true}["ab-12"])')],
  [
    'error type',
    main(
      'var err error = e("«ab-12»")\n\tfmt.Println(err)',
      'type e string\n\nfunc (e e) Error() string { return string(e) }\n\n',
    ),
  ],
  ['two results', main('fmt.Println(f())', 'func f() (string, error) { return "«ab-12»", nil }\n\n')],
  [
    'statements',
    main(
      'defer fmt.Println("«ab-12»")\n\tc := make(chan string, 1)\n\tc <- "«ab-12»"\n\tx := <-c\n\tx += "«ab-12»"\n\tfor _, r := range "«ab-12»" {\n\t\tx += string(r)\n\t}\n\tfmt.Println(x)',
    ),
  ],
  ['constant format', main('fmt.Printf(key)', 'const key = "«ab-12»"\n\n'), /is a format/],
  ['package on a full line', 'package main; var k = "«ab-12»"\n', /package clause/],
  ['shadowed', main('os := 1\n\tfmt.Println(os, "«ab-12»")'), /something else/],
  ['constant of a constant', main('fmt.Println(b)', 'const a = "«ab-12»"\nconst b = a + "x"\n\n'), /wants a constant/],
  ['iota group', main('fmt.Println(a, b)', 'const (\n\ta = iota\n\tb = "«ab-12»"\n)\n\n'), /depend on each other/],
  ['unused local constant', main('const key = "«ab-12»"\n\tfmt.Println(1)'), /nothing uses/],
  ['struct tag', main('fmt.Println(c{})', 'type c struct {\n\tKey string `env:"«ab-12»"`\n}\n\n'), /struct tag/],
  ['import path', 'package main\n\nimport (\n\t"fmt"\n\t_ "x/«ab-12»"\n)\n', /import path/],
]);

/** These print nothing. */
export const silentGoCases: readonly RewriteCase[] = rewriteTable('a.go', [
  [
    'field of several lines',
    'package main\n\nimport "os"\n\nvar d = c{\n\tA:      os.Args[0],\n\tLonger: "y",\n\tKey: `«-----BEGIN\nab\n-----END»`,\n}\n',
    'package main\n\nimport "os"\n\nvar d = c{\n\tA:      os.Args[0],\n\tLonger: "y",\n\tKey:    os.Getenv("API_KEY"),\n}\n',
  ],
  [
    'no import',
    '// Package main does.\npackage main\n\nfunc main() {\n\tprintln("«ab-12»")\n}\n',
    '// Package main does.\npackage main\n\nimport "os"\n\nfunc main() {\n\tprintln(os.Getenv("API_KEY"))\n}\n',
  ],
  [
    'only others of the standard library missing',
    'package main\n\nimport (\n\t"example.com/x"\n)\n\nvar k = x.F("«ab-12»")\n',
    'package main\n\nimport (\n\t"os"\n\n\t"example.com/x"\n)\n\nvar k = x.F(os.Getenv("API_KEY"))\n',
  ],
  [
    'single imports',
    'package main\n\nimport "fmt"\nimport "strings"\n\nvar k = fmt.Sprint("«ab-12»", strings.ToUpper("x"))\n',
    'package main\n\nimport "fmt"\nimport "strings"\nimport "os"\n\nvar k = fmt.Sprint(os.Getenv("API_KEY"), strings.ToUpper("x"))\n',
  ],
]);
