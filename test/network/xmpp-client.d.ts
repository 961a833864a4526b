/** The package has no types of its own; this is what the tests use of it. */
declare module '@xmpp/client' {
  interface Options {
    service: string
    domain: string
    username: string
    password: string
    resource: string
  }
  interface Element {
    is(name: string): boolean
    attrs: Record<string, string>
    getChildText(name: string): string | null
  }
  interface Client {
    reconnect: { stop(): void }
    on(event: 'error', listener: (error: Error) => void): void
    on(event: 'stanza', listener: (stanza: Element) => void): void
    on(event: 'disconnect', listener: () => void): void
    start(): Promise<unknown>
    stop(): Promise<unknown>
    send(stanza: Element): Promise<void>
  }
  export function client(options: Options): Client
  export function xml(name: string, attributes?: Record<string, string>, ...children: (Element | string)[]): Element
}
