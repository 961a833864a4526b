import { type Command, InvalidArgumentError } from 'commander'
import { PARAMETER_DEFAULTS, PARAMETER_NAMES } from '../../../domain/parameters.ts'
import type { Api } from '../../client/api.ts'
import type { ExitCode } from '../exit.ts'
import { type OutputOptions, show, showList } from '../output.ts'
import type { Run } from '../program.ts'
import type { Terminal } from '../terminal.ts'

type Value = string | number | boolean
/** Those of the whole enterprise; the others are of the cluster's nodes. */
const ENTERPRISE: readonly string[] = ['userAssignmentMode']

/** `understudy parameters …`: of the whole cluster; running nodes learn them with their next heartbeat's answer [B6]. */
export function addParameterCommands(parameters: Command, terminal: Terminal, run: Run): void {
  parameters.description('show and change the parameters of the cluster')
  parameters
    .command('show', { isDefault: true })
    .description('show each with its value and its default')
    .action((_, command: Command) =>
      run<OutputOptions>(command.optsWithGlobals(), (api, options) => showParameters(api, terminal, options)),
    )
  parameters
    .command('set')
    .description('change some; the whole is checked, and running nodes learn it without a restart')
    .argument('<name=value...>', 'such as keepAliveTimeoutSeconds=30 userAssignmentMode=balanced', assignment)
    .action((assignments: [string, Value][], _, command: Command) =>
      run<OutputOptions>(command.optsWithGlobals(), async (api, options) => {
        await setParameters(api, assignments)
        return showParameters(api, terminal, options)
      }),
    )
}

/** One more of the assignments on the command line. */
function assignment(text: string, earlier: [string, Value][] = []): [string, Value][] {
  const [name = '', ...rest] = text.split('=')
  const value = rest.join('=')
  if (rest.length === 0 || value === '') throw new InvalidArgumentError('It must be name=value.')
  if (!(PARAMETER_NAMES as string[]).includes(name)) {
    throw new InvalidArgumentError(`There is no parameter "${name}"; there are: ${PARAMETER_NAMES.join(', ')}.`)
  }
  return [...earlier, [name, parsed(value)]]
}

function parsed(text: string): Value {
  if (text === 'true' || text === 'false') return text === 'true'
  return Number.isNaN(Number(text)) ? text : Number(text)
}

/** Both kinds upon the same version: what somebody else changes in between is not mixed with it. */
async function setParameters({ configuration, cluster }: Api, assignments: [string, Value][]): Promise<void> {
  let { etag } = await configuration.cluster(await cluster())
  for (const which of ['service', 'enterprise'] as const) {
    const chosen = assignments.filter(([name]) => ENTERPRISE.includes(name) === (which === 'enterprise'))
    if (chosen.length === 0) continue
    etag = (await configuration.patchParameters(which, Object.fromEntries(chosen), etag)).etag
  }
}

async function showParameters(api: Api, terminal: Terminal, options: OutputOptions): Promise<ExitCode> {
  const { body } = await api.configuration.cluster(await api.cluster())
  const { serviceParameters, enterpriseParameters } = body
  const values = { ...serviceParameters, ...enterpriseParameters } as Record<string, Value>
  const rows = PARAMETER_NAMES.map((name) => [
    name,
    String(values[name] ?? ''),
    String(PARAMETER_DEFAULTS[name] ?? 'a twelfth of the timeout'),
  ])
  const listing = { head: ['Parameter', 'Value', 'Default'], rows, none: '' }
  return options.output === 'table'
    ? showList(terminal, options, {}, listing)
    : show(terminal, options, { serviceParameters, enterpriseParameters }, () => '')
}
