import { readFileSync } from 'node:fs'
import { createProgram } from '../../apps/cli/program.ts'
import { functions } from '../../infra/functions.ts'
import { openTerminal } from '../apps/cli/terminal.ts'

const file = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8')
const runbook = file('docs/operating.md')
const found = (pattern: RegExp, text = runbook) => [...text.matchAll(pattern)].map(([, name = '']) => name)

/** As GitHub makes them of headings. */
const anchors = found(/^#+ (.+)$/gm).map((title) =>
  title
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-'),
)

describe('the runbook', () => {
  it('leads to sections that it has', () => {
    const links = found(/\]\(#([\w-]+)\)/g)

    expect(links.length).toBeGreaterThan(10)
    expect(links.filter((link) => !anchors.includes(link))).toEqual([])
  })

  it('gives commands that the command line has', () => {
    const { terminal } = openTerminal({ isTTY: false })
    const commands = createProgram(terminal, async () => undefined).commands.map((command) => command.name())
    const given = found(/npx understudy (\w+)/g)

    expect(given.length).toBeGreaterThan(10)
    expect(given.filter((command) => !commands.includes(command))).toEqual([])
  })

  it('calls what the API has', () => {
    const routes: { method: string; path: string }[] = JSON.parse(file('domain/routes.json'))
    const known = routes.map(({ method, path }) => `${method} ${path.replaceAll(/\{\w+\}/g, '_')}`)
    const called = found(/\bapi ((?:GET|PUT|POST|PATCH|DELETE) \/[^\s)|']+)/g)

    expect(called.length).toBeGreaterThan(4)
    expect(called.filter((call) => !known.includes(call.replaceAll(/<\w+>|\$node/g, '_')))).toEqual([])
  })

  it('speaks of functions that there are', () => {
    const spoken = found(/understudy-<env>-([a-z-]+)(?= --(?:since|cli-binary-format|reserved))/g)

    expect(spoken.length).toBeGreaterThan(4)
    expect(spoken.filter((name) => !(name in functions))).toEqual([])
  })

  it('speaks of outputs that the stacks have', () => {
    const stacks = [
      'infra/stacks/stateless.ts',
      'infra/stacks/stateful.ts',
      'infra/stacks/console.ts',
      'infra/constructs/access.ts',
    ]
      .map(file)
      .join()
    const outputs = [...found(/\$\(output [\w-]+ (\w+)\)/g), ...found(/`(\w+PolicyArn)`/g)]

    expect(outputs.length).toBeGreaterThan(3)
    expect(outputs.filter((output) => !stacks.includes(`'${output}'`))).toEqual([])
  })
})
