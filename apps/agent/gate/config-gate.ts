import net from 'node:net'
import * as z from 'zod'
import { command, name, port, seconds, section } from '../config-values.ts'

const ports = z.array(port, 'give a list of ports')

const address = z.string().refine((text) => net.isIP(text) !== 0, 'give an address such as 192.0.2.11, not a name')

/** By home node: where its users arrive, whichever node serves them. */
const addresses = z
  .record(name, z.array(address, 'give a list of addresses').min(1, 'give at least one address'))
  .superRefine((byHome, context) => {
    const all = Object.values(byHome).flat()
    const twice = all.find((one, index) => all.indexOf(one) !== index)
    const message = `${twice} stands here twice: whose users arrive there could not be told apart; leave addresses out`
    if (twice !== undefined) context.addIssue({ code: 'custom', message })
  })

const nftables = section({
  kind: z.literal('nftables'),
  tcp: ports.default([]),
  udp: ports.default([]),
  addresses: addresses.optional(),
})

/** What lets users in; agent.example.yaml says what each kind is. */
export const gate = z
  .discriminatedUnion(
    'kind',
    [
      nftables,
      section({
        kind: z.literal('commands'),
        open: command,
        close: command,
        status: command,
        extend: command.optional(),
        timeLimitSeconds: seconds().default(5),
        closesByItself: z.boolean('give true or false').default(false),
      }),
      section({ kind: z.literal('none') }),
      section({ kind: z.literal('front'), runFile: z.string().min(1), port }),
    ],
    'give kind: nftables, commands, none or front',
  )
  .superRefine((given, context) => {
    if (given.kind === 'nftables' && given.tcp.length + given.udp.length === 0)
      context.addIssue({ code: 'custom', message: 'give the ports at which users log in', path: ['tcp'] })
    if (given.kind === 'commands' && given.closesByItself && given.extend === undefined)
      context.addIssue({
        code: 'custom',
        message: 'is missing: of a door that closes by itself, only it can tell whether it is still open',
        path: ['extend'],
      })
  })

export type GateConfig = z.infer<typeof gate>
