import { Match } from 'aws-cdk-lib/assertions'
import { synthesizedWithConsole } from './console-templates.ts'
import { routes } from './synthesized.ts'

const trial = synthesizedWithConsole({})
const { console, permissions, idOf } = trial
const pool = idOf('AWS::Cognito::UserPool')
const client = idOf('AWS::Cognito::UserPoolClient')
const identities = idOf('AWS::Cognito::IdentityPool')
const address = `https://<${idOf('AWS::CloudFront::Distribution')}>/`
const roleNamed = (name: string) => idOf('AWS::IAM::Role', { RoleName: `understudy-trial-console-${name}` })

describe('the users of the console', () => {
  it('are invited: nobody signs up', () => {
    console.hasResourceProperties('AWS::Cognito::UserPool', {
      AdminCreateUserConfig: { AllowAdminCreateUserOnly: true },
      UsernameAttributes: ['email'],
    })
  })

  it('have a strong password and an authenticator app', () => {
    console.hasResourceProperties('AWS::Cognito::UserPool', {
      Policies: {
        PasswordPolicy: {
          MinimumLength: 14,
          RequireLowercase: true,
          RequireUppercase: true,
          RequireNumbers: true,
          RequireSymbols: true,
        },
      },
      MfaConfiguration: 'ON',
      EnabledMfas: ['SOFTWARE_TOKEN_MFA'],
    })
  })

  it('may have none where the settings leave it to them', () => {
    synthesizedWithConsole({ secondFactor: 'optional' }).console.hasResourceProperties('AWS::Cognito::UserPool', {
      MfaConfiguration: 'OPTIONAL',
    })
  })

  it('outlive a stack that is protected, and no other', () => {
    const protection = (protect: boolean) =>
      synthesizedWithConsole({}, { deletionProtection: protect }).console.findResources('AWS::Cognito::UserPool')[pool]

    expect(protection(true)).toMatchObject({ DeletionPolicy: 'Retain', Properties: { DeletionProtection: 'ACTIVE' } })
    expect(protection(false)).toMatchObject({
      DeletionPolicy: 'Delete',
      Properties: { DeletionProtection: 'INACTIVE' },
    })
  })
})

describe('signing in', () => {
  it('is for the page of the console, by a code that is of no use to others', () => {
    const { CallbackURLs, LogoutURLs, ...properties } = trial.propertiesOf('AWS::Cognito::UserPoolClient')

    expect(CallbackURLs.map((url: unknown) => permissions.rendered(url))).toEqual([address])
    expect(LogoutURLs.map((url: unknown) => permissions.rendered(url))).toEqual([address])
    expect(properties).toMatchObject({
      GenerateSecret: false,
      AllowedOAuthFlows: ['code'],
      AllowedOAuthScopes: ['openid', 'email'],
      SupportedIdentityProviders: ['COGNITO'],
      PreventUserExistenceErrors: 'ENABLED',
    })
  })

  it('lasts for a shift, and each token for a quarter of an hour', () => {
    console.hasResourceProperties('AWS::Cognito::UserPoolClient', {
      AccessTokenValidity: 15,
      IdTokenValidity: 15,
      RefreshTokenValidity: 12 * 60,
      TokenValidityUnits: { AccessToken: 'minutes', IdToken: 'minutes', RefreshToken: 'minutes' },
      EnableTokenRevocation: true,
    })
  })

  it("has Cognito's page, at an address that is free in the Region or that the settings name", () => {
    console.hasResourceProperties('AWS::Cognito::UserPoolDomain', {
      Domain: 'understudy-trial-111122223333',
      ManagedLoginVersion: 2,
    })
    console.hasResourceProperties('AWS::Cognito::ManagedLoginBranding', {
      ClientId: { Ref: client },
      UseCognitoProvidedValues: true,
    })
    const named = synthesizedWithConsole({ signInDomainPrefix: 'presence' })
    named.console.hasResourceProperties('AWS::Cognito::UserPoolDomain', { Domain: 'presence' })
    expect(JSON.parse(named.brought('config.json')).signIn.domain).toBe(
      'https://presence.auth.eu-central-1.amazoncognito.com',
    )
  })
})

describe('the credentials of the page', () => {
  it('are given to those who have signed in', () => {
    console.hasResourceProperties('AWS::Cognito::IdentityPool', {
      AllowUnauthenticatedIdentities: false,
      AllowClassicFlow: false,
      CognitoIdentityProviders: [
        {
          ClientId: { Ref: client },
          ProviderName: { 'Fn::GetAtt': [pool, 'ProviderName'] },
          ServerSideTokenCheck: true,
        },
      ],
    })
  })

  it('are of the role of the group, and denied to who is in none', () => {
    console.hasResourceProperties('AWS::Cognito::IdentityPoolRoleAttachment', {
      IdentityPoolId: { Ref: identities },
      RoleMappings: {
        users: {
          Type: 'Token',
          AmbiguousRoleResolution: 'Deny',
          IdentityProvider: {
            'Fn::Join': ['', [{ 'Fn::GetAtt': [pool, 'ProviderName'] }, ':', { Ref: client }]],
          },
        },
      },
      Roles: { authenticated: { 'Fn::GetAtt': [roleNamed('nobody'), 'Arn'] } },
    })
    console.resourceCountIs('AWS::Cognito::UserPoolGroup', 2)
  })

  it.each([
    ['operators', 'operator', 0],
    ['viewers', 'viewer', 1],
  ])('of the group %s are of the role %s; who is in both is an operator', (group, role, precedence) => {
    console.hasResourceProperties('AWS::Cognito::UserPoolGroup', {
      GroupName: group,
      Precedence: precedence,
      RoleArn: { 'Fn::GetAtt': [roleNamed(role), 'Arn'] },
    })
  })

  it.each(['operator', 'viewer', 'nobody'])('of the role %s come by this pool alone', (name) => {
    console.hasResourceProperties('AWS::IAM::Role', {
      RoleName: `understudy-trial-console-${name}`,
      ManagedPolicyArns: Match.absent(),
      Policies: Match.absent(),
      AssumeRolePolicyDocument: {
        Statement: [
          {
            Effect: 'Allow',
            Action: 'sts:AssumeRoleWithWebIdentity',
            Principal: { Federated: 'cognito-identity.amazonaws.com' },
            Condition: {
              StringEquals: { 'cognito-identity.amazonaws.com:aud': { Ref: identities } },
              'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'authenticated' },
            },
          },
        ],
      },
    })
  })

  it.each(['operator', 'viewer'])('of the role %s allow the routes that name it among their callers, alone', (name) => {
    const api = 'arn:<AWS::Partition>:execute-api:eu-central-1:111122223333:understudy-trial-api/$default/'
    const expected = routes
      .filter(({ callers }) => callers.includes(name))
      .map(({ method, path }) => ({
        action: 'execute-api:Invoke',
        resource: `${api}${method}${path.replaceAll(/\{\w+\}/g, '*')}`,
      }))

    expect(new Set(permissions.ofRole(roleNamed(name)))).toEqual(new Set(expected))
  })

  it('of a viewer read, and no more', () => {
    const resources = permissions.ofRole(roleNamed('viewer')).map(({ resource }) => resource)

    expect(resources.length).toBeGreaterThan(10)
    expect(resources.filter((resource) => !resource.includes('/$default/GET/'))).toEqual([])
  })

  it('of nobody allow nothing', () => {
    expect(permissions.ofRole(roleNamed('nobody'))).toEqual([])
  })
})
