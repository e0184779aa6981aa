/** All that nf_tables has in a namespace, whosever it is. */
import { constants } from 'node:os';
import { NETLINK } from '../../netlink/constants';
import { Messages } from '../../netlink/messages';
import { sliced } from '../../slice';
import { loadAddon, type NativeNetlink, type NativeNetlinkAnswer } from '../addon';
import { failure } from '../memory/failure';
import { Reader } from './reader';
import { chainsRequest, nftMessage, rulesRequest } from './wire';

/** NFPROTO_…, by the names that nft has for them. */
const FAMILIES = { inet: 1, ip: 2, arp: 3, netdev: 5, bridge: 7, ip6: 10 } as const;
const NEWRULE = nftMessage('NEWRULE');
/** Chains whose rules are asked for at once. */
const AT_ONCE = 256;
const ATTEMPTS = 20;

export interface AnyTable {
  /** As nft calls it: `inet`, `ip` … */
  readonly family: string;
  readonly name: string;
  readonly chains: readonly { readonly name: string; readonly hooked: boolean }[];
  readonly rules: number;
}

/** Rejects with what the addon throws, or with a failure of stage 'read'. */
export async function everythingIn(namespace: string | number | undefined): Promise<AnyTable[]> {
  const { Netlink } = loadAddon();
  const socket = new Netlink({ protocol: NETLINK.NETFILTER, namespace });
  try {
    const found: AnyTable[] = [];
    for (const [family, number] of Object.entries(FAMILIES)) {
      const said = await sliced(new Reader('ipv4').read(await whole(socket, chainsRequest(number))));
      for (const name of said.tables) {
        const chains = said.chains.filter(({ table }) => table === name);
        // Nothing leads to a base chain: what uses it is its rules.
        let rules = chains.reduce((sum, { hook, use }) => sum + (hook ? use : 0), 0);
        const others = chains.filter(({ hook, use }) => !hook && use > 0).map((chain) => chain.name);
        for (let i = 0; i < others.length; i += AT_ONCE)
          rules += rulesIn(await whole(socket, rulesRequest(number, name, others.slice(i, i + AT_ONCE))));
        const shown = chains.map((chain) => ({ name: chain.name, hooked: chain.hook !== undefined }));
        found.push({ family, name, chains: shown, rules });
      }
    }
    return found;
  } finally {
    void socket.close();
  }
}

/** Asks again while it changes. */
async function whole(socket: NativeNetlink, request: Uint8Array): Promise<NativeNetlinkAnswer> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const answer = await socket.request(request);
    if (!answer.interrupted) return answer;
  }
  throw failure('read', constants.errno.EINTR, 'Others keep changing the ruleset');
}

function rulesIn({ messages: bytes }: NativeNetlinkAnswer): number {
  let count = 0;
  for (const messages = new Messages(bytes); messages.next(); ) if (messages.type === NEWRULE) count++;
  return count;
}
