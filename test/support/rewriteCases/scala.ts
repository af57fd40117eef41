import type { RewriteCase } from '../rewritten.ts';
import { rewriteTable } from './script.ts';

const read = 'sys.env("API_KEY")';
const main = (body: string, members = '') =>
  `${members}object Main {\n  def main(args: Array[String]): Unit = {\n    ${body}\n  }\n}\n`;

export const scalaCases: readonly RewriteCase[] = rewriteTable('Main.scala', [
  ['local', main('val key = "«ab-12»"\n    println(key)'), main(`val key = ${read}\n    println(key)`)],
  ['typed', main('val key: String = "«ab-12»"\n    println(key)')],
  ['licence, lazy', main('println(Keys.key)', '/* Licence */\nobject Keys { lazy val key = "«ab-12»" }\n')],
  [
    'constant',
    main('println(Keys.Key)', 'object Keys { final val Key = "«ab-12»" }\n'),
    main('println(Keys.Key)', `object Keys { final val Key = ${read} }\n`),
  ],
  ['class parameter', main('println(new A().key)', 'class A(val key: String = "«ab-12»")\n')],
  ['default argument', main('println(Show.show())', 'object Show { def show(key: String = "«ab-12»") = key }\n')],
  ['call argument', main('println("«ab-12»")'), main(`println(${read})`)],
  ['named argument', main('println(Show.show(key = "«ab-12»"))', 'object Show { def show(key: String) = key }\n')],
  ['map entry', main('println(Map("key" -> "«ab-12»", "x" -> "y")("key"))')],
  [
    'part in a map entry',
    main('println(Map("key" -> "Bearer «ab-12»")("key"))'),
    main(`println(Map("key" -> ("Bearer " + ${read}))("key"))`),
  ],
  ['list', main('println(List("x", "«ab-12»"))')],
  ['call on it', main('println("«ab-12»".getBytes.length)'), main(`println(${read}.getBytes.length)`)],
  [
    'call on a part',
    main('println("u:«ab-12»".toCharArray.length)'),
    main(`println(("u:" + ${read}).toCharArray.length)`),
  ],
  ['compared', main('if ("ab-12" == "«ab-12»") println("same")')],
  ['guard', main('"ab-12" match { case x if x == "«ab-12»" => println("same"); case _ => println("x") }')],
  ['result of a case', main('println(args.length match { case 0 => "«ab-12»"; case _ => "x" })')],
  [
    'in a url',
    main('val url = "jdbc:x://u:«ab-12»@h"\n    println(url)'),
    main(`val url = "jdbc:x://u:" + ${read} + "@h"\n    println(url)`),
  ],
  [
    'interpolation around',
    main('val host = "h"\n    println(s"u:«ab-12»@$host/${host.length}")'),
    main(`val host = "h"\n    println(s"u:" + ${read} + s"@$host/\${host.length}")`),
  ],
  ['concatenation', main('val host = "h"\n    println("u:" + "«ab-12»" + "@" + host)')],
  ['put together', main('println("«ab-" +\n      "12»")'), main(`println(${read})`), 'ab-12'],
  ['raw', main('println("""«ab-12»""")'), main(`println(${read})`)],
  [
    'part of a raw text',
    main('println("""{\n      |  "key": "«ab-12»"\n      |}""".stripMargin)'),
    main(`println(("""{\n      |  "key": """" + ${read} + """"\n      |}""").stripMargin)`),
  ],
  ['lines in a raw text', main('println("""«-----BEGIN X-----\nab\n-----END X-----»\n""")')],
  ['infix', main('println("x" concat "«ab-12»")'), main(`println("x" concat ${read})`)],
  ['tabs and CRLF', main('val key = "«ab-12»"\n\tprintln(key)').replaceAll('\n', '\r\n')],
  [
    'value called sys',
    main('val sys = "x"\n    println(sys + "«ab-12»")'),
    main(`val sys = "x"\n    println(sys + scala.${read})`),
  ],
  ['annotation', main('', '@deprecated("«ab-12»", "1")\nclass A\n'), /annotation/],
  ['pattern', main('args(0) match { case "«ab-12»" => 1; case _ => 2 }'), /pattern/],
  ['type', 'object A { val x: "«ab-12»" = null }\n', /type/],
  [
    'constant in an annotation',
    main('', 'object K { final val Key = "«ab-12»" }\nobject L {\n  @deprecated(K.Key, "1") def f = 1\n}\n'),
    /wants a constant/,
  ],
  ['interpolator of a library', main('println(sql"x «ab-12»")'), /sql/],
  ['percent in a format', main('println(f"«a%%b»")'), /format/],
]);
