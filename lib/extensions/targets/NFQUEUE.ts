import { excludes, needs, revision, target } from '../../codec/extension';
import { Unknown } from '../../codec/meaning';
import {
  fromRange,
  integer,
  operand,
  parseRange,
  printRange,
  type Range,
  toNumber,
  toRange,
} from '../../codec/operand';
import { flagged, Option, optional } from '../../codec/option';
import { bit, boolean, type MembersOf, type Place, struct, u16 } from '../../codec/struct';
import { Mismatch } from '../../errors';

// <linux/netfilter/xt_NFQUEUE.h>
const v0 = struct('xt_NFQ_info', { queuenum: u16 });
const v1 = struct('xt_NFQ_info_v1', { queuenum: u16, queues_total: u16 });
const v2 = struct('xt_NFQ_info_v2', { queuenum: u16, queues_total: u16, bypass: u16 });
const v3 = struct('xt_NFQ_info_v3', { queuenum: u16, queues_total: u16, flags: u16 });
const NFQ_FLAG_BYPASS = 0x01;
const NFQ_FLAG_CPU_FANOUT = 0x02;

const queueNum = (place: Place<number>) => integer(place, 0, 65535);
const balance = ({ queuenum, queues_total }: MembersOf<typeof v1>) => ({
  // One queue has a number; several have a range.
  'queue-num': new Option(
    queueNum(queuenum),
    false,
    (m) => (queues_total.read(m) > 1 ? undefined : queuenum.read(m)),
    (m, value) => queueNum(queuenum).write(m, value),
    (m) => queues_total.write(m, 1),
  )
    .varies()
    .doc('The queue, 0 to 65535; 0 if not given.'),
  'queue-balance': optional<Range>(
    { read: (m) => queues_total.read(m) > 1, write: () => {} },
    operand<Range>(
      'number:number',
      '[low: number, high: number]',
      {
        read: (m) => fromRange(queuenum.read(m), queuenum.read(m) + queues_total.read(m) - 1),
        write(m, value) {
          const [low, high] = toRange(value);
          if (low === high || high > 65535 || high - low === 65535)
            throw new Mismatch('a range [low, high] of 2 to 65535 queues', value);
          queuenum.write(m, low);
          queues_total.write(m, high - low + 1);
        },
      },
      (v) => printRange(v),
      (word) => parseRange(word, (w) => toNumber(w), 65534),
    ),
  ).doc('The queues over which connections are spread.'),
});
const bypass = (there: Place<boolean>) => ({
  'queue-bypass': flagged(there).doc('Accept the packet if no program listens.'),
});

/** Hands packets to a program that decides what becomes of them. */
export const NFQUEUE = target({
  name: 'NFQUEUE',
  doc: 'Hands the packet to a program, which decides what becomes of it.',
  revisions: [
    revision(3, v3, {
      ...balance(v3),
      ...bypass(bit(v3.flags, NFQ_FLAG_BYPASS)),
      'queue-cpu-fanout': flagged(bit(v3.flags, NFQ_FLAG_CPU_FANOUT)).doc(
        'Choose the queue by CPU rather than by connection.',
      ),
    }),
    revision(2, v2, { ...balance(v2), ...bypass(boolean(v2.bypass)) }),
    revision(1, v1, balance(v1)),
    revision(0, v0, {
      'queue-num': new Option(
        queueNum(v0.queuenum),
        false,
        (m) => v0.queuenum.read(m),
        (m, value) => v0.queuenum.write(m, value),
      ),
    }),
  ],
  constraints: [excludes('queue-balance', 'queue-num'), needs('queue-cpu-fanout', 'queue-balance')],
  effect:
    ({ queueBypass }) =>
    () =>
      queueBypass
        ? { unknown: new Unknown('whether a program listens', true), yes: () => 'NFQUEUE', no: () => 'ACCEPT' }
        : 'NFQUEUE',
  example: { queueBalance: [0, 3], queueBypass: true },
  list: ({ queueNum: num, queueBalance, queueBypass, queueCpuFanout }) =>
    `NFQUEUE ${queueBalance === undefined ? `num ${num}` : `balance ${printRange(queueBalance)}`}${queueBypass ? ' bypass' : ''}${queueCpuFanout ? ' cpu-fanout' : ''}`,
});
