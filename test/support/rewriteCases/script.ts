import type { RewriteCase } from '../rewritten.ts';

function table(
  path: string,
  rows: readonly (readonly [title: string, marked: string, after?: string | RegExp, value?: string])[],
): RewriteCase[] {
  return rows.map(([title, marked, after, value]) => ({
    title,
    path,
    marked,
    ...(after instanceof RegExp ? { refused: after } : { after }),
    ...(value === undefined ? {} : { value }),
  }));
}

export { table as rewriteTable };

/** What a private key looks like, over lines that begin with `indent`; it opens no real one. */
export function block(indent: string): string {
  return ['-----BEGIN X-----', 'abc+/=', 'def', '-----END X-----'].join(`\n${indent}`);
}

const fail = `(() => { throw new Error("API_KEY is not set"); })()`;
const failSingle = fail.replaceAll('"', "'");

export const javascriptCases: readonly RewriteCase[] = [
  ...table('a.mjs', [
    ['plain', 'const key = "«ab-12»";\nconsole.log(key);\n', 'const key = process.env.API_KEY;\nconsole.log(key);\n'],
    [
      'shebang and CRLF',
      "#!/usr/bin/env node\r\n'use strict';\r\nlet key = '«ab-12»'\r\nconsole.log(key)\r\n",
      "#!/usr/bin/env node\r\n'use strict';\r\nlet key = process.env.API_KEY\r\nconsole.log(key)\r\n",
    ],
    [
      'class fields',
      'class A { static #key = "«ab-12»"; static get() { return A.#key; } }\nconsole.log(A.get());\n',
      'class A { static #key = process.env.API_KEY; static get() { return A.#key; } }\nconsole.log(A.get());\n',
    ],
    [
      'default argument',
      'function f(key = "«ab-12»") { return key; }\nconsole.log(f());\n',
      'function f(key = process.env.API_KEY) { return key; }\nconsole.log(f());\n',
    ],
    ['call argument', 'console.log("«ab-12»");\n', 'console.log(process.env.API_KEY);\n'],
    ['map entry', 'const o = { key: "«ab-12»", "other-key": 1 };\nconsole.log(o.key);\n'],
    ['array element', "const a = ['x', '«ab-12»'];\nconsole.log(a.join());\n"],
    [
      'compared',
      'const key = "ab-12";\nif (key === "«ab-12»") console.log("same");\n',
      'const key = "ab-12";\nif (key === process.env.API_KEY) console.log("same");\n',
    ],
    [
      'in a url',
      'const url = "postgres://u:«ab-12»@h/db";\nconsole.log(url);\n',
      'const url = `postgres://u:${process.env.API_KEY}@h/db`;\nconsole.log(url);\n',
    ],
    [
      'escapes, backticks and braces around',
      "console.log('it\\'s `${x}` \\t«ab-12»\\u0041\"');\n",
      'console.log(`it\\\'s \\`\\${x}\\` \\t${process.env.API_KEY}\\u0041"`);\n',
    ],
    [
      'template',
      'const host = "h";\nconsole.log(`https://u:«ab-12»@${host}/`);\n',
      'const host = "h";\nconsole.log(`https://u:${process.env.API_KEY}@${host}/`);\n',
    ],
    ['whole template', 'console.log(`«ab-12»`);\n', 'console.log(process.env.API_KEY);\n'],
    [
      'multi-line template',
      'const pem = `«-----BEGIN\nabc\n-----END»\n`;\nconsole.log(pem);\n',
      'const pem = `${process.env.API_KEY}\n`;\nconsole.log(pem);\n',
    ],
    [
      'concatenation',
      'const key = "a" +\n  "«ab-12»" + "b";\nconsole.log(key);\n',
      'const key = "a" +\n  process.env.API_KEY + "b";\nconsole.log(key);\n',
    ],
    [
      'put together',
      'const key = "x«ab" + "-12»y";\nconsole.log(key);\n',
      'const key = `x${process.env.API_KEY}y`;\nconsole.log(key);\n',
      'ab-12',
    ],
    [
      'touching words',
      'const f = () => { return"«ab-12»" };\nconsole.log(f());\n',
      'const f = () => { return process.env.API_KEY };\nconsole.log(f());\n',
    ],
    [
      'fallback',
      'console.log(process.env.NOPE || "«ab-12»");\n',
      'console.log(process.env.NOPE || process.env.API_KEY);\n',
    ],
    [
      'case label',
      'switch ("ab-12") { case "«ab-12»": console.log("hit"); }\n',
      'switch ("ab-12") { case process.env.API_KEY: console.log("hit"); }\n',
    ],
    [
      'conditional',
      'const on = true;\nconsole.log(on ? "«ab-12»" : "b");\n',
      'const on = true;\nconsole.log(on ? process.env.API_KEY : "b");\n',
    ],
    ['member of a literal', 'console.log("«ab-12»".length);\n', 'console.log(process.env.API_KEY.length);\n'],
    ['inside a hole', 'console.log(`a${"«ab-12»"}b`);\n', 'console.log(`a${process.env.API_KEY}b`);\n'],
    ['escaped value', 'console.log("«a\\"\\x62\\\nc»");\n', 'console.log(process.env.API_KEY);\n', 'a"bc'],
    [
      'comment and code',
      '// key: «ab-12»\nconsole.log("«ab-12»");\n',
      '// key: ${API_KEY}\nconsole.log(process.env.API_KEY);\n',
    ],
    [
      'bracket style',
      "console.log(process.env['HOMELESS'], '«ab-12»');\n",
      "console.log(process.env['HOMELESS'], process.env['API_KEY']);\n",
    ],
    ['byte order mark', '\ufeffconsole.log("«ab-12»");\n', '\ufeffconsole.log(process.env.API_KEY);\n'],
    [
      'twice in one text',
      'console.log("«ab-12»:«ab-12»");\n',
      'console.log(`${process.env.API_KEY}:${process.env.API_KEY}`);\n',
    ],
    [
      'another process',
      'function process(x) { return x; }\nconsole.log(process("«ab-12»"));\n',
      'function process(x) { return x; }\nconsole.log(process(globalThis.process.env.API_KEY));\n',
    ],
    ['CRLF in a template', 'console.log(`«a\r\nb»`);\r\n', 'console.log(process.env.API_KEY);\r\n', 'a\nb'],
    [
      'by position',
      'const [id, key] = ["x", "«ab-12»"];\nconsole.log(id, key);\n',
      'const [id, key] = ["x", process.env.API_KEY];\nconsole.log(id, key);\n',
    ],
    [
      "in a directive's company",
      "'use strict';\nfunction f() { 'use strict'; return '«ab-12»'; }\nconsole.log(f());\n",
      "'use strict';\nfunction f() { 'use strict'; return process.env.API_KEY; }\nconsole.log(f());\n",
    ],
    ['optional member compared', 'const o = { key: "ab-12" };\nconsole.log(o?.key === "«ab-12»");\n'],
    ['default in a pattern', 'const { key = "«ab-12»" } = {};\nconsole.log(key);\n'],
    ['hole of a tagged template', 'const q = (s, v) => s[0] + v;\nconsole.log(q`a${"«ab-12»"}`);\n'],
    ['computed name', 'console.log(Object.keys({ ["«ab-12»"]: 1 }).length);\n'],
    ['member on the next line', 'console.log("«ab-12»"\n  .length);\n'],
    ['regular expression from a text', 'console.log(new RegExp("«ab-12»").test("xab-12"));\n'],
    ['joined by a line end', 'console.log("a\\\n«ab-12»");\n', 'console.log(`a\\\n${process.env.API_KEY}`);\n'],
    ['variable called document', 'const document = { name: "x" };\nconsole.log(document.name, "«ab-12»");\n'],
    ['import specifier', 'import x from "«ab-12»";\n', /module specifier/],
    ['import attribute', 'import x from "x" with { type: "«ab-12»" };\n', /module specifier/],
    ['exported name', 'export { x as "«ab-12»" };\n', /name of a property/],
    ['accessor', 'class A { get "«ab-12»"() { return 1; } }\n', /name of a property/],
    ['name in a pattern', 'const { "«ab-12»": y } = o;\n', /name of a property/],
    ['raw template', 'const q = String.raw`a «ab-12»`;\n', /tagged template/],
    ['required', 'const x = require("x/«ab-12»");\n', /module specifier/],
    ['property name', 'const o = { "«ab-12»": 1 };\n', /name of a property/],
    ['directive', '"«ab-12»";\n', /stands alone/],
    ['tagged template', 'const q = sql`a «ab-12»`;\n', /tagged template/],
    ['regular expression', 'const r = /"«ab-12»"/;\n', /pattern must be a constant/],
    ['client component', '"use client";\nconst k = "«ab-12»";\n', /browser/],
    ['page script', 'document.title = "«ab-12»";\n', /browser/],
    ['octal escape', 'const k = "a\\1«ab-12»";\n', /octal/],
  ]),
  ...table('a.cjs', [
    [
      'common module',
      'const k = require("node:path");\nmodule.exports.key = "«ab-12»";\nconsole.log(module.exports.key, k.sep);\n',
    ],
  ]),
  ...table('a.js', [
    [
      'checked',
      '// @ts-check\nconst k = "«ab-12»";\nconsole.log(k);\n',
      `// @ts-check\nconst k = (process.env.API_KEY ?? ${fail});\nconsole.log(k);\n`,
    ],
  ]),
];

export const typescriptCases: readonly RewriteCase[] = [
  ...table('a.ts', [
    [
      'plain',
      "const key: string = '«ab-12»';\nconsole.log(key);\n",
      `const key: string = (process.env.API_KEY ?? ${failSingle});\nconsole.log(key);\n`,
    ],
    [
      'class field',
      'class A { private readonly key: string = "«ab-12»"; get(): string { return this.key; } }\nconsole.log(new A().get());\n',
    ],
    [
      'as const',
      'const key = "«ab-12»" as const;\nconsole.log(key);\n',
      `const key = (process.env.API_KEY ?? ${fail});\nconsole.log(key);\n`,
    ],
    ['in a const object', 'const o = { key: "«ab-12»", n: 1 } as const;\nconsole.log(o.key.length, o.n);\n'],
    ['strict argument', 'function f(key: string): number { return key.length; }\nconsole.log(f("«ab-12»"));\n'],
    ['in a url', 'const h: string = "h";\nconst url: string = "https://u:«ab-12»@" + h;\nconsole.log(url);\n'],
    [
      'record',
      'const headers: Record<string, string> = { Authorization: "Bearer «ab-12»" };\nconsole.log(headers.Authorization);\n',
    ],
    [
      'type annotation with generics',
      'const m: Map<string, string> = new Map([["key", "«ab-12»"]]);\nconsole.log(m.get("key"));\n',
    ],
    ['default argument', 'function f(n: number, key = "«ab-12»"): string { return key + n; }\nconsole.log(f(1));\n'],
    ['without semicolons', 'const a: string = "x"\nconst key = "«ab-12»"\nconsole.log(a + key)\n'],
    ['compared', 'function f(key: string): boolean { return key === "«ab-12»"; }\nconsole.log(f("ab-12"));\n'],
    [
      'case label',
      'function f(key: string): string { switch (key) { case "«ab-12»": return "hit"; default: return "miss"; } }\nconsole.log(f("ab-12"));\n',
    ],
    ['arrow', 'const f = (): string => "«ab-12»";\nconsole.log(f());\n'],
    ['satisfies', 'const o = { key: "«ab-12»" } satisfies Record<string, string>;\nconsole.log(o.key);\n'],
    ['method on it', 'console.log(Buffer.from("«ab-12»", "utf8").toString("hex"), "«ab-12»".length);\n'],
    [
      'template with other holes',
      'const h: string = "h";\nconst u: string = `https://${h}/«ab-12»/${h}`;\nconsole.log(u);\n',
    ],
    ['by position', 'const [id, key]: [string, string] = ["x", "«ab-12»"];\nconsole.log(id, key);\n'],
    [
      'class members',
      'class A { static readonly key = "«ab-12»"; static #p: string = "«ab-12»"; q?: string = "«ab-12»"; static p(): string { return A.#p; } }\nconsole.log(A.key, A.p(), new A().q);\n',
    ],
    [
      'default in a pattern',
      'function f({ key = "«ab-12»" }: { key?: string } = {}): string { return key; }\nconsole.log(f());\n',
    ],
    [
      'optional member compared',
      'const o: { key?: string } | undefined = { key: "ab-12" };\nconsole.log(o?.key === "«ab-12»");\n',
    ],
    [
      'condition among arguments',
      'function f(on: boolean): string { return String(on ? "«ab-12»" : undefined); }\nconsole.log(f(true));\n',
    ],
    [
      'condition with a call',
      'const g = (): string => "g";\nconst on = Math.PI < 3;\nconsole.log(String(on ? "a" + g() : "«ab-12»"));\n',
    ],
    [
      'assertions',
      'const a = "«ab-12»" as string;\nconst b = "«ab-12»" as const satisfies string;\nconst c = "«ab-12»"!;\nconsole.log(a, b, c);\n',
    ],
    ['parameter', 'function f(k: "«ab-12»"): void {}\n', /type here/],
    ['result', 'function f(): "«ab-12»" { throw 1; }\n', /type here/],
    ['method of an interface', 'interface A { m(k: "«ab-12»"): void }\n', /type here/],
    ['type argument', 'const x = f<"«ab-12»">();\n', /type here/],
    ['assertion', 'const x = y as "«ab-12»";\n', /type here/],
    ['declared key', 'const k: keyof A = "«ab-12»";\n', /declared type/],
    ['declared union', 'type K = "a" | "ab-12";\nconst k: K = "«ab-12»";\n', /declared type/],
    ['ambient module', 'declare module "«ab-12»" {}\n', /module specifier/],
    ['tag with a type', 'const q = tag<string>`«ab-12»`;\n', /tagged template/],
    ['joined enum member', 'enum E { A = 1, Key = "x" + "«ab-12»" }\n', /enum/],
    ['literal type', 'type K = "«ab-12»";\n', /type here/],
    ['union', 'let k: "a" | "«ab-12»";\n', /type here/],
    ['enum', 'enum E { Key = "«ab-12»" }\n', /enum/],
    ['declared literal type', 'const k: `0x${string}` = "«0x12»";\n', /declared type/],
    ['member of a union', 'type A = { kind: "«ab-12»"; a: 1 } | { kind: "b" };\n', /type here/],
    ['member of a type argument', 'type B = Extract<A, { kind: "«ab-12»" }>;\n', /type here/],
    ['indexed type', 'type C = A["«ab-12»"];\n', /name of a property/],
    ['interface', 'interface A { key: "«ab-12»"; }\n', /type here/],
  ]),
  ...table('a.d.ts', [['declaration', 'declare const k = "«ab-12»";\n', /declaration file/]]),
];

export const elementCases: readonly RewriteCase[] = [
  ...table('a.jsx', [
    [
      'attribute',
      'const a = <Comp apiKey="«ab-12»" b={1} />;\n',
      'const a = <Comp apiKey={process.env.API_KEY} b={1} />;\n',
    ],
    [
      'part of an attribute',
      "const a = <Comp url='https://u:«ab-12»@h' />;\n",
      'const a = <Comp url={`https://u:${process.env.API_KEY}@h`} />;\n',
    ],
    [
      'in braces',
      'const a = <p>Don\'t {f("«ab-12»")} it\'s</p>;\n',
      "const a = <p>Don't {f(process.env.API_KEY)} it's</p>;\n",
    ],
    ['text of an element', "const a = <p>Don't use «ab-12», it's old</p>;\n", /no text/],
    ['unfinished element', 'const a = <Comp apiKey="«ab-12»"\n', /not closed/],
  ]),
  ...table('a.tsx', [
    [
      'attribute',
      'const a = <Comp apiKey="«ab-12»" />;\n',
      `const a = <Comp apiKey={(process.env.API_KEY ?? ${fail})} />;\n`,
    ],
  ]),
  ...table('index.html', [['page', '<script>const k = "«ab-12»"</script>\n', /browser/]]),
  ...table('App.vue', [['component', '<script setup>\nconst k = "«ab-12»"\n</script>\n', /browser/]]),
];

/** Where a file runs decides whether it can read the environment. */
export const homeCases: readonly RewriteCase[] = [
  ...table('a.ts', [
    ['decorator', '@Inject("«ab-12»")\nclass A {}\n', `@Inject((process.env.API_KEY ?? ${fail}))\nclass A {}\n`],
    [
      'Deno',
      'const a = Deno.env.get("A");\nconst k = "«ab-12»";\n',
      `const a = Deno.env.get("A");\nconst k = (Deno.env.get("API_KEY") ?? ${fail});\n`,
    ],
    [
      'Bun',
      'const a = Bun.env.A;\nconst k = "«ab-12»";\n',
      `const a = Bun.env.A;\nconst k = (process.env.API_KEY ?? ${fail});\n`,
    ],
    ['Vite', 'const a = import.meta.env.VITE_A;\nconst k = "«ab-12»";\n', /Vite/],
    ['Worker', 'export default { async fetch(request: Request, env: Env) { return "«ab-12»"; } };\n', /Worker/],
    ['Angular', 'import { Component } from "@angular/core";\nconst k = "«ab-12»";\n', /shipped/],
  ]),
  ...table('a.js', [
    ['storage', 'localStorage.setItem("key", "«ab-12»");\n', /browser/],
    ['service worker', 'self.addEventListener("fetch", () => "«ab-12»");\n', /browser/],
    ['extension', 'chrome.runtime.sendMessage("«ab-12»");\n', /shipped/],
    ['hooks', 'import React, { useState } from "react";\nconst k = "«ab-12»";\n', /browser/],
    ['user script', '// ==UserScript==\nconst k = "«ab-12»";\n', /shipped/],
    [
      'browser in comments and texts',
      '// as window.open does\nlog("document.title", `${1} window.x`);\nconst k = "«ab-12»";\n',
      '// as window.open does\nlog("document.title", `${1} window.x`);\nconst k = process.env.API_KEY;\n',
    ],
    ['browser in a hole', 'log(`${window.x}`);\nconst k = "«ab-12»";\n', /browser/],
    ['published variable', 'window.key = process.env.REACT_APP_A || "«ab-12»";\n', /browser/],
    [
      'rendered on the server',
      'import React from "react";\nconst k = "«ab-12»";\n',
      'import React from "react";\nconst k = process.env.API_KEY;\n',
    ],
    [
      'hooks in a terminal',
      'import { useState } from "react";\nimport { render } from "ink";\nconst k = "«ab-12»";\n',
      'import { useState } from "react";\nimport { render } from "ink";\nconst k = process.env.API_KEY;\n',
    ],
  ]),
  ...table('page.astro', [['frontmatter', '<script>const k = "«ab-12»"</script>\n', /cannot be told/]]),
  ...table('site/public/js/app.js', [['served', 'const k = "«ab-12»";\n', /folder/]]),
];
