import {
  colorBackgroundContainerContent,
  colorBorderDividerDefault,
  colorTextBodyDefault,
} from '@cloudscape-design/design-tokens'
import type { Telling } from './telling.ts'

const WIDTH = 340

/** What one points at, beside it. Whoever hears rather than sees is told it elsewhere. */
export const TellingBox = ({ telling, x, y, room }: { telling: Telling; x: number; y: number; room: number }) => {
  const width = Math.min(WIDTH, room)
  return (
    <div
      aria-hidden
      className="history-telling"
      style={{
        top: y + 4,
        left: Math.max(0, Math.min(x - width / 2, room - width)),
        width,
        background: colorBackgroundContainerContent,
        borderColor: colorBorderDividerDefault,
        color: colorTextBodyDefault,
      }}
    >
      <strong>{telling.title}</strong>
      {telling.lines.map((line, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: lines of a text
        <div key={index}>{line}</div>
      ))}
    </div>
  )
}
