/** Reads an environment variable, at the edge and once. A missing one fails the start, by its name. */
export function requireEnv(name: string, environment: NodeJS.ProcessEnv = process.env): string {
  const value = environment[name]
  if (value === undefined || value === '') throw new Error(`the environment variable ${name} is not set`)
  return value
}

/** A value of the environment that counts something. */
export function wholeNumber(name: string, value: string): number {
  if (/^[1-9]\d*$/.test(value)) return Number(value)
  throw new Error(`the environment variable ${name} must be a whole number above 0, not "${value}"`)
}
