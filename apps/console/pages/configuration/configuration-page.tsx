import { Page } from '../../parts/page.tsx'

export default function ConfigurationPage(_: Record<string, string | undefined>) {
  return <Page title="Configuration">…</Page>
}
