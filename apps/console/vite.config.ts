import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Plugin } from 'vite'

/** Where the built console stands, and whoever serves it takes it from. */
export const OUTPUT = fileURLToPath(new URL('dist/', import.meta.url))

/** Cloudscape's stylesheet carries eight fonts in data: URLs, which every first load would pay for; ours is a file. */
const withoutEmbeddedFonts: Plugin = {
  name: 'without-embedded-fonts',
  enforce: 'pre',
  transform: {
    filter: { id: /@cloudscape-design\/global-styles\/index\.css$/ },
    handler: (code) => code.replace(/@font-face\s*\{[^}]*\}/g, ''),
  },
}

const THEME = '../../node_modules/@cloudscape-design/components/internal/base-theme/styles.scoped.css'
/** `--color-text-body-default-b2us04`: a token's name, and a hash of the release. */
const TOKEN = /--([a-z0-9-]+)-([a-z0-9]{6})(?=[:,])/g

/**
 * Cloudscape's tokens are properties whose names end with a hash, and the package of tokens may know another hash than
 * that of the components: a picture would have its light colours in the dark. The components' theme is what holds.
 */
const tokensOfTheTheme: Plugin = {
  name: 'tokens-of-the-theme',
  transform: {
    filter: { id: /@cloudscape-design\/design-tokens\/index\.js$/ },
    handler(code) {
      const theme = readFileSync(new URL(THEME, import.meta.url), 'utf8')
      const hashes = new Map([...theme.matchAll(TOKEN)].map(([, name, hash]) => [name, hash]))
      return code.replace(TOKEN, (token, name) => (hashes.has(name) ? `--${name}-${hashes.get(name)}` : token))
    },
  },
}

export default defineConfig({
  plugins: [withoutEmbeddedFonts, tokensOfTheTheme],
  root: fileURLToPath(new URL('.', import.meta.url)),
  logLevel: 'error',
  build: {
    outDir: OUTPUT,
    emptyOutDir: true,
    target: 'es2023',
    // The content security policy forbids data: URLs but for images.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 2000,
  },
})
