import { Metrics } from '@aws-lambda-powertools/metrics'
import type { Measure } from '../../domain/measures.ts'
import { invocation } from './invocation.ts'

/** Namespace and service are Powertools' own variables. */
const metrics = new Metrics()

/**
 * Emits each measure at once, as a line of CloudWatch's embedded metric format: nothing is left to be flushed where an
 * invocation ends in an error.
 */
export function emit(measures: Measure[]): void {
  const from = Object.entries(invocation()).filter(([, value]) => value !== undefined)
  for (const { name, unit, value, by = {} } of measures) {
    const metric = metrics.singleMetric()
    for (const [key, told] of from) if (!(key in by)) metric.addMetadata(key, String(told))
    for (const [dimension, told] of Object.entries(by)) metric.addDimension(dimension, told)
    metric.addMetric(name, unit, value)
  }
}
