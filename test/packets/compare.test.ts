/** What compareTraffic says of packets, and check of rules, is what the kernel does, before and after. */
import { parseRuleset } from '../../lib';
import { check, compareTraffic, type Packet, type TrafficChange } from '../../lib/analysis';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { bytesOf } from './bytes';
import { Lab, TRACED } from './lab';
import { NET, Traffic } from './traffic';

/** Milliseconds. */
const TIMEOUT = 280_000 * (process.env.LONG ? 50 : 1);
const RULESETS = Number(process.env.RULESETS ?? 6);
const THROWN = Number(process.env.THROWN ?? 200);
const DEAD = Number(process.env.DEAD ?? 1);
const SEED = Number(process.env.SEED ?? 1);

const sectionOf = (text: string, table: string): string => new RegExp(`\\*${table}\\n[^]*?COMMIT\\n`).exec(text)![0];

/** One that can be sent by the cables that there are, and begins a connection. */
function sendable({ example, before, after, implausible, conditions }: TrafficChange): Packet | undefined {
  const { protocol, inInterface, outInterface, mark, ctstate, tcpFlags, connmark, fragment, icmpType } = example;
  const isEcho = ['8/0', '128/0'].includes(String(icmpType));
  if (implausible || conditions || fragment || connmark || ctstate !== 'NEW') return undefined;
  if (!['tcp', 'udp'].includes(String(protocol)) && !isEcho) return undefined;
  if (tcpFlags && tcpFlags.join() !== 'SYN') return undefined;
  if (!['eth0', 'if0'].includes(inInterface ?? 'eth0') || !['eth1', 'if0'].includes(outInterface ?? 'eth1'))
    return undefined;
  if (inInterface === outInterface) return undefined;
  // What comes from an address that is made its own is no packet for it.
  if (example.source === example.destination) return undefined;
  if (mark !== undefined && inInterface !== undefined) return undefined;
  // What is a machine's own leaves it by no cable, and comes by none.
  const { here, out, left } = NET[example.destination!.includes(':') ? 'ipv6' : 'ipv4'];
  const [own, theirs] = [[...here, out], [...left]] as unknown as [string[], string[]];
  if (outInterface !== undefined && own.includes(example.destination!)) return undefined;
  if (inInterface !== undefined && (own.includes(example.source!) || theirs.includes(example.destination!)))
    return undefined;
  // Where NAT sends it is routing's matter.
  if ([before, after].some(({ nat }) => nat?.some((way) => !/^(SNAT|MASQUERADE)/.test(way)))) return undefined;
  if ([before, after].some(({ by }) => by.some(({ table, kind }) => table === 'nat' && kind === 'rule')))
    return undefined;
  return { ...example, tos: 0, ttl: 64, ...(inInterface !== undefined && { mac: '02:00:00:00:00:01' }) };
}

for (const backend of ['legacy', 'nft'] as const)
  for (const family of ['ipv4', 'ipv6'] as const)
    describeWith(['netns', 'addon', 'gcc'], `what is said of ${backend} tables of ${family}`, () => {
      let lab: Lab;
      beforeAll(async () => {
        lab = await Lab.open(family, backend);
      });
      afterAll(() => lab?.close());

      test(`each change that an example tells of is one: ${RULESETS} pairs`, { timeout: TIMEOUT }, async () => {
        const wrong: string[] = [];
        let [sent, told, number] = [0, 0, 1];
        for (let n = 0; n < RULESETS; n++) {
          const before = new Traffic(SEED + n, family).ruleset();
          const other = new Traffic(SEED + n + 500_000, family).ruleset();
          const after = before.replace(sectionOf(before, 'filter'), sectionOf(other, 'filter'));
          const [one, two] = [before, after].map((text) => parseRuleset(text, { family })) as [never, never];
          const { changes, decided } = compareTraffic(one, two);
          expect(decided).toBe(true);
          told += changes.length;
          const examples = changes.flatMap((change) => {
            const packet = sendable(change);
            return packet ? [{ change, packet }] : [];
          });
          sent += examples.length;
          for (const [side, text] of [
            ['before', before],
            ['after', after],
          ] as const) {
            const paths = await lab.load(text);
            for (const { change, packet } of examples) {
              await lab.forget();
              const undo = lab.route(packet);
              const { seen } = await lab.send(paths, packet, bytesOf(packet, ++number & 0xffff));
              undo();
              const { verdict, by } = change[side];
              const steps = seen?.path.map(({ step }) => step) ?? [];
              const deciding = by.map(
                ({ table, chain, kind, number }) =>
                  `${table}:${chain}:${kind}${number === undefined ? '' : `:${number}`}`,
              );
              const met = deciding.every((step) => steps.some((each) => each === step || each.startsWith(`${step}:`)));
              if (seen?.verdict !== verdict || !met)
                wrong.push(
                  `${SEED + n} ${side} ${JSON.stringify(packet)}: ${verdict} by ${deciding}, but ${seen?.verdict} by ${steps.join(' ')}`,
                );
            }
          }
        }
        console.log(
          `${backend} ${family}: ${told} changes, ${sent} of their examples sent before and after, ${wrong.length} not as said`,
        );
        expect(wrong.slice(0, 5).join('\n\n')).toBe('');
        expect(sent).toBeGreaterThan(0);
      });

      const what = `a rule that never matches counts nothing: ${DEAD} rulesets, ${THROWN} packets through each`;
      test(what, { timeout: TIMEOUT }, async () => {
        const traffic = new Traffic(SEED, family);
        let all = 0;
        for (let n = 0; n < DEAD; n++) {
          let [text, never] = ['', [] as { table: string; chain: string; number?: number }[]];
          for (let tries = 0; never.length < 2 && tries < 200; tries++) {
            text = traffic.ruleset();
            never = check(parseRuleset(text, { family })).findings.filter(
              ({ name }) => name === 'shadowed' || name === 'contradictory',
            );
          }
          expect(never.length).toBeGreaterThan(0);
          all += never.length;
          await lab.load(text);
          for (let i = 0; i < THROWN; i++) {
            const packet = traffic.packet();
            await lab.throw(packet, bytesOf(packet, traffic.number));
          }
          const saved = await lab.saved();
          const counted = never.map(({ table, chain, number = 0 }) => {
            // The rules that trace come first in raw.
            const first = table === 'raw' && Object.hasOwn(TRACED, chain) ? 2 : 0;
            const lines = sectionOf(saved, table).split('\n');
            return lines.filter((line) => line.includes(`-A ${chain} `) || line.endsWith(`-A ${chain}`))[
              number - 1 + first
            ];
          });
          expect(counted.filter((line) => !line?.startsWith('[0:0] '))).toEqual([]);
          expect(saved).toMatch(/^\[[1-9]\d*:\d+\] -A/m);
        }
        console.log(`${backend} ${family}: ${all} rules that never match, none met by ${THROWN} packets`);
      });
    });
