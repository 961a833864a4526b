import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** As `systemctl show` prints it for a running unit, with the properties that the agent asks for. */
const SHOWN = `Restart=on-failure
MainPID=MAIN_PID
Result=RESULT
ActiveEnterTimestampMonotonic=ACTIVE_ENTER
InactiveEnterTimestampMonotonic=INACTIVE_ENTER
InvocationID=INVOCATION
Id=UNIT
LoadState=loaded
ActiveState=ACTIVE
SubState=SUB
UnitFileState=ENABLED
`

/**
 * A shell script that keeps each unit's state in files, answers as systemctl does, and writes down what it was asked.
 * When it hangs, it does so no longer than the test's folder is there: nobody ends it whose agent was killed.
 */
const script = (folder: string) => `#!/bin/sh
cd '${folder}'
verb=$1
for unit; do :; done
case $verb in show) ;; *) echo "$@" >> calls ;; esac
[ -e hangs ] && { trap '' TERM; while [ -e hangs ]; do sleep 0.1; done; exit 1; }
[ -e down ] && { echo 'Failed to connect to bus: Connection refused' >&2; exit 1; }
now() { awk '{ printf "%.0f", $1 * 1000000 }' /proc/uptime; }
run() { echo active > "$unit.active"; now > "$unit.since"; date +%N > "$unit.run"; rm -f "$unit.result"; }
case $verb in
  list-jobs) cat jobs 2>/dev/null; exit 0 ;;
  start)
    [ -e "$unit.breaks" ] && { echo failed > "$unit.active"; echo exit-code > "$unit.result"; now > "$unit.ended"; exit 0; }
    [ "$(cat "$unit.active")" = active ] || run ;;
  stop) [ -e "$unit.stubborn" ] || { echo inactive > "$unit.active"; now > "$unit.ended"; } ;;
  kill) echo failed > "$unit.active"; echo signal > "$unit.result"; now > "$unit.ended" ;;
  enable) echo enabled > "$unit.enabled"; echo "Created symlink for $unit." >&2 ;;
  disable) echo disabled > "$unit.enabled"; echo "Removed symlink for $unit." >&2 ;;
  reset-failed) echo inactive > "$unit.active" ;;
  show)
    [ "$2" = --property=Version ] && { echo 'Version=252.38-1~deb12u1'; exit 0; }
    [ -e "$unit.active" ] || { echo "Id=$unit"; echo LoadState=not-found; echo ActiveState=inactive; echo SubState=dead; exit 0; }
    active=$(cat "$unit.active")
    sub=dead; pid=0
    [ "$active" = active ] && { sub=running; pid=$$; }
    [ "$active" = failed ] && sub=failed
    [ -e "$unit.sub" ] && sub=$(cat "$unit.sub")
    sed -e "s/UNIT/$unit/" -e "s/INACTIVE_ENTER/$(cat "$unit.ended" 2>/dev/null || echo 0)/" \\
      -e "s/ACTIVE_ENTER/$(cat "$unit.since" 2>/dev/null || echo 0)/" -e "s/=ACTIVE$/=$active/" -e "s/SUB/$sub/" \\
      -e "s/MAIN_PID/$pid/" -e "s/RESULT/$(cat "$unit.result" 2>/dev/null || echo success)/" \\
      -e "s/INVOCATION$/$(cat "$unit.run" 2>/dev/null)/" -e "s/ENABLED/$(cat "$unit.enabled")/" shown ;;
esac
`

/** A systemctl of the test's own, to be put first on the PATH; its units are files. */
export class FakeSystemctl {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = path.join(folder, 'systemctl')
    mkdirSync(this.#folder)
    this.#write('shown', SHOWN)
    this.#write('systemctl', script(this.#folder))
    chmodSync(path.join(this.#folder, 'systemctl'), 0o755)
  }

  get PATH(): string {
    return `${this.#folder}:/usr/bin:/bin`
  }

  unit(name: string, state: { active?: string; enabled?: string } = {}): void {
    this.#write(`${name}.active`, state.active ?? 'inactive')
    this.#write(`${name}.enabled`, state.enabled ?? 'enabled')
  }

  /** `breaks` when it is started, is `stubborn` when it is stopped; systemctl itself `hangs`, or systemd is `down`. */
  is(what: string): void {
    this.#write(what, '')
  }

  set(file: string, text: string): void {
    this.#write(file, text)
  }

  read(file: string): string {
    const place = path.join(this.#folder, file)
    return existsSync(place) ? readFileSync(place, 'utf8').trim() : ''
  }

  /** What it was told to do, without what it was only asked. */
  calls(): string[] {
    return this.read('calls').split('\n').filter(Boolean)
  }

  /** At once: a look that comes in the middle must not read an empty file. */
  #write(file: string, text: string): void {
    const place = path.join(this.#folder, file)
    writeFileSync(`${place}.new`, text)
    renameSync(`${place}.new`, place)
  }
}
