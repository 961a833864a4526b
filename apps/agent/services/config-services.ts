import net from 'node:net'
import * as z from 'zod'
import { command, port, seconds, section } from '../config-values.ts'
import type { Service } from './service.ts'
import { circle } from './service-order.ts'

/** A name would have to be looked up, and a look-up that hangs would hold up the heartbeats' own. */
const isAddress = (host: string): boolean => net.isIP(host.replace(/^\[(.*)\]$/, '$1')) !== 0
const ADDRESS = 'give an address such as 127.0.0.1, not a name'

const unit = z
  .string('give the name of a unit')
  .regex(/^[^\s/-][^\s/]*\.[a-z]+$/, 'give the whole name of a unit: prosody.service')

const probe = z.discriminatedUnion(
  'kind',
  [
    section({ kind: z.literal('tcp'), host: z.string().refine(isAddress, ADDRESS).default('127.0.0.1'), port }),
    section({
      kind: z.literal('http'),
      url: z
        .url({ protocol: /^https?$/, error: 'give a URL: http://127.0.0.1:5280/status' })
        .refine((url) => isAddress(URL.parse(url)?.hostname ?? '127.0.0.1'), `in the URL, ${ADDRESS}`),
      status: z.int('give an HTTP status').min(100).max(599).default(200),
    }),
    section({ kind: z.literal('command'), command, exitCode: z.int('give an exit code').min(0).max(255).default(0) }),
    section({ kind: z.literal('systemd'), unit }),
  ],
  'give kind: tcp, http, command or systemd',
)

const control = z.discriminatedUnion(
  'kind',
  [
    section({ kind: z.literal('systemd'), unit }),
    section({ kind: z.literal('commands'), start: command, stop: command }),
    section({ kind: z.literal('process'), command, env: z.record(z.string(), z.string()).optional() }),
  ],
  'give kind: systemd, commands or process',
)

const count = z.int('give a count').min(1, 'give a count from 1 on').max(100)

const service = section({
  /** As in the cluster's list of critical services; the database service's own name is free. */
  name: z.string().min(1).max(128),
  role: z.enum(['critical', 'database'], 'give critical or database').default('critical'),
  control,
  probes: z.array(probe, 'give a list of probes').default([]),
  after: z.array(z.string(), 'give a list of names of other services').default([]),
  probeIntervalSeconds: seconds().optional(),
  probeTimeLimitSeconds: seconds().optional(),
  rise: count.optional(),
  fall: count.optional(),
  startTimeLimitSeconds: seconds().optional(),
  stopTimeLimitSeconds: seconds().optional(),
})

export const services = z.array(service).superRefine((list, context) => {
  const refuse = (message: string, path: (string | number)[] = []) =>
    context.addIssue({ code: 'custom', message, path })
  const names = list.map(({ name }) => name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) refuse(`"${twice}" stands here twice: each service needs a name of its own`)
  if (!list.some(({ role }) => role === 'critical')) refuse('name at least one service with role critical')
  if (list.filter(({ role }) => role === 'database').length !== 1) refuse('name exactly one service with role database')
  for (const [index, { after, control, probes }] of list.entries()) {
    const stranger = after.find((name) => !names.includes(name))
    if (stranger !== undefined)
      refuse(`there is no service "${stranger}"; there are: ${names.join(', ')}`, [index, 'after'])
    if (control.kind === 'commands' && probes.length === 0)
      refuse('give at least one: without one nobody knows whether the commands have worked', [index, 'probes'])
  }
  const round = circle(list)
  if (round) refuse(`these wait for one another: ${round.join(' after ')}; take one "after" away`)
})

/** What applies to every service that says nothing else. */
export const supervision = section({
  probeIntervalSeconds: seconds().default(5),
  probeTimeLimitSeconds: seconds().default(5),
  rise: count.default(1),
  fall: count.default(2),
  startTimeLimitSeconds: seconds().default(60),
  stopTimeLimitSeconds: seconds().default(20),
}).prefault({})

interface ServicesConfig {
  services: z.infer<typeof services>
  supervision: z.infer<typeof supervision>
}

/** The services as configured, each with what applies to it. */
export function servicesOf({ services, supervision }: ServicesConfig): Service[] {
  return services.map((one) => {
    const ms = (key: keyof typeof supervision): number => (one[key] ?? supervision[key]) * 1000
    return {
      name: one.name,
      role: one.role,
      control: one.control,
      probes: one.probes,
      after: one.after,
      counts: { rise: one.rise ?? supervision.rise, fall: one.fall ?? supervision.fall },
      probeIntervalMs: ms('probeIntervalSeconds'),
      probeTimeLimitMs: ms('probeTimeLimitSeconds'),
      startTimeLimitMs: ms('startTimeLimitSeconds'),
      stopTimeLimitMs: ms('stopTimeLimitSeconds'),
    }
  })
}
