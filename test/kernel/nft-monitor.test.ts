import { spawn } from 'node:child_process';
import { Firewall } from '../../lib';
import { afterEach, beforeEach, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';

describeWith(['netns', 'addon', 'nft'], "iptables' monitor", () => {
  let netns: Netns;
  beforeEach(() => {
    netns = new Netns();
  });
  afterEach(() => netns.close());

  test.each(['ipv4', 'ipv6'] as const)('prints our edits as rules, and whose they are, of %s', async (family) => {
    const monitor = spawn('nsenter', [`--net=${netns.path}`, '--', 'stdbuf', '-oL', 'xtables-monitor', '-e']);
    let said = '';
    for (const stream of [monitor.stdout, monitor.stderr])
      stream.on('data', (data) => {
        said += data;
      });
    // That of 1.8.9 gives up at protocols of IPv6, those that iptables-nft writes, too.
    const rule =
      `${family === 'ipv4' ? '-p tcp -m tcp --dport 80' : '-s fd00::1/128'} -m comment --comment x -j ACCEPT` as const;
    const ended = new Promise((resolve) => monitor.on('close', resolve));
    const firewall = await Firewall.open({ family, backend: 'nft', namespace: netns.path });
    const filter = firewall.table('filter');
    const until = async (text: string, edit: () => Promise<unknown>) => {
      for (let i = 0; i < 500 && !said.includes(text); i++) {
        if (i % 50 === 0) await edit();
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      expect(said).toContain(text);
    };
    try {
      // Until it listens.
      let beginnings = 0;
      await until('-N begun', () => filter.createChain(`begun${beginnings++}`));
      await filter.createChain('web');
      await filter.chain('web').append(rule);
      await filter.chain('INPUT').insert('-i eth0 -j web');
      await filter.chain('INPUT').delete('-i eth0 -j web');
      await until('-N ended', () => filter.ensureChain('ended'));
      const option = family === 'ipv4' ? '-4' : '-6';
      const events = said.split('\n').filter((line) => /^ EVENT: -[46]/.test(line) && !/begun|ended/.test(line));
      expect(events).toEqual(
        ['-N web', `-A web ${rule}`, '-A INPUT -i eth0 -j web', '-D INPUT -i eth0 -j web'].map(
          (line) => ` EVENT: ${option} -t filter ${line}`,
        ),
      );
      expect(said).toMatch(/^NEWGEN: .* NAME=libiptc$/m);
    } finally {
      monitor.kill();
      await ended;
      await firewall.close();
    }
  });
});
