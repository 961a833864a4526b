import { Command, CommanderError } from 'commander'
import { AdminError, EXIT } from './admin/admin-client.ts'
import { addAdminCommands } from './admin/admin-program.ts'
import { check, hasFailed, tableOf } from './check/check.ts'
import { loadAgentConfig } from './config.ts'
import { prepareGate } from './gate/gates.ts'
import { createLog } from './log.ts'
import { run } from './run.ts'

const environment = { ...process.env }
const write = (text: string) => process.stdout.write(text)

const program = new Command('understudy-agent')
  .description('The recovery manager of one presence node')
  .addHelpText('after', '\nExit codes: 0 done, 1 failed, 2 wrong usage, 3 refused by the agent, 4 no agent runs')
  .exitOverride()
const CONFIG = ['--config <file>', 'the configuration of this agent (YAML)'] as const
program
  .command('run', { isDefault: true })
  .description('heartbeats, watches the services, holds the gate, carries out commands')
  .requiredOption(...CONFIG)
  .action(({ config }: { config: string }) => run(loadAgentConfig(config), { environment, log: createLog(write) }))
program
  .command('check')
  .description('tries everything that the configuration names, once; exit code 1 where something fails')
  .requiredOption(...CONFIG)
  .option('--json', 'for a program: a list of checks, each with name, result, detail and remedy')
  .option('--prove-gate', 'opens the gate for a moment where no door is open, and sees it close by itself')
  .action(async ({ config, json, proveGate }: { config: string; json?: true; proveGate?: true }) => {
    const findings = await check(config, environment, proveGate)
    write(json ? `${JSON.stringify(findings, null, 2)}\n` : tableOf(findings))
    process.exitCode = hasFailed(findings) ? 1 : 0
  })
program
  .command('prepare-gate')
  .description('makes what the gate needs where it is missing, with every door closed; open doors stay open')
  .requiredOption(...CONFIG)
  .action(({ config }: { config: string }) => prepareGate(loadAgentConfig(config), environment))

addAdminCommands(program, write)

try {
  await program.parseAsync()
} catch (error) {
  // Commander has said itself what is wrong with its arguments; help is no error.
  if (error instanceof CommanderError) process.exit(error.exitCode === 0 ? EXIT.done : EXIT.usage)
  console.error(`understudy-agent: ${(error as Error).message}`)
  process.exit(error instanceof AdminError ? error.exitCode : EXIT.failed)
}
