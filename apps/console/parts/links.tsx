import Link, { type LinkProps } from '@cloudscape-design/components/link'
import type { ReactNode } from 'react'
import { navigate } from 'wouter/use-browser-location'
import { leave } from './leaving.ts'

/** For `onFollow` of Cloudscape's components: our own pages are shown without loading anything. */
export function follow(event: {
  preventDefault: () => void
  detail: { href?: string | undefined; external?: boolean | undefined }
}): void {
  const { href, external } = event.detail
  if (!href?.startsWith('/') || external) return
  event.preventDefault()
  leave(() => navigate(href))
}

export const PageLink = ({
  to,
  children,
  ...others
}: { to: string; children: ReactNode } & Omit<LinkProps, 'href' | 'onFollow'>) => (
  <Link href={to} onFollow={follow} {...others}>
    {children}
  </Link>
)

const at = encodeURIComponent

/** The addresses of the pages. */
export const pages = {
  overview: '/',
  group: (cluster: string, group: string) => `/groups/${at(cluster)}/${at(group)}`,
  configuration: '/configuration',
  cluster: (cluster: string) => `/configuration/${at(cluster)}`,
  users: '/users',
  usersOf: (cluster: string) => `/users/${at(cluster)}`,
  user: (cluster: string, user: string) => `/users/${at(cluster)}/${at(user)}`,
}
