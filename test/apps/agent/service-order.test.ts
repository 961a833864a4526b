import { circle, dependents, inOrder } from '../../../apps/agent/services/service-order.ts'

const service = (name: string, ...after: string[]) => ({ name, after })

describe('the order of services', () => {
  it('has no circle, or says which', () => {
    expect(circle([service('a'), service('b', 'a'), service('c', 'a', 'b')])).toBeUndefined()
    expect(circle([service('a', 'c'), service('b', 'a'), service('c', 'b'), service('d')])).toEqual([
      'a',
      'c',
      'b',
      'a',
    ])
    expect(circle([service('a', 'a')])).toEqual(['a', 'a'])
  })

  it('begins each when those before it have ended, and the others at once', async () => {
    const services = [
      service('router', 'database', 'log'),
      service('database'),
      service('log'),
      service('proxy', 'router'),
    ]
    const after = new Map(services.map((each) => [each.name, each.after]))
    const told: string[] = []
    const end = new Map<string, () => void>()
    const all = inOrder(
      services.map(({ name }) => name),
      (name) => after.get(name) ?? [],
      async (name, earlier: string[]) => {
        told.push(`${name} after ${earlier.join()}`)
        await new Promise<void>((resolve) => end.set(name, resolve))
        return name.toUpperCase()
      },
    )
    const settled = () => new Promise((resolve) => setImmediate(resolve))
    await settled()
    expect(told).toEqual(['database after ', 'log after '])
    end.get('log')?.()
    await settled()
    expect(told).toHaveLength(2)
    end.get('database')?.()
    await settled()
    expect(told.slice(2)).toEqual(['router after DATABASE,LOG'])
    end.get('router')?.()
    await settled()
    end.get('proxy')?.()
    expect(await all).toEqual(['ROUTER', 'DATABASE', 'LOG', 'PROXY'])
  })

  it('is reversed by asking who comes after', () => {
    const services = [service('router', 'database'), service('database'), service('proxy', 'router', 'database')]
    expect(dependents(services, 'database')).toEqual(['router', 'proxy'])
    expect(dependents(services, 'proxy')).toEqual([])
  })
})
