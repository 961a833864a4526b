import { Command } from 'commander'
import { check, hasFailed, tableOf } from './check.ts'
import { loadAgentConfig } from './config.ts'
import { createLog } from './log.ts'
import { run } from './run.ts'

const environment = { ...process.env }
const write = (text: string) => process.stdout.write(text)

const program = new Command('understudy-agent').description('The recovery manager of one presence node')
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
  .action(async ({ config, json }: { config: string; json?: true }) => {
    const findings = await check(config, environment)
    write(json ? `${JSON.stringify(findings, null, 2)}\n` : tableOf(findings))
    process.exitCode = hasFailed(findings) ? 1 : 0
  })

try {
  await program.parseAsync()
} catch (error) {
  console.error(`understudy-agent: ${(error as Error).message}`)
  process.exit(1)
}
