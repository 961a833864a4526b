import { CONDITIONS } from '../../domain/condition.ts'
import { conditions } from '../../infra/constructs/metrics.ts'

describe('what is measured', () => {
  it('is watched by the names under which it is written: infra imports nothing of the domain', () => {
    expect([...conditions].sort()).toEqual([...CONDITIONS].sort())
  })
})
