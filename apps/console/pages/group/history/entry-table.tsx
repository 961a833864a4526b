import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import Header from '@cloudscape-design/components/header'
import Multiselect from '@cloudscape-design/components/multiselect'
import Pagination from '@cloudscape-design/components/pagination'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import { memo, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import type { EventRecord } from '../../../../client/answers.ts'
import { useNarrow } from '../../../parts/narrow.ts'
import { EntryDetail } from './entry-detail.tsx'
import { ENTRY_KINDS, type EntryKind } from './entry-kinds.ts'
import { found, wordsOf } from './entry-text.ts'
import { EntryTime } from './entry-time.tsx'

interface EntryTableProps {
  /** Those of the time that is seen, newest first. */
  entries: readonly EventRecord[]
  /** All that are read. */
  all: readonly EventRecord[]
  selected: { entry: string; from: 'picture' | 'table' } | null
  onSelect: (entry: string | null) => void
  isUtc: boolean
}

const PAGE = 20
const OPTIONS = Object.entries(ENTRY_KINDS).map(([value, label]) => ({ value, label }))

/** The entries of the time that the picture shows; each can be opened. */
export const EntryTable = memo(function EntryTable({ entries, all, selected, onSelect, isUtc }: EntryTableProps) {
  const [text, setText] = useState('')
  const [kinds, setKinds] = useState<readonly EntryKind[]>([])
  const [isEverywhere, setEverywhere] = useState(false)
  const [page, setPage] = useState(1)
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set())
  const isNarrow = useNarrow()
  const box = useRef<HTMLDivElement>(null)

  const isFiltered = text.trim() !== '' || kinds.length > 0
  const source = isEverywhere && isFiltered ? all : entries
  const shownText = useDeferredValue(text)
  const rows = useMemo(() => found(source, shownText, kinds), [source, shownText, kinds])
  const pagesCount = Math.max(1, Math.ceil(rows.length / PAGE))
  const at = Math.min(page, pagesCount)
  const items = rows.slice((at - 1) * PAGE, at * PAGE)

  const show = (id: string) => {
    const place = rows.findIndex((entry) => entry.id === id)
    const unfiltered = place >= 0 ? place : entries.findIndex((entry) => entry.id === id)
    if (place < 0) clear()
    setPage(Math.floor(Math.max(0, unfiltered) / PAGE) + 1)
    setOpen(new Set([id]))
  }
  const clear = () => {
    setText('')
    setKinds([])
    setEverywhere(false)
  }
  // biome-ignore lint/correctness/useExhaustiveDependencies: only a new choice in the picture turns the page
  useEffect(() => {
    if (selected?.from === 'picture') show(selected.entry)
  }, [selected])
  // The row is drawn by then, for its page is.
  useEffect(() => {
    if (selected?.from !== 'picture' || !open.has(selected.entry)) return
    box.current?.querySelector('[data-history-selected]')?.closest('tr')?.scrollIntoView({ block: 'nearest' })
  }, [selected, open])

  const toggle = (id: string, isOpen: boolean) => {
    setOpen((before) => new Set(isOpen ? [...before, id] : [...before].filter((other) => other !== id)))
    if (isOpen) onSelect(id)
    else if (selected?.entry === id) onSelect(null)
  }
  const time = (entry: EventRecord) => (
    <span {...(entry.id === selected?.entry ? { 'data-history-selected': '' } : {})}>
      <EntryTime at={entry.at} isUtc={isUtc} />
    </span>
  )
  const rule = ({ detail }: EventRecord) => (detail.rule === undefined ? '–' : String(detail.rule))
  const words = (entry: EventRecord) => (
    <ExpandableSection
      variant="inline"
      headerText={<span className="history-words">{wordsOf(entry)}</span>}
      expanded={open.has(entry.id)}
      onChange={({ detail }) => toggle(entry.id, detail.expanded)}
    >
      {open.has(entry.id) && <EntryDetail entry={entry} isUtc={isUtc} />}
    </ExpandableSection>
  )
  const wide: TableProps.ColumnDefinition<EventRecord>[] = [
    { id: 'time', header: 'Time', cell: time, width: 190, verticalAlign: 'top' },
    { id: 'words', header: 'What happened', cell: words, isRowHeader: true, minWidth: 300, verticalAlign: 'top' },
    { id: 'rule', header: 'Rule', cell: rule, width: 80, verticalAlign: 'top' },
  ]
  const together = (entry: EventRecord) => (
    <>
      {time(entry)}
      {words(entry)}
    </>
  )
  const narrow: typeof wide = [{ id: 'words', header: 'What happened', cell: together, isRowHeader: true }]
  return (
    <div ref={box}>
      <Table
        items={items}
        trackBy="id"
        columnDefinitions={isNarrow ? narrow : wide}
        wrapLines
        variant="container"
        ariaLabels={{ tableLabel: 'Entries of the history' }}
        header={
          <Header
            variant="h2"
            counter={isFiltered ? `(${rows.length} of ${source.length})` : `(${entries.length})`}
            description="Of the time that the picture shows, newest first."
          >
            Entries
          </Header>
        }
        filter={
          <SpaceBetween size="xs" direction={isNarrow ? 'vertical' : 'horizontal'}>
            <TextFilter
              filteringText={text}
              filteringPlaceholder="Find words, rules, names"
              filteringAriaLabel="Find entries"
              countText={isFiltered ? matches(rows.length) : ''}
              onChange={({ detail }) => {
                setText(detail.filteringText)
                setPage(1)
              }}
            />
            <Multiselect
              selectedOptions={OPTIONS.filter(({ value }) => kinds.includes(value as EntryKind))}
              options={OPTIONS}
              placeholder="All kinds"
              ariaLabel="Kinds of entries"
              tokenLimit={2}
              onChange={({ detail }) => {
                setKinds(detail.selectedOptions.map(({ value }) => value as EntryKind))
                setPage(1)
              }}
            />
            {isFiltered && (
              <Button onClick={() => setEverywhere(!isEverywhere)}>
                {isEverywhere ? 'Only the time shown' : `Look in all ${all.length.toLocaleString()} that are read`}
              </Button>
            )}
          </SpaceBetween>
        }
        pagination={
          <Pagination
            currentPageIndex={at}
            pagesCount={pagesCount}
            onChange={({ detail }) => setPage(detail.currentPageIndex)}
          />
        }
        empty={
          <Box textAlign="center">
            {isFiltered ? 'No entry matches. ' : 'Nothing happened in the time that the picture shows.'}
            {isFiltered && <Button onClick={clear}>Show all</Button>}
          </Box>
        }
      />
    </div>
  )
})

const matches = (count: number): string => (count === 1 ? '1 match' : `${count} matches`)
