import { Page } from '../../parts/page.tsx'

export default function UsersPage(_: Record<string, string | undefined>) {
  return <Page title="Users">…</Page>
}
