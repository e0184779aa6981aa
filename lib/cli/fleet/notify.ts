/** What systemd is told (sd_notify), where it has asked to be. */
import { execFile } from 'node:child_process';
import { System } from '../../persist/system';

/**
 * Node can't write to such a socket by itself. systemd-notify waits until it is heard: of a process that has gone
 * systemd doesn't know any more whose it was, and would wait for what was said for ever.
 */
export function notify(...words: readonly string[]): void {
  const { NOTIFY_SOCKET } = process.env;
  const program = NOTIFY_SOCKET === undefined ? undefined : new System().find('systemd-notify');
  if (program === undefined) return;
  const options = { env: { NOTIFY_SOCKET, PATH: '/usr/bin:/bin' }, timeout: 5_000 };
  execFile(program, words, options, () => {});
}

/** Says that all is well, as often as systemd wants to hear it; gives what ends that. */
export function watchdog(): () => void {
  const microseconds = Number(process.env.WATCHDOG_USEC);
  if (!(microseconds > 0)) return () => {};
  // Where old ones don't wait, that it is ready may be lost: it is said again.
  const timer = setInterval(() => notify('--ready', 'WATCHDOG=1'), microseconds / 3_000);
  return () => clearInterval(timer);
}
