/** What the user gave cannot be used: an option, an environment variable, or the profiles' file. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError'
}
