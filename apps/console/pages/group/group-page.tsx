import { Page } from '../../parts/page.tsx'

export default function GroupPage(_: Record<string, string | undefined>) {
  return <Page title="Group">…</Page>
}
