import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import Table from '@cloudscape-design/components/table'
import { clusterSchema } from '../../../../domain/contract/configuration.ts'
import { PARAMETER_DEFAULTS, PARAMETER_NAMES, PARAMETERS, type ParameterName } from '../../../../domain/parameters.ts'
import type { ServiceParameters } from '../../../../domain/settings.ts'
import type { ClusterAnswer } from '../../../client/configuration-api.ts'
import { follow } from '../../parts/links.tsx'
import { useSession } from '../../session/session.tsx'
import { ChangeForm } from './change-form.tsx'
import { parameterConsequences } from './consequences.ts'
import { boundsText, clusterBodyOf, defaultText, parameterFields, typedParameters } from './forms.ts'
import type { PartProps } from './part.ts'
import { placeOf } from './places.ts'

/** A value as it stands: what is not set says what holds. */
function valueText(name: ParameterName, { serviceParameters, enterpriseParameters }: ClusterAnswer): string {
  if (name === 'userAssignmentMode') return enterpriseParameters.userAssignmentMode
  const value = serviceParameters[name]
  if (value === undefined) return `${defaultText(name, serviceParameters)} (not set)`
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return name === 'servicePort' || name === 'adminRpcPort' ? String(value) : `${value} s`
}

const isDefault = (name: ParameterName, { serviceParameters, enterpriseParameters }: ClusterAnswer): boolean =>
  PARAMETER_DEFAULTS[name] ===
  (name === 'userAssignmentMode' ? enterpriseParameters.userAssignmentMode : serviceParameters[name])

/** The service parameters and the enterprise parameter of a cluster. */
export function Parameters({ standing, problem, place }: PartProps) {
  const { mayChange, inCluster } = useSession()
  const { body, etag } = standing
  const { cluster, serviceParameters } = body
  if (mayChange && place.change !== undefined) {
    return (
      <ChangeForm
        title={`Parameters of ${cluster}`}
        standing={{ body: clusterBodyOf(body), etag }}
        problem={problem}
        fields={(draft) => parameterFields(typedParameters(serviceParameters, draft))}
        schema={clusterSchema}
        send={(changed, version) => inCluster(cluster).configuration.putCluster(cluster, changed, version)}
        consequences={(from, to) =>
          parameterConsequences(from.serviceParameters as ServiceParameters, to.serviceParameters as ServiceParameters)
        }
        done={() => `The parameters of ${cluster} are changed.`}
        end={() => placeOf(cluster, { part: 'parameters' })}
      />
    )
  }
  return (
    <Table
      items={PARAMETER_NAMES}
      trackBy={(name) => name}
      wrapLines
      ariaLabels={{ tableLabel: 'Parameters' }}
      header={
        <Header
          variant="h2"
          description={`They hold for all nodes of the cluster; the bounds of some follow from the values of others. Database publisher: ${body.databasePublisher}.`}
          actions={
            mayChange && (
              <Button href={placeOf(cluster, { part: 'parameters', change: '' })} onFollow={follow}>
                Change parameters
              </Button>
            )
          }
        >
          Parameters
        </Header>
      }
      columnDefinitions={[
        { id: 'name', header: 'Parameter', cell: (name) => PARAMETERS[name].label, isRowHeader: true, minWidth: 150 },
        {
          id: 'value',
          header: 'Value',
          cell: (name) => (isDefault(name, body) ? valueText(name, body) : <strong>{valueText(name, body)}</strong>),
          minWidth: 100,
        },
        { id: 'default', header: 'Default', cell: (name) => defaultText(name, serviceParameters), minWidth: 90 },
        { id: 'bounds', header: 'Bounds', cell: (name) => boundsText(name, serviceParameters), minWidth: 120 },
        { id: 'meaning', header: 'What it is', cell: (name) => PARAMETERS[name].meaning, minWidth: 220 },
        { id: 'id', header: 'Name in the API', cell: (name) => <code>{name}</code>, minWidth: 180 },
      ]}
    />
  )
}
