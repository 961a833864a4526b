import { apiPath } from '../../client/signed-client.ts'
import type { AgentConfig } from '../config.ts'
import type { Log } from '../log.ts'
import type { Road } from '../road.ts'
import type { Environment } from '../services/start-service.ts'
import type { SessionPage } from './restore-pages.ts'
import { Restores } from './restores.ts'
import { runSessionHook, type SessionHookFacts } from './session-hook.ts'

interface Around {
  road: Road
  environment: Environment
  facts: () => Omit<SessionHookFacts, 'homeNode'>
  onResult: (ok: boolean) => void
  log: Log
}

/** As long as the API lets a page be. */
const PAGE = 1000

/** What re-creates sessions with the command of the configuration; where there is none it does nothing. */
export function restoresOf(config: AgentConfig, { road, environment, facts, onResult, log }: Around): Restores {
  const { node, cluster, stateFolder, hooks, sessions } = config
  const { timeLimitSeconds, ...limits } = sessions
  const command = hooks.onRestoreSessions
  const settings = command && { node, command, environment, timeLimitMs: timeLimitSeconds * 1000, onResult }
  return new Restores({
    ...limits,
    stateFolder,
    readPage: (homeNode, cursor, signal) => {
      const query = { mode: 'background', subscriptions: true, limit: PAGE, ...(cursor === null ? {} : { cursor }) }
      const path = apiPath`/clusters/${cluster}/nodes/${homeNode}/sessions`
      return road.call<SessionPage>({ method: 'GET', path, query, signal })
    },
    recreate: settings ? (homeNode, suspended) => runSessionHook(settings, { ...facts(), homeNode }, suspended) : null,
    log,
  })
}
