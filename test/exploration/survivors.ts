/** Why a condition stands in the table although nothing breaks without it, and the rows and conditions that it is so for. */
const REASONS: readonly (readonly [why: string, conditions: readonly string[]])[] = [
  [
    'Initializing serves nobody, and row 110 asks both nodes for it before anybody serves.',
    ['100 x.acknowledged', '100 x.present'],
  ],
  [
    'Who is heard for so long has acknowledged, unless its gate does not close; and who has not is granted nothing (rule 11).',
    ['112 y.acknowledged'],
  ],
  ['Row 112 comes first where x has not acknowledged.', ['120 x.acknowledged']],
  ['Who is able has acknowledged; it stands there to be read.', ['120 y.acknowledged']],
  [
    'It only begins a wait; the row that would end it in a failover asks for it.',
    ['280 serviceFailover', '282 serviceFailover', '470 serviceFailover', '472 serviceFailover'],
  ],
  [
    'What has lasted is decided by an earlier row, or nobody can take over yet: the wait would be over at once, and move nobody.',
    [
      '280 !x.serviceDownLong',
      '282 !x.databaseDownLong',
      '470 !x.serviceDownLong',
      '472 !x.databaseDownLong',
      '474 !x.healthyLong',
    ],
  ],
  [
    'A request is taken by an earlier row; where none takes it, the wait has begun with the heartbeat that told of the service.',
    ['470 !y.askedFallback', '472 !y.askedFallback'],
  ],
  [
    'Who judges the other one silent is present itself (rule 9).',
    ['310 x.present', '442 y.present', '443 y.present', '712 x.present'],
  ],
  [
    'Row 320 orders the take-over behind a closed door only, and who finishes a move looks at the bound once more (rule 6).',
    ['330 x.released', '332 x.released', '334 x.released', '340 x.released', '350 x.released'],
  ],
  [
    'Where y is present row 110 follows in the same decision: the pair is Normal as before, and a wait begins anew.',
    ['220 y.gone'],
  ],
  [
    'It keeps the history from telling of a restart that changes nothing.',
    [
      '360 !y.reasonInitialization',
      '420 !x.reasonInitialization',
      '422 !y.reasonInitialization',
      '550 !x.reasonInitialization',
    ],
  ],
  [
    'Row 440 follows in the same decision where y is not able: only a cut-off more would be told. No part has fences and cut-offs.',
    ['433 y.able'],
  ],
  ['Rows 450 to 454 come first: a node that is not healthy has left Failed Over.', ['460 x.healthy']],
  [
    'In failed mode y has no users of x to let go of; one that is silent is failed over when x is home (row 230).',
    ['650 y.present'],
  ],
  ['These states stand only while a transition runs.', ['350 running']],
  [
    'An Idle node starts its services only in an auto-recovery; a fallback begins with other states.',
    ['404 autoRecovery'],
  ],
  ['Rows 480 and 482 come first for a node that has booted.', ['484 !x.rebooted']],
  [
    'Only the reason that is told would differ, and the field’s table has both.',
    ['492 y.reasonDatabaseFailure', '494 y.reasonDatabaseFailure'],
  ],
  ['The users of a node whose services are stopped are away until these run.', ['508 !x.ownsItsSet']],
  ['Rows 508 and 510 come first where the users of x are not at home.', ['512 x.ownsItsSet']],
  ['In a fallback no set moves but that of x.', ['522 x.setMoving']],
  ['Row 530 orders it only when the users of x are at home.', ['540 x.ownsItsSet']],
  ['Only a recovery orders it in failed mode.', ['630 recovering', '640 recovering']],
  [
    'The heartbeat that tells of the restart tells that the door is closed, too: row 600 has brought the set home.',
    ['640 x.ownsItsSet', '640 y.ownsItsSet'],
  ],
]

/** By row and condition: why it stands there. */
export const SURVIVORS: ReadonlyMap<string, string> = new Map(
  REASONS.flatMap(([why, conditions]) => conditions.map((condition) => [condition, why] as const)),
)
