import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { GroupStatus } from '../apps/client/answers.ts'
import type { DemoNode } from '../apps/stage/demo-node.ts'
import { DemoStage, openForBoth } from './demo-stage.ts'
import { median } from './figures.ts'
import { type Crowd, seed } from './many-sessions.ts'
import { endProgress, figure, heading, progress, verdict } from './report.ts'
import type { WriteNote } from './write-notes.ts'

const option = (name: string): string | undefined => {
  const place = process.argv.indexOf(name)
  return place < 0 ? undefined : process.argv[place + 1]
}
const SIZES = option('--users')?.split(',').map(Number) ?? [15, 1500, 15_000, 150_000]
/** As many as the vendor's pair of 15,000 users. */
const USUAL = 15_000
const ROUNDS = Number(option('--rounds') ?? 8)
const TIMEOUT_SECONDS = 5
/** One device or two, in turn: often, and so with fewer users. */
const PAIRED = { users: 1500, rounds: 2 * ROUNDS }
/** A page of 150,000 sessions is no slower than one of 15; there are many. */
const RESTORE_LIMIT_MS = 600_000

interface Takeover {
  writes: number
  /** Writes to what is kept of users. */
  ofUsers: number
  /** From the decision until the front of the backup node answers for the users of both. */
  openMs: number
  /** From the decision until the backup agent has re-created all sessions. */
  restoredMs: number
  sessions: number
}

/** A stage whose pair has so many users; what its functions write is noted. */
async function crowdedStage(crowd: Crowd): Promise<DemoStage> {
  const parameters = {
    keepAliveTimeoutSeconds: TIMEOUT_SECONDS,
    keepAliveIntervalSeconds: TIMEOUT_SECONDS / 5,
    initializationKeepAliveTimeoutSeconds: 3 * TIMEOUT_SECONDS,
  }
  const notes = (folder: string) =>
    new URL(`./write-notes.ts?file=${encodeURIComponent(notesIn(folder))}`, import.meta.url)
  return DemoStage.start(parameters, {
    prepare: (folder) => seed(join(folder, 'dynamodb'), crowd),
    execArgv: (folder) => ['--import', notes(folder).href],
  })
}
const notesIn = (folder: string): string => join(folder, 'writes.jsonl')

function notesOf({ folder }: DemoStage): WriteNote[] {
  const file = notesIn(folder)
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line))
}

/** Waits until the sessions of these users are re-created; in ms, by the control plane's clock. */
async function restoredAt(stage: DemoStage, home: string, sinceMs: number) {
  const ended = ({ homeNode, endedAt }: GroupStatus['restores'][number]) =>
    homeNode === home && endedAt !== null && Date.parse(endedAt) > sinceMs
  let found: GroupStatus['restores'][number] | undefined
  await stage.until(
    `the sessions of ${home} are re-created`,
    async () => {
      found = (await stage.status()).restores.find(ended)
      return found !== undefined
    },
    RESTORE_LIMIT_MS,
  )
  return { atMs: Date.parse(found?.endedAt ?? ''), sessions: found?.restored ?? 0 }
}

/** Kills the agent of one node, waits for the takeover and its sessions, and brings the pair home again. */
async function takeOver(stage: DemoStage): Promise<Takeover> {
  const [victim, survivor] = stage.nodes as [DemoNode, DemoNode]
  const home = victim.layout.node
  await stage.normal()
  await pause(TIMEOUT_SECONDS * 1000 * (1.1 + Math.random() / 2))
  const killedMs = Date.now()
  process.kill(victim.agent()?.pid ?? 0, 'SIGKILL')
  const openAtMs = await openForBoth(survivor)
  await stage.until('the decision is told', () => stage.line(/Taking Over.*rule 230/, killedMs) !== undefined)
  const decidedAtMs = stage.line(/Taking Over.*rule 230/, killedMs)?.atMs ?? 0
  const { atMs, sessions } = await restoredAt(stage, home, killedMs)
  const notes = notesOf(stage).filter((note) => note.atMs >= killedMs)
  const untilOpen = notes.filter((note) => note.atMs <= openAtMs)
  const ofUsers = notes.filter(({ table }) => /users|sessions/.test(table)).length
  victim.startAgent()
  await stage.until('it is back', async () => (await stage.status()).nodes.some(({ state }) => state === 'FailedOver'))
  const askedMs = Date.now()
  await stage.ask('fallback', home)
  await restoredAt(stage, home, askedMs)
  return {
    ...{ writes: untilOpen.length, ofUsers, sessions },
    openMs: openAtMs - decidedAtMs,
    restoredMs: atMs - decidedAtMs,
  }
}

const of = (found: Takeover[], what: keyof Takeover) => median(found.map((each) => each[what]))
const seconds = (valueMs: number) => `${(valueMs / 1000).toFixed(1)} s`

heading('i', 'A takeover, by the number of users and of their sessions', [
  `The agent of one node is killed (SIGKILL), T = ${TIMEOUT_SECONDS} s; a real stage, real agents, real fronts; ${ROUNDS} takeovers of each kind (one with`,
  `150,000 users). All users are at home on the dead node. Each has one suspended session that takes pushes, or, with several`,
  'devices, two. Writes: all that the functions sent to DynamoDB from the kill to the open gate, but for steady heartbeats.',
  "The vendor's figure until pushes flow again, with 15,000 users on a pair: 10 to 20 minutes.",
])
const bySize = new Map<number, Takeover[]>()
for (const users of SIZES) {
  const stage = await crowdedStage({ users, devices: 1 })
  try {
    const found: Takeover[] = []
    const rounds = users > USUAL ? 1 : ROUNDS
    for (let round = 0; round < rounds; round++) {
      progress(`${users} users: takeover ${round + 1} of ${rounds}`)
      found.push(await takeOver(stage))
    }
    bySize.set(users, found)
    endProgress()
    const shown = users.toLocaleString('en')
    const writes = `${of(found, 'writes')}, of them per user ${of(found, 'ofUsers')}`
    figure(`${shown} users: writes until the gate is open`, writes)
    figure(`${shown} users: decision to open gate`, `${Math.round(of(found, 'openMs'))} ms`)
    const restored = `${of(found, 'sessions').toLocaleString('en')} sessions in ${seconds(of(found, 'restoredMs'))}`
    if (users !== USUAL) figure(`${shown} users: decision to all sessions re-created`, restored)
    else
      verdict(
        `${shown} users: decision to ${restored.split(' in ')[0]} re-created`,
        of(found, 'restoredMs') / 1000,
        5,
        { unit: ' s' },
      )
  } finally {
    await stage.end()
  }
}
const writes = SIZES.map((users) => of(bySize.get(users) ?? [], 'writes'))
verdict('writes, most users / fewest users', (writes.at(-1) ?? 0) / (writes[0] ?? 1), 1)

const stages = [
  await crowdedStage({ users: PAIRED.users, devices: 1 }),
  await crowdedStage({ users: PAIRED.users, devices: 2 }),
]
try {
  const found: Takeover[][] = [[], []]
  // In turn, so that what else the machine does falls on both.
  for (let round = 0; round < PAIRED.rounds; round++) {
    for (const [which, stage] of stages.entries()) {
      progress(`one device and two: takeover ${round + 1} of ${PAIRED.rounds}`)
      found[which]?.push(await takeOver(stage))
    }
  }
  endProgress()
  const [one, two] = found.map((each) => of(each, 'openMs')) as [number, number]
  figure('one device, two: decision to open gate', `${Math.round(one)} ms, ${Math.round(two)} ms`)
  figure('two devices: decision to all sessions re-created', seconds(of(found[1] ?? [], 'restoredMs')))
  verdict('decision to open gate, two devices / one', two / one, 1.05)
} finally {
  for (const stage of stages) await stage.end()
}
