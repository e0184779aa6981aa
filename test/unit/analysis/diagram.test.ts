import fc from 'fast-check';
import { parseRuleset } from '../../../lib';
import { NONE } from '../../../lib/analysis/bdd';
import type { Packet } from '../../../lib/analysis/packet';
import { cubeOfPacket } from '../../../lib/analysis/packets';
import { type Way, World } from '../../../lib/analysis/pipeline';
import { readRuleset } from '../../../lib/analysis/ruleset';
import { compile, simulate } from '../../../lib/analysis/simulate';
import { describe, expect, test } from '../../harness';
import { packets, rulesets } from '../../harness/traffic';

const RUNS = Number(process.env.RUNS ?? 10);
const PACKETS = packets();

const wayOf = ({ inInterface, outInterface }: Packet): Way =>
  inInterface === undefined ? 'out' : outInterface === undefined ? 'in' : 'forward';

/** What may become of a packet, as the diagram has it. */
function fates(text: string): (packet: Packet) => string[] {
  const ruleset = readRuleset('test', parseRuleset(text));
  // Names of interfaces that no rule has are known all the same.
  const world = new World([ruleset]);
  const { bdd } = world.space;
  const diagrams = new Map<Way, number>();
  return (packet) => {
    const way = wayOf(packet);
    const fate = diagrams.get(way) ?? world.fate(ruleset, way);
    diagrams.set(way, fate);
    const { leaves } = bdd.measure(bdd.ite(cubeOfPacket(world.space, packet), fate, NONE));
    return [...new Set(leaves.flatMap((leaf) => world.outcomes.of(leaf)?.end ?? []))].sort();
  };
}

describe('the diagram of a ruleset', () => {
  test('says of each packet what a walk through its rules says', { timeout: 60_000 + 3000 * RUNS }, () => {
    fc.assert(
      fc.property(rulesets(false), (text) => {
        const [fate, compiled] = [fates(text), compile(parseRuleset(text))];
        for (const packet of PACKETS) {
          const simulated = simulate(compiled, packet);
          if (simulated.dependsOn) continue; // where a redirection goes
          expect([packet, fate(packet)]).toEqual([packet, [simulated.verdict]]);
        }
      }),
      { numRuns: RUNS },
    );
  });

  test('says all that may become of a packet if not all is known', { timeout: 60_000 + 3000 * RUNS }, () => {
    fc.assert(
      fc.property(rulesets(true), (text) => {
        const [fate, compiled] = [fates(text), compile(parseRuleset(text))];
        for (const packet of PACKETS.filter((_, i) => i % 7 === 0)) {
          const { verdict, branches = [], incomplete } = simulate(compiled, packet, { branches: 256 });
          if (incomplete) continue;
          const may = verdict === 'UNKNOWN' ? branches.map((branch) => branch.verdict) : [verdict];
          const found = fate(packet);
          expect([packet, may.filter((each) => !found.includes(each))]).toEqual([packet, []]);
        }
      }),
      { numRuns: RUNS },
    );
  });
});
