import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import FileDropzone from '@cloudscape-design/components/file-dropzone'
import FileInput from '@cloudscape-design/components/file-input'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { useLongRun } from '../../parts/long-runs.tsx'
import { useSession } from '../../session/session.tsx'
import { useClusterEntry, useGroupNodes } from './cluster-data.tsx'
import { Upload } from './upload.ts'
import { UploadStanding } from './upload-standing.tsx'

/** Adds the users of a file: chosen or dropped, checked as a whole, then sent. It goes on while one looks at other pages. */
export function UploadPanel({ cluster }: { cluster: string }) {
  const { inCluster } = useSession()
  const queries = useQueryClient()
  const places = useClusterEntry(cluster)
  const [upload, put] = useLongRun<Upload>(`upload ${cluster}`)
  const take = (file: File | undefined) => {
    if (!file || !places) return
    const onEnd = () => void queries.invalidateQueries({ queryKey: ['users', cluster] })
    const next = new Upload({ file, places, users: inCluster(cluster).users, onEnd })
    put(next)
    void next.read()
  }
  return (
    <Container
      header={
        <Header variant="h2" description="All lines are checked before anything is sent.">
          Upload users
        </Header>
      }
    >
      {upload ? (
        <UploadStanding upload={upload} onAnother={() => put(undefined)} />
      ) : (
        <Choice cluster={cluster} onFile={take} />
      )}
    </Container>
  )
}

/** A file that is dropped beside the place for it must not take the page away: browsers open it then. */
function useNothingDropped(): void {
  useEffect(() => {
    const keep = (event: DragEvent) => event.preventDefault()
    addEventListener('dragover', keep)
    addEventListener('drop', keep)
    return () => {
      removeEventListener('dragover', keep)
      removeEventListener('drop', keep)
    }
  }, [])
}

function Choice({ cluster, onFile }: { cluster: string; onFile: (file: File | undefined) => void }) {
  const [first] = useGroupNodes(cluster)
  const take = ({ detail }: { detail: { value: File[] } }) => onFile(detail.value[0])
  useNothingDropped()
  return (
    <SpaceBetween size="m">
      <Box>
        One user a line: a name or, as CSV, a name and the node or group of its home. Without one the cluster assigns
        it. Empty lines and lines that begin with # are passed over.
      </Box>
      <Box variant="code" display="block">
        <div>user,node</div>
        <div>alice</div>
        {first && (
          <>
            <div>bob,{first.nodes[0]}</div>
            <div>carol,{first.group}</div>
          </>
        )}
      </Box>
      <FileDropzone onChange={take}>
        <SpaceBetween size="xs" alignItems="center">
          <Box color="text-body-secondary">Drop a file here, or</Box>
          <FileInput value={[]} accept=".csv,.txt,text/csv,text/plain" onChange={take}>
            Choose a file
          </FileInput>
        </SpaceBetween>
      </FileDropzone>
    </SpaceBetween>
  )
}
