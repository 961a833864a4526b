import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import {
  AccountRecovery,
  CfnIdentityPool,
  CfnIdentityPoolRoleAttachment,
  CfnManagedLoginBranding,
  CfnUserPoolGroup,
  ClientAttributes,
  FeaturePlan,
  ManagedLoginVersion,
  Mfa,
  OAuthScope,
  UserPool,
  type UserPoolClient,
  UserPoolClientIdentityProvider,
} from 'aws-cdk-lib/aws-cognito'
import { FederatedPrincipal, Role } from 'aws-cdk-lib/aws-iam'
import { Construct } from 'constructs'
import type { ConsoleSettings } from '../console-settings.ts'
import { type Environment, physicalName } from '../environments/environment.ts'
import type { ConsoleRoles } from './access.ts'

/** Where one signs in; the stack's Region and account are in it. */
export const signInAddress = (stack: Stack, environment: Environment, settings: ConsoleSettings) =>
  `https://${domainPrefix(stack, environment, settings)}.auth.${stack.region}.amazoncognito.com`

/** Where the page changes a sign-in for credentials of AWS. */
export const credentialsAddress = ({ region, urlSuffix }: Stack) => `https://cognito-identity.${region}.${urlSuffix}`

const domainPrefix = (stack: Stack, environment: Environment, { signInDomainPrefix }: ConsoleSettings) =>
  signInDomainPrefix ?? physicalName(environment, stack.account)

/** Who may use the console: the users of a pool, by the group that they are in. Who is in none may call nothing. */
export class ConsoleSignIn extends Construct {
  readonly pool: UserPool
  readonly client: UserPoolClient
  readonly identities: CfnIdentityPool
  readonly roles: ConsoleRoles

  constructor(scope: Construct, id: string, environment: Environment, settings: ConsoleSettings, address: string) {
    super(scope, id)
    this.pool = this.#createPool(environment, settings, address)
    this.client = this.#createClient(environment, address)
    this.#addSignInPage(environment, settings)
    this.identities = this.#createIdentities(environment)
    const operator = this.#createRole('Operator', environment, 'operator', 'operators of the console')
    const viewer = this.#createRole('Viewer', environment, 'viewer', 'viewers of the console')
    this.roles = { operator, viewer }
    this.#addGroup('Operators', 'operators', 'May call everything', 0, operator)
    this.#addGroup('Viewers', 'viewers', 'May read', 1, viewer)
    this.#mapRoles(environment)
  }

  #createPool(environment: Environment, settings: ConsoleSettings, address: string): UserPool {
    const secondFactor = settings.secondFactor ?? 'required'
    const pool = new UserPool(this, 'Users', {
      userPoolName: physicalName(environment, 'console'),
      selfSignUpEnabled: false,
      signInAliases: { email: true },
      signInCaseSensitive: false,
      autoVerify: { email: true },
      accountRecovery: AccountRecovery.EMAIL_ONLY,
      passwordPolicy: {
        minLength: 14,
        requireLowercase: true,
        requireUppercase: true,
        requireDigits: true,
        requireSymbols: true,
        tempPasswordValidity: Duration.days(3),
      },
      mfa: secondFactor === 'required' ? Mfa.REQUIRED : Mfa.OPTIONAL,
      // A message to a telephone costs money and can be intercepted.
      mfaSecondFactor: { otp: true, sms: false },
      userInvitation: {
        emailSubject: `Your access to Understudy ${environment.name}`,
        emailBody: `You may sign in at ${address} as {username}. Your password for the first time is {####}`,
      },
      featurePlan: FeaturePlan.ESSENTIALS,
      deletionProtection: environment.deletionProtection,
      removalPolicy: environment.deletionProtection ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    })
    Validations.of(pool).acknowledge({
      id: 'AwsSolutions-COG8',
      reason:
        'Few people sign in, whom somebody invited, with a second factor: the plan that learns habits is too dear.',
    })
    if (secondFactor === 'optional') {
      Validations.of(pool).acknowledge({
        id: 'AwsSolutions-COG2',
        reason: 'The settings of this environment leave the second factor to each user.',
      })
    }
    return pool
  }

  /** A page can keep no secret: the code that it is given is bound to it by PKCE instead, which OAuth's code flow takes. */
  #createClient(environment: Environment, address: string): UserPoolClient {
    return this.pool.addClient('Page', {
      userPoolClientName: physicalName(environment, 'console'),
      generateSecret: false,
      authFlows: { userSrp: true },
      oAuth: {
        flows: { authorizationCodeGrant: true },
        scopes: [OAuthScope.OPENID, OAuthScope.EMAIL],
        callbackUrls: [`${address}/`],
        logoutUrls: [`${address}/`],
      },
      supportedIdentityProviders: [UserPoolClientIdentityProvider.COGNITO],
      preventUserExistenceErrors: true,
      enableTokenRevocation: true,
      idTokenValidity: Duration.minutes(15),
      accessTokenValidity: Duration.minutes(15),
      // A shift; the page renews the others by it.
      refreshTokenValidity: Duration.hours(12),
      readAttributes: new ClientAttributes().withStandardAttributes({ email: true, emailVerified: true }),
    })
  }

  #addSignInPage(environment: Environment, settings: ConsoleSettings): void {
    const domain = this.pool.addDomain('SignInPage', {
      cognitoDomain: { domainPrefix: domainPrefix(Stack.of(this), environment, settings) },
      managedLoginVersion: ManagedLoginVersion.NEWER_MANAGED_LOGIN,
    })
    // Without a look, be it Cognito's own, the page is not served.
    const look = new CfnManagedLoginBranding(this, 'SignInLook', {
      userPoolId: this.pool.userPoolId,
      clientId: this.client.userPoolClientId,
      useCognitoProvidedValues: true,
    })
    look.node.addDependency(domain)
  }

  #createIdentities(environment: Environment): CfnIdentityPool {
    return new CfnIdentityPool(this, 'Identities', {
      identityPoolName: physicalName(environment, 'console'),
      allowUnauthenticatedIdentities: false,
      // In the classic flow whoever signs in chooses the role.
      allowClassicFlow: false,
      cognitoIdentityProviders: [
        {
          clientId: this.client.userPoolClientId,
          providerName: this.pool.userPoolProviderName,
          // Who has signed out gets no further credentials.
          serverSideTokenCheck: true,
        },
      ],
    })
  }

  /** A role that Cognito alone gives out, to users of this pool who have signed in. What it may is added by the API. */
  #createRole(id: string, environment: Environment, name: string, description: string): Role {
    return new Role(this, id, {
      roleName: physicalName(environment, `console-${name}`),
      description: `Understudy (${environment.name}): ${description}`,
      maxSessionDuration: Duration.hours(1),
      assumedBy: new FederatedPrincipal(
        'cognito-identity.amazonaws.com',
        {
          StringEquals: { 'cognito-identity.amazonaws.com:aud': this.identities.ref },
          'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': 'authenticated' },
        },
        'sts:AssumeRoleWithWebIdentity',
      ),
    })
  }

  #addGroup(id: string, groupName: string, description: string, precedence: number, role: Role): void {
    new CfnUserPoolGroup(this, id, {
      userPoolId: this.pool.userPoolId,
      groupName,
      description,
      // Who is in both groups has the role of the lower number.
      precedence,
      roleArn: role.roleArn,
    })
  }

  /** The role is that of the user's group, which the ID token names. */
  #mapRoles(environment: Environment): void {
    // Cognito wants a role for everybody, too. This one may do nothing, should it ever be given out.
    const nobody = this.#createRole('Nobody', environment, 'nobody', 'who is in no group; may do nothing')
    new CfnIdentityPoolRoleAttachment(this, 'RoleOfGroup', {
      identityPoolId: this.identities.ref,
      roles: { authenticated: nobody.roleArn },
      roleMappings: {
        users: {
          identityProvider: `${this.pool.userPoolProviderName}:${this.client.userPoolClientId}`,
          type: 'Token',
          ambiguousRoleResolution: 'Deny',
        },
      },
    })
  }
}
