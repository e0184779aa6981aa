// Written by scripts/generate-registry.mjs.
// biome-ignore-all format: generated
import { comment } from './matches/comment';
import { conntrack, state } from './matches/conntrack';
import { limit } from './matches/limit';
import { mark } from './matches/mark';
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

export const matches = [comment, conntrack, state, limit, mark, owner, owner6, tcp, udp] as const;
export const targets = [DNAT, DNAT6, LOG, MARK, MASQUERADE, MASQUERADE6, REDIRECT, REDIRECT6, REJECT, REJECT6, SNAT, SNAT6] as const;
