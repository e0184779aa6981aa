import { target } from '../../codec/extension';
import { forget } from '../../codec/meaning';
import { listNpt, npt } from '../shared/npt';

/** Rewrites the prefix of the source address, without keeping state (RFC 6296). */
export const SNPT = target({
  ...npt,
  name: 'SNPT',
  doc: "Rewrites the prefix of the packet's source address, without keeping state.",
  where: { tables: ['mangle'], hooks: ['INPUT', 'POSTROUTING'] },
  effect: () => forget('source'),
  list: (settings) => listNpt('SNPT', settings),
});
