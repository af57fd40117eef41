import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, randomInt } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';

const digits = '0123456789';
const lower = 'abcdefghijklmnopqrstuvwxyz';
const upper = lower.toUpperCase();
const alphanumeric = digits + upper + lower;

/** A random text over an alphabet: harmless, since nobody issued it. */
export function random(alphabet: string, length: number): string {
  return Array.from({ length }, () => alphabet[randomInt(alphabet.length)]).join('');
}

/** A token of GitHub's shape, its checksum right: 30 random characters and their CRC-32 in base 62. */
export function githubToken(): string {
  const body = random(alphanumeric, 30);
  let sum = crc32(body);
  let check = '';
  for (let place = 0; place < 6; place++) {
    check = alphanumeric[sum % 62] + check;
    sum = Math.floor(sum / 62);
  }
  return `${'gh'}p_${body}${check}`;
}

export function stripeKey(): string {
  return `sk_${'live'}_${random(alphanumeric, 24)}`;
}

export function awsSecretKey(): string {
  return random(`${alphanumeric}/+`, 40);
}

export function awsKeyId(): string {
  return `AK${'IA'}${random(`${upper}234567`, 16)}`;
}

export function password(): string {
  return `${random(upper, 1)}${random(lower, 6)}-${random(digits, 3)}${random(alphanumeric, 4)}`;
}

export function privateKey(): string {
  return generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
    publicKeyEncoding: { type: 'spki', format: 'pem' },
  }).privateKey.trim();
}

/**
 * Fills a folder with small programs in several languages, each with secrets made just now, under git. Every program prints
 * only the length of what it got, so that it can be run before and after a move.
 */
export function makeExampleWorkspace(folder: string): void {
  const github = githubToken();
  const files: Record<string, string> = {
    'README.md':
      '# Example\n\nSmall programs with secrets that were made up when this folder was. Move them, then run the task *Show*.\n',
    'billing/charge.ts': `const stripe = { apiKey: '' };\nstripe.apiKey = '${stripeKey()}';\n\nexport const header: Record<string, string> = { authorization: \`Bearer \${stripe.apiKey}\` };\nconsole.log('stripe key of', stripe.apiKey.length, 'characters');\n`,
    'tools/release.py': `"""Publishes a release."""\n\nGITHUB_TOKEN = "${github}"\n\n\ndef headers():\n    return {"Authorization": f"Bearer {GITHUB_TOKEN}"}\n\n\nprint("github token of", len(headers()["Authorization"]) - 7, "characters")\n`,
    'tools/issues.js': `const token = '${github}';\nconsole.log('github token of', token.length, 'characters');\n`,
    'backup/main.go': `package main\n\nimport "fmt"\n\nfunc main() {\n\tid, secretKey := "${awsKeyId()}", "${awsSecretKey()}"\n\tfmt.Println("aws key", id[:4], "with a secret of", len(secretKey), "characters")\n}\n`,
    'server/Database.java': `public class Database {\n    private static final String PASSWORD = "${password()}";\n\n    public static void main(String[] arguments) {\n        System.out.println("database password of " + PASSWORD.length() + " characters");\n    }\n}\n`,
    'deploy.sh': `#!/bin/sh\nexport SLACK_TOKEN='${['xox', 'b'].join('')}-${random(digits, 12)}-${random(digits, 12)}-${random(alphanumeric, 24)}'\necho "slack token of \${#SLACK_TOKEN} characters"\n`,
    '.env': `DATABASE_URL=postgres://app:${password().replace('-', '')}@localhost:5432/app\nLOG_LEVEL=info\n`,
    'compose.yaml': `services:\n  database:\n    image: postgres:17\n    environment:\n      POSTGRES_PASSWORD: ${password()}\n`,
    'settings.json': `{\n  "host": "localhost",\n  "password": "${password()}"\n}\n`,
    'keys/service.pem': `${privateKey()}\n`,
    '.gitignore': '.env\n',
    '.vscode/tasks.json': `${JSON.stringify({ version: '2.0.0', tasks: [{ label: 'Show', type: 'process', command: 'python3', args: ['tools/release.py'], problemMatcher: [] }] }, null, 2)}\n`,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  execFileSync('git', ['init', '-q', folder]);
}
