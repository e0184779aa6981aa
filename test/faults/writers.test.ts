/** Several programs that write to the same chain at once: in the end there is what each of them wanted, and nothing else. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { Firewall } from '../../lib';
import { describeWith, expect, test } from '../harness';
import { lacksCommands } from '../harness/commands';
import { Netns } from '../harness/netns';

/** Rules of each: 1,000 are no test of every day. */
const RULES = Number(process.env.WRITES ?? 40);
const DIST = join(__dirname, '../../dist/index.js');

/** Each writes rules of its own, of which it takes every other away again. */
const WRITERS = {
  legacy: { iptables: 'iptables-legacy -w', restore: 'iptables-legacy-restore -w --noflush' },
  nft: { iptables: 'iptables-nft', restore: 'iptables-nft-restore --noflush' },
} as const;

const OURS = `
  const { Firewall } = require(${JSON.stringify(DIST)});
  const [namespace, backend, way, count] = process.argv.slice(1);
  const rule = (i) => '-p udp -m comment --comment ' + way + '-' + i + ' -m udp --dport ' + (10000 + i);
  (async () => {
    const firewall = await Firewall.open({ namespace, backend });
    const table = firewall.table('filter');
    const input = table.chain('INPUT');
    // As others do, again and again, if rivals are always faster: nothing is applied then.
    const insist = (edit) => edit().catch((error) => {
      if (error.code !== 'ERR_CONFLICT' || error.applied !== 'no') throw error;
      return insist(edit);
    });
    for (let i = 0; i < count; i++) {
      if (way === 'edits') await Promise.all([input.append(rule(i)), ...(i % 2 ? [input.delete(rule(i))] : [])]);
      else
        await insist(() => table.transaction(async (tx) => {
          await tx.chain('INPUT').append(rule(i));
          if (i % 2 === 0) return;
          await tx.chain('INPUT').delete(rule(i));
        }));
    }
    await firewall.close();
  })();
`;
const theirs = (command: string, way: string) =>
  way === 'iptables'
    ? `for i in $(seq 0 ${RULES - 1}); do
         r="INPUT -p udp -m comment --comment ${way}-$i -m udp --dport $((10000 + i))"
         until ${command} -A $r 2>&1; do :; done
         [ $((i % 2)) = 0 ] || until ${command} -D $r 2>&1; do :; done
       done`
    : `for i in $(seq 0 ${RULES - 1}); do
         r="INPUT -p udp -m comment --comment ${way}-$i -m udp --dport $((10000 + i))"
         until printf '%s\\n' '*filter' "-A $r" COMMIT | ${command} 2>&1; do :; done
         [ $((i % 2)) = 0 ] || until printf '%s\\n' '*filter' "-D $r" COMMIT | ${command} 2>&1; do :; done
       done`;

/** Sends packets on loopback until it is told to end, and says how many. */
const SENDER = `
  const socket = require('node:dgram').createSocket('udp4');
  let sent = 0;
  let over = false;
  const next = () => {
    if (over) return socket.close(() => console.log(sent));
    socket.send('x', 9, '127.0.0.1', () => { sent++; setTimeout(next, 1); });
  };
  next();
  process.stdin.on('end', () => { over = true; }).resume();
`;

for (const backend of ['legacy', 'nft'] as const)
  describeWith(
    lacksCommands() ? [] : ['netns', 'addon', backend === 'nft' ? 'nft' : 'iptables'],
    `four writers (${backend})`,
    () => {
      test(`of ${RULES} rules each leave exactly what each of them wanted, and no packet uncounted`, {
        timeout: 900_000,
      }, async () => {
        const netns = new Netns();
        const firewall = await Firewall.open({ namespace: netns.path, backend });
        const input = firewall.table('filter').chain('INPUT');
        await input.append('-p udp --dport 9 -j DROP');

        const run = (command: string, ...args: string[]) => {
          const child = spawn('nsenter', [`--net=${netns.path}`, '--', command, ...args], {
            stdio: ['pipe', 'pipe', 'inherit'],
          });
          let said = '';
          child.stdout.on('data', (chunk: Buffer) => {
            said += chunk;
          });
          const ended = new Promise<{ status: number | null; said: string }>((resolve) =>
            child.on('close', (status) => resolve({ status, said })),
          );
          return { child, ended };
        };
        const node = (code: string, ...args: string[]) => run(process.execPath, '-e', code, ...args);
        const sender = node(SENDER);
        const { iptables, restore } = WRITERS[backend];
        const writers = [
          node(OURS, netns.path, backend, 'edits', String(RULES)),
          node(OURS, netns.path, backend, 'transactions', String(RULES)),
          run('bash', '-c', theirs(iptables, 'iptables')),
          run('bash', '-c', theirs(restore, 'restore')),
        ];
        for (const { ended } of writers) expect(await ended).toMatchObject({ status: 0 });
        sender.child.stdin.end();
        const sent = Number((await sender.ended).said);

        const [first, ...rules] = await input.list();
        expect(sent).toBeGreaterThan(0);
        expect(first!.counters).toMatchObject({ packets: BigInt(sent) });
        const comments = rules.map(({ match }) => match?.[0]?.comment?.comment ?? '');
        const wanted = ['edits', 'iptables', 'restore', 'transactions'].flatMap((way) =>
          Array.from({ length: Math.ceil(RULES / 2) }, (_, i) => `${way}-${2 * i}`),
        );
        expect([...comments].sort()).toEqual(wanted.sort());
        // Each one's rules are in its own order.
        for (const way of ['edits', 'iptables', 'restore', 'transactions']) {
          const own = comments
            .filter((comment) => comment.startsWith(way))
            .map((comment) => Number(comment.split('-')[1]));
          expect(own).toEqual([...own].sort((a, b) => a - b));
        }
        await firewall.close();
        netns.close();
      });
    },
  );
