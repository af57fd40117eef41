import type { RewriteCase } from '../rewritten.ts';
import { rewriteTable } from './script.ts';

const read = '${API_KEY:?API_KEY is not set}';

export const shellCases: readonly RewriteCase[] = [
  ...rewriteTable('a.sh', [
    ['unquoted', 'KEY=«ab-12»\necho "$KEY"\n', `KEY="${read}"\necho "$KEY"\n`],
    [
      'double quotes',
      '#!/bin/sh\nexport KEY="«ab-12»"\necho "$KEY"\n',
      `#!/bin/sh\nexport KEY="${read}"\necho "$KEY"\n`,
    ],
    ['single quotes', 'KEY=\'«a$b "c»\'\necho "$KEY"\n', `KEY="${read}"\necho "$KEY"\n`],
    ['part of single quotes', "echo 'a $x «ab-12» `b`'\n", `echo 'a $x '"${read}"' \`b\`'\n`],
    ['part of double quotes', 'echo "Authorization: Bearer «ab-12»"\n', `echo "Authorization: Bearer ${read}"\n`],
    ['word', 'echo -u user:«ab-12» x\n', `echo -u user:"${read}" x\n`],
    ['option', 'echo --password=«ab-12»\n', `echo --password="${read}"\n`],
    ['interpolation around', 'h=host\necho "https://u:«ab-12»@$h/"\n', `h=host\necho "https://u:${read}@$h/"\n`],
    ['default', 'echo "${KEY:-«ab-12»}"\n', `echo "\${KEY:-${read}}"\n`],
    ['default unquoted', 'echo ${KEY:-«ab-12»}\n', `echo \${KEY:-"${read}"}\n`],
    ['default of itself', 'echo "${API_KEY:-«ab-12»}"\n', `echo "${read}"\n`],
    ['assigned to itself', 'API_KEY=«ab-12»\necho "$API_KEY"\n', `API_KEY="${read}"\necho "$API_KEY"\n`],
    ['heredoc', 'cat <<EOF\nkey: «ab-12»\nEOF\n', `cat <<EOF\nkey: ${read}\nEOF\n`],
    ['heredoc between', 'cat <<A; echo "«ab-12»"\nit\'s\nA\n', `cat <<A; echo "${read}"\nit's\nA\n`],
    ['substitution', 'echo "$(echo "«ab-12»")"\n', `echo "$(echo "${read}")"\n`],
    ['for one command', 'KEY=«ab-12» sh -c \'echo "$KEY"\'\n', `KEY="${read}" sh -c 'echo "$KEY"'\n`],
    ['compared', 'if [ "ab-12" = "«ab-12»" ]; then echo same; fi\n'],
    ['case pattern', 'case ab-12 in\n  «ab-12») echo hit ;;\nesac\n'],
    ['escaped', 'echo a\\ «b\\$c» "x"\n', `echo a\\ "${read}" "x"\n`, 'b$c'],
    ['comment', '# it\'s «ab-12»\necho "«ab-12»"\n', `# it's \${API_KEY}\necho "${read}"\n`],
    ['multi-line single quotes', 'KEY=\'«-----BEGIN\nabc\n-----END»\'\necho "$KEY"\n'],
    ['quoted heredoc', "cat <<'EOF'\n«ab-12»\nEOF\n", /quoted delimiter/],
  ]),
  ...rewriteTable('b.sh', [
    ['ansi quotes', "#!/bin/bash\necho $'a\\t«b\\'c»'\n", `#!/bin/bash\necho $'a\\t'"${read}"\n`, "b'c"],
    ['array', '#!/bin/bash\na=(x "«ab-12»")\necho "${a[1]}"\n', `#!/bin/bash\na=(x "${read}")\necho "\${a[1]}"\n`],
    ['here-string', '#!/bin/bash\ncat <<<"«ab-12»"\n', `#!/bin/bash\ncat <<<"${read}"\n`],
    ['pattern', '#!/bin/bash\n[[ ab-12 == «ab-12» ]] && echo same\n'],
  ]),
  ...rewriteTable('a.fish', [['fish', 'set -gx KEY "«ab-12»"\n', 'set -gx KEY "$API_KEY"\n']]),
];
