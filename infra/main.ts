import { App } from 'aws-cdk-lib'
import { addChecks, addStacks } from './app.ts'
import { loadEnvironment } from './environments/environment.ts'

const app = new App()
const environment = await loadEnvironment(app.node.tryGetContext('env') ?? 'dev').catch((error: Error) => {
  // It is a sentence for the person at the terminal, which a stack trace would bury.
  console.error(error.message)
  process.exit(1)
})
addStacks(app, environment)
addChecks(app)
app.synth()
