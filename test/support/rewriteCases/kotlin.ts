import type { RewriteCase } from '../rewritten.ts';
import { rewriteTable } from './script.ts';

const read = 'System.getenv("API_KEY") ?: error("API_KEY is not set")';
const main = (body: string) => `fun main() {\n    ${body}\n}\n`;
const dollar = '${';

export const kotlinCases: readonly RewriteCase[] = rewriteTable('a.kt', [
  [
    'licence, package-free file, local',
    `/* Licence */\n\n${main('val key = "«ab-12»"\n    println(key)')}`,
    `/* Licence */\n\n${main(`val key = ${read}\n    println(key)`)}`,
  ],
  ['typed', main('val key: String = "«ab-12»"\n    println(key)')],
  [
    'constant',
    `private const val KEY = "«ab-12»"\n\n${main('println(KEY)')}`,
    `private val KEY = ${read}\n\n${main('println(KEY)')}`,
  ],
  [
    'constant of a companion',
    `class A {\n    companion object {\n        const val KEY: String = "«ab-12»"\n    }\n}\n\n${main('println(A.KEY)')}`,
    `class A {\n    companion object {\n        val KEY: String = ${read}\n    }\n}\n\n${main('println(A.KEY)')}`,
  ],
  ['object', `object Keys { val key = "«ab-12»" }\n\n${main('println(Keys.key)')}`],
  ['class field', `class A { private val key = "«ab-12»"; fun show() = key }\n\n${main('println(A().show())')}`],
  ['default argument', `fun show(key: String = "«ab-12»", other: Int = 1) = key + other\n\n${main('println(show())')}`],
  ['call argument', main('println("«ab-12»")'), main(`println(${read})`)],
  ['named argument', `fun show(key: String) = key\n\n${main('println(show(key = "«ab-12»"))')}`],
  [
    'map entry',
    main('println(mapOf("key" to "«ab-12»", "x" to "y")["key"])'),
    main(`println(mapOf("key" to (${read}), "x" to "y")["key"])`),
  ],
  ['list', main('println(listOf("x", "«ab-12»"))')],
  ['call on it', main('println("«ab-12»".toByteArray().size)'), main(`println((${read}).toByteArray().size)`)],
  ['call on the next line', main('val size = "«ab-12»"\n        .toCharArray()\n        .size\n    println(size)')],
  ['compared', main('if ("ab-12" == "«ab-12»") println("same")'), main(`if ("ab-12" == (${read})) println("same")`)],
  ['branch', main('println(when ("ab-12") { "«ab-12»" -> "same"; else -> "other" })')],
  ['condition', main('println(if (listOf(1).isEmpty()) "x" else "«ab-12»")')],
  [
    'in a url',
    main('val url = "postgres://u:«ab-12»@h/db"\n    println(url)'),
    main(`val url = "postgres://u:${dollar}${read}}@h/db"\n    println(url)`),
  ],
  [
    'template around',
    main('val host = "h"\n    println("u:«ab-12»@$host/${host.length}")'),
    main(`val host = "h"\n    println("u:${dollar}${read}}@$host/\${host.length}")`),
  ],
  ['concatenation', main('val host = "h"\n    println("u:" + "«ab-12»" + "@" + host)')],
  ['put together', main('println("«ab-" + "12»")'), main(`println(${read})`), 'ab-12'],
  ['escapes', main('println("a\\t\\"«ab\\$12»\\"")'), undefined, 'ab$12'],
  ['raw', main('println("""«ab-12»""")'), main(`println(${read})`)],
  [
    'part of a raw text',
    main('println("""\n        {"key": "«ab-12»"}\n    """.trimIndent())'),
    main(`println("""\n        {"key": "${dollar}${read}}"}\n    """.trimIndent())`),
  ],
  [
    'lines in a raw text',
    main('println("""\n        «-----BEGIN X-----\n        ab\n        -----END X-----»\n    """.trimIndent())'),
  ],
  ['enum', `enum class Keys(val key: String) { A("«ab-12»") }\n\n${main('println(Keys.A.key)')}`],
  ['lambda', main('println(run { "«ab-12»" })')],
  ['expression body', `fun key() = "«ab-12»"\n\n${main('println(key())')}`],
  ['tabs and CRLF', main('val key = "«ab-12»"\n\tprintln(key)').replaceAll('\n', '\r\n')],
  [
    'object called System',
    `object System { val x = 1 }\n\n${main('println("«ab-12»")')}`,
    `object System { val x = 1 }\n\n${main(`println(java.lang.${read})`)}`,
  ],
  ['annotation', `@Deprecated("«ab-12»")\nfun f() {}\n`, /annotation/],
  ['annotation member', 'annotation class C(val key: String)\n\n@C(key = "«ab-12»")\nclass A\n', /annotation/],
  ['default of an annotation', 'annotation class C(val key: String = "«ab-12»")\n', /annotation/],
  ['constant in an annotation', 'const val KEY = "«ab-12»"\n\n@Deprecated(KEY)\nfun f() {}\n', /wants a constant/],
  ['constant in another one', 'const val KEY = "«ab-12»"\nconst val URL = "x" + KEY\n', /wants a constant/],
  ['identity', main('println("x" === "«ab-12»")'), /identity/],
  ['format', main('println("%s«a%%b»".format(1))'), /format/],
]);

export const kotlinScriptCases: readonly RewriteCase[] = rewriteTable('build.gradle.kts', [
  [
    'credentials',
    'credentials {\n    username = "u"\n    password = "«ab-12»"\n}\n',
    `credentials {\n    username = "u"\n    password = ${read}\n}\n`,
  ],
]);
