import SpaceBetween from '@cloudscape-design/components/space-between'
import type { EventRecord } from '../../../../client/answers.ts'
import { Part } from './entry-detail.tsx'
import { factTexts, ruleText } from './rule-text.ts'

/** The rule by which something was decided, and the facts of that moment. Loaded when an entry is opened: the policy is long. */
export default function EntryRule({ detail }: { detail: EventRecord['detail'] }) {
  const rule = ruleText(detail)
  const facts = factTexts(detail)
  return (
    <SpaceBetween size="s">
      {rule ? (
        <Part name={`Rule ${rule.number}`}>
          It fits where {rule.fits}
          {rule.conditions.length > 0 ? ', and where' : '.'}
          <Lines lines={rule.conditions} />
          Then
          <Lines lines={rule.outcome} />
        </Part>
      ) : (
        <Part name={`Rule ${detail.rule}`}>The policy of this version has no such rule any more.</Part>
      )}
      {facts.length > 0 && (
        <Part name="The facts at that moment">
          <div className="history-facts">
            <Lines lines={facts} />
          </div>
        </Part>
      )}
    </SpaceBetween>
  )
}

const Lines = ({ lines }: { lines: string[] }) => (
  <ul className="history-list">
    {lines.map((line) => (
      <li key={line}>{line}</li>
    ))}
  </ul>
)
