import { spawnSync } from 'node:child_process'
import path from 'node:path'
import { eventually, type Stand } from './stand.ts'

/** Node has no unix datagram sockets, so Perl holds it; one line a message, its own line ends shown as spaces. */
const LISTENER = `
  use IO::Socket::UNIX; use Socket; $| = 1;
  my $socket = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Local => $ARGV[0]) or die "no socket: $!";
  print "listening\\n";
  while (defined $socket->recv(my $message, 4096)) { $message =~ s/\\s+$//; $message =~ s/\\n/ /g; print "$message\\n" }
`

/** Whether what the agent speaks to systemd with, and what the tests listen with, are here. */
export const hasNotify =
  spawnSync('systemd-notify', ['--version']).status === 0 &&
  spawnSync('perl', ['-MIO::Socket::UNIX', '-e1']).status === 0

/** A socket such as systemd's, and what was said to it. */
export async function listenForNotices(stand: Stand): Promise<{ socket: string; notices: () => string[] }> {
  const socket = path.join(stand.folder, 'notify')
  const listener = stand.spawn('perl', '-e', LISTENER, socket)
  await eventually('it listens', () => listener.said().startsWith('listening\n'))
  // systemd-notify waits with a BARRIER until it was read; that says nothing.
  const notices = () => listener.said().trim().split('\n').slice(1)
  return { socket, notices: () => notices().filter((notice) => !notice.startsWith('BARRIER')) }
}
