import type { RewriteCase } from '../rewritten.ts';
import { rewriteTable } from './script.ts';

const read =
  'Environment.GetEnvironmentVariable("API_KEY") ?? throw new InvalidOperationException("API_KEY is not set")';
const full = read.replace('Environment', 'System.Environment').replace('InvalidOp', 'System.InvalidOp');
const program = (body: string, members = '', head = 'using System;\n\n') =>
  `${head}public class Program\n{\n${members}    public static void Main(string[] args)\n    {\n        ${body}\n    }\n}\n`;
const show = 'Console.WriteLine(key);';

export const csharpCases: readonly RewriteCase[] = rewriteTable('Program.cs', [
  ['local', program(`var key = "«ab-12»";\n        ${show}`), program(`var key = ${read};\n        ${show}`)],
  [
    'without the using',
    program('System.Console.WriteLine("«ab-12»");', '', '// Licence\n\n'),
    program(`System.Console.WriteLine(${full});`, '', '// Licence\n\n'),
  ],
  [
    'constant',
    program('Console.WriteLine(Key);', '    private const string Key = "«ab-12»";\n'),
    program('Console.WriteLine(Key);', `    private static readonly string Key = ${read};\n`),
  ],
  [
    'public constant of a nested class',
    program('Console.WriteLine(Keys.Key);', '    static class Keys { public const string Key = "«ab-12»"; }\n'),
    program('Console.WriteLine(Keys.Key);', `    static class Keys { public static readonly string Key = ${read}; }\n`),
  ],
  [
    'local constant',
    program(`const string key = "«ab-12»";\n        ${show}`),
    program(`string key = ${read};\n        ${show}`),
  ],
  ['field', program('Console.WriteLine(new Program().key);', '    private readonly string key = "«ab-12»";\n')],
  ['property', program('Console.WriteLine(Key);', '    static string Key { get; set; } = "«ab-12»";\n')],
  ['expression body', program('Console.WriteLine(Key());', '    static string Key() => "«ab-12»";\n')],
  ['call argument', program('Console.WriteLine("«ab-12»");'), program(`Console.WriteLine(${read});`)],
  [
    'named argument',
    program('Show(key: "«ab-12»");', '    static void Show(string key) { Console.WriteLine(key); }\n'),
  ],
  [
    'map entries',
    program(
      'var map = new Dictionary<string, string> { ["a"] = "«ab-12»" };\n        var other = new Dictionary<string, string> { { "b", "«ab-12»" } };\n        Console.WriteLine(map["a"] + other["b"]);',
      '',
      'using System;\nusing System.Collections.Generic;\n\n',
    ),
  ],
  ['array element', program('Console.WriteLine(new[] { "x", "«ab-12»" }[1]);')],
  ['call on it', program('Console.WriteLine("«ab-12»".Length);'), program(`Console.WriteLine((${read}).Length);`)],
  ['bytes', program('Console.WriteLine(System.Text.Encoding.UTF8.GetBytes("«ab-12»").Length);')],
  [
    'compared',
    program('if ("ab-12" == "«ab-12»") Console.WriteLine("same");'),
    program(`if ("ab-12" == (${read})) Console.WriteLine("same");`),
  ],
  [
    'in a connection string',
    program('var key = "Server=h;Password=«ab-12»;Encrypt=true";\n        Console.WriteLine(key);'),
    program(`var key = "Server=h;Password=" + (${read}) + ";Encrypt=true";\n        Console.WriteLine(key);`),
  ],
  [
    'interpolation around',
    program('var host = "h";\n        Console.WriteLine($"u:«ab-12»@{host}");'),
    program(`var host = "h";\n        Console.WriteLine($"u:{(${read})}@{host}");`),
  ],
  ['in an interpolation', program('Console.WriteLine($"{"«ab-12»"}!");')],
  [
    'verbatim',
    program('Console.WriteLine(@"c:\\""«ab-12»""");'),
    program(`Console.WriteLine(@"c:\\""" + (${read}) + @"""");`),
  ],
  ['put together', program('Console.WriteLine("«ab-" + "12»");'), program(`Console.WriteLine(${read});`), 'ab-12'],
  ['condition', program('Console.WriteLine(args.Length == 0 ? "«ab-12»" : "x");')],
  ['tabs and CRLF', program(`var key = "«ab-12»";\n\t\t${show}`).replaceAll('\n', '\r\n')],
  ['attribute', '[System.Obsolete("«ab-12»")]\npublic class A { }\n', /attribute/],
  [
    'attribute with a name',
    'class A\n{\n    [Conf(Name = "x", Key = "«ab-12»")]\n    public string B;\n}\n',
    /attribute/,
  ],
  ['case label', program('switch (args[0]) { case "«ab-12»": break; }'), /pattern/],
  ['pattern', program('if (args[0] is "«ab-12»") return;'), /pattern/],
  ['switch arm', program('var a = args[0] switch { "«ab-12»" => 1, _ => 2 };'), /pattern/],
  ['default argument', program('', '    static void Show(string key = "«ab-12»") { }\n'), /default/],
  [
    'constant in a case label',
    program('switch (args[0]) { case Key: break; }', '    const string Key = "«ab-12»";\n'),
    /wants a constant/,
  ],
  [
    'constant in another one',
    program('', '    const string Key = "«ab-12»";\n    const string Url = "x" + Key;\n'),
    /wants a constant/,
  ],
  ['braces in a format', program('Console.WriteLine(string.Format("{0}«a{{b»", 1));'), /format/],
]);
