import Alert from '@cloudscape-design/components/alert'
import Button from '@cloudscape-design/components/button'
import { Component, type ReactNode } from 'react'
import { problemText } from './problem.tsx'

interface MishapProps {
  /** Another place gets another chance. */
  place: string
  children: ReactNode
}
interface MishapState {
  place: string
  error: unknown
}

/** A fault of the page itself is said where the page would be; everything around it goes on. */
export class Mishap extends Component<MishapProps, MishapState> {
  override state: MishapState = { place: this.props.place, error: null }

  static getDerivedStateFromProps({ place }: MishapProps, state: MishapState): MishapState | null {
    return place === state.place ? null : { place, error: null }
  }

  static getDerivedStateFromError(error: unknown): Partial<MishapState> {
    return { error }
  }

  override render() {
    const { error } = this.state
    if (error === null) return this.props.children
    return (
      <Alert
        type="error"
        header="This page cannot be shown"
        action={<Button onClick={() => location.reload()}>Load it anew</Button>}
      >
        {problemText(error)}. The command line and the API are not concerned.
      </Alert>
    )
  }
}
