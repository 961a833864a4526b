/** What moves the cursor of a terminal, paints it, or names its window (ECMA-48: CSI and OSC). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const TERMINAL_ORDERS = /\u001b\[[0-?]*[ -/]*[@-~]|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)?/g

/** Text of others on one line: what agents and hooks report could else move the cursor or paint the terminal. */
export const oneLine = (text: string): string =>
  text
    .replace(TERMINAL_ORDERS, '')
    .replace(/\s*\p{Cc}+\s*/gu, ' ')
    .trim()

export const clip = (text: string, width: number): string => {
  const characters = [...text]
  return characters.length <= width ? text : `${characters.slice(0, Math.max(0, width - 1)).join('')}…`
}

/** As a sentence begins. */
export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
