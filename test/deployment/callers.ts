import { writeFileSync } from 'node:fs'
import { query } from './aws-calls.ts'
import { ACCOUNT, type Emulator } from './emulator.ts'

/** Who calls the API: as IAM names it, and its key. */
export interface Caller {
  arn: string
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string }
}

/** A user of IAM with an access key, and managed policies. */
export async function createUser(emulator: Emulator, name: string, policyArns: string[]): Promise<Caller> {
  const created = await query(emulator, 'iam', 'CreateUser', { UserName: name })
  for (const PolicyArn of policyArns) await query(emulator, 'iam', 'AttachUserPolicy', { UserName: name, PolicyArn })
  const key = await query(emulator, 'iam', 'CreateAccessKey', { UserName: name })
  const credentials = { accessKeyId: key('AccessKeyId'), secretAccessKey: key('SecretAccessKey') }
  return { arn: created('Arn'), credentials }
}

const TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` } }],
})

/** A session of a role with managed policies, as a host on EC2 has one. The ARN is the role's. */
export async function createSession(emulator: Emulator, name: string, policyArns: string[]): Promise<Caller> {
  const created = await query(emulator, 'iam', 'CreateRole', { RoleName: name, AssumeRolePolicyDocument: TRUST })
  for (const PolicyArn of policyArns) await query(emulator, 'iam', 'AttachRolePolicy', { RoleName: name, PolicyArn })
  const arn = created('Arn')
  const session = await query(emulator, 'sts', 'AssumeRole', { RoleArn: arn, RoleSessionName: `host-of-${name}` })
  const credentials = {
    accessKeyId: session('AccessKeyId'),
    secretAccessKey: session('SecretAccessKey'),
    sessionToken: session('SessionToken'),
  }
  return { arn, credentials }
}

/** A credentials file of the AWS SDK, with a profile for each caller. */
export function writeCredentials(file: string, callers: Record<string, Caller>): void {
  const profiles = Object.entries(callers).map(([name, { credentials }]) => {
    const { accessKeyId, secretAccessKey, sessionToken } = credentials
    const lines = [`[${name}]`, `aws_access_key_id = ${accessKeyId}`, `aws_secret_access_key = ${secretAccessKey}`]
    return [...lines, ...(sessionToken ? [`aws_session_token = ${sessionToken}`] : []), ''].join('\n')
  })
  writeFileSync(file, profiles.join('\n'), { mode: 0o600 })
}
