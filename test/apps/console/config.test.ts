import { whyNoConfig } from '../../../apps/console/config.ts'

const stage = {
  environment: 'stage',
  endpoint: 'http://127.0.0.1:7780',
  region: 'us-east-1',
  signIn: { kind: 'stage' },
}
const cognito = {
  ...stage,
  signIn: { kind: 'cognito', domain: 'https://x.example', userPoolId: 'p', clientId: 'c', identityPoolId: 'i' },
}

describe("the console's configuration", () => {
  it('is what the stage and the stack write', () => {
    expect([stage, cognito].map(whyNoConfig)).toEqual([null, null])
  })

  it.each([
    [null, 'environment, endpoint, region, signIn.kind are missing, or no text'],
    [{ ...stage, region: 1 }, 'region is missing, or no text'],
    [{ ...stage, endpoint: 'the API' }, 'endpoint is no address'],
    [{ ...stage, signIn: { kind: 'toString' } }, 'signIn.kind is missing, or no text'],
    [
      { ...cognito, signIn: { kind: 'cognito', clientId: 'c' } },
      'signIn.domain, signIn.userPoolId, signIn.identityPoolId are missing, or no text',
    ],
  ])('%j is refused in words', (config, why) => {
    expect(whyNoConfig(config)).toBe(why)
  })
})
