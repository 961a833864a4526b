/**
 * A signal that Ctrl-C gives, for what goes on until then; `release` gives Ctrl-C back its own meaning. The listener
 * stays until then: where log-update's finds itself alone, it ends the process by the signal.
 */
export function untilInterrupted(): { signal: AbortSignal; release(): void } {
  const controller = new AbortController()
  const abort = () => controller.abort()
  process.on('SIGINT', abort)
  process.on('SIGTERM', abort)
  return {
    signal: controller.signal,
    release() {
      process.off('SIGINT', abort)
      process.off('SIGTERM', abort)
    },
  }
}
