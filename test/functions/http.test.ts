import { callerOf, type HttpEvent } from '../../functions/http.ts'

const session = 'arn:aws:sts::111122223333:assumed-role/understudy-prod-console-operator/CognitoIdentityCredentials'
const pool = 'cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI'
const person = '0f0f0f0f-1111-4222-8333-444455556666'

const callBy = (iam?: object) => ({ requestContext: { authorizer: iam && { iam } } }) as unknown as HttpEvent

describe('the caller', () => {
  it('is whom IAM knows', () => {
    const userArn = 'arn:aws:iam::111122223333:user/olivia'

    expect(callerOf(callBy({ userArn, cognitoIdentity: null }))).toBe(userArn)
    expect(callerOf(callBy({ userArn }))).toBe(userArn)
  })

  it('is the person, of all who signed in to the console and share a role', () => {
    const cognitoIdentity = { amr: ['authenticated', pool, `${pool}:CognitoSignIn:${person}`] }

    expect(callerOf(callBy({ userArn: session, cognitoIdentity }))).toBe(
      `arn:aws:sts::111122223333:assumed-role/understudy-prod-console-operator/${person}`,
    )
  })

  it('is the session, where nothing says who signed in', () => {
    expect(callerOf(callBy({ userArn: session, cognitoIdentity: { amr: ['authenticated'] } }))).toBe(session)
  })

  it('is nobody without an identity: refused', () => {
    expect(() => callerOf(callBy())).toThrow(/comes without an identity/)
  })
})
