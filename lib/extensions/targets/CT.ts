import { atMostOne, revision, target } from '../../codec/extension';
import { numberHole } from '../../codec/hole';
import { untracked } from '../../codec/meaning';
import { cut, names, operand, toNumber, word } from '../../codec/operand';
import { flagged, optional } from '../../codec/option';
import {
  bit,
  chars,
  differs,
  inverse,
  type MembersOf,
  type Place,
  pointer,
  struct,
  u16,
  u32,
} from '../../codec/struct';
import { alternatives } from '../../errors';

// <linux/netfilter/xt_CT.h>
const common = { flags: u16, zone: u16, ct_events: u32, exp_events: u32, helper: chars(16) };
export const ctInfo = struct('xt_ct_target_info', common, { ct: pointer });
export const ctInfo1 = struct('xt_ct_target_info_v1', { ...common, timeout: chars(32) }, { ct: pointer });
export const XT_CT_NOTRACK = 1 << 0;
export const XT_CT_NOTRACK_ALIAS = 1 << 1;
const XT_CT_ZONE_DIR_ORIG = 1 << 2;
const XT_CT_ZONE_DIR_REPL = 1 << 3;
const XT_CT_ZONE_MARK = 1 << 4;

type Info = MembersOf<typeof ctInfo> & Partial<MembersOf<typeof ctInfo1>>;

// biome-ignore format: a table
const events = {
  new: 1 << 0, related: 1 << 1, destroy: 1 << 2, reply: 1 << 3, assured: 1 << 4,
  protoinfo: 1 << 5, helper: 1 << 6, mark: 1 << 7, natseqinfo: 1 << 8, secmark: 1 << 9,
};

type Zone = number | 'mark';
function zone(s: Info, given: Place<boolean>, direction?: Place<boolean>) {
  const mark = bit(s.flags, XT_CT_ZONE_MARK);
  const place: Place<Zone> = {
    read: (m) => (mark.read(m) ? 'mark' : s.zone.read(m)),
    write(m, value) {
      direction?.write(m, true);
      if (value === 'mark') mark.write(m, true);
      else s.zone.write(m, value);
    },
  };
  const parse = (w: string): Zone => (w.toLowerCase() === 'mark' ? 'mark' : toNumber(w, 'a zone (0 to 65535) or mark'));
  // iptables-save says nothing of zone 0.
  const print = (value: Zone) => (value === 0 ? undefined : String(value));
  const hole = numberHole(s.zone, 1, 65535);
  return optional<Zone>(given, operand<Zone>('zone|mark', "number | 'mark'", place, print, parse, hole)).varies(
    undefined,
    inverse(mark),
  );
}
const zones = (s: Info) => {
  const [original, reply] = [bit(s.flags, XT_CT_ZONE_DIR_ORIG), bit(s.flags, XT_CT_ZONE_DIR_REPL)];
  const only = (one: typeof original, other: typeof original): Place<boolean> => ({
    read: (m) => one.read(m) && !other.read(m),
    write: () => {},
  });
  const any: Place<boolean> = {
    read: (m) => original.read(m) === reply.read(m) && (s.zone.read(m) !== 0 || bit(s.flags, XT_CT_ZONE_MARK).read(m)),
    write: () => {},
  };
  return {
    zone: zone(s, any).doc('The zone of connection tracking, in both directions.'),
    'zone-orig': zone(s, only(original, reply), original).doc('The zone in the original direction only.'),
    'zone-reply': zone(s, only(reply, original), reply).doc('The zone in the reply direction only.'),
  };
};

const first = (s: Info) => ({
  notrack: flagged(bit(s.flags, XT_CT_NOTRACK)).doc("Don't track the packet's connection."),
  helper: optional(differs(s.helper, ''), cut(15, word(s.helper))).doc('The helper that watches the connection.'),
});
const rest = (s: Info) => ({
  ctevents: optional(differs(s.ct_events, 0), names(s.ct_events, events)).doc(
    'The only events of the connection that are told.',
  ),
  expevents: optional(differs(s.exp_events, 0), names(s.exp_events, { new: 1 })).doc(
    'The only events of expectations that are told.',
  ),
  ...zones(s),
});
const options1 = {
  ...first(ctInfo1),
  timeout: optional(differs(ctInfo1.timeout, ''), cut(31, word(ctInfo1.timeout))).doc(
    'The policy of timeouts, as nfct names it.',
  ),
  ...rest(ctInfo1),
};

/** The kernel's own helpers: their modules, and the protocols whose connections they can watch. */
// biome-ignore format: a table
const HELPERS: Readonly<Record<string, readonly [module: string, protocol: string]>> = {
  amanda: ['nf_conntrack_amanda', 'udp'], ftp: ['nf_conntrack_ftp', 'tcp'], 'H.245': ['nf_conntrack_h323', 'udp'],
  irc: ['nf_conntrack_irc', 'tcp'], 'netbios-ns': ['nf_conntrack_netbios_ns', 'udp'], pptp: ['nf_conntrack_pptp', 'tcp'],
  'Q.931': ['nf_conntrack_h323', 'tcp'], RAS: ['nf_conntrack_h323', 'udp'], sane: ['nf_conntrack_sane', 'tcp'],
  sip: ['nf_conntrack_sip', 'udp or tcp'], snmp: ['nf_conntrack_snmp', 'udp'], snmp_trap: ['nf_nat_snmp_basic', 'udp'],
  tftp: ['nf_conntrack_tftp', 'udp'],
};

/** Sets how connection tracking treats connections, before it sees their first packet. */
export const CT = target({
  name: 'CT',
  doc: "Sets how connection tracking treats the packet's connection, before it sees it.",
  where: { tables: ['raw'] },
  revisions: [
    revision(2, ctInfo1, options1),
    revision(1, ctInfo1, options1),
    revision(0, ctInfo, { ...first(ctInfo), ...rest(ctInfo) }),
  ],
  refersTo: {
    helper: {
      kind: 'conntrack helper',
      make: (name) => {
        const [module, protocol] = HELPERS[name] ?? [];
        return module === undefined
          ? `Helpers are ${alternatives(Object.keys(HELPERS))}, or what a daemon in user space has made.`
          : `It is for -p ${protocol} alone. If the rule has that, load the helper: modprobe ${module}.`;
      },
    },
    timeout: {
      kind: 'timeout policy',
      make: (name, family) =>
        `Make it: nfct add timeout ${name} ${family === 'ipv4' ? 'inet' : 'inet6'} tcp established 3600. It is for rules of that protocol.`,
    },
  },
  constraints: [atMostOne('zone', 'zone-orig', 'zone-reply')],
  // Zone 0 is that of all the others.
  unsaid: ({ zone, zoneOrig, zoneReply }) => [zone, zoneOrig, zoneReply].includes(0),
  effect: ({ notrack }) => (notrack ? untracked : () => undefined),
  example: { helper: 'ftp' },
  list: { label: 'CT' },
});
