import { join } from 'node:path';
import { Firewall } from '../../lib';
import { describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';

const LIBRARY = join(__dirname, '../../dist');
/** A program that makes the same rules as all others, in an order of its own. */
const PROGRAM = `
const { Firewall } = require(${JSON.stringify(LIBRARY)});
(async () => {
  const firewall = await Firewall.open();
  const filter = firewall.table('filter');
  const rules = Array.from({ length: 200 }, (_, i) => '-s 10.0.0.' + i + ' -j DROP').sort(() => Math.random() - 0.5);
  await filter.ensureChain('mine', { hook: { chain: 'INPUT', position: 1 } });
  if (process.pid % 2) for (const rule of rules) await filter.chain('mine').ensure(rule);
  else await Promise.all(rules.map((rule) => filter.chain('mine').ensure(rule, { position: 1 })));
  await firewall.close();
})();
`;

describeWith(['netns', 'addon'], 'steps of several processes', () => {
  test('that make the same rules at once leave each of them once', async () => {
    const netns = new Netns();
    const env = { XTABLES_LOCKFILE: join(temporaryFolder('ensure'), 'lock') };
    const programs = Array.from({ length: 8 }, () =>
      netns.exec(process.execPath, ['-e', PROGRAM], { env, timeout: 60_000 }),
    );
    for (const program of programs) expect(await program).toMatchObject({ status: 0, stderr: '' });
    const firewall = await Firewall.open({ namespace: netns.path });
    const lines = (await firewall.save()).split('\n').filter((line) => line.startsWith('-A'));
    await firewall.close();
    netns.close();
    expect(lines.filter((line) => line.startsWith('-A INPUT'))).toEqual(['-A INPUT -j mine']);
    const expected = Array.from({ length: 200 }, (_, i) => `-A mine -s 10.0.0.${i}/32 -j DROP`);
    expect(lines.filter((line) => line.startsWith('-A mine')).sort()).toEqual(expected.sort());
  }, 120_000);
});
