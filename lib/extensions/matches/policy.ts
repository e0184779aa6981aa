import { elements, printSettings } from '../../codec/elements';
import { match, needs, revision, wrong } from '../../codec/extension';
import { all, fact, unknown } from '../../codec/meaning';
import { choice, phrased } from '../../codec/operand';
import { flagged, implied, required } from '../../codec/option';
import { bit, bits, repeat, struct, u16 } from '../../codec/struct';
import { type Element, elem, element, isEmpty, lacksTunnel } from '../shared/ipsec';

// <linux/netfilter/xt_policy.h>
const s = struct('xt_policy_info', { pol: repeat(elem, 4), flags: u16, len: u16 });
const XT_POLICY_MATCH_IN = 0x1;
const XT_POLICY_MATCH_OUT = 0x2;
const XT_POLICY_MATCH_NONE = 0x4;
const XT_POLICY_MATCH_STRICT = 0x8;

const [first, listed] = [element(s.pol[0]!), element(s.pol[0]!, String)];
const others = s.pol.slice(1).map((e) => element(e));
const directions = { in: XT_POLICY_MATCH_IN, out: XT_POLICY_MATCH_OUT };
const direction = phrased(
  choice(bits(s.flags, XT_POLICY_MATCH_IN | XT_POLICY_MATCH_OUT), directions),
  (w) => `policy_match: invalid dir "${w}"`,
);
const handling = phrased(
  choice(bits(s.flags, XT_POLICY_MATCH_NONE), { ipsec: 0, none: 1 }),
  (w) => `policy match: invalid policy "${w}"`,
);
const options = {
  dir: required(direction).doc('The policy of decapsulation (in) or of encapsulation (out).'),
  pol: implied('ipsec', handling).doc('Whether IPsec handles the packet.'),
  strict: flagged(bit(s.flags, XT_POLICY_MATCH_STRICT)).doc(
    'The elements given are all there are; else one of them has to fit.',
  ),
  ...elements.first(first, s.len),
  next: elements(others, s.len).doc('Begins the next element of the policy.'),
};

/** Matches by the IPsec policy that a packet came through, or will go through. */
export const policy = match({
  name: 'policy',
  doc: 'Matches by the IPsec policy that handled the packet, or will handle it.',
  revisions: [
    revision(0, s, options, {
      // There is always an element, if only one that everything fits.
      finish: (m, { pol, next }) => (pol === 'none' || next !== undefined ? undefined : s.len.write(m, 1)),
    }),
  ],
  constraints: [needs('next', 'strict')],
  check({ dir, pol, strict, next = [], ...rest }, { chain = '' }) {
    const unlike = dir === 'in' ? ['OUTPUT', 'POSTROUTING'] : ['PREROUTING', 'INPUT'];
    if (unlike.includes(chain)) throw wrong('dir', `${dir === 'in' ? 'out' : 'in'} in chain ${chain}`, dir);
    const all: readonly Element[] = [rest, ...next];
    if (pol === 'none' && (strict || !all.every(isEmpty)))
      throw wrong('pol', 'ipsec with --strict or with elements', pol);
    if (strict && all.some(isEmpty)) throw wrong('strict', 'at least one option of each element', 'an empty element');
    if (all.some(lacksTunnel)) throw wrong('mode', 'tunnel with --tunnel-src or --tunnel-dst', rest.mode ?? 'nothing');
  },
  // Where there is no policy, there are no elements: iptables leaves them aside.
  understood: ({ dir, pol, strict, next, ...elements }) => ({
    ...(dir !== undefined && { dir }),
    ...(pol !== undefined && { pol }),
    ...(strict !== undefined && { strict }),
    ...(next !== undefined && { next }),
    ...(pol === 'none' && strict === undefined && next === undefined ? {} : elements),
  }),
  unsaid: (settings) => /\/32"/.test(JSON.stringify(settings)),
  matches: ({ pol, dir, strict, next: _, ...elements }) =>
    pol === 'none'
      ? fact('ipsec', (handled) => !handled)
      : all(
          fact('ipsec', (handled) => handled),
          strict || !isEmpty(elements) ? unknown(`the IPsec policy (${dir})`) : undefined,
        ),
  example: {
    dir: 'in',
    pol: 'ipsec',
    strict: true,
    proto: 'esp',
    mode: 'tunnel',
    tunnelSrc: '192.0.2.1',
    next: [{ proto: 'ah' }],
  },
  list({ dir, pol, strict, next = [], ...rest }, context) {
    const words = (e: Element) => printSettings(context.numeric ? listed : first, { ...e }, context, '');
    const all = [rest, ...next].map((e, i) => `${next.length > 0 ? ` [${i}]` : ''}${words(e)}`);
    return `policy match dir ${dir} pol ${pol}${strict ? ' strict' : ''}${all.join('')}`;
  },
});
