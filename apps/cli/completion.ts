import type { Command, Option } from 'commander'
import { PARAMETER_NAMES } from '../../domain/parameters.ts'

/** What a shell may offer for the word that is being typed. */
export interface Candidate {
  value: string
  description: string
}

/** Names that only the API, or the user's own file, knows. */
export type NameKind = 'cluster' | 'group' | 'node' | 'profile'
export type NameSource = (kind: NameKind, given: Readonly<Record<string, string>>) => Promise<string[]>

/** What the words before say: in which command, at which of its arguments, or in the value of which option. */
interface Place {
  command: Command
  argument: number
  valueOf: Option | undefined
  /** Options with their values, by the names of the options. */
  given: Record<string, string>
}

/**
 * What could stand in place of the last word, by the commands' own tree: subcommands, options, their choices, and names.
 * bash hands `--output=js` over as three words.
 */
export async function candidates(program: Command, typed: string[], names: NameSource): Promise<Candidate[]> {
  const { words, current, prefix } = joined(typed)
  const place = placeOf(program, words)
  const [, long = '', part] = /^(--[^=]+)=(.*)$/.exec(current) ?? []
  const inline = part === undefined ? undefined : optionOf(place.command, long)
  const found = inline
    ? (await optionValues(inline, place, names)).map((each) => ({ ...each, value: `${long}=${each.value}` }))
    : place.valueOf
      ? await optionValues(place.valueOf, place, names)
      : current.startsWith('-')
        ? options(place.command)
        : [...subcommands(place), ...(await argumentValues(place, names))]
  return found
    .filter(({ value }) => value.startsWith(current))
    .map((each) => ({ ...each, value: each.value.slice(prefix.length) }))
}

/** Puts together what bash has taken apart at `=`; `prefix` is what it does not want to be told again. */
function joined(typed: string[]): { words: string[]; current: string; prefix: string } {
  const words: string[] = []
  let prefix = ''
  for (const [index, word] of typed.entries()) {
    const isPart = index > 0 && (word === '=' || typed[index - 1] === '=')
    prefix = isPart ? `${prefix || (words.at(-1) ?? '')}${word === '=' ? '=' : ''}` : ''
    if (isPart) words.push((words.pop() ?? '') + word)
    else words.push(word)
  }
  return { current: words.pop() ?? '', words, prefix }
}

function placeOf(program: Command, words: string[]): Place {
  const place: Place = { command: program, argument: 0, valueOf: undefined, given: {} }
  for (const word of words) {
    if (place.valueOf) {
      place.given[place.valueOf.attributeName()] = word
      place.valueOf = undefined
      continue
    }
    if (word.startsWith('-')) {
      const [name = '', value] = word.split('=')
      const option = optionOf(place.command, name)
      if (option && value !== undefined) place.given[option.attributeName()] = value
      else if (option?.required) place.valueOf = option
      continue
    }
    const sub = place.argument === 0 ? subcommandOf(place.command, word) : undefined
    if (sub) place.command = sub
    else place.argument += 1
  }
  return place
}

const subcommandOf = (command: Command, word: string): Command | undefined =>
  command.commands.find((each) => each.name() === word || each.aliases().includes(word))

/** Of the command itself, then those that every command has. */
function optionsOf(command: Command): Option[] {
  const own = command.createHelp().visibleOptions(command)
  return command.parent ? [...own, ...optionsOf(command.parent).filter(({ long }) => long !== '--help')] : own
}

const optionOf = (command: Command, name: string): Option | undefined =>
  optionsOf(command).find(({ long, short }) => long === name || short === name)

const options = (command: Command): Candidate[] =>
  optionsOf(command).flatMap(({ long, description }) => (long ? [{ value: long, description }] : []))

const subcommands = ({ command, argument }: Place): Candidate[] =>
  argument > 0
    ? []
    : command
        .createHelp()
        .visibleCommands(command)
        .map((each) => ({ value: each.name(), description: each.description() }))

const plain = (values: readonly string[]): Candidate[] => values.map((value) => ({ value, description: '' }))

async function optionValues(option: Option, { given }: Place, names: NameSource): Promise<Candidate[]> {
  if (option.argChoices) return plain(option.argChoices)
  const kind = kindOf(option.long?.slice(2) ?? '')
  return kind ? plain(await names(kind, given)) : []
}

async function argumentValues({ command, argument, given }: Place, names: NameSource): Promise<Candidate[]> {
  const all = command.registeredArguments
  const last = all.at(-1)
  const wanted = all[argument] ?? (last?.variadic ? last : undefined)
  if (!wanted) return []
  if (wanted.argChoices) return plain(wanted.argChoices)
  if (wanted.name() === 'name=value') return plain(PARAMETER_NAMES.map((name) => `${name}=`))
  const kind = kindOf(wanted.name())
  return kind ? plain(await names(kind, given)) : []
}

/** What an argument or an option is called says what it names. */
const kindOf = (name: string): NameKind | undefined =>
  (['cluster', 'group', 'node', 'profile'] as const).find((kind) => name === kind || name === `${kind}s`)
