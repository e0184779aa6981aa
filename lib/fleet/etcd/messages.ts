/** Those of etcd's messages (API version 3) that a store needs, by the numbers of their fields. */
import type { Message } from './wire';

const header = { clusterId: [1, 'id'], revision: [3, 'int'] } as const satisfies Message;
const pair = { key: [1, 'bytes'], modRevision: [3, 'int'], value: [5, 'bytes'] } as const satisfies Message;

const range = {
  key: [1, 'bytes'],
  rangeEnd: [2, 'bytes'],
  limit: [3, 'int'],
  revision: [4, 'int'],
  serializable: [7, 'flag'],
  keysOnly: [8, 'flag'],
} as const satisfies Message;
const ranged = { header: [1, header], kvs: [2, [pair]], more: [3, 'flag'] } as const satisfies Message;
const put = { key: [1, 'bytes'], value: [2, 'bytes'], lease: [3, 'id'] } as const satisfies Message;
const deleteRange = { key: [1, 'bytes'], rangeEnd: [2, 'bytes'] } as const satisfies Message;
const request = { range: [1, range], put: [2, put], deleteRange: [3, deleteRange] } as const satisfies Message;
const response = { range: [1, ranged] } as const satisfies Message;
/** How a key is compared: what of it (its revision), and how (equal). */
const compare = {
  result: [1, 'int'],
  target: [2, 'int'],
  key: [3, 'bytes'],
  modRevision: [6, 'int'],
} as const satisfies Message;
export const EQUAL = 0;
export const MOD = 2;

const create = {
  key: [1, 'bytes'],
  rangeEnd: [2, 'bytes'],
  startRevision: [3, 'int'],
  watchId: [7, 'int'],
} as const satisfies Message;
const event = { type: [1, 'int'], kv: [2, pair] } as const satisfies Message;
export const DELETE = 1;

interface Method<Q extends Message, A extends Message> {
  readonly path: string;
  readonly request: Q;
  readonly answer: A;
}
const method = <const Q extends Message, const A extends Message>(
  path: string,
  request: Q,
  answer: A,
): Method<Q, A> => ({
  path: `/etcdserverpb.${path}`,
  request,
  answer,
});

export type { Method };

export const RANGE = method('KV/Range', range, ranged);
export const TXN = method(
  'KV/Txn',
  { compare: [1, [compare]], success: [2, [request]], failure: [3, [request]] },
  { header: [1, header], succeeded: [2, 'flag'], responses: [3, [response]] },
);
export const WATCH = method(
  'Watch/Watch',
  { create: [1, create] },
  {
    header: [1, header],
    watchId: [2, 'int'],
    created: [3, 'flag'],
    canceled: [4, 'flag'],
    compactRevision: [5, 'int'],
    cancelReason: [6, 'text'],
    events: [11, [event]],
  },
);
export const LEASE_GRANT = method(
  'Lease/LeaseGrant',
  { ttl: [1, 'int'], id: [2, 'id'] },
  { header: [1, header], id: [2, 'id'], ttl: [3, 'int'] },
);
export const LEASE_REVOKE = method('Lease/LeaseRevoke', { id: [1, 'id'] }, { header: [1, header] });
export const LEASE_KEEP_ALIVE = method(
  'Lease/LeaseKeepAlive',
  { id: [1, 'id'] },
  { header: [1, header], id: [2, 'id'], ttl: [3, 'int'] },
);
export const AUTHENTICATE = method(
  'Auth/Authenticate',
  { name: [1, 'text'], password: [2, 'text'] },
  { token: [2, 'text'] },
);
export const MAINTENANCE_STATUS = method(
  'Maintenance/Status',
  {},
  { header: [1, header], version: [2, 'text'], dbSize: [3, 'int'], errors: [8, 'text'], dbSizeInUse: [9, 'int'] },
);
