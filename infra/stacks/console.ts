import { type App, CfnOutput, Stack } from 'aws-cdk-lib'
import type { ConsoleSettings } from '../console-settings.ts'
import { ConsoleSignIn, credentialsAddress, signInAddress } from '../constructs/console-sign-in.ts'
import { ConsoleSite } from '../constructs/console-site.ts'
import type { Environment } from '../environments/environment.ts'

/**
 * The console's address, and who may sign in to it. It stands before the API, which lets in this address alone and says
 * what the roles may call; the files come last, with what they need to know of both.
 */
export class ConsoleStack extends Stack {
  readonly site: ConsoleSite
  readonly signIn: ConsoleSignIn
  /** Where one signs in. */
  readonly signInAddress: string

  constructor(app: App, name: string, environment: Environment, settings: ConsoleSettings) {
    super(app, name, {
      description: `Understudy (${environment.name}): the address of the console, and who may sign in to it`,
      terminationProtection: environment.deletionProtection,
      ...(environment.target && { env: environment.target }),
    })
    this.signInAddress = signInAddress(this, environment, settings)
    this.site = new ConsoleSite(this, 'Site', environment, settings, this.signInHosts)
    this.signIn = new ConsoleSignIn(this, 'SignIn', environment, settings, this.site.address)
    new CfnOutput(this, 'ConsoleAddress', { value: this.site.address })
    new CfnOutput(this, 'UserPoolId', { value: this.signIn.pool.userPoolId })
    new CfnOutput(this, 'DistributionDomainName', { value: this.site.distribution.distributionDomainName })
    // The API lets it in while there is no domain. It stays exported, or a domain could not be added in one deployment.
    this.exportValue(this.site.distribution.distributionDomainName)
  }

  /** What the page asks who signs in, besides the API. */
  get signInHosts(): string[] {
    return [this.signInAddress, credentialsAddress(this)]
  }
}
