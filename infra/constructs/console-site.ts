import { Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib'
import { Certificate } from 'aws-cdk-lib/aws-certificatemanager'
import {
  CachePolicy,
  Distribution,
  Function as EdgeFunction,
  FunctionCode,
  FunctionEventType,
  FunctionRuntime,
  HeadersFrameOption,
  HeadersReferrerPolicy,
  HttpVersion,
  PriceClass,
  ResponseHeadersPolicy,
  SecurityPolicyProtocol,
  ViewerProtocolPolicy,
} from 'aws-cdk-lib/aws-cloudfront'
import { S3BucketOrigin } from 'aws-cdk-lib/aws-cloudfront-origins'
import { BlockPublicAccess, Bucket, BucketEncryption, type IBucket } from 'aws-cdk-lib/aws-s3'
import { Construct } from 'constructs'
import type { ConsoleSettings } from '../console-settings.ts'
import { type Environment, physicalName } from '../environments/environment.ts'
import { readContentSecurityPolicy } from '../project-files.ts'

/**
 * Runs at the edge, before the cache. The page shows one thing or another by its path: all paths are answered with it, but
 * for those of files. These stand in /assets/, or beside the page with an extension: so a file that is missing is
 * answered as missing, and a user's name with a dot is none.
 */
const ANSWER_PATHS_WITH_THE_PAGE = `function handler(event) {
  var request = event.request
  if (!/^\\/(assets\\/.*|[^\\/]+\\.[^\\/]+)$/.test(request.uri)) request.uri = '/index.html'
  return request
}
`

/** Where the console is served: a bucket that nobody reads but CloudFront, which adds what browsers must obey. */
export class ConsoleSite extends Construct {
  readonly bucket: IBucket
  readonly distribution: Distribution
  /** The origin of the page, without a path. */
  readonly address: string

  /** @param signInHosts The origins that the page asks who signs in, besides the API. */
  constructor(
    scope: Construct,
    id: string,
    environment: Environment,
    settings: ConsoleSettings,
    signInHosts: readonly string[],
  ) {
    super(scope, id)
    this.bucket = this.#createBucket()
    this.distribution = this.#createDistribution(environment, settings, this.#createHeaders(environment, signInHosts))
    this.address = `https://${settings.domain?.name ?? this.distribution.distributionDomainName}`
  }

  /** All that is in it is built from the sources: it needs no versions, and goes with the stack. */
  #createBucket(): IBucket {
    const bucket = new Bucket(this, 'Bucket', {
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      encryption: BucketEncryption.S3_MANAGED,
      enforceSSL: true,
      minimumTLSVersion: 1.2,
      removalPolicy: RemovalPolicy.DESTROY,
      autoDeleteObjects: true,
    })
    Validations.of(bucket).acknowledge({ id: 'AwsSolutions-S1', reason: sameForEverybody })
    // The library's own types disagree on what is optional.
    return bucket as IBucket
  }

  #createHeaders(environment: Environment, signInHosts: readonly string[]): ResponseHeadersPolicy {
    return new ResponseHeadersPolicy(this, 'Headers', {
      responseHeadersPolicyName: physicalName(environment, 'console'),
      comment: `Understudy (${environment.name}): what browsers must obey on the console`,
      securityHeadersBehavior: {
        contentSecurityPolicy: {
          contentSecurityPolicy: this.#contentSecurityPolicy(signInHosts),
          override: true,
        },
        strictTransportSecurity: { accessControlMaxAge: Duration.days(730), includeSubdomains: true, override: true },
        contentTypeOptions: { override: true },
        frameOptions: { frameOption: HeadersFrameOption.DENY, override: true },
        referrerPolicy: { referrerPolicy: HeadersReferrerPolicy.NO_REFERRER, override: true },
      },
    })
  }

  /**
   * The API lets in the console's origin, so it is made after the distribution and its address is not known here: the
   * Region's APIs are as near as this header comes. The page itself names the one (`ConsoleFiles`), and both hold.
   */
  #contentSecurityPolicy(signInHosts: readonly string[]): string {
    const { region, urlSuffix } = Stack.of(this)
    const policy = readContentSecurityPolicy()
    const connections = [
      ...(policy['connect-src'] ?? []),
      `https://*.execute-api.${region}.${urlSuffix}`,
      ...signInHosts,
    ]
    return Object.entries({ ...policy, 'connect-src': connections })
      .map(([directive, sources]) => [directive, ...sources].join(' '))
      .join('; ')
  }

  #createDistribution(
    environment: Environment,
    { domain }: ConsoleSettings,
    responseHeadersPolicy: ResponseHeadersPolicy,
  ): Distribution {
    const rewriting = new EdgeFunction(this, 'Paths', {
      functionName: physicalName(environment, 'console-paths'),
      comment: 'Answers the paths of the console with its page',
      runtime: FunctionRuntime.JS_2_0,
      code: FunctionCode.fromInline(ANSWER_PATHS_WITH_THE_PAGE),
    })
    const distribution = new Distribution(this, 'Distribution', {
      comment: `Understudy (${environment.name}): the console`,
      defaultBehavior: {
        origin: S3BucketOrigin.withOriginAccessControl(this.bucket),
        viewerProtocolPolicy: ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        cachePolicy: CachePolicy.CACHING_OPTIMIZED,
        compress: true,
        responseHeadersPolicy,
        functionAssociations: [{ function: rewriting, eventType: FunctionEventType.VIEWER_REQUEST }],
      },
      defaultRootObject: 'index.html',
      httpVersion: HttpVersion.HTTP2_AND_3,
      priceClass: PriceClass.PRICE_CLASS_100,
      ...(domain && {
        domainNames: [domain.name],
        certificate: Certificate.fromCertificateArn(this, 'Certificate', domain.certificateArn),
        minimumProtocolVersion: SecurityPolicyProtocol.TLS_V1_2_2021,
      }),
    })
    acknowledge(distribution, domain !== undefined)
    return distribution
  }
}

const sameForEverybody =
  'What is read here is the same for everybody and tells nothing. Who did what is in the access log of the API.'

function acknowledge(distribution: Distribution, hasDomain: boolean): void {
  Validations.of(distribution).acknowledge(
    { id: 'AwsSolutions-CFR1', reason: 'Operators sign in from wherever they are on call.' },
    {
      id: 'AwsSolutions-CFR2',
      reason: 'There is nothing behind it but files. Calls go to the API, which asks IAM about each and limits them.',
    },
    { id: 'AwsSolutions-CFR3', reason: sameForEverybody },
  )
  if (hasDomain) return
  Validations.of(distribution).acknowledge({
    id: 'AwsSolutions-CFR4',
    reason: "CloudFront sets the versions of TLS of its own certificate. The settings' domain brings TLS 1.2 at least.",
  })
}
