import { manifestsAbove } from '../secrets/environment.ts';
import { readManifest } from '../workspace/manifest.ts';
import { readArguments, UsageError } from './arguments.ts';
import { readDiskText } from './diskHost.ts';
import type { Command, Session } from './session.ts';

/* Scripts that complete commands, their options and the manifest's names. What they offer is read from each command's usage. */

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

/** The command over all the others, by name. */
export function completionOf(commands: Readonly<Record<string, () => Promise<Command>>>): Command {
  return {
    summary: 'Prints a script that completes commands, options and names in your shell.',
    usage: 'completion bash|zsh|fish',
    details: [
      'bash:  eval "$(keysweep completion bash)" in ~/.bashrc',
      'zsh:   eval "$(keysweep completion zsh)" in ~/.zshrc, after compinit',
      'fish:  keysweep completion fish > ~/.config/fish/completions/keysweep.fish',
      '',
      'Exit codes: 0 printed, 2 no such shell.',
    ],
    async run(session, args) {
      const [what, ...rest] = readArguments(args, {}).positionals;
      // What the scripts call: names of the manifests, without asking any store.
      if (what === 'names' && rest.length === 0) return printNames(session);
      const shell = shells.find(each => each === what);
      if (shell === undefined || rest.length > 0) throw new UsageError(`Say which shell: ${shells.join(', ')}.`);
      const loaded = Object.entries(commands).map(async ([name, load]) => describe(name, await load()));
      await session.out(scripts[shell](await Promise.all(loaded)));
      return 0;
    },
  };
}

async function printNames(session: Session): Promise<number> {
  const names = new Set<string>();
  for (const file of await manifestsAbove(session.cwd, session.signal)) {
    const read = await readDiskText(file);
    for (const { name } of read.kind === 'text' ? readManifest(read.text).entries : []) names.add(name);
  }
  for (const name of names) await session.out(`${name}\n`);
  return 0;
}

interface Described {
  readonly name: string;
  readonly summary: string;
  /** `--option` and what it takes: nothing, one of a few words, a file, or anything. */
  readonly options: readonly {
    readonly name: string;
    readonly takes: readonly string[] | 'file' | 'text' | 'nothing';
  }[];
  /** What stands without an option: a manifest's name, one of a few words, or a file. */
  readonly operand: readonly string[] | 'name' | 'file';
}

function describe(name: string, { usage, summary }: Command): Described {
  const options = [...usage.matchAll(/--([a-z][a-z-]*)(?: ([A-Za-z|…]+))?/g)].map(([, option = '', value]) => {
    const takes =
      value === undefined ? 'nothing' : value === 'FILE' ? 'file' : isChoice(value) ? value.split('|') : 'text';
    return { name: option, takes } as const;
  });
  const words = /^\S+ ([a-z|]+)$/.exec(usage)?.[1]?.split('|');
  const operand = words ?? (/ NAME\b/.test(usage.replace(/--[a-z-]+ NAME/g, '')) ? 'name' : 'file');
  return { name, summary, options: [...options, { name: 'help', takes: 'nothing' }], operand };
}

function isChoice(value: string): boolean {
  return /^[a-z]+(\|[a-z]+)+$/.test(value);
}

/** Options whose text is one of the manifest's names. */
const isNamed = (command: string, option: string) => command === 'run' && option === 'env';

const scripts: Readonly<Record<Shell, (commands: readonly Described[]) => string>> = {
  bash: commands => `_keysweep() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} index
  COMPREPLY=()
  if (( COMP_CWORD == 1 )); then
    COMPREPLY=($(compgen -W '${commands.map(each => each.name).join(' ')} --help --version' -- "$current"))
    return
  fi
  for (( index = 2; index < COMP_CWORD; index++ )); do
    if [[ \${COMP_WORDS[index]} == -- ]]; then
      if (( index == COMP_CWORD - 1 )); then COMPREPLY=($(compgen -c -- "$current")); fi
      return
    fi
  done
  case "\${COMP_WORDS[1]} $previous" in
${commands.flatMap(bashOptions).join('\n')}
  esac
  if [[ $current == -* ]]; then
    case \${COMP_WORDS[1]} in
${commands.map(each => `      ${each.name}) COMPREPLY=($(compgen -W '${each.options.map(({ name }) => `--${name}`).join(' ')}' -- "$current")) ;;`).join('\n')}
    esac
    return
  fi
  case \${COMP_WORDS[1]} in
${commands.flatMap(bashOperand).join('\n')}
  esac
}
complete -o default -F _keysweep keysweep
`,
  zsh: commands => `#compdef keysweep
_keysweep() {
  local -a commands=(
${commands.map(each => `    ${quoted(`${each.name}:${each.summary}`)}`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local name=$words[2]
  shift words
  (( CURRENT-- ))
  case $name in
${commands.map(each => `    ${each.name}) _arguments ${zshSpecs(each).map(quoted).join(' ')} ;;`).join('\n')}
  esac
}
_keysweep_names() {
  local -a names=(\${(f)"$(keysweep completion names 2>/dev/null)"})
  compadd -a names
}
compdef _keysweep keysweep
`,
  fish: commands => `complete -c keysweep -f
${commands.flatMap(fishLines).join('\n')}
`,
};

const namesNow = '$(keysweep completion names 2>/dev/null)';

function bashOptions({ name, options }: Described): readonly string[] {
  return options.flatMap(({ name: option, takes }) => {
    if (isNamed(name, option))
      return [`    '${name} --${option}') COMPREPLY=($(compgen -W "${namesNow}" -- "$current")); return ;;`];
    if (typeof takes === 'string') return [];
    return [`    '${name} --${option}') COMPREPLY=($(compgen -W '${takes.join(' ')}' -- "$current")); return ;;`];
  });
}

function bashOperand({ name, operand }: Described): readonly string[] {
  if (operand === 'file') return [];
  const words = operand === 'name' ? `"${namesNow}"` : `'${operand.join(' ')}'`;
  return [`    ${name}) COMPREPLY=($(compgen -W ${words} -- "$current")) ;;`];
}

function zshSpecs({ name, options, operand }: Described): readonly string[] {
  const action = (takes: Described['operand'] | 'text') =>
    takes === 'file'
      ? '_files'
      : takes === 'name'
        ? '_keysweep_names'
        : takes === 'text'
          ? ' '
          : `(${takes.join(' ')})`;
  const specs = options.map(({ name: option, takes }) => {
    if (takes === 'nothing') return `--${option}`;
    return `*--${option}:${option}:${action(isNamed(name, option) ? 'name' : takes)}`;
  });
  // After `--` stands another command.
  return [...specs, name === 'run' ? '*::command:_normal' : `*:${name}:${action(operand)}`];
}

function fishLines({ name, summary, options, operand }: Described): readonly string[] {
  const within = `complete -c keysweep -n '__fish_seen_subcommand_from ${name}'`;
  const words = (takes: Described['operand']) =>
    takes === 'file'
      ? '-F'
      : takes === 'name'
        ? "-f -a '(keysweep completion names 2>/dev/null)'"
        : `-f -a '${takes.join(' ')}'`;
  return [
    `complete -c keysweep -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`,
    ...options.map(({ name: option, takes }) => {
      if (takes === 'nothing') return `${within} -l ${option}`;
      const value = isNamed(name, option) ? 'name' : takes === 'text' ? undefined : takes;
      return `${within} -l ${option} -r ${value === undefined ? '-f' : words(value)}`;
    }),
    name === 'run' ? `${within} -a '(__fish_complete_subcommand --fcs-skip=2)'` : `${within} ${words(operand)}`,
  ];
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\\\''")}'`;
}
