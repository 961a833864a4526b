import Pagination from '@cloudscape-design/components/pagination'
import Table, { type TableProps } from '@cloudscape-design/components/table'
import { useState } from 'react'

type PagedTableProps<Item> = Omit<TableProps<Item>, 'items' | 'pagination' | 'firstIndex' | 'totalItemsCount'> & {
  items: readonly Item[]
  pageSize?: number
}

/** A table of many rows that are all at hand: only the page that is shown is drawn. */
export function PagedTable<Item>({ items, pageSize = 50, ...others }: PagedTableProps<Item>) {
  const [wanted, setPage] = useState(1)
  const pagesCount = Math.max(1, Math.ceil(items.length / pageSize))
  const page = Math.min(wanted, pagesCount)
  const firstIndex = (page - 1) * pageSize + 1
  return (
    <Table<Item>
      {...others}
      items={items.slice(firstIndex - 1, firstIndex - 1 + pageSize)}
      firstIndex={firstIndex}
      totalItemsCount={items.length}
      pagination={
        pagesCount > 1 && (
          <Pagination
            currentPageIndex={page}
            pagesCount={pagesCount}
            onChange={({ detail }) => setPage(detail.currentPageIndex)}
          />
        )
      }
    />
  )
}
