/** What systemd is told (sd_notify), where it has asked to be. */
import { execFile } from 'node:child_process';

/** Node can't write to such a socket by itself. Whether it is heard is no business of the agent's. */
export function notify(...words: readonly string[]): void {
  const { NOTIFY_SOCKET, PATH } = process.env;
  if (NOTIFY_SOCKET === undefined) return;
  const options = { env: { NOTIFY_SOCKET, PATH: PATH ?? '/usr/bin:/bin' }, timeout: 5_000 };
  execFile('systemd-notify', ['--no-block', ...words], options, () => {});
}

/** Says that all is well, as often as systemd wants to hear it; gives what ends that. */
export function watchdog(): () => void {
  const microseconds = Number(process.env.WATCHDOG_USEC);
  if (!(microseconds > 0)) return () => {};
  const timer = setInterval(() => notify('WATCHDOG=1'), microseconds / 3_000);
  return () => clearInterval(timer);
}
