import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** A resource of a CloudFormation template, as far as the benchmarks look at it. */
export interface Resource {
  Type: string
  Properties: {
    FunctionName?: string
    Code?: { S3Key: string }
    Environment?: { Variables: Record<string, string> }
    MemorySize?: number
    AccessLogSettings?: { Format: string }
    /** Of an alarm that reckons with several metrics. */
    Metrics?: { MetricStat?: object }[]
  }
}

const project = fileURLToPath(new URL('..', import.meta.url))

const contextOfCdk = (): string => JSON.stringify(JSON.parse(readFileSync(join(project, 'cdk.json'), 'utf8')).context)

/** Synthesizes the CDK app for the environment `dev` into a folder, and answers the resources of all its stacks. */
export async function synthesizedResources(folder: string): Promise<Resource[]> {
  await promisify(execFile)(process.execPath, ['infra/main.ts'], {
    cwd: project,
    env: { ...process.env, CDK_OUTDIR: folder, CDK_CONTEXT_JSON: contextOfCdk() },
  })
  const templates = readdirSync(folder).filter((file) => file.endsWith('.template.json'))
  return templates.flatMap((file): Resource[] => {
    const { Resources } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as {
      Resources: Record<string, Resource>
    }
    return Object.values(Resources)
  })
}
