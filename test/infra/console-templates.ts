import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ConsoleSettings } from '../../infra/console-settings.ts'
import type { EnvironmentSettings } from '../../infra/environments/environment.ts'
import { Permissions } from './permissions.ts'
import { settings, synthesized } from './synthesized.ts'

const target = { account: '111122223333', region: 'eu-central-1' }

/** How the library's function is told to bring files. */
interface Bringing {
  readonly SourceObjectKeys: string[]
  readonly SourceMarkers?: Record<string, unknown>[]
  readonly [property: string]: unknown
}

export type ConsoleTemplates = ReturnType<typeof synthesizedWithConsole>

/** The templates of an environment with a console, in an account and a Region that are known. */
export function synthesizedWithConsole(chosen: ConsoleSettings, changed: Partial<EnvironmentSettings> = {}) {
  const { app, stateful, stateless, console } = synthesized('trial', {
    ...settings,
    ...changed,
    target,
    console: chosen,
  })
  if (!console) throw new Error('The environment has no console.')
  const permissions = new Permissions(stateful, console, stateless)

  const bringings = Object.values(stateless.findResources('Custom::CDKBucketDeployment')).map(
    ({ Properties }) => Properties as Bringing,
  )

  /** The logical id of the one resource of a type, among those with these properties. */
  const idOf = (type: string, Properties: object = {}): string => {
    const [id, ...others] = Object.keys(console.findResources(type, { Properties }))
    if (!id || others.length > 0) throw new Error(`There is not one ${type}.`)
    return id
  }

  /** What the one resource of a type is given, in the stack of the console or that of the API. */
  const propertiesOf = (type: string) => {
    const [found, ...others] = [console, stateless].flatMap((template) => Object.values(template.findResources(type)))
    if (!found || others.length > 0) throw new Error(`There is not one ${type}.`)
    return found.Properties
  }

  /** A file as it is brought at last, with physical names for what is known only when it is deployed. */
  const brought = (name: string): string => {
    const sources = bringings.flatMap(({ SourceObjectKeys, SourceMarkers = [] }) =>
      SourceObjectKeys.map((key, place) => ({ key, markers: SourceMarkers[place] ?? {} })),
    )
    // Of several sources with the same file the last one counts.
    for (const { key, markers } of sources.reverse()) {
      const text = textOf(join(app.outdir, `asset.${key.replace(/\.zip$/, '')}`, name))
      if (text === undefined) continue
      return Object.entries(markers).reduce(
        (all, [marker, value]) => all.replaceAll(marker, permissions.rendered(value)),
        text,
      )
    }
    throw new Error(`Nobody brings ${name}.`)
  }

  return { app, stateless, console, permissions, bringings, idOf, propertiesOf, brought }
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
