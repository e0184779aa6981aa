import { revision, target } from '../../codec/extension';
import { cut, word } from '../../codec/operand';
import { required } from '../../codec/option';
import { chars, type MembersOf, struct, u8, u32 } from '../../codec/struct';

// <linux/netfilter/xt_SECMARK.h>
const v0 = struct('xt_secmark_target_info', { mode: u8, secid: u32, secctx: chars(256) });
const v1 = struct('xt_secmark_target_info_v1', { mode: u8, secctx: chars(256) }, { secid: u32 });
const SECMARK_MODE_SEL = 0x01;

type Info = Pick<MembersOf<typeof v0>, 'mode' | 'secctx'>;
const options = (s: Info) => ({ selctx: required(cut(255, word(s.secctx))).doc('The SELinux context.') });
const selinux = (s: Info) => (m: Parameters<typeof s.mode.write>[0]) => s.mode.write(m, SECMARK_MODE_SEL);

/** Gives packets a security mark. Kernels before 4.11 show revision 0 with their own number in it: then it stays opaque. */
export const SECMARK = target({
  name: 'SECMARK',
  doc: 'Gives the packet a security mark.',
  where: { tables: ['mangle', 'security'] },
  revisions: [
    revision(1, v1, options(v1), { fixed: selinux(v1), userspaceSize: 264 }),
    revision(0, v0, options(v0), { fixed: selinux(v0) }),
  ],
  refersTo: {
    selctx: {
      kind: 'security context',
      make: () => 'It has to be known to the policy of a running SELinux: see sestatus, and seinfo -t.',
    },
  },
  example: { selctx: 'system_u:object_r:httpd_packet_t:s0' },
  list: { label: 'SECMARK' },
});
