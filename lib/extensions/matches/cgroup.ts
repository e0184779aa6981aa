import { match, revision } from '../../codec/extension';
import { all, fact, given } from '../../codec/meaning';
import { cut, integer, negatable, shown, text } from '../../codec/operand';
import { optional, required } from '../../codec/option';
import { boolean, chars, type Member, type Place, pointer, struct, u8, u32, union } from '../../codec/struct';
import { Mismatch } from '../../errors';

// <linux/netfilter/xt_cgroup.h>
const flags = { has_path: u8, has_classid: u8, invert_path: u8, invert_classid: u8 };
const v2 = struct('xt_cgroup_info_v2', { ...flags, '': union({ path: chars(512), classid: u32 }) }, { priv: pointer });
const v1 = struct('xt_cgroup_info_v1', { ...flags, path: chars(4096), classid: u32 }, { priv: pointer });
const v0 = struct('xt_cgroup_info_v0', { id: u32, invert: u32 });

type Flags = { readonly [K in keyof typeof flags]: Place<number> };
const options = (s: Flags, path: Member<string>, classid: Place<number>) => {
  const byPath = optional(boolean(s.has_path), negatable(boolean(s.invert_path), cut(path.type.size - 1, text(path))));
  const byClass = optional(boolean(s.has_classid), negatable(boolean(s.invert_classid), integer(classid)));
  return {
    path: byPath.doc('A control group, by its path below the root of cgroup 2, with those inside it.'),
    cgroup: byClass.doc('The class that net_cls, of cgroup 1, gives.'),
  };
};

/** Matches by the control group of the socket that sends or receives. */
export const cgroup = match({
  name: 'cgroup',
  doc: 'Matches by the control group of the socket that sends or receives.',
  where: { hooks: ['INPUT', 'OUTPUT', 'POSTROUTING'] },
  revisions: [
    revision(2, v2, options(v2, v2[''].path, v2[''].classid)),
    revision(1, v1, options(v1, v1.path, v1.classid)),
    revision(0, v0, { cgroup: required(negatable(boolean(v0.invert), integer(v0.id))) }),
  ],
  refersTo: {
    path: {
      kind: 'control group',
      make: (path) =>
        `Make it below the mount point of cgroup 2 (findmnt -t cgroup2): mkdir -p .${path.replace(/^(?!\/)/, '/')}.`,
      errno: 'EINVAL',
    },
  },
  kernelCheck({ path, cgroup }) {
    if ((path === undefined) === (cgroup === undefined))
      throw new Mismatch('one of --path or --cgroup', path === undefined ? undefined : '--path --cgroup');
  },
  matches: ({ path, cgroup }) =>
    all(
      given(path, (above) => {
        const root = `${above.replace(/\/+$/, '')}/`;
        return fact('cgroup', (group) => `${group}/`.startsWith(root));
      }),
      given(cgroup, (id) => fact('classid', (classid) => classid === id)),
    ),
  example: { path: '/system.slice' },
  list: ({ path, cgroup }) =>
    `cgroup${[path, cgroup].map((v) => (v === undefined ? '' : ` ${shown<unknown>(v)}`)).join('')}`,
});
