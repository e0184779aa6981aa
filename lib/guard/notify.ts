/** Tells systemd how a service of Type=notify is (sd_notify), where it is one. */
import { execFile } from 'node:child_process';
import type { System } from '../persist/system';

export async function notify(system: System, ...words: readonly string[]): Promise<void> {
  if (process.env.NOTIFY_SOCKET === undefined) return;
  const program = system.find('systemd-notify');
  if (program === undefined) return;
  await new Promise<void>((resolve) => {
    // It needs the socket's name, which System.run() would not hand on.
    const env = { NOTIFY_SOCKET: process.env.NOTIFY_SOCKET, PATH: '/usr/bin:/bin' };
    execFile(program, [`--pid=${process.pid}`, ...words], { env, timeout: 5000 }, () => resolve());
  });
}
