import { type NodeBody, nodeSchema } from '../../domain/contract/configuration.ts'
import type { NodeAnswer } from './configuration-api.ts'

/** What of a node is configured, and can be put again. */
export const nodeBodyOf = (node: NodeAnswer): NodeBody =>
  Object.fromEntries(Object.entries(node).filter(([field]) => field in nodeSchema.shape)) as NodeBody
