import { withoutOwnVariables } from '../service-manager.ts'
import { servicesOf } from '../services/config-services.ts'
import { ask, nameOf, type Probe } from '../services/probe.ts'
import { readProcessRecord } from '../services/process-record.ts'
import type { Service } from '../services/service.ts'
import type { Environment } from '../services/start-service.ts'
import { showUnit } from '../services/systemctl.ts'
import type { Check, Finding } from './check.ts'
import { programFinding } from './check-host.ts'

const SYSTEMD_LIMIT_MS = 5000

/** Whether each service could be started and stopped, and what each of its probes says now. */
export const checkServices: Check = async ({ config, environment: own }) => {
  const environment = withoutOwnVariables(own)
  const findings = await Promise.all(
    servicesOf(config).map(async (service, index) => [
      ...(await controlFindings(service, index, environment)),
      ...(await Promise.all(
        service.probes.map((probe) => probeFinding(service, probe, config.stateFolder, environment)),
      )),
    ]),
  )
  return findings.flat()
}

async function controlFindings(
  { name, control }: Service,
  index: number,
  environment: Environment,
): Promise<Finding[]> {
  const place = `services.${index}.control`
  switch (control.kind) {
    case 'process':
      return [programFinding(name, control.command[0] ?? '', environment, `${place}.command`)]
    case 'commands':
      return (['start', 'stop'] as const).map((verb) =>
        programFinding(`${name}: ${verb}`, control[verb][0] ?? '', environment, `${place}.${verb}`),
      )
    case 'systemd':
      return [await unitFinding(name, control.unit, `${place}.unit`, environment)]
  }
}

async function unitFinding(name: string, unit: string, setting: string, environment: Environment): Promise<Finding> {
  try {
    const state = await showUnit(unit, { timeLimitMs: SYSTEMD_LIMIT_MS, environment })
    const detail = `${unit} is ${state.activeState} (${state.subState})`
    if (state.loadState !== 'loaded') {
      const remedy = `install it, or correct ${setting}`
      return { name, result: 'failed', detail: `${unit} cannot be started: systemd says ${state.loadState}`, remedy }
    }
    if (state.id !== unit) {
      const remedy = `write ${state.id} in ${setting}: an alias cannot be kept from starting with the host`
      return { name, result: 'warning', detail: `${unit} is an alias of ${state.id}`, remedy }
    }
    if (state.restart !== 'no' && state.restart !== '') {
      const remedy = `systemctl edit ${unit}, [Service] Restart=no: a crash must be seen, and is no failover before the delay`
      return { name, result: 'warning', detail: `${detail}; systemd restarts it (Restart=${state.restart})`, remedy }
    }
    return { name, result: 'ok', detail }
  } catch (error) {
    return { name, result: 'failed', detail: (error as Error).message, remedy: `see: systemctl status ${unit}` }
  }
}

async function probeFinding(
  { name, probeTimeLimitMs: timeLimitMs }: Service,
  probe: Probe,
  stateFolder: string,
  environment: Environment,
): Promise<Finding> {
  const startedMs = performance.now()
  const { ok, detail } = await ask(probe, { timeLimitMs, environment })
  const finding = { name: `${name}: ${nameOf(probe)}`, detail: `${detail}, in ${tookMs(startedMs)} ms` }
  if (ok) return { ...finding, result: 'ok' }
  if (isStoppedOnRequest(stateFolder, name))
    return { ...finding, result: 'warning', remedy: 'it was stopped on request' }
  return { ...finding, result: 'failed', remedy: `start ${name}, or correct its probe` }
}

const tookMs = (startedMs: number): number => Math.round(performance.now() - startedMs)

function isStoppedOnRequest(stateFolder: string, name: string): boolean {
  try {
    return readProcessRecord(stateFolder, name)?.stoppedOnRequest === true
  } catch {
    return false
  }
}
