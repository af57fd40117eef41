import type { RewriteCase } from '../rewritten.ts';
import { rewriteTable } from './script.ts';

const read = 'java.util.Objects.requireNonNull(System.getenv("API_KEY"), "API_KEY is not set")';
const program = (body: string, members = '', head = '') =>
  `${head}public class Main {\n${members}    public static void main(String[] args) throws Exception {\n        ${body}\n    }\n}\n`;

export const javaCases: readonly RewriteCase[] = rewriteTable('Main.java', [
  [
    'local',
    program('String key = "«ab-12»";\n        System.out.println(key);'),
    program(`String key = ${read};\n        System.out.println(key);`),
  ],
  [
    'constant',
    program('System.out.println(KEY);', '    private static final String KEY = "«ab-12»";\n'),
    program('System.out.println(KEY);', `    private static final String KEY = ${read};\n`),
  ],
  [
    'imported',
    program('System.out.println("«ab-12»" + Objects.hash(1));', '', 'import java.util.Objects;\n'),
    program(
      'System.out.println(Objects.requireNonNull(System.getenv("API_KEY"), "API_KEY is not set") + Objects.hash(1));',
      '',
      'import java.util.Objects;\n',
    ),
  ],
  ['field', program('System.out.println(new Main().key);', '    String key = "«ab-12»";\n')],
  ['argument', program('System.out.println("«ab-12»");')],
  ['map entry', program('System.out.println(java.util.Map.of("key", "«ab-12»").get("key"));')],
  ['array element', program('System.out.println(new String[] {"x", "«ab-12»"}[1]);')],
  [
    'characters and bytes',
    program('System.out.println("«ab-12»".toCharArray().length + "«ab-12»".getBytes().length);'),
  ],
  ['compared', program('System.out.println("«ab-12»".equals("ab-12"));')],
  [
    'in a url',
    program('String u = "jdbc:x://u:«ab-12»@h";\n        System.out.println(u);'),
    program(`String u = "jdbc:x://u:" + ${read} + "@h";\n        System.out.println(u);`),
  ],
  [
    'part with a call',
    program('System.out.println("Bearer «ab-12»".length());'),
    program(`System.out.println(("Bearer " + ${read}).length());`),
  ],
  ['concatenation', program('String h = "h";\n        System.out.println("u:«ab-12»@" + h);')],
  ['put together', program('System.out.println("«ab-" + "12»");'), program(`System.out.println(${read});`), 'ab-12'],
  ['text block', program('System.out.println("""\n            «ab-12»""");'), undefined],
  [
    'part of a text block',
    program('System.out.println("""\n            {\n              "key": "«ab-12»"\n            }\n            """);'),
    program(`System.out.println("{\\n  \\"key\\": \\"" + ${read} + "\\"\\n}\\n");`),
  ],
  [
    'ternary and cast',
    program('Object o = (Object) "a «ab-12»";\n        System.out.println(args.length == 0 ? o : "b");'),
  ],
  ['interface constant', program('System.out.println(Keys.KEY);', '    interface Keys { String KEY = "«ab-12»"; }\n')],
  [
    'enum constructor',
    program(
      'System.out.println(Keys.A.key);',
      '    enum Keys { A("«ab-12»"); final String key; Keys(String key) { this.key = key; } }\n',
    ),
  ],
  ['comment', program('System.out.println("«ab-12»"); // «ab-12»')],
  ['switch on another', program('switch (args.length) { case 0: System.out.println("«ab-12»"); break; default: }')],
  [
    'class called Objects',
    program('System.out.println("«ab-12»");', '    static class Objects {}\n', 'import java.util.*;\n'),
    program(`System.out.println(${read});`, '    static class Objects {}\n', 'import java.util.*;\n'),
  ],
  [
    'everything of the package imported',
    program('System.out.println("«ab-12»");', '', 'import java.util.*;\n'),
    program(`System.out.println(${read});`, '', 'import java.util.*;\n'),
  ],
  [
    'class called System',
    program('java.lang.System.out.println("«ab-12»");', '    static class System {}\n'),
    program(
      `java.lang.System.out.println(${read.replace('System', 'java.lang.System')});`,
      '    static class System {}\n',
    ),
  ],
  [
    'behind a label',
    program('System.out.println(switch (args.length) { case 0 -> "«ab-12»"; default -> "x"; });'),
    program(`System.out.println(switch (args.length) { case 0 -> ${read}; default -> "x"; });`),
  ],
  ['characters', program('char[] key = "«ab-12»".toCharArray();\n        System.out.println(key);')],
  ['assertion', program('assert "ab-12".equals("«ab-12»") : "«ab-12»";\n        System.out.println(1);')],
  ['record', program('System.out.println(new R());', '    record R(String key) { R() { this("«ab-12»"); } }\n')],
  [
    'superclass',
    program(
      'System.out.println(new E().getMessage());',
      '    static class E extends Exception {\n        private static final long serialVersionUID = 1;\n        E() { super("«ab-12»"); }\n    }\n',
    ),
  ],
  ['condition', program('System.out.println(args.length == 0 ? "«ab-12»" : "x");')],
  ['format', program('System.out.println(String.format("%s:«ab-12»", "x") + "%s-«ab-12»".formatted("y"));')],
  ['constant of two', program('System.out.println(A + KEY);', '    static final String A = "x", KEY = "«ab-12»";\n')],
  ['static block', program('System.out.println(key);', '    static String key;\n    static { key = "«ab-12»"; }\n')],
  [
    'method with an annotation',
    program('f("«ab-12»");', '    @Deprecated static void f(String key) { System.out.println(key); }\n'),
  ],
  ['percent in a format', program('System.out.println(String.format("%s«a%%b»", 1));'), /percent/],
  ['identity', program('System.out.println(args[0] == "«ab-12»");'), /identity/],
  ['last of several labels', program('switch ("x") {\n case "a",\n "«ab-12»": break; default: }'), /case label/],
  [
    'constant of an interface in an annotation',
    program(
      '',
      '    interface K {\n        String KEY = "«ab-12»";\n        @Deprecated(since = KEY) void f();\n    }\n',
    ),
    /wants a constant/,
  ],
  [
    'made into another constant',
    program(
      '',
      '    static final String KEY = "«ab-12»";\n    static final String B = KEY + "x";\n    @Deprecated(since = B) void f() {}\n',
    ),
    /B is used/,
  ],
  ['variable called java', program('String java = "«ab-12»";\n        System.out.println(java);'), /name java/],
  ['case label', program('switch ("x") { case "«ab-12»": break; default: }'), /case label/],
  ['case arrow', program('switch ("x") { case "«ab-12»" -> {} default -> {} }'), /case label/],
  ['annotation', '@SuppressWarnings("«ab-12»")\npublic class Main {}\n', /annotation/],
  ['annotation member', '@Config(name = "x", key = {"a", "«ab-12»"})\npublic class Main {}\n', /annotation/],
  [
    'constant in a case label',
    program('switch ("x") { case KEY: break; default: }', '    private static final String KEY = "«ab-12»";\n'),
    /wants a constant/,
  ],
  [
    'constant in an annotation',
    program('', '    static final String KEY = "«ab-12»";\n    @Deprecated(since = KEY) void f() {}\n'),
    /wants a constant/,
  ],
]);

export const springCases: readonly RewriteCase[] = rewriteTable('Main.java', [
  [
    'value',
    'import org.springframework.beans.factory.annotation.Value;\nclass A {\n  @Value("«ab-12»")\n  String key;\n}\n',
    'import org.springframework.beans.factory.annotation.Value;\nclass A {\n  @Value("${API_KEY}")\n  String key;\n}\n',
  ],
  [
    'default',
    'import org.springframework.beans.factory.annotation.Value;\nclass A {\n  @Value("${app.key:«ab-12»}")\n  String key;\n}\n',
    'import org.springframework.beans.factory.annotation.Value;\nclass A {\n  @Value("${app.key:${API_KEY}}")\n  String key;\n}\n',
  ],
]);
