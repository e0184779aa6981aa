/**
 * What fail2ban does, in a few lines: whoever fails to log in too often is banned. The log is one of a real sshd, with
 * clients that guess, and with one whose user name is to incriminate somebody else. (`iptc guard` is the whole of it:
 * rotation, journald, other services, thresholds by a file.)
 *
 *     npm run demo -- sshd-guard
 */
import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Firewall } from 'libiptc';
import { Bans } from 'libiptc/bans';

const LOG = new URL('../logs/sshd.log', import.meta.url);
const MAX_RETRY = 3;
const FIND_TIME = 600_000;

/** The address is the last word but two, whatever a client calls itself. */
const FAILURE =
  /^(\w+ +\d+ [\d:]+) \S+ sshd\[\d+\]: (?:Failed password for (?!invalid user )|Invalid user ).* from ([\da-f.:]+) port \d+(?: ssh2)?$/i;

const { ipv4, ipv6 } = await Firewall.openBoth();
const bans = await Bans.open({ ipv4, ipv6 }, { for: '1h', recidive: { factor: 2, most: '1w' } });
const failures = new Map<string, number[]>();

for await (const line of createInterface({ input: createReadStream(LOG) })) {
  const [, time, address] = FAILURE.exec(line.slice(0, 2000)) ?? [];
  if (time === undefined || address === undefined) continue;
  const at = Date.parse(`${time} 2026`);
  const times = [...(failures.get(address) ?? []).filter((each) => each > at - FIND_TIME), at];
  failures.set(address, times);
  if (times.length === MAX_RETRY) await bans.ban(address, { reason: `sshd: ${MAX_RETRY} failures` });
}

for await (const { address, reason } of bans) console.log(`${address}: ${reason}`);
assert.equal((await bans.isBanned('192.0.2.7')).banned, true);
// It has failed once, and then logged in; and the one that was only named has nothing to do with it.
assert.equal((await bans.isBanned('198.51.100.23')).banned, false);
assert.equal((await bans.isBanned('203.0.113.99')).banned, false);
await bans.remove();
await ipv4.close();
await ipv6.close();
