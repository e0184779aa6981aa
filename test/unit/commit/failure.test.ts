import { constants } from 'node:os';
import { Firewall, IptcError } from '../../../lib';
import type { Stage } from '../../../lib/backend/backend';
import { failure } from '../../../lib/backend/legacy/failure';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { blamesRule, toIptcError } from '../../../lib/commit/failure';
import { describe, expect, test } from '../../harness';

const STAGES: Record<Stage, 'no' | 'yes' | 'unknown'> = {
  namespace: 'no',
  open: 'no',
  lock: 'no',
  read: 'no',
  edit: 'no',
  rule: 'no',
  commit: 'no',
  unknown: 'unknown',
  counters: 'yes',
  idle: 'no',
  busy: 'no',
  closed: 'no',
};
const ERRNOS = Object.values(constants.errno);
const { E2BIG, EAGAIN, EINTR, EINVAL, ELOOP, ENOBUFS, ENOENT, ENOMEM, EPERM, ERANGE } = constants.errno;

describe('applied', () => {
  test.each(Object.entries(STAGES))('is said of stage %s by the stage alone: %s', (stage, applied) => {
    for (const errno of [0, ...ERRNOS])
      for (const family of ['ipv4', 'ipv6'] as const) {
        const error = toIptcError(failure(stage as Stage, errno, 'reason', { family }), {
          operation: 'append to',
          table: 'filter',
          family,
        });
        expect(`${errno} ${error.applied}`).toBe(`${errno} ${applied}`);
        expect(error.message).toMatch(/^Cannot append to table filter \(IPv[46]\): \S/);
      }
  });

  test('is what the table says, whatever step fails and by whatever errno', async () => {
    const backend = new MemoryBackend('ipv4');
    const firewall = await Firewall.open({ backend, lock: false });
    const filter = firewall.table('filter');
    const input = filter.chain('INPUT');
    const edits: Record<string, () => Promise<unknown>> = {
      append: () => input.append('-s 10.0.0.1 -j DROP'),
      appendSync: async () => input.appendSync('-s 10.0.0.1 -j DROP'),
      appendAll: () => input.appendAll(Array.from({ length: 1_500 }, () => '-s 10.0.0.1 -j DROP' as const)),
      transaction: () => filter.transaction((tx) => tx.chain('INPUT').append('-s 10.0.0.1 -j DROP')),
      restore: () => firewall.restore('*filter\n-A INPUT -s 10.0.0.1 -j DROP\nCOMMIT\n'),
      setPolicy: () => input.setPolicy('DROP'),
    };
    for (const [name, edit] of Object.entries(edits))
      for (const stage of ['lock', 'read', 'commit', 'counters'] as const)
        for (const errno of [E2BIG, EAGAIN, EINTR, EINVAL, ELOOP, ENOBUFS, ENOENT, ENOMEM, EPERM, ERANGE]) {
          // A transaction whose table was changed by others is tried again.
          if (name === 'transaction' && stage === 'commit' && errno === EAGAIN) continue;
          const before = await filter.save();
          backend.failNext(stage, errno);
          const error = await edit().then(
            () => undefined,
            (reason: unknown) => reason as IptcError,
          );
          const what = `${name}, ${stage}, ${errno}`;
          expect(error, what).toBeInstanceOf(IptcError);
          expect(`${what}: ${error!.applied}`).toBe(`${what}: ${(await filter.save()) === before ? 'no' : 'yes'}`);
          await filter.flush();
          await input.setPolicy('ACCEPT');
        }
  });
});

describe('a rule', () => {
  const commit = (errno: number) => failure('commit', errno, 'reason', { family: 'ipv4' });
  test('is to blame for no lack of memory, room, rights or luck', () => {
    for (const errno of [ENOMEM, ENOBUFS, EPERM, EAGAIN, EINTR]) expect(blamesRule(commit(errno))).toBe(false);
  });
  test('may be for all else that the kernel says of a table', () => {
    for (const errno of [EINVAL, ENOENT, ELOOP, ERANGE]) expect(blamesRule(commit(errno))).toBe(true);
  });
});
