import { createHash } from 'node:crypto'

/** What stands in the place of the console while there is none. */
export interface StandIn {
  html: string
  contentSecurityPolicy: string
}

const STYLE =
  ':root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}body{max-width:45rem;margin:15vh auto;padding:0 1rem}' +
  'pre{white-space:pre-wrap;overflow-wrap:anywhere}'
/** A reload keeps the token that stands in the address. */
const RELOAD = 'setTimeout(()=>location.reload(),1000)'

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
const POLICY =
  `default-src 'none'; style-src ${hashOf(STYLE)}; script-src ${hashOf(RELOAD)}; ` +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

const escaped = (text: string): string => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`)

const pageOf = (body: string): StandIn => ({
  html: `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Understudy</title>
<style>${STYLE}</style>
${body}
</html>
`,
  contentSecurityPolicy: POLICY,
})

/** Looks again by itself. */
export const BEING_BUILT = pageOf(
  `<main aria-live="polite"><h1>The console is being built…</h1>
<p>This page becomes the console as soon as it is done. The stage and its command line work already.</p></main>
<script>${RELOAD}</script>`,
)

export const notBuilt = (reason: string): StandIn =>
  pageOf(
    `<main><h1>The console could not be built</h1>
<pre>${escaped(reason)}</pre>
<p>Try <code>npm ci</code> and <code>node apps/console/build.ts</code>, which prints the whole reason; then start the stage
again. Everything but the console works.</p></main>`,
  )
