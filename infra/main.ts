import { execFileSync } from 'node:child_process'
import { App } from 'aws-cdk-lib'
import { addChecks, addStacks } from './app.ts'
import { loadEnvironment } from './environments/environment.ts'
import { pathInProject } from './project-files.ts'

const app = new App()
const environment = await loadEnvironment(app.node.tryGetContext('env') ?? 'dev').catch((error: Error) =>
  // It is a sentence for the person at the terminal, which a stack trace would bury.
  endWith(error.message),
)
if (environment.console) buildConsole()
addStacks(app, environment, pathInProject('apps/console/dist'))
addChecks(app)
app.synth()

/** Builds the files of the console, unless they are fresh. */
function buildConsole(): void {
  try {
    // The output of this program is the command line's of the CDK; what the build says goes to the terminal.
    execFileSync(process.execPath, [pathInProject('apps/console/build.ts')], { stdio: ['ignore', 2, 2] })
  } catch {
    endWith('The console could not be built, which this environment has; see above.')
  }
}

function endWith(sentence: string): never {
  console.error(sentence)
  process.exit(1)
}
