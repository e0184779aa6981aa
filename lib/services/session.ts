/** The SSH session in which this process runs: it must not be cut. */
import { readFileSync } from 'node:fs';
import { isIPv4, isIPv6 } from 'node:net';
import type { Family } from '../index';

export interface SshSession {
  readonly family: Family;
  readonly client: string;
  readonly clientPort: number;
  readonly server: string;
  readonly serverPort: number;
}

/** The caller's session: that of this process, or of the nearest that started it (sudo leaves the variable out). */
export function sessionOf(given?: string): SshSession | undefined {
  let text = given ?? process.env.SSH_CONNECTION;
  for (let pid = process.ppid; text === undefined && pid > 1; ) {
    try {
      text = /(?:^|\0)SSH_CONNECTION=([^\0]*)/.exec(readFileSync(`/proc/${pid}/environ`, 'latin1'))?.[1];
      pid = Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0);
    } catch {
      break;
    }
  }
  const [from = '', clientPort, to = '', serverPort] = (text ?? '').split(' ');
  const plain = (address: string) => address.replace(/%.*$/, '').replace(/^::ffff:(?=\d+\.)/i, '');
  const [client, server] = [plain(from), plain(to)];
  const family = isIPv4(client) && isIPv4(server) ? 'ipv4' : isIPv6(client) && isIPv6(server) ? 'ipv6' : undefined;
  if (!family || !Number(clientPort) || !Number(serverPort)) return undefined;
  return { family, client, clientPort: Number(clientPort), server, serverPort: Number(serverPort) };
}
