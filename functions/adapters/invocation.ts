import { AsyncLocalStorage } from 'node:async_hooks'

/** Whom and what an invocation serves: stands in every line that is logged during it. */
export interface Invocation {
  /** Of the API where it was called through the API, else of Lambda. */
  requestId: string
  /** Lambda's own, where `requestId` is the API's. */
  lambdaRequestId?: string | undefined
  route?: string | undefined
  caller?: string | undefined
  cluster?: string | undefined
  group?: string | undefined
  node?: string | undefined
  transition?: string | undefined
  incident?: string | undefined
}

const current = new AsyncLocalStorage<() => Invocation>()

/** Does the work of an invocation. What is told of it is only put together when something is logged. */
export const during = <Result>(describe: () => Invocation, work: () => Result): Result => current.run(describe, work)

/** The invocation that is at work here; outside of one there is nothing to tell. */
export const invocation = (): Partial<Invocation> => current.getStore()?.() ?? {}
