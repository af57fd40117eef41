import { execFileSync } from 'node:child_process';
import { onPath } from './prerequisites.ts';

/** A language that the rewrite tests compile and run, and where it comes from. */
export interface Toolchain {
  /** As people write it. */
  readonly language: string;
  /** Debian packages. Megabytes are what apt downloaded on a Debian 12 that had a C compiler and Java. */
  readonly packages: readonly string[];
  /** All of these on the PATH show that it is there. */
  readonly programs: readonly string[];
}

/**
 * What Debian has: about 300 MB in all, two minutes, once. Not here, because Debian 12 has none: Dart, F#, Julia, PowerShell, Swift,
 * Terraform, Visual Basic. Only looked for, because it is large (53 MB and more) and elsewhere installed otherwise: Rust.
 */
export const toolchains = {
  bash: { language: 'bash', packages: ['bash'], programs: ['bash'] },
  c: { language: 'C', packages: ['gcc', 'libc6-dev'], programs: ['gcc'] },
  clojure: { language: 'Clojure', packages: ['clojure', 'default-jre-headless'], programs: ['clojure', 'java'] },
  cpp: { language: 'C++', packages: ['g++'], programs: ['g++'] },
  csharp: { language: 'C#', packages: ['mono-mcs'], programs: ['mcs', 'mono'] },
  elixir: { language: 'Elixir', packages: ['elixir'], programs: ['elixirc', 'elixir'] },
  erlang: { language: 'Erlang', packages: ['erlang-base'], programs: ['erlc', 'erl'] },
  fish: { language: 'fish', packages: ['fish'], programs: ['fish'] },
  groovy: { language: 'Groovy', packages: ['groovy', 'default-jre-headless'], programs: ['groovy', 'java'] },
  haskell: { language: 'Haskell', packages: ['ghc'], programs: ['ghc'] },
  java: { language: 'Java', packages: ['default-jdk-headless'], programs: ['javac', 'java'] },
  kotlin: { language: 'Kotlin', packages: ['kotlin'], programs: ['kotlinc', 'java'] },
  lua: { language: 'Lua', packages: ['lua5.4'], programs: ['lua5.4'] },
  make: { language: 'make', packages: ['make'], programs: ['make'] },
  nix: { language: 'Nix', packages: ['nix-bin'], programs: ['nix-instantiate'] },
  objectivec: {
    language: 'Objective-C',
    packages: ['gobjc', 'libgnustep-base-dev'],
    programs: ['gcc', 'gnustep-config'],
  },
  perl: { language: 'Perl', packages: ['perl'], programs: ['perl'] },
  php: { language: 'PHP', packages: ['php-cli'], programs: ['php'] },
  r: { language: 'R', packages: ['r-base-core'], programs: ['Rscript'] },
  ruby: { language: 'Ruby', packages: ['ruby'], programs: ['ruby'] },
  rust: { language: 'Rust', packages: [], programs: ['rustc'] },
  scala: { language: 'Scala', packages: ['scala'], programs: ['scalac', 'java'] },
  sh: { language: 'sh', packages: ['dash'], programs: ['sh'] },
  tcl: { language: 'Tcl', packages: ['tcl'], programs: ['tclsh'] },
  terraform: { language: 'Terraform', packages: [], programs: ['terraform'] },
  zsh: { language: 'zsh', packages: ['zsh'], programs: ['zsh'] },
} as const satisfies Readonly<Record<string, Toolchain>>;

/** Why a language's programs cannot be run here; undefined when they can. */
export function missingToolchain(toolchain: Toolchain): string | undefined {
  const missing = toolchain.programs.filter(program => !onPath(program));
  if (missing.length === 0) return undefined;
  const way = toolchain.packages.length > 0 ? ` (Debian: apt-get install ${toolchain.packages.join(' ')})` : '';
  return `${toolchain.language} is not installed: ${missing.join(', ')} not found${way}`;
}

/** Installs what Debian has and this machine lacks when we are root; otherwise says what will be skipped, and how to have it. */
export function installToolchains(): void {
  const missing = Object.values<Toolchain>(toolchains).filter(each => missingToolchain(each) !== undefined);
  const packages = [...new Set(missing.flatMap(each => each.packages))];
  if (packages.length > 0 && process.getuid?.() === 0 && onPath('apt-get')) {
    console.log(`Installing compilers and interpreters for the rewrite tests, once: ${packages.join(' ')}`);
    if (!apt(['update', '-q']) || !apt(['install', ...packages]))
      for (const name of packages) if (!apt(['install', name])) console.log(`${name} could not be installed.`);
  }
  for (const each of missing) {
    const reason = missingToolchain(each);
    if (reason !== undefined) console.log(`Its programs will not be run: ${reason}.`);
  }
}

function apt(command: readonly string[]): boolean {
  try {
    execFileSync('apt-get', ['-y', '--no-install-recommends', ...command], {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    });
    return true;
  } catch {
    return false;
  }
}
