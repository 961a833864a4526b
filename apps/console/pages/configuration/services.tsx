import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Header from '@cloudscape-design/components/header'
import { clusterSchema } from '../../../../domain/contract/configuration.ts'
import { follow } from '../../parts/links.tsx'
import { useSession } from '../../session/session.tsx'
import { ChangeForm } from './change-form.tsx'
import { serviceConsequences } from './consequences.ts'
import { clusterBodyOf, isDefaultServices, SERVICE_FIELDS } from './forms.ts'
import type { PartProps } from './part.ts'
import { placeOf } from './places.ts'

/** What must run on every node of a cluster. */
export function Services({ standing, problem, place }: PartProps) {
  const { mayChange, inCluster } = useSession()
  const { body, etag } = standing
  const { cluster, criticalServices } = body
  if (mayChange && place.change !== undefined) {
    return (
      <ChangeForm
        title={`Critical services of ${cluster}`}
        standing={{ body: clusterBodyOf(body), etag }}
        problem={problem}
        fields={() => [...SERVICE_FIELDS]}
        schema={clusterSchema}
        send={(changed, version) => inCluster(cluster).configuration.putCluster(cluster, changed, version)}
        consequences={(from, to) =>
          serviceConsequences(from.criticalServices as string[], to.criticalServices as string[])
        }
        done={() => `The critical services of ${cluster} are changed.`}
        end={() => placeOf(cluster, { part: 'services' })}
      />
    )
  }
  return (
    <Container
      header={
        <Header
          variant="h2"
          counter={`(${criticalServices.length})`}
          description={`They must run on every node; one that is down for longer than the delay leads to a failover. ${
            isDefaultServices(criticalServices) ? 'These are the defaults.' : 'The list is not the default one.'
          }`}
          actions={
            mayChange && (
              <Button href={placeOf(cluster, { part: 'services', change: '' })} onFollow={follow}>
                Change the list
              </Button>
            )
          }
        >
          Critical services
        </Header>
      }
    >
      <ol>
        {criticalServices.map((service) => (
          <li key={service}>{service}</li>
        ))}
      </ol>
      <Box color="text-body-secondary">The database service is watched beside them on every node.</Box>
    </Container>
  )
}
