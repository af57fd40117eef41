import type { RewriteCase } from '../rewritten.ts';
import { rewriteTable } from './script.ts';

const use = 'os.environ["API_KEY"]';

/** Where an import goes, and what a name means there. */
export const pythonPlaces: readonly RewriteCase[] = rewriteTable('a.py', [
  [
    'used before the imports',
    'TOKEN = "«ab-12»"\nimport sys\nprint(TOKEN, sys.path is None)\n',
    `import os\n\nTOKEN = ${use}\nimport sys\nprint(TOKEN, sys.path is None)\n`,
  ],
  [
    'used before os is imported',
    '"""What it does."""\nTOKEN = "«ab-12»"\nimport os\nprint(TOKEN, os.sep)\n',
    `"""What it does."""\n\nimport os\n\nTOKEN = ${use}\nimport os\nprint(TOKEN, os.sep)\n`,
  ],
  [
    'used between the imports',
    'import sys\nTOKEN = "«ab-12»"\nimport zlib\nprint(TOKEN, sys.path is None, zlib.crc32(b""))\n',
    `import os\nimport sys\nTOKEN = ${use}\nimport zlib\nprint(TOKEN, sys.path is None, zlib.crc32(b""))\n`,
  ],
  [
    'imported in a function, and on a condition',
    'def f():\n    import os\n    return os.sep\n\n\nif f():\n    import json\nprint(f(), json.dumps("«ab-12»"))\n',
    `import os\n\ndef f():\n    import os\n    return os.sep\n\n\nif f():\n    import json\nprint(f(), json.dumps(${use}))\n`,
  ],
  [
    'main block',
    'if __name__ == "__main__":\n    key = "«ab-12»"\n    print(key)\n',
    `import os\n\nif __name__ == "__main__":\n    key = ${use}\n    print(key)\n`,
  ],
  [
    'cells',
    '# %% [markdown]\n# # Title\n\n# %%\nkey = "«ab-12»"\nprint(key)\n',
    `# %% [markdown]\n# # Title\n\n# %%\nimport os\n\nkey = ${use}\nprint(key)\n`,
  ],
  [
    'shebang and encoding directly before',
    '#!/usr/bin/env python3\n# coding: latin-1\nprint("«ab-12»")\n',
    `#!/usr/bin/env python3\n# coding: latin-1\n\nimport os\n\nprint(${use})\n`,
  ],
  ...['lambda os: "«ab-12»"', 'lambda a=1, os=2: "«ab-12»"'].map(
    each =>
      [
        'parameter of a lambda',
        `f = ${each}\nprint(f(1))\n`,
        `import os as _os\n\nf = ${each.replace('"«ab-12»"', '_os.environ["API_KEY"]')}\nprint(f(1))\n`,
      ] as const,
  ),
  ['parameter', 'def f(os, k="«ab-12»"):\n    return k\n\n\nprint(f(1))\n'],
  ['one of several names', 'os, b = 1, "«ab-12»"\nprint(os, b)\n'],
  ['loop', 'for a, os in [(1, 2)]:\n    print(a, os, "«ab-12»")\n'],
  ['deleted', 'import os\ndel os\nprint("«ab-12»")\n'],
  ['argument', 'import os\nprint(len([os, "x"]), "«ab-12»")\n', `import os\nprint(len([os, "x"]), ${use})\n`],
  ['module path', 'import os.path as op\nprint("«ab-12»", op.sep)\n'],
  ['by position', 'id, key = "x", "«ab-12»"\nprint(id, key)\n'],
  ['several lines in parentheses', 'x = ("Bearer "  # why\n     "«ab-12»"\n     " end")\nprint(x)\n'],
  ['beside a formatted text', 'x = f"a{1}" "«ab-12»"\nprint(x)\n'],
  ['raw text', 'print(r"a\\d«ab-12»")\n'],
  ['raw bytes', 'print(rb"\\d«ab-12»", rb"«ab-12»")\n'],
  [
    'dedent',
    'import textwrap\nprint(textwrap.dedent("""\n    «-----BEGIN X\n    ab\n    -----END X»\n    """))\n',
    'import os\nimport textwrap\nprint(textwrap.dedent(f"""\n    {os.environ[\'API_KEY\']}\n    """))\n',
  ],
  ['decorator', 'def d(k):\n    return lambda f: k\n\n\n@d("«ab-12»")\ndef f():\n    pass\n\n\nprint(f)\n'],
  [
    'data class',
    'from dataclasses import dataclass\n\n\n@dataclass\nclass A:\n    key: str = "«ab-12»"\n\n\nprint(A())\n',
  ],
  ['name of an entry', 'print({"«ab-12»": 1})\n', `import os\n\nprint({${use}: 1})\n`],
  ['guard', 'match "x":\n    case str() if "«ab-12»":\n        print("hit")\n'],
  ['behind a pattern', 'match "x":\n    case str(): print("«ab-12»")\n'],
  ['variable of that name', 'case = "«ab-12»"\nprint(case)\n'],
  ['braces around', 'print(f"{{«ab-12»}}", "{«ab-12»}")\n'],
  ['pattern', 'match "x":\n    case "«ab-12»":\n        pass\n', /case pattern/],
  ['alternative pattern', 'match "x":\n    case "a" | "«ab-12»":\n        pass\n', /case pattern/],
  ['pattern of a mapping', 'match "x":\n    case {"k": "«ab-12»"}:\n        pass\n', /case pattern/],
  ['pattern of a sequence', 'match "x":\n    case [str(), (1, "«ab-12»")]:\n        pass\n', /case pattern/],
  ['percent in the value, format behind', 'x = "«a%%b»" "%s" % 1\n', /formatted with %/],
]);

export const pythonCases: readonly RewriteCase[] = rewriteTable('a.py', [
  ['plain', 'key = "«ab-12»"\nprint(key)\n', 'import os\n\nkey = os.environ["API_KEY"]\nprint(key)\n'],
  ['annotated', "key: str = '«ab-12»'\nprint(key)\n", "import os\n\nkey: str = os.environ['API_KEY']\nprint(key)\n"],
  [
    'import there',
    'import os\nimport sys\n\nkey = "«ab-12»"\nprint(key, sys.path is not None)\n',
    'import os\nimport sys\n\nkey = os.environ["API_KEY"]\nprint(key, sys.path is not None)\n',
  ],
  [
    'import among others',
    'import json\nimport sys\nfrom math import pi\n\nprint("«ab-12»", json.dumps(sys.argv is None), pi)\n',
    'import json\nimport os\nimport sys\nfrom math import pi\n\nprint(os.environ["API_KEY"], json.dumps(sys.argv is None), pi)\n',
  ],
  ['import alias', 'import os as o\nprint("«ab-12»", o.sep)\n', 'import os as o\nprint(o.environ["API_KEY"], o.sep)\n'],
  [
    'environ imported',
    'from os import environ, sep\nprint("«ab-12»", sep)\n',
    'from os import environ, sep\nprint(environ["API_KEY"], sep)\n',
  ],
  [
    'shebang, encoding, licence, docstring, future',
    '#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n# Licence: MIT\n\n"""What it does."""\n\nfrom __future__ import annotations\n\nprint("«ab-12»")\n',
    '#!/usr/bin/env python3\n# -*- coding: utf-8 -*-\n# Licence: MIT\n\n"""What it does."""\n\nfrom __future__ import annotations\n\nimport os\n\nprint(os.environ["API_KEY"])\n',
  ],
  [
    'docstring',
    '"""What it does."""\nprint("«ab-12»")\n',
    '"""What it does."""\n\nimport os\n\nprint(os.environ["API_KEY"])\n',
  ],
  [
    'CRLF',
    'import sys\r\nprint("«ab-12»", sys.path is None)\r\n',
    'import os\r\nimport sys\r\nprint(os.environ["API_KEY"], sys.path is None)\r\n',
  ],
  ['shadowed', 'os = "x"\nprint(os, "«ab-12»")\n', 'import os as _os\n\nos = "x"\nprint(os, _os.environ["API_KEY"])\n'],
  [
    'class attribute',
    'class A:\n\tkey = "«ab-12»"\n\n\nprint(A.key)\n',
    'import os\n\nclass A:\n\tkey = os.environ["API_KEY"]\n\n\nprint(A.key)\n',
  ],
  ['default argument', 'def f(a: int, key: str = "«ab-12»") -> str:\n    return key\n\n\nprint(f(1))\n'],
  ['keyword argument', 'print(dict(password="«ab-12»"))\n'],
  ['dict entry', 'd = {"key": "«ab-12»", "b": 1}\nprint(d["key"])\n'],
  ['list element', "print(['x', '«ab-12»'])\n"],
  ['compared', 'key = "ab-12"\nif key == "«ab-12»":\n    print("same")\n'],
  [
    'url',
    'print("postgres://u:«ab-12»@h/{db}\\t")\n',
    'import os\n\nprint(f"postgres://u:{os.environ[\'API_KEY\']}@h/{{db}}\\t")\n',
  ],
  [
    'f-string',
    'host = "h"\nprint(f"https://u:«ab-12»@{host}/")\n',
    'import os\n\nhost = "h"\nprint(f"https://u:{os.environ[\'API_KEY\']}@{host}/")\n',
  ],
  [
    'inside a hole',
    'def f(x): return x\nprint(f"a{f(\'«ab-12»\')}b")\n',
    'import os\n\ndef f(x): return x\nprint(f"a{f(os.environ[\'API_KEY\'])}b")\n',
  ],
  ['raw', 'print(r"a\\d«ab-12»")\n', 'import os\n\nprint(rf"a\\d{os.environ[\'API_KEY\']}")\n'],
  ['bytes', 'print(b"«ab-12»")\n', 'import os\n\nprint(os.environ["API_KEY"].encode())\n'],
  ['part of bytes', 'print(b"a:«ab-12»")\n', 'import os\n\nprint((b"a:" + os.environ["API_KEY"].encode()))\n'],
  [
    'joined neighbours',
    'x = ("a"\n     "«ab-12»"\n     "b")\nprint(x)\n',
    'import os\n\nx = ("a"\n     f"{os.environ[\'API_KEY\']}"\n     "b")\nprint(x)\n',
  ],
  [
    'put together',
    'x = ("«ab-"\n     "12»")\nprint(x)\n',
    'import os\n\nx = (os.environ["API_KEY"])\nprint(x)\n',
    'ab-12',
  ],
  ['concatenation', 'print("a" + "«ab-12»")\n'],
  [
    'key in triple quotes',
    'pem = """«-----BEGIN\nabc\n-----END»\n"""\nprint(pem)\n',
    'import os\n\npem = f"""{os.environ[\'API_KEY\']}\n"""\nprint(pem)\n',
  ],
  ['CRLF in triple quotes', 'print("""«a\r\nb»""")\r\n', undefined, 'a\nb'],
  ['percent format', 'print("%s:«ab-12»" % "u")\n'],
  ['format method', 'print("{}:«ab-12»".format("u"))\n'],
  ['decorator', 'def d(k):\n    return lambda f: k\n\n\n@d("«ab-12»")\ndef g(): pass\n\n\nprint(g)\n'],
  ['lambda and subscript', 'm = {"ab-12": 1}\nprint(m["«ab-12»"], (lambda k="«ab-12»": k)())\n'],
  ['conditional', 'print("«ab-12»" if True else "b")\n'],
  ['touching words', 'print("x"if 1 else"«ab-12»", 1 if"«ab-12»"else 2)\n'],
  ['escaped value', "print('«a\\x62\\'c\\t»')\n", undefined, "ab'c\t"],
  [
    'docstring with the value',
    'def f():\n    """Uses «ab-12»."""\n    return 1\n\n\nprint(f())\n',
    'def f():\n    """Uses ${API_KEY}."""\n    return 1\n\n\nprint(f())\n',
  ],
  ['getenv fallback', 'import os\nprint(os.getenv("NOPE", "«ab-12»"))\n'],
  ['comment', '# key: «ab-12»\nprint("«ab-12»")\n'],
  ['import in try', 'try:\n    import os\nexcept ImportError:\n    pass\nprint("«ab-12»")\n'],
  ['byte order mark', '\ufeffprint("«ab-12»")\n', '\ufeffimport os\n\nprint(os.environ["API_KEY"])\n'],
  [
    'byte order mark before the import',
    '\ufeffimport os\n\nprint("«ab-12»", os.sep)\n',
    '\ufeffimport os\n\nprint(os.environ["API_KEY"], os.sep)\n',
  ],
  ['case pattern', 'match x:\n    case "«ab-12»":\n        pass\n', /case pattern/],
  ['literal type', 'from typing import Literal\nx: Literal["«ab-12»"]\n', /type here/],
  ['percent in the value', 'print("%s:«a%%b»" % "u")\n', /formatted with %/],
  ['joined bytes', 'x = (b"a"\n     b"«ab-12»")\n', /joined/],
]);
