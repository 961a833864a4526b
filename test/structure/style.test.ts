import { sources } from './source.ts'

const product = sources('domain', 'functions', 'infra', 'apps')

/** Lines of code: comments may speak of what code must not do. */
const code = (text: string) =>
  text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .split('\n')
    .map((line) => line.replace(/(^|\s)\/\/.*$/, ''))
    .join('\n')

const offenders = (files: typeof product, pattern: RegExp) =>
  files.filter(({ text }) => pattern.test(code(text))).map(({ path }) => path)

describe('the rules of the house', () => {
  it('the domain knows no clock, chance, promise, process or I/O', () => {
    const forbidden =
      /Date\.now|new Date\(\)|performance\.|Math\.random|\basync\b|\bawait\b|Promise|process\.|setTimeout|'node:/
    expect(offenders(sources('domain'), forbidden)).toEqual([])
  })

  it('the environment is read at entry points only', () => {
    const entries =
      /^(functions\/adapters\/environment|apps\/(cli|agent|stage)\/main|apps\/stage\/stage|infra\/main)\.ts$/
    expect(offenders(product, /process\.env/).filter((path) => !entries.test(path))).toEqual([])
  })

  it('a file has a subject', () => {
    expect(product.filter(({ path }) => /(utils?|helpers?|common|misc)\.ts$/.test(path))).toEqual([])
  })

  it('nothing is left to do, and nothing is said to the compiler behind its back', () => {
    expect(offenders(product, /\bas any\b/)).toEqual([])
    expect(product.filter(({ text }) => /TODO|FIXME|@ts-/.test(text)).map(({ path }) => path)).toEqual([])
  })

  it('files stay short', () => {
    const long = [...product, ...sources('test')]
      .filter(({ text }) => text.split('\n').length > 350)
      .map(({ path }) => path)
    expect(long).toEqual([])
  })

  it('no test is alone, and one is left out only where Java, networks or a browser are missing', () => {
    const thatSay = (pattern: RegExp) => offenders(sources('test'), pattern)
    expect(thatSay(/\b(it|describe|test)\.(only|todo)\b/)).toEqual([])
    const needy = ['test/console/browser.ts', 'test/functions/stores.test.ts', 'test/network/namespaces.ts']
    expect(thatSay(/\b(it|describe|test)\.skip\b/).sort()).toEqual(needy)
  })
})
