import { useCollection } from '@cloudscape-design/collection-hooks'
import Box from '@cloudscape-design/components/box'
import Header from '@cloudscape-design/components/header'
import Pagination from '@cloudscape-design/components/pagination'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import TextFilter from '@cloudscape-design/components/text-filter'
import type { ReactNode } from 'react'

const PAGE_SIZE = 25

interface ListingProps<Row> {
  title: string
  /** `node`, `nodes`. */
  noun: readonly [one: string, many: string]
  rows: readonly Row[]
  isLoading: boolean
  nameOf: (row: Row) => string
  /** What a filter looks at. */
  textOf: (row: Row) => string
  columns: TableProps.ColumnDefinition<Row>[]
  actions: ReactNode
  none: ReactNode
}

/** A table with a filter, page by page. */
export function Listing<Row>(props: ListingProps<Row>) {
  const { title, noun, rows, isLoading, nameOf, textOf, columns, actions, none } = props
  const [one, many] = noun
  const { items, filteredItemsCount, collectionProps, filterProps, paginationProps } = useCollection(rows, {
    filtering: {
      filteringFunction: (row, text) => textOf(row).toLowerCase().includes(text.trim().toLowerCase()),
      empty: <Box textAlign="center">{none}</Box>,
      noMatch: <Box textAlign="center">No {one} matches.</Box>,
    },
    sorting: {},
    pagination: { pageSize: PAGE_SIZE },
  })
  const isFiltered = filterProps.filteringText !== ''
  return (
    <Table
      {...collectionProps}
      items={items}
      trackBy={nameOf}
      loading={isLoading}
      loadingText={`Reading the ${many}`}
      columnDefinitions={columns}
      wrapLines
      stickyColumns={{ first: 1 }}
      ariaLabels={{ tableLabel: title }}
      header={
        <Header
          variant="h2"
          counter={isFiltered ? `(${filteredItemsCount} of ${rows.length})` : `(${rows.length})`}
          actions={actions}
        >
          {title}
        </Header>
      }
      filter={
        <TextFilter
          {...filterProps}
          filteringPlaceholder={`Find ${many}`}
          filteringAriaLabel={`Find ${many}`}
          countText={`${filteredItemsCount ?? 0} ${filteredItemsCount === 1 ? 'matches' : 'match'}`}
        />
      }
      pagination={<Pagination {...paginationProps} />}
    />
  )
}
