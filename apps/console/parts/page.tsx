import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group'
import ContentLayout from '@cloudscape-design/components/content-layout'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { type ReactNode, useEffect } from 'react'
import { follow } from './links.tsx'

interface PageProps {
  title: string
  description?: ReactNode
  /** Beside the title: a state, a badge. */
  info?: ReactNode
  actions?: ReactNode
  /** Where the page stands, from the overview on; without itself. */
  above?: { text: string; href: string }[]
  children: ReactNode
}

/** One page of the console: its title, what can be done, its content. */
export function Page({ title, description, info, actions, above = [], children }: PageProps) {
  useEffect(() => {
    document.title = `${title} – Understudy`
  }, [title])
  return (
    <ContentLayout
      breadcrumbs={
        above.length > 0 && (
          <BreadcrumbGroup
            items={[...above, { text: title, href: location.pathname }]}
            onFollow={follow}
            ariaLabel="Breadcrumbs"
          />
        )
      }
      header={
        <Header variant="h1" description={description} info={info} actions={actions}>
          {title}
        </Header>
      }
    >
      <SpaceBetween size="l">{children}</SpaceBetween>
    </ContentLayout>
  )
}
