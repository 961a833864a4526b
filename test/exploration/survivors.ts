const RELEASED =
  'Row 320 orders the take-over behind a closed door only, and who finishes a move looks at the bound once more (rule 6).'
const STARTED =
  'That its services run is asked for besides; the agent’s own word comes first so that a recovery ends once.'

const UNSEEN =
  'Not of who may serve twice, but of what is held back. The model does not look at this row under that restraint.'
const WAIT = 'It only begins a wait; the row that would end it in a failover asks for it.'

/** Conditions whose removal breaks nothing, by row and condition, with the reason why they stand there all the same. */
export const SURVIVORS: Readonly<Record<string, string>> = {
  '100 x.acknowledged': 'Row 110 asks for it of both nodes before anybody serves.',
  '120 !braked': UNSEEN,
  '120 y.acknowledged': 'Who is able has acknowledged; it stands there to be read.',
  '220 automatic':
    'Nobody is failed over by it, and Initializing serves nobody. No part of the model has maintenance and reboots at once.',
  '280 serviceFailover': WAIT,
  '282 serviceFailover': WAIT,
  '330 x.released': RELEASED,
  '332 x.released': RELEASED,
  '334 x.released': RELEASED,
  '340 x.released': RELEASED,
  '350 x.released': RELEASED,
  '442 !braked': UNSEEN,
  '443 automatic': UNSEEN,
  '443 !braked': UNSEEN,
  '470 serviceFailover': WAIT,
  '472 serviceFailover': WAIT,
  '508 x.silent':
    'Liveness: a fallback to an Idle node would be called off at once. The model lets an administrator start its services by hand, and so finds a way.',
  '512 automatic': UNSEEN,
  '512 !braked': UNSEEN,
  '520 x.started':
    'Liveness: the users of x would be let go of while its services start. Since row 522 asks for it they come home no sooner.',
  '530 x.started': 'Users are home only after row 522 or a failed take-back, which come after the services.',
  '640 x.started': STARTED,
  '640 y.started': STARTED,
}
