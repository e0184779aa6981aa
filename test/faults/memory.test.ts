/** Memory that there isn't, whatever of libiptc's and of the addon's asks for it: an error, and what it says is applied is true. */
import { join } from 'node:path';
import { describeWith, expect, test } from '../harness';
import { lacksCommands } from '../harness/commands';
import { Netns } from '../harness/netns';
import { withFaults } from './shim';

const WORK = `
  const { Firewall } = require(${JSON.stringify(join(__dirname, '../../dist/index.js'))});
  (async () => {
    const firewall = await Firewall.open({ backend: 'legacy', lock: false });
    const filter = firewall.table('filter');
    const input = filter.chain('INPUT');
    const many = Array.from({ length: 100 }, (_, i) => '-A OUTPUT -s 192.0.2.' + i + '\\n').join('');
    await firewall.restore('*filter\\n' + many + 'COMMIT\\n');
    const kinds = {
      append: (rule) => input.append(rule),
      transaction: (rule) => filter.transaction((tx) => tx.chain('INPUT').append(rule)),
      restore: (rule) => firewall.restore('*filter\\n:web - [0:0]\\n' + many + '-A INPUT ' + rule + '\\nCOMMIT\\n'),
      refused: (rule) => input.append(rule + ' -j nowhere').catch(() => input.append(rule)),
    };
    const results = [];
    let [number, asked] = [0, 0];
    const fail = (allocation) => {
      process.env.FAIL_MALLOC = ++asked + ':' + allocation;
    };
    for (const [kind, edit] of Object.entries(kinds)) {
      // Until none is left that could fail.
      for (let allocation = 1, whole = 0; whole < 10 && allocation < 500; allocation++) {
        const mark = '--mark ' + ++number;
        fail(allocation);
        const told = await edit('-m mark ' + mark).then(
          () => ({ applied: 'yes' }),
          ({ code, applied, errno }) => ({ code, applied, errno }),
        );
        fail(0);
        const isThere = (await filter.save()).includes(mark.replace(/\\d+/, (n) => '0x' + Number(n).toString(16)) + '\\n');
        results.push({ kind, allocation, ...told, isThere });
        whole = told.code === undefined ? whole + 1 : 0;
      }
    }
    console.log(JSON.stringify(results));
    await firewall.close();
  })();
`;

describeWith(lacksCommands() ? [] : ['netns', 'addon', 'legacy', 'gcc'], 'without memory', () => {
  test('an edit fails as it is told, and the process goes on', { timeout: 120_000 }, () => {
    const netns = new Netns();
    const env = withFaults({});
    const { stdout, stderr, status } = netns.execSync(process.execPath, ['-e', WORK], { env, timeout: 100_000 });
    netns.close();
    expect([status, stderr]).toEqual([0, '']);
    interface Result {
      readonly kind: string;
      readonly code?: string;
      readonly applied: string;
      readonly isThere: boolean;
    }
    const results = JSON.parse(stdout) as Result[];
    const failed = (kind: string) => results.filter((each) => each.kind === kind && each.code !== undefined).length;
    for (const kind of ['append', 'transaction', 'restore']) expect(failed(kind), kind).toBeGreaterThan(0);
    const untrue = results.filter(({ applied, isThere }) => applied !== (isThere ? 'yes' : 'no'));
    expect(untrue).toEqual([]);
    for (const { code } of results) if (code !== undefined) expect(code).toMatch(/^ERR_/);
  });
});
