import type { Family } from '../../lib/codec/extension';
import { afterAll, beforeAll, describe, expect, test } from '../harness';
import { Ours, runFail } from './compare';
import { Legacy } from './legacy';
import { lacksCompiler, lacksLegacy } from './programs';

/** What iptables itself takes and the kernel refuses: its exit code is 1 then, and not 2. */
const LINES: Readonly<Record<string, readonly string[]>> = {
  'both INPUT': [
    '-m recent --set --seconds 5',
    '-m recent --set --hitcount 5',
    '-m recent --remove --seconds 5 --reap',
    '-m recent --rcheck --hitcount 65536',
    '-m string --algo BM --string x',
    '-m string --algo bm --from 10 --to 5 --string x',
    '-m limit --limit 5/sec --limit-burst 0',
    '-m hashlimit --hashlimit-upto 1/sec --hashlimit-htable-expire 0 --hashlimit-name a',
    '-m hashlimit --hashlimit-upto 1/sec --hashlimit-htable-gcinterval 0 --hashlimit-name a',
    '-j IDLETIMER --timeout 0 --label a',
    '-j IDLETIMER --timeout 99999999 --label a',
    '-m connlabel --label 128',
    '-m ecn --ecn-tcp-ece',
    '-p udp -m ecn ! --ecn-tcp-cwr',
    '-m cgroup',
    '-m cgroup --path / --cgroup 1',
    '-m rateest --rateest-lt --rateest-bps 8bit',
    '-m rateest --rateest a --rateest-bps 8bit',
    '-m rateest --rateest a --rateest-lt',
    '-j REJECT --reject-with tcp-reset',
    '-p udp -j REJECT --reject-with tcp-reset',
    '! -p tcp -j REJECT --reject-with tcp-reset',
    '-p tcp -j TCPMSS --set-mss 5',
    '-p tcp -m tcp ! --syn -j TCPMSS --set-mss 5',
    '-p udp -j TCPMSS --set-mss 5',
    '-j TRACE',
    '-m owner --uid-owner 0',
    '-m rpfilter',
    '-m policy --dir out --pol ipsec',
    '-m devgroup --dst-group 1',
    '-m addrtype --src-type LOCAL --limit-iface-out',
  ],
  'ipv4 INPUT': ['-j TEE --gateway 0.0.0.0', '-j ECN --ecn-tcp-remove', '-p udp -j ECN --ecn-tcp-cwr 0'],
  'ipv6 INPUT': [
    '-j DNPT --src-pfx dead::beef --dst-pfx 1c3::/64',
    '-j SNPT --src-pfx dead::/64 --dst-pfx 1c3::1/64',
    '-j SNPT --src-pfx dead::/65 --dst-pfx 1c3::/65',
  ],
};

const lacking = [lacksLegacy('1.8.11'), lacksCompiler()].filter(Boolean).join(', ');
(lacking === '' ? describe : describe.skip)(
  `the commands leave to the kernel what iptables leaves to it${lacking && ` [skipped: ${lacking}]`}`,
  () => {
    let legacy: Legacy;
    beforeAll(() => {
      legacy = new Legacy('paper');
    });
    afterAll(() => legacy.close());

    for (const [place, rules] of Object.entries(LINES))
      for (const family of ['ipv4', 'ipv6'] as const)
        for (const rule of rules)
          if (place.startsWith('both') || place.startsWith(family))
            test(`${family}: ${rule}`, () => {
              const ours = new Ours(legacy.kernel(family));
              const line = { at: rule, table: 'filter', chains: ['INPUT'], rule, verdict: 'FAIL' } as const;
              const { legacy: says, findings } = runFail(line, family as Family, legacy, ours);
              expect(says).toBe('takes it');
              expect(findings).toEqual([]);
            });
  },
);
