import Box from '@cloudscape-design/components/box'
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard'
import ExpandableSection from '@cloudscape-design/components/expandable-section'
import SpaceBetween from '@cloudscape-design/components/space-between'
import Spinner from '@cloudscape-design/components/spinner'
import { lazy, type ReactNode, Suspense } from 'react'
import type { Difference } from '../../../../../domain/configuration-change.ts'
import type { StepTime } from '../../../../../domain/steps.ts'
import type { EventRecord, TransitionKind } from '../../../../client/answers.ts'
import { measured } from '../../../../client/words/time.ts'
import { whyWords } from '../../../../client/words/why.ts'
import { callerName, stepWords } from '../../../../client/words/words.ts'
import { askedBy } from './entry-text.ts'
import { EntryTime } from './entry-time.tsx'

const EntryRule = lazy(() => import('./entry-rule.tsx'))

/** All that an entry tells: why, by which rule and facts, who asked, how long it took, what changed. */
export function EntryDetail({ entry, isUtc }: { entry: EventRecord; isUtc: boolean }) {
  const { detail } = entry
  const steps = (detail.stepTimes ?? []) as StepTime[]
  const differences = (detail.differences ?? []) as Difference[]
  const by = askedBy(entry)
  const json = JSON.stringify(entry, null, 2)
  return (
    <Box padding={{ vertical: 'xs' }}>
      <SpaceBetween size="s">
        {typeof detail.why === 'string' && <Part name="Why">{whyWords(detail)}</Part>}
        {by !== null && (
          <Part name="Asked for by">
            {callerName(by)}
            {callerName(by) !== by && <Box color="text-body-secondary">{by}</Box>}
          </Part>
        )}
        {steps.length > 0 && (
          <Part name="How long the steps took">
            <ul className="history-list">
              {steps.map(({ step, startedAt, durationMs }) => (
                <li key={`${step} ${startedAt}`}>
                  {stepWords(step, detail.transition as { kind: TransitionKind; from: string; to: string })}:{' '}
                  <strong>{measured(durationMs)}</strong>, from <EntryTime at={startedAt} isUtc={isUtc} />
                </li>
              ))}
            </ul>
          </Part>
        )}
        {differences.length > 0 && (
          <Part name="What was changed">
            <ul className="history-list">
              {differences.map(({ path, from, to }) => (
                <li key={path}>
                  <code>{path}</code>: {from ?? 'none'} → <strong>{to ?? 'none'}</strong>
                </li>
              ))}
            </ul>
          </Part>
        )}
        {typeof detail.rule === 'number' && (
          <Suspense fallback={<Spinner />}>
            <EntryRule detail={detail} />
          </Suspense>
        )}
        <ExpandableSection variant="footer" headerText="As JSON">
          <SpaceBetween size="xs">
            <CopyToClipboard
              copyButtonText="Copy"
              textToCopy={json}
              copySuccessText="Copied"
              copyErrorText="It could not be copied"
            />
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: it is scrolled by the keyboard */}
            <section className="history-raw" tabIndex={0} aria-label="The entry as JSON">
              <code>{json}</code>
            </section>
          </SpaceBetween>
        </ExpandableSection>
      </SpaceBetween>
    </Box>
  )
}

export const Part = ({ name, children }: { name: string; children: ReactNode }) => (
  <div>
    <Box variant="awsui-key-label">{name}</Box>
    {children}
  </div>
)
