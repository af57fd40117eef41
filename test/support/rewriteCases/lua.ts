import type { RewriteCase } from '../rewritten.ts';
import { block, rewriteTable } from './script.ts';

const read = 'os.getenv("API_KEY") or error("API_KEY is not set")';

export const luaCases: readonly RewriteCase[] = rewriteTable('a.lua', [
  ['plain', 'local key = "«ab-12»"\nprint(key)\n', `local key = ${read}\nprint(key)\n`],
  [
    'shebang, CRLF and tabs',
    "#!/usr/bin/env lua\r\nlocal function f()\r\n\treturn '«ab-12»'\r\nend\r\nprint(f())\r\n",
    `#!/usr/bin/env lua\r\nlocal function f()\r\n\treturn ${read}\r\nend\r\nprint(f())\r\n`,
  ],
  ['constant', 'local KEY <const> = "«ab-12»"\nprint(KEY)\n'],
  [
    'global and member',
    'KEY = "«ab-12»"\nlocal M = {}\nM.key = "«ab-12»"\nM["x"] = "«ab-12»"\nprint(KEY, M.key, M.x)\n',
  ],
  ['default', 'local function f(key)\n  key = key or "«ab-12»"\n  return key\nend\nprint(f())\n'],
  ['call argument', 'print("x", "«ab-12»")\nprint("«ab-12»", "y")\n'],
  ['call without brackets', 'print "«ab-12»"\nlocal s = string.upper "«ab-12»"\nprint(s)\n'],
  ['method', 'print(("«ab-12»"):upper(), ("x «ab-12»"):len())\n'],
  ['map entry', 'local c = { user = "u", password = "«ab-12»", ["x-y"] = 1 }\nprint(c.password)\n'],
  ['map call', 'local function f(c) return c.key end\nprint(f{ key = "«ab-12»" })\n'],
  ['name of an entry', 'local c = { ["«ab-12»"] = 1 }\nprint(c["ab-12"], c["«ab-12»"])\n'],
  ['array element', 'print(table.concat({ "x", "«ab-12»" }, ","))\nprint(#{ "«ab-12»" })\nprint(#"«ab-12»")\n'],
  ['compared', 'if "ab-12" == "«ab-12»" then print("same") end\nprint("«ab-12»" ~= "x")\n'],
  ['in a url', 'print("postgres://u:«ab-12»@h/db")\n', `print("postgres://u:" .. (${read}) .. "@h/db")\n`],
  ['concatenation', 'local h = "h"\nprint("u:" .. "«ab-12»" .. "@" .. h)\nprint("Bearer «ab-12»" .. h)\n'],
  ['put together', 'print("«ab-" .. "12»")\n', undefined, 'ab-12'],
  ['format', 'print(string.format("%s %s", "«ab-12»", "x"))\n'],
  ['brackets', 'print([[«ab-12»]])\nprint([==[\na «ab-12»\nb]==])\n'],
  ['brackets over lines', 'print([[\n  key: «ab-12»\n\n  last\n]])\n'],
  ['block', `local k = [[\n«${block('')}»]]\nprint(k)\n`],
  ['escapes', 'print("«a\\"b\\65\\x41\\n»")\n', undefined, 'a"bAA\n'],
  ['returned pair', 'local function f() return "x", "«ab-12»" end\nprint(f())\n'],
  ['comments', '-- "«ab-12»"\n--[[ it\'s «ab-12» ]]\nprint("«ab-12»")\n'],
  ['license', '-- License\n-- it\'s free\n\nlocal key = "«ab-12»"\nprint(key)\n'],
]);
