/** docs/policies.md: each call gives the lines beneath it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Firewall } from '../../../lib';
import * as policy from '../../../lib/policy';
import { MemoryBackend } from '../../../lib/testing';
import { describe, expect, test } from '../../harness';

const page = readFileSync(join(__dirname, '../../../docs/policies.md'), 'utf8');
const EXAMPLE = /```ts\n(\w+)(\([^`]*?\));\n```\n\n```\n([^`]*)\n```/g;
const examples = [...page.matchAll(EXAMPLE)].map(([, name, call, lines]) => ({ name: name!, call: call!, lines }));

const linesOf = async (rules: readonly policy.ReadyRule[], family: 'ipv4' | 'ipv6' = 'ipv4', chain = 'INPUT') => {
  const firewall = await Firewall.open({ family, backend: new MemoryBackend(family) });
  await firewall.table('filter').chain(chain).appendAll(rules);
  const saved = await firewall.save({ tables: ['filter'] });
  return saved
    .split('\n')
    .filter((line) => line.startsWith('-A'))
    .join('\n');
};
const run = (text: string) => new Function('policy', `return policy.${text}`)(policy) as readonly policy.ReadyRule[];

describe('ready policies', () => {
  test('are on their page, each', () => {
    const names = Object.entries(policy).filter(([, value]) => typeof value === 'function' && value.length <= 1);
    const ready = names.map(([name]) => name).filter((name) => !['apply', 'plan', 'Plan'].includes(name));
    expect(examples.map(({ name }) => name).sort()).toEqual(ready.sort());
  });
  test.each(examples)('$name gives its lines', async ({ name, call, lines }) => {
    const chain = /^-A (\S+)/.exec(lines!)![1]!;
    expect(await linesOf(run(name + call), 'ipv4', chain)).toBe(lines);
  });
  test('the first example is a policy', async () => {
    const [, body] = /await apply\(firewall, (\{[^`]*\})\);\n```/.exec(page)!;
    const desired = () =>
      new Function('policy', `const { ${Object.keys(policy).join()} } = policy; return ${body}`)(policy);
    for (const family of ['ipv4', 'ipv6'] as const) {
      const firewall = await Firewall.open({ family, backend: new MemoryBackend(family) });
      if (family === 'ipv4') expect((await policy.plan(firewall, desired())).changes).toHaveLength(17);
      else await expect(policy.plan(firewall, desired())).rejects.toThrow('icmp');
    }
  });

  test('say of what they have a comment, what becomes of it, and whom they count as one', async () => {
    const rules = policy.portFlood({ ports: [22], rate: '1/min', mask: 64, comment: 'app', target: { REJECT: {} } });
    expect(await linesOf(rules, 'ipv6')).toMatch(
      / --hashlimit-srcmask 64 -m comment --comment app -j REJECT --reject-with icmp6-port-unreachable$/,
    );
    for (const each of [
      policy.connectionLimit({ ports: [1], most: 1, comment: 'app' }),
      policy.synFlood({ comment: 'app' }),
      policy.icmpRate({ comment: 'app' }),
      policy.portKnocking({ port: 1, knocks: [2], comment: 'app' }),
      policy.portScan({ open: [1], comment: 'app' }),
      policy.smtpOut({ users: [0], comment: 'app' }),
      policy.bogons({ inInterface: 'eth0', comment: 'app' }),
      policy.logDrops({ comment: 'app' }),
    ])
      for (const rule of each) expect(rule.match!.at(-1)).toEqual({ comment: { comment: 'app' } });
  });
  test('count another rate under another name', () => {
    const name = (options: policy.PortFloodOptions) =>
      JSON.stringify(policy.portFlood(options)).match(/"tcp\d+-\w+"/)![0];
    const names = [
      { ports: [22], rate: '1/min' },
      { ports: [22], rate: '2/min' },
      { ports: [22], rate: '1/min', burst: 6 },
      { ports: [22], rate: '1/min', mask: 24 },
      { ports: [[22, 23]], rate: '1/min' },
    ] as const;
    expect(new Set(names.map(name)).size).toBe(names.length);
    expect(name({ ports: [65535], rate: '1/min' }).length).toBeLessThanOrEqual(17); // 15, and quotes
  });
  test('fit into IPv6', async () => {
    expect(await linesOf(policy.bogons({ inInterface: 'eth0', family: 'ipv6' }), 'ipv6')).toContain('-s fc00::/7 -i');
    expect(await linesOf(policy.icmpRate({ family: 'ipv6' }), 'ipv6')).toContain(
      '-p ipv6-icmp -m icmp6 --icmpv6-type 128',
    );
    const knocks = await linesOf(policy.portKnocking({ port: 22, knocks: [1, 2, 3], protocol: 'udp' }), 'ipv6');
    expect(knocks.match(/-p udp/g)).toHaveLength(5);
  });

  const refused: readonly (readonly [() => unknown, RegExp])[] = [
    [() => policy.connectionLimit({ ports: [], most: 1 }), /^Expected ports for ports of connectionLimit\(\)/],
    [() => policy.connectionLimit({ ports: [70000], most: 1 }), /^Expected a port from 0 to 65535, or a range/],
    [() => policy.portFlood({ ports: [[9, 8]], rate: '1/min' }), /^Expected the first and the last port of a range/],
    [() => policy.portFlood({ ports: [9] } as never), /^Expected a rate like 5\/min for rate of portFlood\(\)/],
    [() => policy.portKnocking({ port: 22, knocks: [1, 1] }), /^Expected ports that differ/],
    [() => policy.portKnocking({ port: 22, knocks: [22] }), /^Expected ports that differ/],
    [() => policy.smtpOut({}), /^Expected users or groups for options of smtpOut\(\) but received neither/],
    [() => policy.smtpOut({ users: ['nobody-there'] }), /^Expected a user that there is/],
    [() => policy.bogons({ inInterface: 'eth0', except: ['10.0.0.0/9'] }), /^Expected a network of BOGONS/],
    [() => policy.synFlood({ rat: '1/sec' } as never), /^Expected rate, or another of/],
  ];
  test.each(refused.map(([call, message]) => ({ call, message })))(
    'refuse what makes no rule: $message',
    ({ call, message }) => {
      expect(call).toThrow(
        expect.objectContaining({ code: 'ERR_BAD_ARGUMENT', message: expect.stringMatching(message) }),
      );
    },
  );
});
