import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { extname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

/** A file of the built console as it is served. */
export interface ConsoleFile {
  contentType: string
  /** Weak: it is the same for every encoding. */
  etag: string
  /** Its name changes with its content, so that nobody need ask for it again. */
  isImmutable: boolean
  body: Buffer
  encoded(encoding: Encoding): Promise<Buffer>
}

export type Encoding = 'br' | 'gzip'

const CONTENT_TYPES: Record<string, string> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json',
  '.webp': 'image/webp',
  '.woff2': 'font/woff2',
}

/** These are compressed as they are. */
const PACKED = ['.png', '.webp', '.woff2']

/** Nearly as small as it gets, in a tenth of the time. */
const BROTLI_QUALITY = 9

const compress: Record<Encoding, (body: Buffer) => Promise<Buffer>> = {
  br: (body) => promisify(brotliCompress)(body, { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } }),
  gzip: (body) => promisify(gzip)(body),
}

/** All files below a folder, by the path that a browser asks for: what is not among them cannot be had. */
export async function readConsoleFiles(folder: string): Promise<Map<string, ConsoleFile>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  return new Map(
    await Promise.all(
      files.map(async (file): Promise<[string, ConsoleFile]> => {
        const path = `/${relative(folder, file).split(sep).join('/')}`
        return [path, fileOf(path, await readFile(file))]
      }),
    ),
  )
}

function fileOf(path: string, body: Buffer): ConsoleFile {
  const extension = extname(path).toLowerCase()
  const made = new Map<Encoding, Promise<Buffer>>()
  return {
    contentType: CONTENT_TYPES[extension] ?? 'application/octet-stream',
    etag: `W/"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`,
    isImmutable: path.startsWith('/assets/'),
    body,
    async encoded(encoding) {
      if (PACKED.includes(extension)) return body
      const making = made.get(encoding) ?? compress[encoding](body)
      made.set(encoding, making)
      return making
    },
  }
}

/** The best of what a browser says it reads; null: the file as it is. */
export function encodingFor(accepted = ''): Encoding | null {
  const names = accepted
    .toLowerCase()
    .split(',')
    .map((each) => each.trim())
    .filter((each) => !/;\s*q=0(\.0*)?$/.test(each))
    .map((each) => each.split(';')[0]?.trim())
  return (['br', 'gzip'] as const).find((encoding) => names.includes(encoding)) ?? null
}
