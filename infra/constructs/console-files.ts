import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Stack, Validations } from 'aws-cdk-lib'
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import type { IBucket } from 'aws-cdk-lib/aws-s3'
import { Asset } from 'aws-cdk-lib/aws-s3-assets'
import { BucketDeployment, CacheControl, Source } from 'aws-cdk-lib/aws-s3-deployment'
import { flattenCfnReference } from 'cdk-nag/lib/utils/flatten-cfn-reference.js'
import { Construct } from 'constructs'
import { type Environment, physicalName } from '../environments/environment.ts'
import type { ConsoleStack } from '../stacks/console.ts'
import { createLog } from './log.ts'

/** The files of the console, in the bucket that its address serves, and with them where its API is. */
export class ConsoleFiles extends Construct {
  /** @param folder The built files: index.html, what stands beside it, and assets/ with names that change with the content. */
  constructor(
    scope: Construct,
    id: string,
    environment: Environment,
    { site, signIn, signInAddress, signInHosts }: ConsoleStack,
    endpoint: string,
    folder: string,
  ) {
    super(scope, id)
    // The build's own stamp of its sources is nobody's business.
    const built = new Asset(this, 'Built', { path: folder, exclude: ['stamp.txt'] })
    const files = Source.bucket(built.bucket, built.s3ObjectKey)
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') })
    const logGroup = createLog(this, 'Log', environment, `/aws/lambda/${physicalName(environment, 'console-files')}`)
    logGroup.grantWrite(role)
    const common = {
      destinationBucket: site.bucket,
      // A page that is open loads parts of its own version yet.
      prune: false,
      memoryLimit: 256,
      role,
      logGroup,
    }
    const assets = new BucketDeployment(this, 'Assets', {
      ...common,
      sources: [files],
      exclude: ['*'],
      include: ['assets/*'],
      cacheControl: [CacheControl.fromString('public, max-age=31536000, immutable')],
    })
    const page = new BucketDeployment(this, 'Page', {
      ...common,
      sources: [
        files,
        Source.data('index.html', pageThatConnectsTo(readPage(folder), [endpoint, ...signInHosts])),
        Source.jsonData('config.json', {
          environment: environment.name,
          endpoint,
          region: Stack.of(this).region,
          signIn: {
            kind: 'cognito',
            domain: signInAddress,
            userPoolId: signIn.pool.userPoolId,
            clientId: signIn.client.userPoolClientId,
            identityPoolId: signIn.identities.ref,
          },
        }),
      ],
      exclude: ['assets/*'],
      cacheControl: [CacheControl.noCache()],
      distribution: site.distribution,
      distributionPaths: ['/index.html', '/config.json'],
    })
    // A page never names files that are not there yet.
    page.node.addDependency(assets)
    acknowledge(role, built, site.bucket)
  }
}

const readPage = (folder: string) => readFileSync(join(folder, 'index.html'), 'utf8')

/** The page with a policy of its own, which narrows that of the header to the hosts of this deployment. */
function pageThatConnectsTo(page: string, hosts: readonly string[]): string {
  const policy = `connect-src 'self' ${hosts.join(' ')}`
  const narrowed = page.replace('<head>', `<head><meta http-equiv="Content-Security-Policy" content="${policy}">`)
  if (narrowed === page)
    throw new Error('The index.html of the console has no <head>, for its content security policy.')
  return narrowed
}

/** Of the function of the library that brings the files. */
function acknowledge(role: Role, built: Asset, bucket: IBucket): void {
  const stack = Stack.of(role)
  // The bucket stands in another stack: its ARN comes by an export.
  const objects = `${Stack.of(bucket).exportValue(bucket.bucketArn)}/*`
  const wildcards = [
    ...['s3:GetObject*', 's3:GetBucket*', 's3:List*', 's3:DeleteObject*', 's3:Abort*'].map((each) => `Action::${each}`),
    ...[built.bucket.arnForObjects('*'), objects].map(
      (each) => `Resource::${flattenCfnReference(stack.resolve(each))}`,
    ),
  ]
  for (const wildcard of wildcards) {
    Validations.of(role).acknowledge({
      id: `AwsSolutions-IAM5[${wildcard}]`,
      reason: "The library's grants to read and write a whole bucket: that of the assets, and that of the console.",
    })
  }
  Validations.of(role).acknowledge({
    id: 'AwsSolutions-IAM5[Resource::*]',
    reason: 'The library\'s grant to invalidate what CloudFront has cached; nothing else stands under "*".',
  })
  for (const handler of stack.node.children.filter(({ node }) => node.id.startsWith('Custom::CDKBucketDeployment'))) {
    Validations.of(handler).acknowledge({
      id: 'AwsSolutions-L1',
      reason: 'The library chooses the runtime of its own function, and tests it with that.',
    })
  }
}
