/** Whether packets get in whose sources can't be behind the interface that they come by. */
import { argument, fields, listOf, optionsOf, recordOf } from '../arguments';
import { Mismatch } from '../errors';
import { parseNetwork } from '../net/address';
import { NONE } from './bdd';
import { nodesCheck, within } from './compare';
import { setsCheck } from './elements';
import { example } from './example';
import { interfaceName, type Packet } from './packet';
import { World } from './pipeline';
import { accepted } from './query';
import { addressText, spansOf } from './ranges';
import { type RulesetInput, readRuleset } from './ruleset';

export interface Spoofing {
  /** No new connection from elsewhere gets through by this interface, whatever limits, lists and texts say. */
  readonly certified: boolean;
  /** Sources that may get through and shouldn't: addresses, networks and ranges. */
  readonly sources?: readonly string[];
  /** One that does. */
  readonly example?: Packet;
}
export interface SpoofingOptions {
  /** What sets hold, by their names: elements as `ipset list` prints them. Of others it isn't known. */
  readonly sets?: Readonly<Record<string, readonly string[]>>;
  readonly nodes?: number;
}
const optional = fields<SpoofingOptions>({ nodes: nodesCheck, sets: setsCheck });

/**
 * Says of each interface whether new connections get in by it, to this machine or through it, from addresses that aren't
 * behind it. Throws ERR_UNDECIDED where that takes too long.
 *
 * @example spoofing(parseRuleset(text), { eth0: ['192.0.2.0/24'] })
 *   // { eth0: { certified: false, sources: ['0.0.0.0-192.0.1.255', …], example: { source: '203.0.113.1', … } } }
 */
export function spoofing(
  ruleset: RulesetInput,
  interfaces: Readonly<Record<string, readonly string[]>>,
  options?: SpoofingOptions,
): Record<string, Spoofing> {
  const { nodes, sets } = optionsOf('spoofing', options, optional);
  const read = readRuleset('spoofing', ruleset);
  const network = (value: unknown): string => {
    if (typeof value !== 'string' || !parseNetwork(value, read.family))
      throw new Mismatch(`an ${read.family === 'ipv4' ? 'IPv4' : 'IPv6'} network`, value);
    return value;
  };
  const behind = argument('spoofing', 'interfaces', interfaces, (value) => {
    const all = recordOf(listOf(network))(value);
    for (const name of Object.keys(all)) interfaceName(name);
    return all;
  });
  return within(() => {
    const world = new World([read], { nodes, sets, interfaces: Object.keys(behind) });
    const { space } = world;
    const { bdd } = space;
    const through = bdd.and(
      bdd.or(accepted(world, read, 'in'), accepted(world, read, 'forward')),
      space.and(space.states(['NEW']), space.whole, bdd.ite(space.protocol('tcp'), space.masked('tcpFlags', 2), 1)),
    );
    const answers: Record<string, Spoofing> = {};
    for (const [name, networks] of Object.entries(behind)) {
      const own = space.or(...networks.map((word) => space.network('source', word)));
      const spoofed = bdd.minus(bdd.and(through, space.interface('inInterface', name)), own);
      answers[name] =
        spoofed === NONE
          ? { certified: true }
          : {
              certified: false,
              sources: spansOf(space, spoofed, 'source').map((span) => addressText(space, span)),
              example: example(space, spoofed).packet,
            };
    }
    return answers;
  });
}
