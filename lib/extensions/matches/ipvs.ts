import { atLeastOne, match, revision, wrong } from '../../codec/extension';
import { choice, flag, isNot, negatable, type Operand, port, protocol } from '../../codec/operand';
import { optional } from '../../codec/option';
import { be16, bit, bits, inetAddr, is, type Place, struct, u8 } from '../../codec/struct';
import { host } from '../shared/host';

// <linux/netfilter/xt_ipvs.h>
// biome-ignore format: a table
const s = struct('xt_ipvs_mtinfo', {
  vaddr: inetAddr, vmask: inetAddr, vport: be16, l4proto: u8, fwd_method: u8, vportctl: be16, invert: u8, bitmask: u8,
});
const XT_IPVS_IPVS_PROPERTY = 1 << 0;
const XT_IPVS_PROTO = 1 << 1;
const XT_IPVS_VADDR = 1 << 2;
const XT_IPVS_VPORT = 1 << 3;
const XT_IPVS_DIR = 1 << 4;
const XT_IPVS_METHOD = 1 << 5;
const XT_IPVS_VPORTCTL = 1 << 6;

const given = <T>(bits: number, o: Operand<T>) => optional(bit(s.bitmask, bits), negatable(bit(s.invert, bits), o));
/** Every other option says it too; then it isn't printed. */
const alone: Place<boolean> = {
  read: is(s.bitmask, XT_IPVS_IPVS_PROPERTY).read,
  write: bit(s.bitmask, XT_IPVS_IPVS_PROPERTY).write,
};
// Not negatable: its inversion bit holds the direction itself.
const direction = choice(bits(s.invert, XT_IPVS_DIR), { ORIGINAL: 0, REPLY: 1 });
const options = {
  ipvs: optional(alone, negatable(bit(s.invert, XT_IPVS_IPVS_PROPERTY), flag(alone))).doc(
    'The packet belongs to a connection of IPVS.',
  ),
  vproto: given(XT_IPVS_PROTO, protocol(s.l4proto, String)).doc('The protocol of the virtual service.'),
  vaddr: given(XT_IPVS_VADDR, host(s.vaddr, s.vmask)).doc('Its address, with an optional mask.'),
  vport: given(XT_IPVS_VPORT, port(s.vport)).doc('Its port.'),
  vdir: optional(bit(s.bitmask, XT_IPVS_DIR), direction).doc('The direction in which the packet flows.'),
  vmethod: given(XT_IPVS_METHOD, choice(s.fwd_method, { GATE: 3, IPIP: 2, MASQ: 0 })).doc(
    'GATE is direct routing, IPIP a tunnel.',
  ),
  vportctl: given(XT_IPVS_VPORTCTL, port(s.vportctl)).doc(
    'The port of the connection that controls this one, 21 for FTP.',
  ),
};

/** Matches by the virtual service of IPVS, a load balancer, that a packet belongs to. */
export const ipvs = match({
  name: 'ipvs',
  doc: 'Matches by the virtual service of IPVS that the packet belongs to.',
  revisions: [revision(0, s, options, { finish: (m) => bit(s.bitmask, XT_IPVS_IPVS_PROPERTY).write(m, true) })],
  constraints: [atLeastOne(...Object.keys(options))],
  check({ ipvs, ...others }) {
    if (isNot(ipvs) && Object.values(others).some((value) => value !== undefined))
      throw wrong('ipvs', '--ipvs without !, or without other options', '! --ipvs');
  },
  unsaid: (settings) => /\/32"/.test(JSON.stringify(settings)),
  example: { vaddr: '192.0.2.10', vport: 80, vdir: 'REPLY' },
});
