import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { FrontGate } from '../../../apps/agent/gate/front-gate.ts'
import { type FrontRunFile, readFrontRunFile } from '../../../apps/agent/gate/front-run-file.ts'
import { DEFAULT_BOOT_ID_FILE, readBootId } from '../../../apps/agent/host.ts'
import { freePorts } from '../../../apps/stage/ports.ts'

export const BOOT_ID = readBootId(DEFAULT_BOOT_ID_FILE)

const repository = path.resolve(import.meta.dirname, '../../..')
export const inRepository = (file: string) => path.join(repository, file)

/** Waits until `look` answers something that is neither undefined nor false. */
export async function eventually<T>(
  what: string,
  look: () => T | false | undefined | Promise<T | false | undefined>,
  timeLimitMs = 10_000,
): Promise<T> {
  const until = performance.now() + timeLimitMs
  for (;;) {
    const found = await look()
    if (found !== undefined && found !== false) return found
    if (performance.now() > until) throw new Error(`waited ${timeLimitMs} ms in vain: ${what}`)
    await pause(5)
  }
}

/** A connection of a user: what it was greeted with, and whether it still stands. */
export class Visit {
  greeting = ''
  refused = false
  ended = false
  readonly #socket: net.Socket

  constructor(port: number) {
    this.#socket = net.connect({ host: '127.0.0.1', port })
    this.#socket.setEncoding('utf8')
    this.#socket.on('data', (text: string) => {
      this.greeting += text
    })
    this.#socket.on('error', (error: NodeJS.ErrnoException) => {
      this.refused = error.code === 'ECONNREFUSED'
    })
    this.#socket.on('close', () => {
      this.ended = true
    })
  }

  /** When the front has greeted, or has refused or ended the connection without a word. */
  settled(): Promise<true> {
    return eventually('a greeting or the end of the connection', () => this.ended || this.greeting.endsWith('\n'))
  }

  leave(): void {
    this.#socket.destroy()
  }
}

/** What a test has started: a folder and processes, none of which outlive it. */
export class Stand {
  readonly folder = mkdtempSync(path.join(os.tmpdir(), 'understudy-test-'))
  readonly #cleanUps: (() => unknown)[] = []

  afterwards(cleanUp: () => unknown): void {
    this.#cleanUps.unshift(cleanUp)
  }

  async clear(): Promise<void> {
    for (const cleanUp of this.#cleanUps.splice(0)) await cleanUp()
    rmSync(this.folder, { recursive: true })
  }

  /** Runs a TypeScript file of the repository, in a process of its own. */
  run(file: string, ...args: string[]): ChildProcess & { said: () => string } {
    return this.spawn(process.execPath, inRepository(file), ...args)
  }

  spawn(program: string, ...args: string[]): ChildProcess & { said: () => string } {
    return this.spawnWith(process.env, program, ...args)
  }

  spawnWith(env: NodeJS.ProcessEnv, program: string, ...args: string[]): ChildProcess & { said: () => string } {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env })
    let said = ''
    child.stdout.on('data', (text) => {
      said += text
    })
    child.stderr.on('data', (text) => {
      said += text
    })
    const ended = once(child, 'close')
    this.afterwards(async () => {
      child.kill('SIGKILL')
      await ended
    })
    return Object.assign(child, { said: () => said })
  }

  visit(port: number): Visit {
    const visit = new Visit(port)
    this.afterwards(() => visit.leave())
    return visit
  }

  /** A front of node a, ready. */
  async front(bootIdFile = DEFAULT_BOOT_ID_FILE) {
    const [port = 0] = await freePorts(1)
    const runFile = path.join(this.folder, 'front.json')
    const start = async (): Promise<{ process: ChildProcess; written: FrontRunFile }> => {
      const options = ['--run-file', runFile, '--boot-id-file', bootIdFile]
      const child = this.run('apps/agent/gate/front.ts', '--node', 'a', '--port', String(port), ...options)
      const written = await eventually('the front is ready', () => {
        if (child.exitCode !== null) throw new Error(`the front ended: ${child.said()}`)
        const found = readFrontRunFile(runFile)
        return found?.pid === child.pid && found
      })
      return { process: child, written }
    }
    const first = await start()
    return { port, runFile, ...first, startAgain: start, gate: this.gate(runFile, port, readBootId(bootIdFile)) }
  }

  gate(runFile: string, port: number, bootId = BOOT_ID): FrontGate {
    const gate = new FrontGate({ runFile, port, bootId, timeLimitMs: 1000 })
    this.afterwards(() => gate.close())
    return gate
  }
}
