import Box from '@cloudscape-design/components/box'
import Container from '@cloudscape-design/components/container'
import FileDropzone, { useFilesDragging } from '@cloudscape-design/components/file-dropzone'
import FileInput from '@cloudscape-design/components/file-input'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useQueryClient } from '@tanstack/react-query'
import { useLongRun } from '../../parts/long-runs.tsx'
import { useSession } from '../../session/session.tsx'
import { useClusterEntry } from './cluster-data.tsx'
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
      {upload ? <UploadStanding upload={upload} onAnother={() => put(undefined)} /> : <Choice onFile={take} />}
    </Container>
  )
}

function Choice({ onFile }: { onFile: (file: File | undefined) => void }) {
  const { areFilesDragging } = useFilesDragging()
  const take = ({ detail }: { detail: { value: File[] } }) => onFile(detail.value[0])
  return (
    <SpaceBetween size="m">
      <Box>
        One user a line: a name or, as CSV, a name and the node or group of its home. Without one the cluster assigns
        it. Empty lines and lines that begin with # are passed over.
        <Box variant="code" display="block" padding={{ top: 'xs' }}>
          {EXAMPLE.map((line) => (
            <div key={line}>{line}</div>
          ))}
        </Box>
      </Box>
      {areFilesDragging ? (
        <FileDropzone onChange={take}>Drop the file here</FileDropzone>
      ) : (
        <FileInput value={[]} accept=".csv,.txt,text/csv,text/plain" onChange={take}>
          Choose a file
        </FileInput>
      )}
      <Box color="text-body-secondary">Or drop a file onto this page.</Box>
    </SpaceBetween>
  )
}

const EXAMPLE = ['user,node', 'alice', 'bob,some-node', 'carol,group:some-group']
