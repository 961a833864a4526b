import Button from '@cloudscape-design/components/button'
import Header from '@cloudscape-design/components/header'
import { useMemo } from 'react'
import { number } from '../../../client/words/pace.ts'
import { useNarrow } from '../../parts/narrow.ts'
import { PagedTable } from '../../parts/paged-table.tsx'
import { saveFile } from '../../parts/save-file.ts'
import { REMARK_KINDS, remarksCsv } from './csv-files.ts'
import type { Upload } from './upload.ts'

/** The lines that did not end as asked for, with their numbers; to be looked at and downloaded. */
export function UploadRemarks({ upload }: { upload: Upload }) {
  const { bad, refused, elsewhere } = upload.current()
  const count = bad + refused + elsewhere
  // biome-ignore lint/correctness/useExhaustiveDependencies: the upload is the same; its remarks grow with their count
  const remarks = useMemo(() => upload.remarks(), [upload, count])
  const isNarrow = useNarrow()
  if (count === 0) return null
  return (
    <PagedTable
      variant="embedded"
      items={remarks}
      pageSize={25}
      trackBy={({ line }) => String(line)}
      wrapLines
      enableKeyboardNavigation
      ariaLabels={{ tableLabel: 'Lines with something wrong' }}
      columnDisplay={['line', 'kind', 'why'].map((id) => ({ id, visible: !isNarrow || id !== 'kind' }))}
      columnDefinitions={[
        { id: 'line', header: 'Line', cell: ({ line }) => number(line), isRowHeader: true, width: 90 },
        { id: 'kind', header: 'What', cell: ({ kind }) => REMARK_KINDS[kind], width: 110 },
        { id: 'why', header: 'Why', cell: ({ user, message }) => (user === '' ? message : `${user}: ${message}`) },
      ]}
      header={
        <Header
          variant="h3"
          counter={`(${number(count)})`}
          actions={
            <Button
              iconName="download"
              onClick={() =>
                saveFile(`${upload.fileName.replace(/\.\w+$/, '')}-errors.csv`, remarksCsv(upload.remarks()))
              }
            >
              Download as CSV
            </Button>
          }
        >
          Error report
        </Header>
      }
    />
  )
}
