import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { directoryStore, memoryStore, type Store, type StoreChange } from '../../../lib/fleet';
import { describe, expect, test } from '../../harness';
import { temporaryFolder } from '../../harness/temporary';
import { storeCases } from './store-cases';

const STORES: Record<string, () => Store> = {
  memory: () => memoryStore(),
  'a folder': () => directoryStore(join(temporaryFolder('store'), 'of', 'mine')),
};
const bytes = (text: string) => Buffer.from(text);

for (const [name, make] of Object.entries(STORES))
  describe(`a store in ${name}`, () => {
    storeCases(make);
    test('says so where it can no longer tell what has changed', async () => {
      const store = make();
      const { revision } = await store.read(['a']);
      await store.commit({ put: [{ key: 'a', value: bytes('1') }] });
      const watching = store.watch(['a'], revision, () => {}, new AbortController().signal);
      await expect(watching).rejects.toMatchObject({ code: 'ERR_UNREACHABLE' });
    });
  });

describe('a folder', () => {
  test('forgets what another process held when it is killed', async () => {
    const folder = temporaryFolder('store');
    const program = `const { directoryStore } = require(${JSON.stringify(join(__dirname, '../../../dist/fleet'))});
      (async () => { const store = directoryStore(${JSON.stringify(folder)});
        await store.commit({ put: [{ key: 'a', value: Buffer.from('1'), lease: await store.lease(5) }] });
        console.log('done'); setInterval(() => {}, 1000); })();`;
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    const store = directoryStore(folder);
    const { revision, items } = await store.read(['a']);
    expect(items.size).toBe(1);
    const stop = new AbortController();
    const gone = new Promise<readonly StoreChange[]>(
      (resolve) => void store.watch(['a'], revision, resolve, stop.signal),
    );
    child.kill('SIGKILL');
    expect(await gone).toEqual([{ key: 'a' }]);
    stop.abort();
  });
  test('does not grow with its revisions', async () => {
    const folder = temporaryFolder('store');
    const store = directoryStore(folder);
    for (let i = 0; i < 250; i++) await store.commit({ put: [{ key: 'a', value: bytes(String(i)) }] });
    expect(readdirSync(folder).length).toBeLessThan(220);
  });
  test('that can’t be is told', async () => {
    await expect(directoryStore('/proc/none').read(['a'])).rejects.toMatchObject({ code: 'ERR_UNREACHABLE' });
    expect(existsSync('/proc/none')).toBe(false);
  });
});
