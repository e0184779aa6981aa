/** What simulate says of packets is what the kernel does with them: step for step, verdict, and what arrives. */
import { parseRuleset, type Ruleset } from '../../lib';
import { check, compile, type Packet, type Simulation, simulate } from '../../lib/analysis';
import { toHex } from '../../lib/net/number';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { bytesOf } from './bytes';
import { type Fate, Lab } from './lab';
import { NET, orderedAs, Traffic } from './traffic';

/** Milliseconds. */
const TIMEOUT = 280_000 * (process.env.LONG ? 50 : 1);
const RULESETS = Number(process.env.RULESETS ?? 4);
const PACKETS = Number(process.env.PACKETS ?? 12);
const SEED = Number(process.env.SEED ?? 1);

/** Routing is given to simulate: NAT may have changed where a packet goes to. */
function predicted(
  compiled: ReturnType<typeof compile>,
  packet: Packet,
  family: 'ipv4' | 'ipv6',
  backend: 'legacy' | 'nft',
): Simulation {
  const { here, out } = NET[family];
  const addresses = {
    eth0: orderedAs(family, here).map((address) => `${address}/${NET[family].bits}`),
    eth1: [`${out}/${NET[family].bits}`],
    lo: [family === 'ipv4' ? '127.0.0.1/8' : '::1/128'],
  };
  const first = simulate(compiled, packet, { addresses, backend });
  if (packet.inInterface === undefined) return first;
  const translated = first.path.find(({ step, packet: after }) => step.startsWith('nat:PREROUTING') && after)?.packet;
  const to = translated?.destination;
  if (to === undefined) return first;
  const { outInterface: _, ...rest } = packet;
  return simulate(
    compiled,
    (here as readonly string[]).includes(to) || to === out ? rest : { ...packet, outInterface: 'eth1' },
    { addresses, backend },
  );
}

/** The steps of rules that are said to match nothing. */
function neverIn(ruleset: Ruleset): ReadonlySet<string> {
  const { findings } = check(ruleset);
  const never = findings.filter(({ name }) => name === 'shadowed' || name === 'contradictory');
  return new Set(never.map(({ table, chain, number }) => `${table}:${chain}:rule:${number}`));
}

/** What is wrong with it, if anything is. */
function difference(said: Simulation, { seen, arrived }: Fate): string | undefined {
  const branches = said.branches ?? [said];
  const path = seen?.path.map(({ step }) => step).join(' ') ?? '';
  const branch = branches.find((each) => each.path.map(({ step }) => step).join(' ') === path);
  if (!branch)
    return `the kernel: ${path}\nsimulate:   ${branches.map((each) => `${each.path.map(({ step }) => step).join(' ')} ${each.verdict}`).join('\nor          ')}`;
  const leaves = path.includes(':POSTROUTING:') && branch.verdict === 'ACCEPT' && branch.packet.outInterface !== 'lo';
  if ((arrived !== undefined) !== leaves)
    return `${path} ${branch.verdict}, but it ${arrived ? 'arrived' : 'did not arrive'}`;
  if (!arrived) return undefined;
  for (const key of ['source', 'destination', 'sport', 'dport', 'tos', 'ttl'] as const)
    if (branch.packet[key] !== undefined && branch.packet[key] !== arrived[key])
      return `${path}: ${key} is ${branch.packet[key]}, but ${arrived[key]} arrived`;
  return undefined;
}

for (const backend of ['legacy', 'nft'] as const)
  for (const family of ['ipv4', 'ipv6'] as const)
    describeWith(['netns', 'addon', 'gcc'], `packets through ${backend} tables of ${family}`, () => {
      let lab: Lab;
      beforeAll(async () => {
        lab = await Lab.open(family, backend);
      });
      afterAll(() => lab?.close());

      test(`fare as simulate says: ${RULESETS} rulesets, ${PACKETS} packets each`, { timeout: TIMEOUT }, async () => {
        let known = 0;
        const wrong: string[] = [];
        for (let n = 0; n < RULESETS; n++) {
          const traffic = new Traffic(SEED + n, family);
          const text = traffic.ruleset();
          const paths = await lab.load(text);
          const ruleset = parseRuleset(text, { family });
          const [compiled, dead] = [compile(ruleset), neverIn(ruleset)];
          for (let i = 0; i < PACKETS; i++) {
            const packet = traffic.packet();
            const bytes = bytesOf(packet, traffic.number);
            const whole = { ...packet, length: bytes.length, data: toHex(bytes) };
            const said = predicted(compiled, whole, family, backend);
            const ways = (said.branches ?? [said]).map(({ path }) => path.map(({ step }) => step).join(' '));
            const fate = await lab.send(paths, packet, bytes, ways);
            if (!said.dependsOn) known++;
            const met = fate.seen?.path.find(({ step }) => dead.has(step));
            const found = met ? `${met.step} never matches, but it did` : difference(said, fate);
            if (found) wrong.push(`ruleset ${SEED + n}, packet ${i} ${JSON.stringify(packet)}:\n${found}`);
          }
        }
        console.log(
          `${backend} ${family}: ${RULESETS * PACKETS - wrong.length} of ${RULESETS * PACKETS} as said, ${known} of them without doubt`,
        );
        expect(wrong.slice(0, 5).join('\n\n')).toBe('');
        expect(known).toBeGreaterThan((RULESETS * PACKETS) / 2);
      });
    });
