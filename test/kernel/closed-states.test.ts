/** What has been read of a table can be looked at whenever one likes, its firewall open or not. */
import { Firewall } from '../../lib';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { lacksCommands, MULTI } from '../harness/commands';
import { Netns } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';

const RULE = '-m set --match-set enemies src -j DROP';
/** All of these read, close, and then say what they have read. */
const COMMANDS = [
  'doctor',
  'check',
  'who-can tcp/22',
  'why tcp 192.0.2.1 -> 192.0.2.9:22 in eth0',
  'report --out FOLDER/report.html',
  'setup basic-server --dry-run',
];

describeWith(['netns', 'addon', 'ipset'], 'rules that name sets', () => {
  let netns: Netns;
  beforeAll(async () => {
    netns = new Netns();
    // Its index is neither the first nor beside the first.
    const others = Array.from({ length: 70 }, (_, i) => `other${i}`);
    for (const name of [...others, 'enemies']) netns.execSync('ipset', ['create', name, 'hash:ip']);
    for (const name of others.slice(0, -1)) netns.execSync('ipset', ['destroy', name]);
    const firewall = await Firewall.open({ namespace: netns.path });
    await firewall.table('filter').chain('INPUT').append(RULE);
    await firewall.close();
  });
  afterAll(() => netns.close());

  test.each(['close', 'closeSync'] as const)('say them when the firewall is closed: %s', async (how) => {
    const firewall = await Firewall.open({ namespace: netns.path });
    const filter = firewall.table('filter');
    const states = [await filter.state(), filter.stateSync()];
    await firewall[how]();
    for (const state of states) expect(state.save()).toContain(`-A INPUT ${RULE}\n`);
  });

  for (const command of lacksCommands() ? [] : COMMANDS)
    test(`are shown by iptc ${command}`, () => {
      const words = command.replace('FOLDER', temporaryFolder('closed')).split(' ');
      expect(netns.execSync(process.execPath, [MULTI, 'iptc', ...words]).stderr).not.toMatch(/^ {4}at |closed/m);
    });
});
