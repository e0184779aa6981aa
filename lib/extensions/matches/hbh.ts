import { match, revision } from '../../codec/extension';
import { headerLength, headerOptions, listHeader, opts } from '../shared/ipv6options';

/** Matches the hop-by-hop options header of IPv6. */
export const hbh = match({
  name: 'hbh',
  doc: 'Matches IPv6 hop-by-hop options headers.',
  families: ['ipv6'],
  revisions: [revision(0, opts, { 'hbh-len': headerLength, 'hbh-opts': headerOptions })],
  example: { hbhLen: 8 },
  list: ({ hbhLen, hbhOpts }) => listHeader('hbh', hbhLen, hbhOpts),
});
