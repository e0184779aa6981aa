import { match, revision } from '../../codec/extension';
import { headerLength, headerOptions, listHeader, opts } from '../shared/ipv6options';

/** Matches the destination options header of IPv6. */
export const dst = match({
  name: 'dst',
  doc: 'Matches IPv6 destination options headers.',
  families: ['ipv6'],
  revisions: [revision(0, opts, { 'dst-len': headerLength, 'dst-opts': headerOptions })],
  example: { dstLen: 8 },
  list: ({ dstLen, dstOpts }) => listHeader('dst', dstLen, dstOpts),
});
