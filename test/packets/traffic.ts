/** Random rules and packets: what the one says decides the other, and no rule is about what nobody can know. */
import type { Packet } from '../../lib/analysis';
import type { Family } from '../../lib/rule/rule';
import { Random } from '../fuzz/random';

/** Where packets come from and go to: this machine is in the middle. */
export const NET = {
  ipv4: {
    here: ['10.1.0.1', '10.1.0.9'],
    out: '10.2.0.1',
    /** Where NETMAP takes what is for here. */
    mapped: '10.2.0.9',
    left: ['10.1.0.2', '10.1.0.3', '10.1.0.4'],
    right: ['10.2.0.2', '10.2.0.3', '10.2.0.4', '10.2.0.5'],
    bits: 24,
    any: '0.0.0.0/0',
    sides: ['10.1.0.0/24', '10.2.0.0/24', '10.1.0.2/31', '10.2.0.4/30', '10.0.0.2/255.0.0.254'],
  },
  ipv6: {
    here: ['fd01::1', 'fd01::9'],
    out: 'fd02::1',
    mapped: 'fd02::9',
    left: ['fd01::2', 'fd01::3', 'fd01::4'],
    right: ['fd02::2', 'fd02::3', 'fd02::4', 'fd02::5'],
    bits: 64,
    any: '::/0',
    sides: ['fd01::/64', 'fd02::/64', 'fd01::2/127', 'fd02::4/126', 'fd00::2/ff00::fffe'],
  },
} as const;
/** As the kernel keeps addresses that were added in this order: of IPv6 the last one comes first. */
export const orderedAs = (family: Family, addresses: readonly string[]): readonly string[] =>
  family === 'ipv4' ? addresses : [...addresses].reverse();

const PORTS = [22, 53, 80, 443, 8080, 1024, 65535];
const HOOKS: Readonly<Record<string, readonly string[]>> = {
  raw: ['PREROUTING', 'OUTPUT'],
  mangle: ['PREROUTING', 'INPUT', 'FORWARD', 'OUTPUT', 'POSTROUTING'],
  nat: ['PREROUTING', 'INPUT', 'OUTPUT', 'POSTROUTING'],
  filter: ['INPUT', 'FORWARD', 'OUTPUT'],
  security: ['INPUT', 'FORWARD', 'OUTPUT'],
};

export class Traffic {
  private readonly random: Random;
  private sport = 1024;

  constructor(
    seed: number,
    private readonly family: Family,
  ) {
    this.random = new Random(seed * 7919 + (family === 'ipv6' ? 1 : 0));
    for (let i = 0; i < 20; i++) this.random.below(2);
    this.sport = 1024 + this.random.below(60000);
  }

  private one(...words: readonly string[]): string {
    return this.random.pick(words);
  }
  private maybe(percent: number): boolean {
    return this.random.below(100) < percent;
  }
  private not(): string {
    return this.maybe(20) ? '! ' : '';
  }

  /** The tables of a file; each chain of the user's may be called from those before it. */
  ruleset(): string {
    let text = '';
    for (const [table, hooks] of Object.entries(HOOKS)) {
      const users = Array.from({ length: this.random.below(table === 'filter' ? 4 : 2) }, (_, i) => `C${i}`);
      text += `*${table}\n`;
      for (const hook of hooks) text += `:${hook} ${table !== 'nat' && this.maybe(6) ? 'DROP' : 'ACCEPT'} [0:0]\n`;
      for (const user of users) text += `:${user} - [0:0]\n`;
      for (const [i, chain] of [...hooks, ...users].entries()) {
        const below = users.slice(Math.max(0, i - hooks.length + 1));
        const count = this.random.below(table === 'filter' ? 7 : 3);
        for (let n = 0; n < count; n++) text += `-A ${chain} ${this.rule(table, chain, below, hooks)}\n`;
      }
      text += 'COMMIT\n';
    }
    return text;
  }

  private rule(table: string, chain: string, below: readonly string[], hooks: readonly string[]): string {
    const words: string[] = [];
    const { sides, left, right, here } = NET[this.family];
    const protocol = this.maybe(60)
      ? this.one('tcp', 'tcp', 'udp', this.family === 'ipv4' ? 'icmp' : 'icmpv6')
      : undefined;
    if (protocol) words.push(`-p ${protocol}`);
    if (this.maybe(20)) words.push(`${this.not()}-s ${this.one(...sides, ...left, ...right)}`);
    if (this.maybe(20)) words.push(`${this.not()}-d ${this.one(...sides, ...right, ...here)}`);
    const comes = chain !== 'OUTPUT' && chain !== 'POSTROUTING';
    const goes = chain !== 'PREROUTING' && chain !== 'INPUT';
    if (this.maybe(15) && comes && hooks.includes(chain))
      words.push(`${this.not()}-i ${this.one('eth0', 'eth1', 'eth+', 'lo')}`);
    if (this.maybe(15) && goes && hooks.includes(chain))
      words.push(`${this.not()}-o ${this.one('eth0', 'eth1', 'eth+', 'lo')}`);
    if (protocol === 'tcp' || protocol === 'udp') words.push(...this.ports(protocol));
    if (protocol?.startsWith('icmp') && this.maybe(50))
      words.push(
        this.family === 'ipv4'
          ? `${this.not()}--icmp-type ${this.one('8', '3', '8/0', 'any')}`
          : `${this.not()}--icmpv6-type ${this.one('128', '1', '128/0')}`,
      );
    for (let n = this.random.below(3); n > 1; n--) words.push(this.match(comes && hooks.includes(chain)));
    words.push(this.target(table, chain, below, hooks, protocol));
    return words.join(' ');
  }

  private ports(protocol: string): string[] {
    const words: string[] = [];
    const port = () => this.one(...PORTS.map(String), '0:1023', '80:8080', '1024:65535');
    if (this.maybe(50)) words.push(`${this.not()}--dport ${port()}`);
    if (this.maybe(10)) words.push(`${this.not()}--sport ${port()}`);
    if (protocol === 'tcp' && this.maybe(20))
      words.push(
        `${this.not()}--tcp-flags ${this.one('SYN,ACK,FIN,RST SYN', 'ALL NONE', 'SYN,FIN SYN,FIN', 'ACK ACK')}`,
      );
    if (this.maybe(15))
      words.push(
        `-m multiport ${this.not()}${this.one('--dports', '--ports', '--sports')} ${this.one('22,80,443', '1:100,8080', '53')}`,
      );
    return words;
  }

  private match(comes: boolean): string {
    const { left, right } = NET[this.family];
    const hops = this.family === 'ipv4' ? ['-m ttl --ttl-', 'ttl'] : ['-m hl --hl-', 'hl'];
    const not = this.not();
    return this.one(
      `-m conntrack ${not}--ctstate ${this.one('NEW', 'ESTABLISHED,RELATED', 'INVALID', 'UNTRACKED', 'DNAT', 'SNAT', 'NEW,DNAT')}`,
      `-m state ${not}--state ${this.one('NEW', 'INVALID', 'NEW,RELATED')}`,
      `-m conntrack ${not}--ctorigdst ${this.one(...right)}`,
      `-m conntrack ${not}--ctproto ${this.one('6', '17')}`,
      `-m conntrack --ctdir ${this.one('ORIGINAL', 'REPLY')}`,
      `-m length ${not}--length ${this.one('0:60', '61:200', '28')}`,
      `${hops[0]}${this.one('eq', 'lt', 'gt')} ${this.one('63', '64', '10')}`,
      `-m mark ${not}--mark ${this.one('1', '0x2/0x3', '0x10/0xf0')}`,
      `-m connmark ${not}--mark ${this.one('1', '0x2/0x3', '0')}`,
      `-m tos ${not}--tos ${this.one('0x10', '0x08/0x18', '0')}`,
      `-m dscp ${not}--dscp ${this.one('0x04', '0x02', '0')}`,
      `-m iprange ${not}--src-range ${left[0]}-${left[1]}`,
      `-m iprange ${not}--dst-range ${right[1]}-${right[2]}`,
      `-m comment --comment seen`,
      `-m u32 ${not}--u32 "${this.family === 'ipv4' ? this.one('6&0xFF=6', '0>>22&0x3C@0>>16=1024:40000', '4&0x1FFF=0') : this.one('4>>8&0xFF=6', '40>>16=1024:40000')}"`,
      `-m string ${not}--string ${this.one('iptc', 'nothing')} --algo ${this.one('bm', 'kmp')}`,
      `-m ecn ${not}--ecn-ip-ect ${this.one('0', '1')}`,
      ...(comes ? [`-m mac ${not}--mac-source 02:00:00:00:00:01`] : []),
      ...(this.family === 'ipv4'
        ? [`-m addrtype ${not}--${this.one('src', 'dst')}-type ${this.one('LOCAL', 'UNICAST', 'BROADCAST')}`]
        : []),
    );
  }

  private target(
    table: string,
    chain: string,
    below: readonly string[],
    hooks: readonly string[],
    protocol: string | undefined,
  ): string {
    if (below.length > 0 && this.maybe(40)) return `${this.one('-j', '-j', '-g')} ${this.random.pick(below)}`;
    if (this.maybe(8)) return '';
    const verdict = () =>
      `-j ${this.one('ACCEPT', 'ACCEPT', 'RETURN', ...(table === 'nat' || this.maybe(60) ? [] : ['DROP']))}`;
    if (this.maybe(40)) return verdict();
    const marks = [
      `-j MARK --set-xmark ${this.one('0x1/0xffffffff', '0x2/0x3', '0x10/0x0')}`,
      `-j CONNMARK ${this.one('--set-xmark 0x1/0xffffffff', '--save-mark', '--restore-mark --nfmask 0xf --ctmask 0xf')}`,
    ];
    if (table === 'mangle')
      return this.one(
        ...marks,
        '-j TOS --set-tos 0x10/0xff',
        '-j DSCP --set-dscp 2',
        this.family === 'ipv4' ? '-j TTL --ttl-set 33' : '-j HL --hl-inc 2',
      );
    if (table === 'filter') return this.maybe(40) ? '-j REJECT' : this.one(...marks);
    if (table === 'raw') return this.maybe(30) ? '-j NOTRACK' : marks[0]!;
    if (table === 'nat' && hooks.includes(chain)) return this.nat(chain, protocol) ?? verdict();
    return this.one(...marks);
  }

  private nat(chain: string, protocol: string | undefined): string | undefined {
    const { right, out } = NET[this.family];
    const ported = protocol === 'tcp' || protocol === 'udp';
    const to = this.random.pick(right);
    if (chain === 'PREROUTING' || chain === 'OUTPUT')
      return this.one(
        `-j DNAT --to-destination ${to}`,
        ...(ported
          ? [`-j DNAT --to-destination ${this.family === 'ipv4' ? to : `[${to}]`}:8080`, '-j REDIRECT --to-ports 8080']
          : []),
        '-j REDIRECT',
        `-j NETMAP --to ${this.family === 'ipv4' ? '10.2.0.0/24' : 'fd02::/64'}`,
      );
    return chain === 'POSTROUTING' ? this.one(`-j SNAT --to-source ${out}`, '-j MASQUERADE') : undefined;
  }

  /** One that begins a connection, or belongs to none. */
  packet(): Packet {
    const { here, left, right, out } = NET[this.family];
    const way = this.random.below(3);
    const protocol = this.one('tcp', 'tcp', 'udp', 'icmp');
    this.sport = this.sport >= 65000 ? 1024 : this.sport + 1;
    const flags = this.random.pick([['SYN'], ['SYN'], ['ACK'], ['SYN', 'FIN']] as const);
    const interfaces =
      way === 0
        ? { inInterface: 'eth0' }
        : way === 1
          ? { inInterface: 'eth0', outInterface: 'eth1' }
          : { outInterface: 'eth1' };
    return {
      protocol: protocol === 'icmp' && this.family === 'ipv6' ? 'ipv6-icmp' : protocol,
      source: way === 2 ? out : this.random.pick(left),
      destination: way === 0 ? this.random.pick(here) : this.random.pick(right),
      ...interfaces,
      ...(protocol === 'icmp'
        ? { icmpType: this.family === 'ipv4' ? '8/0' : '128/0' }
        : { sport: this.sport, dport: this.random.pick(PORTS) }),
      ...(protocol === 'tcp' && { tcpFlags: flags }),
      ctstate: protocol === 'tcp' && flags.length > 1 ? 'INVALID' : 'NEW',
      tos: this.random.pick([0, 0x10, 0x08, 1]),
      ttl: this.random.pick([64, 64, 10, 2]),
      ...(way < 2 && { mac: '02:00:00:00:00:01' }),
      ...(way === 2 && this.maybe(30) && { mark: 1 }),
    };
  }
  /** Numbers packets, ICMP too. */
  get number(): number {
    return this.sport;
  }
}
