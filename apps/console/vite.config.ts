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

/** A landmark has no orientation, and who listens to the page is told nonsense (axe-core: aria-allowed-attr). */
const landmarkWithoutOrientation: Plugin = {
  name: 'landmark-without-orientation',
  transform: {
    filter: { id: /@cloudscape-design\/components\/app-layout\/visual-refresh\/mobile-toolbar\.js$/ },
    handler: (code) => code.replace(/("nav", \{[^}]*?)"aria-orientation": "horizontal", /, '$1'),
  },
}

export default defineConfig({
  plugins: [withoutEmbeddedFonts, landmarkWithoutOrientation],
  // A token names a custom property with a hash, which is that of the release: only the components' own tokens are theirs
  // for certain. With others every colour is the fallback, which is that of the light mode.
  resolve: {
    alias: {
      '@cloudscape-design/design-tokens': fileURLToPath(
        new URL(
          '../../node_modules/@cloudscape-design/components/internal/generated/styles/tokens.js',
          import.meta.url,
        ),
      ),
    },
  },
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
