import { ClientRequest } from 'node:http'
import { functionAtWork } from '../../apps/stage/function-output.ts'
import { type FunctionNeeds, functions, type TableName } from '../../infra/functions.ts'

/** A call that a function made to AWS: `dynamodb:PutItem` on `groups`, say. */
export interface AwsCall {
  function: string
  action: string
  resource: string
}

const TABLES: readonly TableName[] = ['clusters', 'groups', 'history', 'requests', 'brake', 'users', 'sessions']

/** The table of that name, as functions know it: by the variable of their environment. */
function tableNamed(name: string): TableName | undefined {
  return TABLES.find((table) => process.env[`${table.toUpperCase()}_TABLE`] === name)
}

/** A call about one table; those about several items of it name it among them. */
interface Asked {
  TableName?: string
  RequestItems?: Record<string, unknown>
}

/** What is asked of which service, from the request as the SDK sends it. */
function askedOf(target: string, body: string): { action: string; resource: string } {
  const [service = '', operation = ''] = target.split('.')
  if (service.startsWith('DynamoDB')) {
    const { RequestItems = {}, TableName = Object.keys(RequestItems)[0] ?? '' } = JSON.parse(body) as Asked
    return { action: `dynamodb:${operation}`, resource: tableNamed(TableName) ?? TableName }
  }
  if (service === 'AWSStepFunctions') {
    const isOfSchedule = /:(stateMachine|execution):schedule\b/.test(body)
    return { action: `states:${operation}`, resource: isOfSchedule ? 'schedules' : 'workflows' }
  }
  if (service === 'AWSEvents') return { action: `events:${operation}`, resource: 'bus' }
  return { action: `sns:${new URLSearchParams(body).get('Action')}`, resource: 'topic' }
}

/** Does infra/functions.ts grant it? The roles that IAM goes by are made from there (test/infra/functions.test.ts). */
export function isGranted({ function: name, action, resource }: AwsCall): boolean {
  const needs: FunctionNeeds | undefined = (functions as Record<string, FunctionNeeds>)[name]
  const [service, operation = ''] = action.split(':')
  if (!needs) return false
  if (service === 'dynamodb') return (needs.tables[resource as TableName] ?? []).some((each) => each === operation)
  if (service === 'states') {
    const granted = resource === 'schedules' ? (needs.schedules ?? []) : needs.workflows
    return granted.some((each) => each === operation)
  }
  if (service === 'events') return needs.publishesEvents && operation === 'PutEvents'
  return needs.tellsOnCall === true && operation === 'Publish'
}

export interface Enforcement {
  /** What was refused. */
  denied: AwsCall[]
  /** What was granted, and used. */
  used: AwsCall[]
  end(): void
}

/**
 * From now on each call that a function of the stage makes to AWS is looked up as IAM would, and refused where it is not
 * granted: on the stage itself, every function may do everything.
 */
export function enforceGrants(onDenied: (call: AwsCall) => void = () => {}): Enforcement {
  const denied: AwsCall[] = []
  const used: AwsCall[] = []
  const { end } = ClientRequest.prototype
  ClientRequest.prototype.end = function (this: ClientRequest, ...args: Parameters<typeof end>) {
    const name = functionAtWork()
    if (name === undefined) return end.apply(this, args)
    const call = { function: name, ...askedOf(String(this.getHeader('x-amz-target') ?? ''), String(args[0] ?? '')) }
    if (isGranted(call)) {
      used.push(call)
      return end.apply(this, args)
    }
    denied.push(call)
    onDenied(call)
    throw accessDenied(call)
  } as typeof end
  return {
    denied,
    used,
    end() {
      ClientRequest.prototype.end = end
    },
  }
}

const accessDenied = ({ function: name, action, resource }: AwsCall): Error =>
  Object.assign(new Error(`The role of ${name} is not authorized to perform ${action} on ${resource}.`), {
    name: 'AccessDeniedException',
  })
