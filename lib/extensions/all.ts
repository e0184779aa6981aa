// Written by scripts/generate-registry.mjs.
// biome-ignore-all format: generated
import { comment } from './matches/comment';
import { conntrack, state } from './matches/conntrack';
import { tcp } from './matches/tcp';
import { MARK } from './targets/MARK';
import { REJECT, REJECT6 } from './targets/REJECT';

export const matches = [comment, conntrack, state, tcp] as const;
export const targets = [MARK, REJECT, REJECT6] as const;
