import { Random } from '../simulation/random.ts'
import type { GroupReport } from './group-thread.ts'
import type { Figures } from './meter.ts'
import { MIXES, type MixName } from './mix.ts'

const SYSTEMS = ['understudy', 'peerToPeer'] as const
type System = (typeof SYSTEMS)[number]

const ROWS: readonly { title: string; of: (figures: Figures) => number }[] = [
  { title: 'split brain: two nodes served the same users, seconds', of: (figures) => figures.splitBrainMs / 1000 },
  {
    title: 'nobody served users although a node was healthy, seconds',
    of: (figures) => (figures.closedMs + figures.brokenMs) / 1000,
  },
  { title: '– of these: no door was open to them', of: (figures) => figures.closedMs / 1000 },
  { title: '– of these: the services behind their door did not all run', of: (figures) => figures.brokenMs / 1000 },
  { title: 'automatic failovers', of: (figures) => figures.automaticFailovers },
  { title: '– of these needless: the node was healthy', of: (figures) => figures.needlessFailovers },
  { title: 'requests that operators had to make', of: (figures) => figures.interventions },
]

const RESAMPLES = 1000
/** Of the resamples, what lies outside the interval on either side: 95 % lie within. */
const TAIL = 0.025

/** The table of a run, in Markdown: a part for each mix of faults, what is counted per thousand group-hours. */
export function tableOf(reports: readonly GroupReport[]): string[] {
  const mixes = (Object.keys(MIXES) as MixName[]).filter((name) => reports.some(({ mix }) => mix === name))
  return [
    '| per thousand group-hours (and where 95 % of resampled runs lie) | Understudy | peer to peer, our model |',
    '| --- | ---: | ---: |',
    ...mixes.flatMap((name) => partOf(name, reports)),
  ]
}

function partOf(name: MixName, all: readonly GroupReport[]): string[] {
  const reports = all.filter(({ mix }) => mix === name).sort((one, other) => one.group - other.group)
  const faults = reports.reduce((sum, report) => sum + report.faults, 0)
  const hours = reports.reduce((sum, { understudy }) => sum + understudy.groupHours, 0)
  return [
    `| **${MIXES[name].title}** (${whole(hours)} group-hours, ${whole(faults)} faults) | | |`,
    ...ROWS.map(({ title, of }) => `| ${title} | ${SYSTEMS.map((system) => cell(reports, system, of)).join(' | ')} |`),
  ]
}

function cell(reports: readonly GroupReport[], system: System, of: (figures: Figures) => number): string {
  const groups = reports.map((report) => ({ value: of(report[system]), hours: report[system].groupHours }))
  const rate = rateOf(groups)
  if (rate === 0) return '0'
  const random = new Random('resample')
  const rates = Array.from({ length: RESAMPLES }, () => rateOf(groups.map(() => random.pick(groups)))).sort(
    (one, other) => one - other,
  )
  const at = (part: number) => whole(rates[Math.round(part * (RESAMPLES - 1))] ?? 0)
  return `${whole(rate)} (${at(TAIL)}–${at(1 - TAIL)})`
}

function rateOf(groups: readonly { value: number; hours: number }[]): number {
  const sum = groups.reduce((total, { value }) => total + value, 0)
  return (1000 * sum) / groups.reduce((total, { hours }) => total + hours, 0)
}

const whole = (value: number): string => Math.round(value).toLocaleString('en')
