import { Argument, type Command } from 'commander'
import { type Api, createApi } from '../../client/api.ts'
import { type ConnectionSources, resolveConnection } from '../../client/connection.ts'
import { createClient } from '../../client/node-client.ts'
import { pause } from '../../client/patience.ts'
import { candidates, type NameKind, type NameSource } from '../completion.ts'
import { EXIT, type ExitCode } from '../exit.ts'
import type { Terminal } from '../terminal.ts'

/** What the scripts call, with the words up to the one that is being typed. */
export const COMPLETE = '__complete'

const BASH = `# understudy: completion for bash. To have it in every shell:
#   understudy completion bash > ~/.local/share/bash-completion/completions/understudy
_understudy() {
  local IFS=$'\\n'
  COMPREPLY=($(understudy ${COMPLETE} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f 1))
  [[ \${#COMPREPLY[@]} -eq 1 && \${COMPREPLY[0]} == *= ]] && compopt -o nospace
  return 0
}
complete -F _understudy understudy`

const ZSH = `#compdef understudy
# understudy: completion for zsh. To have it in every shell, into a folder of your $fpath:
#   understudy completion zsh > ~/.zfunc/_understudy
_understudy() {
  local -a found
  local value description
  while IFS=$'\\t' read -r value description; do
    found+=("\${value//:/\\\\:}\${description:+:$description}")
  done < <(understudy ${COMPLETE} "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe 'understudy' found
}
if [[ \${funcstack[1]} == _understudy ]]; then _understudy "$@"; else compdef _understudy understudy; fi`

const FISH = `# understudy: completion for fish. To have it in every shell:
#   understudy completion fish > ~/.config/fish/completions/understudy.fish
function __understudy_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    understudy ${COMPLETE} $words[2..-1] "$current" 2>/dev/null
end
complete -c understudy -f -a '(__understudy_complete)'`

const SCRIPTS = { bash: BASH, zsh: ZSH, fish: FISH } as const

export function addCompletionCommand(program: Command, terminal: Terminal): void {
  program
    .command('completion')
    .description(
      'print a script that lets a shell complete commands, options and names: source <(understudy completion bash)',
    )
    .addArgument(new Argument('<shell>', 'whose script').choices(Object.keys(SCRIPTS)))
    .action((shell: keyof typeof SCRIPTS) => terminal.print(SCRIPTS[shell]))
}

/** Who types does not wait longer. */
const PATIENCE_MS = 1_000

/** Prints what could stand in place of the last word, one a line with its description; nothing where that is not known. */
export async function complete(
  program: Command,
  words: string[],
  terminal: Terminal,
  environment: ConnectionSources['environment'],
): Promise<ExitCode> {
  const names: NameSource = (kind, given) =>
    Promise.race([namesOf(kind, given, environment), pause(PATIENCE_MS).then(() => [])]).catch(() => [])
  for (const { value, description } of await candidates(program, words, names)) {
    terminal.print(description === '' ? value : `${value}\t${description}`)
  }
  return EXIT.done
}

async function namesOf(
  kind: NameKind,
  options: Readonly<Record<string, string>>,
  environment: ConnectionSources['environment'],
): Promise<string[]> {
  if (kind === 'profile') return (await import('../../client/profiles.ts')).profileNames()
  const connection = await resolveConnection({ options, environment })
  const client = createClient(connection)
  const hasty = {
    request: <Body>(request: Parameters<typeof client.request>[0]) =>
      client.request<Body>({ ...request, timeoutMs: PATIENCE_MS }),
  }
  return NAMES[kind](createApi(hasty, connection.endpoint, connection.cluster))
}

const NAMES: Readonly<Record<Exclude<NameKind, 'profile'>, (api: Api) => Promise<string[]>>> = {
  cluster: async (api) => (await api.clusters()).map(({ cluster }) => cluster),
  group: (api) => api.groupNames(),
  node: async (api) => (await api.nodes()).map(({ node }) => node),
}
