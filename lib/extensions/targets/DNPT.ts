import { target } from '../../codec/extension';
import { forget } from '../../codec/meaning';
import { listNpt, npt } from '../shared/npt';

/** Rewrites the prefix of the destination address, without keeping state (RFC 6296). */
export const DNPT = target({
  ...npt,
  name: 'DNPT',
  doc: "Rewrites the prefix of the packet's destination address, without keeping state.",
  where: { tables: ['mangle'], hooks: ['PREROUTING', 'OUTPUT'] },
  effect: () => forget('destination'),
  list: (settings) => listNpt('DNPT', settings),
});
