import { constants } from 'node:os';
import { explain } from '../../../lib/backend/legacy/reasons';
import { describe, expect, test } from '../../harness';

const { ENOPROTOOPT } = constants.errno;

describe('a kernel without tables', () => {
  const told = (withoutNft?: string) =>
    explain({ stage: 'read', errno: ENOPROTOOPT, reason: '' }, { family: 'ipv6', table: 'filter', withoutNft });
  test('says what is missing of the legacy ones', () => {
    expect(told()).toMatchObject({
      code: 'ERR_NO_SUPPORT',
      why: 'this kernel has no legacy ip6tables support loaded',
      hint: expect.not.stringContaining('nft'),
    });
  });
  test('says both reasons where either would have done', () => {
    expect(told('no nf_tables')).toMatchObject({
      why: 'this kernel has no legacy ip6tables support loaded, and no nf_tables',
      hint: 'Load it with modprobe ip6_tables, or the other with modprobe nft_compat; if there is no such module, the kernel was built without CONFIG_IP6_NF_IPTABLES_LEGACY and CONFIG_NFT_COMPAT.',
    });
  });
});
