// Written by scripts/generate-registry.mjs.
// biome-ignore-all format: generated
import { addrtype } from './matches/addrtype';
import { comment } from './matches/comment';
import { conntrack, state } from './matches/conntrack';
import { icmp } from './matches/icmp';
import { icmp6 } from './matches/icmp6';
import { iprange } from './matches/iprange';
import { limit } from './matches/limit';
import { mac } from './matches/mac';
import { mark } from './matches/mark';
import { multiport } from './matches/multiport';
import { owner, owner6 } from './matches/owner';
import { tcp } from './matches/tcp';
import { udp } from './matches/udp';
import { DNAT, DNAT6 } from './targets/DNAT';
import { LOG } from './targets/LOG';
import { MARK } from './targets/MARK';
import { MASQUERADE, MASQUERADE6 } from './targets/MASQUERADE';
import { REDIRECT, REDIRECT6 } from './targets/REDIRECT';
import { REJECT, REJECT6 } from './targets/REJECT';
import { SNAT, SNAT6 } from './targets/SNAT';

export const matches = [addrtype, comment, conntrack, state, icmp, icmp6, iprange, limit, mac, mark, multiport, owner, owner6, tcp, udp] as const;
export const targets = [DNAT, DNAT6, LOG, MARK, MASQUERADE, MASQUERADE6, REDIRECT, REDIRECT6, REJECT, REJECT6, SNAT, SNAT6] as const;
