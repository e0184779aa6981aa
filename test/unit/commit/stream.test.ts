import type { Backend } from '../../../lib/backend/backend';
import { ProgramStream, type StreamOptions } from '../../../lib/commit/stream';
import { describe, expect, test } from '../../harness';

/** A backend that tells what is asked of it. */
function told(options: Partial<StreamOptions> = {}) {
  const calls: string[] = [];
  const table = {
    write: async ({ length }: Uint8Array) => void calls.push(`write ${length}`),
    commit: async () => void calls.push('commit'),
    abort: async () => void calls.push('abort'),
  };
  const backend = {
    lock: async (name: string, { idle }: { idle: number }) => {
      calls.push(`lock ${name} ${idle}`);
      return table;
    },
  } as unknown as Backend;
  return { calls, stream: new ProgramStream(backend, 'filter', { wait: 0, ...options }) };
}

describe('ProgramStream', () => {
  test('takes the lock before anything is written', async () => {
    const { calls, stream } = told();
    expect(calls).toEqual(['lock filter 60000']);
    stream.piece.flushAll();
    stream.turn();
    await stream.end();
    expect(calls).toEqual(['lock filter 60000', expect.stringMatching(/^write [1-9]/), 'commit']);
  });

  test('lets go of the lock where nothing has been written', async () => {
    const { calls, stream } = told();
    await stream.abort();
    expect(calls).toEqual(['lock filter 60000', 'abort']);
  });

  test('says that it is there, where pieces become full slowly', async () => {
    const slow = told({ idle: 0 });
    await slow.stream.opened;
    slow.stream.stay();
    slow.stream.stay();
    expect(slow.calls).toEqual(['lock filter 0', 'write 0', 'write 0']);
    const patient = told({ idle: Number.POSITIVE_INFINITY });
    await patient.stream.opened;
    patient.stream.stay();
    expect(patient.calls).toEqual(['lock filter Infinity']);
  });
});
