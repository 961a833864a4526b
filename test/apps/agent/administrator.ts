import { startService } from '../../../apps/agent/services/start-service.ts'

/** Somebody else than the agent: starts the service that is given as JSON, and says what came of it. */

const [nodeFolder = '', service = ''] = process.argv.slice(2)
const result = await startService(nodeFolder, JSON.parse(service), { environment: {} })
process.stdout.write(`${JSON.stringify({ started: result.started, pid: 'process' in result && result.process.pid })}\n`)
