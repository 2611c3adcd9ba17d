/** `kubeshark completion`: a script for the shell, made of the commands themselves. */

import { type Command, Option } from 'commander';
import { Failure } from '../failure.ts';
import { writeLine } from '../output/stdout.ts';

interface Known {
  readonly name: string;
  readonly description: string;
  readonly options: readonly {
    readonly flag: string;
    readonly description: string;
    readonly choices: readonly string[];
  }[];
  readonly words: readonly string[];
}

/** Long options and subcommands of every command. */
function knownCommands(program: Command): Known[] {
  return program.commands.map((command) => ({
    name: command.name(),
    description: command.description(),
    options: command.options
      .filter(({ long, hidden }) => long !== undefined && !hidden)
      .map((option) => ({
        flag: option.long ?? '',
        description: option.description,
        choices: option instanceof Option ? (option.argChoices ?? []) : [],
      })),
    words: command.name() === 'completion' ? Object.keys(shells) : command.commands.map((inner) => inner.name()),
  }));
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

function bash(commands: readonly Known[]): string {
  const cases = commands.map(({ name, options, words }) => {
    const flags = [...options.map(({ flag }) => flag), '--help'].join(' ');
    return `    ${name}) options=${quoted(flags)}; words=${quoted(words.join(' '))} ;;`;
  });
  return `# kubeshark completion bash; add to ~/.bashrc: source <(kubeshark completion bash)
_kubeshark() {
  local current="\${COMP_WORDS[COMP_CWORD]}" options="" words=""
  COMPREPLY=()
  if [ "$COMP_CWORD" -eq 1 ]; then
    COMPREPLY=($(compgen -W ${quoted([...commands.map(({ name }) => name), '--help'].join(' '))} -- "$current"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
  case "$current" in
    -*) COMPREPLY=($(compgen -W "$options" -- "$current")) ;;
    *) if [ -n "$words" ]; then COMPREPLY=($(compgen -W "$words" -- "$current")); else COMPREPLY=($(compgen -f -- "$current")); fi ;;
  esac
}
complete -o filenames -F _kubeshark kubeshark
`;
}

function zsh(commands: readonly Known[]): string {
  // A colon separates name and text, brackets hold the text.
  const plain = (text: string) => text.replace(/[[\]:]/g, ' ');
  const cases = commands.map(({ name, options, words }) => {
    const flags = options.map(({ flag, description }) => quoted(`${flag}[${plain(description)}]`)).join(' ');
    const rest = words.length === 0 ? "'*:file:_files'" : quoted(`*:command:(${words.join(' ')})`);
    return `    ${name}) _arguments ${flags} ${rest} ;;`;
  });
  return `#compdef kubeshark
# kubeshark completion zsh > "\${fpath[1]}/_kubeshark"
_kubeshark() {
  if (( CURRENT == 2 )); then
    local -a commands=(
${commands.map(({ name, description }) => `      ${quoted(`${name}:${plain(description)}`)}`).join('\n')}
    )
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${cases.join('\n')}
  esac
}
compdef _kubeshark kubeshark
`;
}

function fish(commands: readonly Known[]): string {
  const lines = commands.flatMap(({ name, description, options, words }) => {
    const seen = quoted(`__fish_seen_subcommand_from ${name}`);
    return [
      `complete -c kubeshark -n __fish_use_subcommand -f -a ${name} -d ${quoted(description)}`,
      ...options.map(
        ({ flag, description: doc, choices }) =>
          `complete -c kubeshark -n ${seen} -l ${flag.slice(2)} -d ${quoted(doc)}${choices.length === 0 ? '' : ` -xa ${quoted(choices.join(' '))}`}`,
      ),
      ...(words.length === 0 ? [] : [`complete -c kubeshark -n ${seen} -f -a ${quoted(words.join(' '))}`]),
    ];
  });
  return `# kubeshark completion fish > ~/.config/fish/completions/kubeshark.fish\n${lines.join('\n')}\n`;
}

const shells: Readonly<Record<string, (commands: readonly Known[]) => string>> = { bash, zsh, fish };

async function completion(shell: string, program: Command): Promise<void> {
  const write = Object.hasOwn(shells, shell) ? shells[shell] : undefined;
  if (write === undefined) throw new Failure('usage', `There is completion for ${Object.keys(shells).join(', ')}.`);
  await writeLine(write(knownCommands(program)).trimEnd());
}

export function completionCommand(program: Command): void {
  program
    .command('completion')
    .description('print a script that completes commands and options in a shell')
    .argument('<shell>', Object.keys(shells).join(', '))
    .addHelpText(
      'after',
      `
Examples:
  source <(kubeshark completion bash)
  kubeshark completion zsh > "\${fpath[1]}/_kubeshark"
  kubeshark completion fish > ~/.config/fish/completions/kubeshark.fish`,
    )
    .action((shell: string) => completion(shell, program));
}
