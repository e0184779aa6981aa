/** Banning many addresses at once, as each tool does it best: for information. */
import {
  type Answer,
  file,
  filter,
  firewall,
  HEAD,
  has,
  input,
  interleaved,
  median,
  run,
  scaled,
  time,
} from '../rig.mjs';

const COUNT = scaled(20_000);
const address = (i: number) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`;

export default async function (): Promise<Answer> {
  const addresses = Array.from({ length: COUNT }, (_, i) => address(i));
  const bans = addresses.map((source) => ({ source, target: 'DROP' }) as const);
  const legacy = file('legacy', `${HEAD}${addresses.map((a) => `-A INPUT -s ${a}/32 -j DROP\n`).join('')}COMMIT\n`);
  const set = file(
    'set',
    `create -exist bans hash:ip maxelem 1000000\nflush bans\n${addresses.map((a) => `add bans ${a}\n`).join('')}`,
  );
  const nft = file(
    'nft',
    `add table ip bans\nflush table ip bans\nadd chain ip bans input\n${addresses.map((a) => `add rule ip bans input ip saddr ${a} drop\n`).join('')}`,
  );
  const nftSet = file(
    'nft-set',
    `add table ip bans\nadd set ip bans banned { type ipv4_addr; }\nflush set ip bans banned\nadd element ip bans banned { ${addresses.join(', ')} }\n`,
  );
  const samples = await interleaved({
    async 'libiptc, appendAll'() {
      await filter.flush();
      return time(() => input.appendAll(bans));
    },
    async 'libiptc, append each'() {
      await filter.flush();
      return time(() => Promise.all(bans.map((ban) => input.append(ban))));
    },
    'iptables-legacy-restore': () => run('iptables-legacy-restore', [], { input: legacy }),
    'iptables-nft-restore': () => run('iptables-nft-restore', [], { input: legacy }),
    ...(has('nft', ['--version'])
      ? { 'nft -f, a rule each': () => run('nft', ['-f', nft]), 'nft -f, a set': () => run('nft', ['-f', nftSet]) }
      : {}),
    ...(has('ipset', ['--version']) ? { 'ipset restore': () => run('ipset', ['restore', '-file', set]) } : {}),
  });
  run('nft', ['flush', 'ruleset']);
  await firewall.restore('*filter\nCOMMIT\n');
  const all: Record<string, number[]> = samples;
  const ours = median(all['libiptc, append each']!);
  return {
    figures: Object.entries(all)
      .filter(([who]) => !who.startsWith('libiptc'))
      .map(([who, times]) => ({
        name: `ban ${COUNT} addresses, append each / ${who}`,
        ratio: ours / median(times),
        unit: 'ms' as const,
        samples: { libiptc: all['libiptc, append each']!, [who]: times },
      })),
    points: Object.entries(all).map(([who, times]) => ({ plot: 'ban', who, x: COUNT, y: median(times) })),
  };
}
