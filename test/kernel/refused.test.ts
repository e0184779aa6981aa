/** Which rule of many the kernel refuses, and why: the same from every call that brings many. */
import { constants } from 'node:os';
import { Firewall, type IptcError, parseRuleset } from '../../lib';
import { MemoryBackend, type MemoryCommit, MemoryTable } from '../../lib/backend/memory/backend';
import type { Chain } from '../../lib/backend/memory/rules';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';

const { EINVAL } = constants.errno;

async function failure(work: () => unknown): Promise<IptcError> {
  try {
    await work();
  } catch (error) {
    return error as IptcError;
  }
  throw new Error('it succeeded');
}

/** Many rules, one of which is wrong after those before it. */
interface Case {
  readonly table: 'filter' | 'raw';
  /** What is there before. */
  readonly before: readonly string[];
  /** The chain of the many, and the wrong one. */
  readonly chain: string;
  readonly rule: `-${string}`;
  readonly code: string;
  readonly says: string;
}

const LOOP = { table: 'filter', code: 'ERR_BAD_RULE', chain: 'b' } as const;
const OWNER = 'match owner works in OUTPUT or POSTROUTING, and is reached from PREROUTING through';
const CASES: Readonly<Record<string, Case>> = {
  'a chain that jumps to itself': {
    ...LOOP,
    before: ['-N b', '-A INPUT -j b'],
    rule: '-p tcp -j b',
    says: 'the jumps between chains make a loop: chain b jumps to itself (ELOOP): -A b -p tcp -j b',
  },
  'a circle of two': {
    ...LOOP,
    before: ['-N a', '-N b', '-A INPUT -j a', '-A a -j b'],
    rule: '-g a',
    says: 'chain a jumps to b, which jumps back to a (ELOOP): -A b -g a',
  },
  'a way into a circle': {
    ...LOOP,
    chain: 'INPUT',
    before: ['-N a', '-N b', '-N c', '-A a -j b', '-A b -j c', '-A c -j a'],
    rule: '-j b',
    says: 'chain b jumps to c, which jumps to a, which jumps back to b (ELOOP): -A INPUT -j b',
  },
  'a match where packets come to from another chain': {
    table: 'raw',
    code: 'ERR_BAD_RULE',
    before: ['-N I', '-A PREROUTING -j I'],
    chain: 'I',
    rule: '-m owner --uid-owner 0 -j ACCEPT',
    says: `${OWNER} chain I (EINVAL): -A I -m owner --uid-owner 0 -j ACCEPT`,
  },
  'a match beside a jump': {
    table: 'raw',
    code: 'ERR_BAD_RULE',
    before: ['-N I', '-N J', '-A PREROUTING -j I'],
    chain: 'I',
    rule: '-m owner --uid-owner 0 -j J',
    says: `${OWNER} chain I (EINVAL): -A I -m owner --uid-owner 0 -j J`,
  },
  'a jump to where a match is that is not for it': {
    table: 'raw',
    code: 'ERR_BAD_RULE',
    before: ['-N I', '-N J', '-A J -m owner --uid-owner 0', '-A I -j J', '-A OUTPUT -j J'],
    chain: 'PREROUTING',
    rule: '-j I',
    says: `${OWNER} chains I, J (EINVAL): -A PREROUTING -j I`,
  },
};

/** Enough for a program that goes in pieces, and enough for one that doesn't. */
const LENGTHS = [3, 1_500] as const;
const fill = (length: number, at: number, rule: string) =>
  Array.from({ length }, (_, i) => (i === at ? rule : `-p ${(i % 100) + 140}`) as `-${string}`);

function cases<F extends 'ipv4' | 'ipv6'>(family: F, firewallOf: () => Firewall<F>, only: typeof CASES): void {
  for (const [what, { table, before, chain, rule, code, says }] of Object.entries(only)) {
    const filter = () => firewallOf().table(table);
    /** A file with what was there before, and with them. */
    const file = (rules: readonly string[]) =>
      [
        `*${table}`,
        ...before.flatMap((line) => (line.startsWith('-N') ? `:${line.slice(3)} - [0:0]` : [])),
        ...before.filter((line) => line.startsWith('-A')),
        ...rules.map((text) => `-A ${chain} ${text}`),
        'COMMIT',
      ].join('\n');
    const calls: Record<string, (rules: readonly `-${string}`[]) => unknown> = {
      appendAll: (rules) => filter().chain(chain).appendAll(rules),
      appendAllSync: (rules) => filter().chain(chain).appendAllSync(rules),
      'appendAll beside other edits': async (rules) => {
        const beside = (n: number) => filter().chain('OUTPUT').append(`-p ${n}`);
        const [one, all, other] = await Promise.allSettled([
          beside(1),
          filter().chain(chain).appendAll(rules),
          beside(2),
        ]);
        expect([one.status, other.status]).toEqual(['fulfilled', 'fulfilled']);
        await Promise.all([filter().chain('OUTPUT').delete('-p 1'), filter().chain('OUTPUT').delete('-p 2')]);
        if (all.status === 'rejected') throw all.reason;
      },
      transaction: (rules) =>
        filter().transaction(async (tx) => {
          for (const each of rules) await tx.chain(chain).append(each);
        }),
      'restore of data': (rules) => firewallOf().restore(parseRuleset(file(rules), { family })),
      restore: (rules) => firewallOf().restore(file(rules), { file: 'rules.v4' }),
      'restore beside what there is': (rules) =>
        firewallOf().restore(`*${table}\n${rules.map((text) => `-A ${chain} ${text}\n`).join('')}COMMIT\n`, {
          noflush: true,
        }),
      'restore that is a test': (rules) => firewallOf().restore(file(rules), { test: true }),
    };
    for (const [name, call] of Object.entries(calls))
      for (const length of LENGTHS)
        test(`${name} of ${length} names ${what}`, async () => {
          await firewallOf().restore(`*${table}\n${before.join('\n')}\nCOMMIT\n`);
          const saved = await filter().save();
          for (const at of [0, length - 2]) {
            const error = await failure(() => call(fill(length, at, rule)));
            expect(error).toMatchObject({ code, chain, table, applied: 'no' });
            expect(error.message).toContain(says);
            const jumps = before.filter((line) => line.startsWith('-A')).length;
            if (name === 'restore of data') expect(error.index).toBe(jumps + at);
            else if (name === 'restore beside what there is') expect(error.line).toBe(2 + at);
            else if (name.startsWith('restore')) expect(error.line).toBe(2 + before.length + at);
            else expect(error.index).toBe(at);
            expect(await filter().save()).toBe(saved);
          }
        });
  }
}

for (const family of ['ipv4', 'ipv6'] as const) {
  describeWith([], `in memory, in ${family},`, () => {
    // Tables in memory don't know where a match may be used: the kernel's answer is put in.
    const owned = ({ rules }: Chain): boolean =>
      rules.some(
        ({ bytes, at, size, jump }) => bytes.subarray(at, at + size).includes('owner') || (jump && owned(jump)),
      );
    const onCommit = ({ snapshot }: MemoryCommit) => {
      const chain = MemoryTable.from(snapshot()).find('PREROUTING');
      return chain && owned(chain) ? EINVAL : undefined;
    };
    const firewall = Firewall.openSync({ family, backend: new MemoryBackend(family, { onCommit }) });
    afterAll(() => firewall.close());
    cases(family, () => firewall, CASES);
  });

  describeWith(['netns', 'addon'], `in the kernel, in ${family},`, () => {
    let firewall: Firewall<typeof family>;
    beforeAll(async () => {
      firewall = await Firewall.open({ family, namespace: 'new', lock: false });
    });
    afterAll(() => firewall.close());
    cases(family, () => firewall, CASES);
  });
}

test('what was there before is no reason', async () => {
  const odd = Buffer.from([10, 66, 66, 66]);
  const onCommit = ({ snapshot }: MemoryCommit) => (Buffer.from(snapshot()).includes(odd) ? EINVAL : undefined);
  const firewall = Firewall.openSync({ backend: new MemoryBackend('ipv4', { onCommit }) });
  await firewall.restore('*raw\n:I - [0:0]\n:J - [0:0]\n-A PREROUTING -j I\n-A I -m owner --uid-owner 0\nCOMMIT\n');
  const error = await failure(() => firewall.table('raw').chain('PREROUTING').append('-s 10.66.66.66 -j J'));
  expect(error.message).toContain('the kernel refused the rule (EINVAL)');
});
