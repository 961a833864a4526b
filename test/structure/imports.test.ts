import { type Source, sources } from './source.ts'

const OURS = ['domain', 'functions', 'infra', 'apps', 'test', 'bench', 'docs']
const isOurs = (name: string) => OURS.some((folder) => name.startsWith(`${folder}/`))

/** Imports of our own files that are not below one of the folders allowed. */
function strays(files: Source[], allowed: string[]): string[] {
  return files.flatMap(({ path, imports }) =>
    imports
      .filter((name) => isOurs(name) && !allowed.some((folder) => name.startsWith(folder)))
      .map((name) => `${path} imports ${name}`),
  )
}

describe('who may import whom', () => {
  it('sees imports at all', () => {
    const [file] = sources('domain').filter(({ path }) => path === 'domain/decide.ts')
    expect(file?.imports).toContain('domain/match.ts')
  })

  it('the domain imports nothing of ours but itself, and no package but zod', () => {
    const files = sources('domain')
    expect(strays(files, ['domain/'])).toEqual([])
    const packages = files.flatMap(({ imports }) => imports.filter((name) => !isOurs(name)))
    expect([...new Set(packages)].sort()).toEqual(['zod', 'zod/mini'])
  })

  it('the functions import the domain', () => {
    expect(strays(sources('functions'), ['functions/', 'domain/'])).toEqual([])
  })

  it('the client imports the domain; agent, command line and console import client and domain, and no functions', () => {
    expect(strays(sources('apps/client'), ['apps/client/', 'domain/'])).toEqual([])
    expect(strays(sources('apps/agent'), ['apps/agent/', 'apps/client/', 'domain/'])).toEqual([])
    expect(strays(sources('apps/cli'), ['apps/cli/', 'apps/client/', 'domain/'])).toEqual([])
    expect(strays(sources('apps/console'), ['apps/console/', 'apps/client/', 'domain/'])).toEqual([])
  })

  it('the stage joins everything but infra and test', () => {
    expect(strays(sources('apps/stage'), ['apps/', 'domain/', 'functions/'])).toEqual([])
  })

  it('infra names code by path and imports none of it', () => {
    expect(strays(sources('infra'), ['infra/'])).toEqual([])
  })

  it('only tests import tests, and only benchmarks besides them anything that runs the whole', () => {
    expect(strays(sources('bench'), ['bench/', 'apps/', 'domain/', 'functions/', 'test/deployment/'])).toEqual([])
  })
})
