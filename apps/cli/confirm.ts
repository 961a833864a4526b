import { CliError, EXIT } from './exit.ts'
import type { Terminal } from './terminal.ts'
import { paragraph } from './views/view.ts'

export interface ConfirmOptions {
  yes?: boolean
}

/** Refuses, before anything is asked of the API, what would have to be confirmed where nobody can be asked. */
export function assertConfirmable(terminal: Terminal, does: string, { yes }: ConfirmOptions): void {
  if (yes || terminal.canAsk) return
  const message = `${does}, and nobody can be asked here: add --yes to do it without a question`
  throw new CliError(EXIT.usage, 'NotConfirmed', message)
}

/** Goes on only for somebody who was told what follows, and where, and agreed. */
export async function confirm(terminal: Terminal, consequences: string, place: string): Promise<void> {
  terminal.printError(paragraph('', consequences, terminal.view()))
  await agree(terminal, place)
}

/** The question alone, where what follows has been shown. */
export async function agree(terminal: Terminal, place: string): Promise<void> {
  const agreed = await terminal.confirm(`  ${place}. Go on?`)
  if (!agreed) throw new CliError(EXIT.failed, 'Declined', 'nothing was changed')
}
