import { revision, target } from '../../codec/extension';
import { struct } from '../../codec/struct';

/** Marks packets so that the kernel logs every rule that they meet. */
export const TRACE = target({
  name: 'TRACE',
  doc: 'Has the kernel log every rule that the packet meets from here on.',
  where: { tables: ['raw'] },
  revisions: [revision(0, struct('', {}), {})],
  example: {},
});
