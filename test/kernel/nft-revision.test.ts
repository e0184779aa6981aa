import type { NativeNetlink } from '../../lib/backend/addon';
import { openNative } from '../../lib/backend/legacy/backend';
import { revisionIn, revisionRequest } from '../../lib/backend/nft/revision';
import { matches, targets } from '../../lib/extensions/registry';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { openNetlink } from '../harness/netlink';

for (const family of ['ipv4', 'ipv6'] as const) {
  describeWith(['netns', 'addon'], `what nft_compat knows of extensions of ${family}`, () => {
    let socket: NativeNetlink;
    beforeAll(() => {
      socket = openNetlink({ namespace: 'new' });
    });
    afterAll(() => socket.close());
    const ask = (kind: 'match' | 'target', name: string, revision: number) =>
      revisionIn(socket.requestSync(revisionRequest(family, kind, name, revision)).messages);

    test('is what x_tables says', async () => {
      const legacy = openNative({ family, namespace: 'new' });
      const answers = [];
      for (const extension of [...matches, ...targets]) {
        for (const { number } of [...extension.revisions, { number: 15 }]) {
          const { kind, kernelName } = extension;
          answers.push({ kind, kernelName, number, newest: ask(kind, kernelName, number) });
          const said = legacy.revision(kind, kernelName, number);
          expect(answers.at(-1)).toEqual({ kind, kernelName, number, newest: said });
        }
      }
      expect(new Set(answers.map(({ newest }) => newest)).size).toBeGreaterThan(4);
      await legacy.close();
    });

    test('is nothing of names that there are none of', () => {
      expect(ask('match', 'no-such-match', 0)).toBeUndefined();
      expect(ask('target', 'x'.repeat(28), 0)).toBeUndefined();
    });
  });
}
