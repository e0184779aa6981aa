import { type AnyExtension, type Definition, type Family, revision, target } from '../../codec/extension';
import { untracked } from '../../codec/meaning';
import { bit, type MembersOf, type Place, struct } from '../../codec/struct';
import { ctInfo, ctInfo1, XT_CT_NOTRACK, XT_CT_NOTRACK_ALIAS } from './CT';

const common = {
  name: 'NOTRACK',
  doc: 'Keeps connection tracking away from the packet, as CT --notrack does.',
  where: { tables: ['raw'] },
  effect: () => untracked,
  example: {},
} as const satisfies Partial<Definition<'NOTRACK', Family, {}, {}>>;

const notrack = (s: MembersOf<typeof ctInfo>) => ({
  fixed: (m: Parameters<typeof s.flags.write>[0]) => bit(s.flags, XT_CT_NOTRACK).write(m, true),
});
/** Revisions before 2 can't tell it from CT --notrack, and read as that. */
const unmarked: Place<boolean> = { read: () => false, write: () => {} };

/** Keeps connection tracking away from packets: in the kernel a CT with a mark of its own. */
export const NOTRACK = target({
  ...common,
  kernelName: 'CT',
  revisions: [
    revision(2, ctInfo1, {}, { ...notrack(ctInfo1), mark: bit(ctInfo1.flags, XT_CT_NOTRACK_ALIAS) }),
    revision(1, ctInfo1, {}, { ...notrack(ctInfo1), mark: unmarked }),
    revision(0, ctInfo, {}, { ...notrack(ctInfo), mark: unmarked }),
  ],
  list: () => 'NOTRACK',
});

/** The kernel's own target of that name, which iptables reads but doesn't write any more: no part of the types. */
export const NOTRACK0: AnyExtension = target({ ...common, revisions: [revision(0, struct('', {}), {})] });
