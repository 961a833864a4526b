import type { Template } from 'aws-cdk-lib/assertions'

interface Resource {
  Type: string
  Properties: Record<string, unknown>
}
interface Statement {
  Effect: string
  Action: string | string[]
  Resource: unknown
}
export interface Permission {
  action: string
  resource: string
}

const resourcesOf = (template: Template) => template.toJSON().Resources as Record<string, Resource>
const outputsOf = (template: Template): { Value: unknown; Export?: { Name: string } }[] =>
  Object.values(template.toJSON().Outputs ?? {})
const listed = <Item>(value: Item | Item[]): Item[] => (Array.isArray(value) ? value : [value])

/**
 * Reads what the roles of stacks may do, with ARNs as a person would write them: a resource of ours stands under its
 * physical name, whichever of the stacks it is in.
 */
export class Permissions {
  readonly #resources: Record<string, Resource>
  readonly #policies: Resource[]
  readonly #exports: Map<string | undefined, unknown>

  constructor(...templates: Template[]) {
    this.#resources = Object.assign({}, ...templates.map(resourcesOf))
    this.#exports = new Map(templates.flatMap(outputsOf).map((output) => [output.Export?.Name, output.Value]))
    this.#policies = Object.values(this.#resources).filter(({ Type }) => /^AWS::IAM::(Managed)?Policy$/.test(Type))
  }

  /** The logical ids of all roles. */
  get roles(): string[] {
    return Object.keys(this.#resources).filter((id) => this.#resources[id]?.Type === 'AWS::IAM::Role')
  }

  /** Every action that the role of that logical id may take, with every resource on which it may take it. */
  ofRole(role: string): Permission[] {
    return this.#policies
      .filter((policy) => listed(policy.Properties.Roles ?? []).some((ref) => this.#idOf(ref) === role))
      .flatMap((policy) => (policy.Properties.PolicyDocument as { Statement: Statement[] }).Statement)
      .filter(({ Effect }) => Effect === 'Allow')
      .flatMap(({ Action, Resource }) =>
        listed(Action).flatMap((action) =>
          listed(Resource).map((resource) => ({ action, resource: this.rendered(resource) })),
        ),
      )
  }

  /** A value of a template as text. */
  rendered(value: unknown): string {
    if (typeof value === 'string') return value
    const [[intrinsic, argument] = ['', undefined]] = Object.entries(value as object)
    switch (intrinsic) {
      case 'Ref':
        return this.#physicalName(String(argument))
      case 'Fn::GetAtt':
        return this.#physicalName(String(argument[0]))
      case 'Fn::ImportValue':
        return this.rendered(this.#exports.get(argument))
      case 'Fn::Join':
        return argument[1].map((part: unknown) => this.rendered(part)).join(argument[0])
      default:
        throw new Error(`A template may hold no ${intrinsic} here: ${JSON.stringify(value)}`)
    }
  }

  #idOf(reference: unknown): string | undefined {
    const { Ref, 'Fn::ImportValue': exported } = reference as { Ref?: string; 'Fn::ImportValue'?: string }
    return exported === undefined ? Ref : this.#idOf(this.#exports.get(exported))
  }

  #physicalName(id: string): string {
    const properties = this.#resources[id]?.Properties ?? {}
    const naming = ['TableName', 'FunctionName', 'StateMachineName', 'LogGroupName', 'QueueName', 'TopicName', 'Name']
    const name = naming.map((property) => properties[property]).find((value) => typeof value === 'string')
    return String(name ?? `<${id}>`)
  }
}
