import { functions } from '../../infra/functions.ts'
import { Api, expectStatus } from './api.ts'
import { isGranted } from './grants.ts'

const call = (name: string, action: string, resource: string) => ({ function: name, action, resource })

// That all other tests of this folder run under them is seen by their API (api.ts), which fails where one is missing.
describe('the grants of infra/functions.ts', () => {
  it.each([
    call('heartbeat', 'dynamodb:UpdateItem', 'groups'),
    call('queries', 'dynamodb:Query', 'history'),
    call('sweeper', 'states:DescribeExecution', 'workflows'),
    call('commands', 'events:PutEvents', 'bus'),
    call('commands', 'states:StartExecution', 'schedules'),
    call('alerts', 'sns:Publish', 'topic'),
  ])('let $function do $action on $resource', (granted) => {
    expect(isGranted(granted)).toBe(true)
  })

  it.each([
    call('heartbeat', 'dynamodb:Scan', 'groups'),
    call('heartbeat', 'dynamodb:DeleteItem', 'groups'),
    call('queries', 'dynamodb:PutItem', 'groups'),
    call('queries', 'events:PutEvents', 'bus'),
    call('configuration', 'states:StartExecution', 'workflows'),
    call('heartbeat', 'states:StartExecution', 'schedules'),
    call('sweeper', 'sns:Publish', 'topic'),
    call('heartbeat', 'dynamodb:GetItem', 'a-table-of-another-name'),
    call('nobody', 'dynamodb:GetItem', 'groups'),
  ])('do not let $function do $action on $resource', (refused) => {
    expect(isGranted(refused)).toBe(false)
  })
})

describe('a function of the stage', () => {
  it('is refused what it is not granted', async () => {
    const api = await Api.start()
    api.told.onError = () => {}
    await expectStatus(200, api.put('/clusters/c', { databasePublisher: 'publisher' }))
    await expectStatus(200, api.get('/clusters/c'))
    const { tables } = functions.queries
    const { clusters } = tables
    Object.assign(tables, { clusters: ['Scan'] })

    await expectStatus(500, api.get('/clusters/c'))

    Object.assign(tables, { clusters })
    await expectStatus(200, api.get('/clusters/c'))
    const refused = call('queries', 'dynamodb:GetItem', 'clusters')
    expect(api.grants.denied.splice(0)).toEqual([refused])
    expect(api.grants.used).toContainEqual(refused)
    expect(await api.log()).toContainEqual(
      expect.objectContaining({
        message: 'failed',
        error: expect.objectContaining({
          name: 'AccessDeniedException',
          message: 'The role of queries is not authorized to perform dynamodb:GetItem on clusters.',
        }),
      }),
    )
    await api.end()
  })
})
