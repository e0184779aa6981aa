/** Edits and other work with tables, at random: what all kinds of tables have to do alike. */
import { constants } from 'node:os';
import fc from 'fast-check';
import { Firewall } from '../../lib';
import type { ApplyOptions, Timing } from '../../lib/backend/backend';
import { MemoryBackend, type MemoryOptions } from '../../lib/backend/memory/backend';
import type { Table } from '../../lib/table/table';

/** What no kernel of these tests takes. */
export const POISON = '10.66.66.66';
const poisoned = Buffer.from([10, 66, 66, 66]);
const { EINVAL } = constants.errno;

export class CountingBackend extends MemoryBackend {
  attempts = 0;
  override apply(table: string, program: Uint8Array, options: ApplyOptions): Promise<Timing> {
    this.attempts++;
    return super.apply(table, program, options);
  }
}
export const backendOf = (options: MemoryOptions = {}) =>
  new CountingBackend('ipv4', {
    onCommit: ({ snapshot }) => (Buffer.from(snapshot()).includes(poisoned) ? EINVAL : undefined),
    ...options,
  });
export const open = (backend = backendOf(), queue = {}) => Firewall.open({ backend, queue, lock: false });

export type Filter = Table<'ipv4', 'filter'>;
export interface Step {
  readonly name: string;
  readonly run: (filter: Filter, firewall: Firewall<'ipv4'>) => Promise<unknown>;
}
const step = (name: string, run: Step['run']): Step => ({ name, run });

// Jumps go from a to b to c and never back: a loop that a later edit of the same batch breaks is no error of the batch's.
const levels = [['a1', 'a2'], ['b1', 'b2'], ['c1']] as const;
const chain = fc.constantFrom(...levels.flat());
const position = fc.integer({ min: 1, max: 4 });
const rule = (targets: readonly string[]) =>
  fc
    .tuple(
      fc.integer({ min: 1, max: 3 }),
      fc.constantFrom('', '-j ACCEPT', '-j DROP', ...targets.map((to) => `-j ${to}`)),
    )
    .map(([n, to]) => `-s 10.0.0.${n} ${to}`);
const ruled = fc.constantFrom(...levels.flat(), 'INPUT', 'OUTPUT').chain((name) => {
  const level = levels.findIndex((names) => (names as readonly string[]).includes(name));
  return fc.tuple(fc.constant(name), rule(levels.slice(level + 1).flat()));
});
export const edits: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: ruled.map(([name, text]) => step(`-A ${name} ${text}`, (t) => t.chain(name).append(text as '-'))),
  },
  ruled.chain(([name, text]) =>
    position.map((n) => step(`-I ${name} ${n} ${text}`, (t) => t.chain(name).insert(text as '-', n))),
  ),
  ruled.chain(([name, text]) =>
    position.map((n) => step(`-R ${name} ${n} ${text}`, (t) => t.chain(name).replace(n, text as '-'))),
  ),
  ruled.map(([name, text]) => step(`-D ${name} ${text}`, (t) => t.chain(name).delete(text as '-'))),
  ruled.map(([name, text]) => step(`-C ${name} ${text}`, (t) => t.chain(name).check(text as '-'))),
  ruled.map(([name, text]) =>
    step(`-A ${name} three times ${text}`, (t) => t.chain(name).appendAll(['-j DROP', text as '-', '-j ACCEPT'])),
  ),
  fc.tuple(chain, position).map(([name, n]) => step(`-D ${name} ${n}`, (t) => t.chain(name).delete(n))),
  fc
    .tuple(ruled, ruled, position)
    .map(([[name, text], [, other], n]) =>
      step(`-R ${name} ${n} ${text}, for ${other}`, (t) =>
        t.chain(name).replace(n, text as '-', { expect: other as '-' }),
      ),
    ),
  chain.map((name) => step(`-F ${name}`, (t) => t.chain(name).flush())),
  { weight: 4, arbitrary: chain.map((name) => step(`-N ${name}`, (t) => t.createChain(name))) },
  chain.map((name) => step(`-X ${name}`, (t) => t.deleteChain(name))),
  fc
    .constantFrom(...levels)
    .chain((names) =>
      fc
        .constantFrom(...names)
        .chain((from) =>
          fc.constantFrom(...names).map((to) => step(`-E ${from} ${to}`, (t) => t.renameChain(from, to))),
        ),
    ),
  fc.constant(step('-P INPUT DROP', (t) => t.chain('INPUT').setPolicy('DROP'))),
  // Refused by the kernel, by libiptc, and before either. Nothing takes rules out of FORWARD.
  { weight: 3, arbitrary: fc.constant(step('poison', (t) => t.chain('FORWARD').append(`-s ${POISON}`))) },
  fc.constant(step('-A nowhere', (t) => t.chain('nowhere').append('-j DROP'))),
  fc.constant(step('-A INPUT nonsense', (t) => t.chain('INPUT').append('-p tcp -m tcp --dport 70000'))),
);

/** Work that has tables to itself, and reads. */
export const works: fc.Arbitrary<Step> = fc.oneof(
  ruled.map(([name, text]) =>
    step(`-A ${name} ${text} many times`, (t) =>
      t.chain(name).appendAll(Array.from({ length: 1_200 }, () => text as '-')),
    ),
  ),
  ruled.map(([name, text]) =>
    step(`transaction: -N a1, -A ${name} ${text}`, (t) =>
      t.transaction(async (tx) => {
        if (!(await tx.state()).chain('a1')) await tx.createChain('a1');
        await tx.chain(name).append(text as '-');
        return (await tx.state()).length;
      }),
    ),
  ),
  fc.constant(
    step('transaction that throws', (t) =>
      t.transaction(async (tx) => {
        await tx.flush();
        throw new Error('no');
      }),
    ),
  ),
  ruled.map(([name, text]) =>
    step('transaction that reads another table', (t, firewall) =>
      t.transaction(async (tx) => {
        await firewall.table('nat').chain('OUTPUT').list();
        await tx.chain(name).append(text as '-');
      }),
    ),
  ),
  fc
    .constantFrom('-A INPUT -j DROP', '-A INPUT -j nowhere', `-A FORWARD -s ${POISON}`)
    .chain((line) =>
      fc
        .boolean()
        .map((noflush) =>
          step(`restore${noflush ? ' -n' : ''} of filter: ${line}`, (_, firewall) =>
            firewall.restore(`*filter\n:INPUT ACCEPT [0:0]\n:a1 - [0:0]\n${line}\nCOMMIT\n`, { noflush }),
          ),
        ),
    ),
  fc.constant(
    step('restore of nat, filter and nat, from a stream', (_, firewall) =>
      firewall.restore(
        (async function* () {
          yield '*nat\n-A OUTPUT -j DNAT --to-destination 10.0.0.1\nCOMMIT\n*filter\n:b1 -\n-A b1 -j DROP\nCO';
          yield 'MMIT\n*nat\n-A OUTPUT -j RETURN\nCOMMIT\n';
        })(),
        { noflush: true },
      ),
    ),
  ),
  fc.constant(step('nat -A OUTPUT', (_, firewall) => firewall.table('nat').chain('OUTPUT').append('-j ACCEPT'))),
  fc.constant(
    step('nat -L OUTPUT', async (_, firewall) => (await firewall.table('nat').chain('OUTPUT').list()).length),
  ),
  chain.map((name) => step(`-L ${name}`, async (t) => (await t.chain(name).list()).length)),
  fc.constant(step('state', async (t) => (await t.state()).save())),
  fc.constant(step('save', (t) => t.save())),
  fc.constant(step('save all', (_, firewall) => firewall.save())),
  fc.constant(
    step('saveLines', async (_, firewall) => {
      const lines: string[] = [];
      for await (const line of firewall.saveLines({ tables: ['filter', 'nat'] })) lines.push(line);
      return lines;
    }),
  ),
  fc.constant(step('drain', (t) => t.drain())),
);

export const outcome = (promise: Promise<unknown>) =>
  promise.then(
    (value) => value,
    (error) => `${error.code}: ${error.message}`,
  );
