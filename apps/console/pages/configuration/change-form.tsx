import Alert from '@cloudscape-design/components/alert'
import Box from '@cloudscape-design/components/box'
import Button from '@cloudscape-design/components/button'
import Container from '@cloudscape-design/components/container'
import Form from '@cloudscape-design/components/form'
import Header from '@cloudscape-design/components/header'
import SpaceBetween from '@cloudscape-design/components/space-between'
import { useEffect, useRef, useState } from 'react'
import { navigate } from 'wouter/use-browser-location'
import { Dialog } from '../../parts/dialog.tsx'
import { leave, useLeaving } from '../../parts/leaving.ts'
import { useNotices } from '../../parts/notices.tsx'
import { ProblemAlert } from '../../parts/problem.tsx'
import { Consequences, Differences } from './differences.tsx'
import { FieldOfForm } from './field-of-form.tsx'
import type { ChangeFormProps } from './form-props.ts'
import { MeanwhileChanged } from './meanwhile.tsx'
import { isGone, isStale, useReadAgain } from './reading.tsx'
import { useChange } from './use-change.ts'

/** A form that shows what it changes before it does, and overwrites nothing that it has not shown. */
export function ChangeForm(props: ChangeFormProps) {
  const { title, isNew = false, problem, send, consequences, done, end, besides } = props
  const change = useChange(props)
  const { fields, draft, changes, body, meanwhile, complaints } = change
  const leaving = useLeaving(changes.length > 0)
  const { tell } = useNotices()
  const readAgain = useReadAgain()
  const [isAsked, setAsked] = useState(false)
  const [wasStale, setStale] = useState(false)
  const frame = useRef<HTMLFormElement>(null)
  const [wrongs, setWrongs] = useState(0)
  useEffect(() => {
    if (wrongs > 0) frame.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus()
  }, [wrongs])

  useEffect(() => {
    if (wasStale) frame.current?.scrollIntoView()
  }, [wasStale])

  const review = () => {
    if (change.check()) setAsked(true)
    else setWrongs(wrongs + 1)
  }
  const confirm = async () => {
    try {
      await send(body, change.etag)
    } catch (error) {
      if (isStale(error)) {
        await readAgain()
        return setStale(true)
      }
      if (change.take(error)) return setWrongs(wrongs + 1)
      throw error
    }
    leaving.release()
    tell({ type: 'success', text: done(body) })
    void readAgain()
    navigate(end(body))
  }
  const isBehind = meanwhile.length > 0
  return (
    <>
      <form
        ref={frame}
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          if (!isBehind && changes.length > 0) review()
        }}
      >
        <Form
          errorText={isBehind && 'Somebody changed this meanwhile: see above what is different now.'}
          actions={
            <SpaceBetween direction="horizontal" size="xs">
              <Button formAction="none" variant="link" onClick={() => leave(() => navigate(end()))}>
                Cancel
              </Button>
              <Button
                variant="primary"
                disabled={isBehind || changes.length === 0}
                disabledReason={isBehind ? 'Build upon the new state first.' : 'Nothing is changed yet.'}
              >
                Review {isNew ? 'and add' : 'the change'}
              </Button>
            </SpaceBetween>
          }
        >
          <SpaceBetween size="l">
            {problem != null && (
              <ProblemAlert
                error={problem}
                header={isGone(problem) ? 'It was deleted meanwhile' : 'What stands now cannot be read'}
              />
            )}
            {isBehind && <MeanwhileChanged key={change.newestEtag} changed={meanwhile} onBuild={change.build} />}
            {wasStale && !isBehind && (
              <Alert
                type="info"
                header="The cluster was changed meanwhile"
                dismissible
                onDismiss={() => setStale(false)}
              >
                {changes.length === 0
                  ? 'What stands now is what you wanted: nothing is left to change.'
                  : 'What you typed is kept, and builds upon the new state now. Review it again, and send it.'}
              </Alert>
            )}
            {change.elsewhere.length > 0 && (
              <Alert type="error" header="The API does not take it">
                {change.elsewhere.join('; ')}
              </Alert>
            )}
            <Container header={<Header variant="h2">{title}</Header>}>
              <SpaceBetween size="l">
                {fields.map((field) => (
                  <FieldOfForm
                    key={field.path}
                    field={field}
                    typed={draft[field.path] ?? ''}
                    complaint={complaints[field.path]}
                    onType={(typed) => change.set({ [field.path]: typed })}
                    onLeave={() => change.touch(field.path)}
                  />
                ))}
                {besides?.(draft, change.set)}
              </SpaceBetween>
            </Container>
          </SpaceBetween>
        </Form>
      </form>
      {isAsked && (
        <Dialog
          title={title}
          action={isNew ? 'Add' : 'Change'}
          size="large"
          onConfirm={confirm}
          onEnd={() => setAsked(false)}
        >
          <Differences changes={change.shown} isNew={isNew} />
          <Consequences told={consequences(change.openedBody, body)} />
        </Dialog>
      )}
      {leaving.isAsked && (
        <Dialog title="Leave without saving?" action="Leave" onConfirm={async () => leaving.go()} onEnd={leaving.stay}>
          <Box>
            {changes.length === 1 ? 'One field is' : `${changes.length} fields are`} changed and not saved:{' '}
            {changes.map(({ field }) => field.label).join(', ')}.
          </Box>
        </Dialog>
      )}
    </>
  )
}
