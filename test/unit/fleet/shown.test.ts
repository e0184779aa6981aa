import { ago, stateOf, table } from '../../../lib/cli/fleet/status';
import { agentUnitText, bootUnitText } from '../../../lib/cli/fleet/units';
import type { FleetStatus, HostReport } from '../../../lib/fleet';
import { agentMetrics, fleetMetrics } from '../../../lib/fleet/metrics';
import { describe, expect, test } from '../../harness';

const NOW = 1_800_000_000_000;
const host = (name: string, more: Partial<HostReport> = {}): HostReport => ({
  host: name,
  fleet: 'default',
  agent: 'a',
  version: '1.0.0',
  at: NOW,
  alive: true,
  labels: {},
  groups: ['web'],
  policies: { web: { seq: 2, blob: 'b' } },
  since: NOW - 300_000,
  problems: {},
  drift: { times: 0, now: 0 },
  ...more,
});
const failed = host('b', {
  policies: { web: { seq: 1, blob: 'a' } },
  problems: { web: { kind: 'locked-out', code: 'ERR_NOT_CONFIRMED', message: 'Cannot\u001b[2J', seq: 2, at: NOW } },
});
const status: FleetStatus = {
  groups: [
    {
      group: 'web',
      seq: 2,
      blob: 'b',
      author: 'anna',
      at: NOW - 7_200_000,
      message: 'no "more"',
      hosts: 3,
      good: 1,
      newest: 1,
      failed: 1,
      dead: 1,
      rollout: { id: 'web-2', waves: ['10%', '100%'], wave: 0, state: 'paused', failures: 0.1, hold: 1, timeout: 1 },
    },
  ],
  hosts: [host('a'), failed, host('c', { alive: false })],
};

describe('how a fleet is', () => {
  test('is a table', () => {
    expect(table(status, NOW)).toBe(
      [
        'GROUP  POLICY  HOSTS  GOOD  FAILED  DEAD  ROLLED OUT TO     PUBLISHED',
        'web    #2      3      1     1       1     10% (1/2) paused  2 h ago by anna: no "more"',
        '',
        'HOST  STATE       POLICIES  FOR    DRIFT  PROBLEM',
        'a     good        web #2    5 min  0',
        // What a host says isn't let loose on a terminal.
        'b     locked-out  web #1    5 min  0      web #2: Cannot?[2J',
        'c     dead        web #2    5 min  0',
        '',
      ].join('\n'),
    );
  });
  test('is a word a host', () => {
    expect(stateOf(host('a', { trying: { web: 3 } }))).toBe('applying');
    expect(stateOf(host('a', { drift: { times: 1, now: 2 } }))).toBe('changed');
    expect(stateOf(host('a', { policies: { web: { seq: 1, blob: '', expired: true } } }))).toBe('expired');
    expect(stateOf(host('a', { policies: {} }))).toBe('none');
    expect([ago(0), ago(119_000), ago(121_000), ago(8 * 86_400_000)]).toEqual(['0 s', '119 s', '2 min', '8 d']);
  });
  test('is told to Prometheus', () => {
    const text = fleetMetrics(status);
    expect(text).toContain('iptc_fleet_group_hosts{group="web",state="dead"} 1\n');
    expect(text).toContain('iptc_fleet_rollout_wave{group="web",state="paused"} 1\n');
    const of = agentMetrics({
      ...failed,
      counters: { web: { 'a "b"\\': { packets: 3, bytes: 180 } } },
      unreachable: { since: 5_000, message: '' },
    });
    expect(of).toContain('iptc_fleet_up 0\n');
    expect(of).toContain('iptc_fleet_problem{what="web",kind="locked-out",code="ERR_NOT_CONFIRMED"} 1\n');
    expect(of).toContain('iptc_fleet_rule_packets_total{group="web",rule="a \\"b\\"\\\\"} 3\n');
    for (const line of `${text}${of}`.trimEnd().split('\n'))
      expect(line).toMatch(
        /^(# (HELP|TYPE) iptc_fleet_\w+ .+|iptc_fleet_\w+(\{(\w+="([^"\\\n]|\\["\\n])*",?)+\})? [\d.e+-]+)$/,
      );
  });
});

test('an agent’s units give it no more than it needs', () => {
  for (const text of [agentUnitText(), bootUnitText()]) {
    expect(text).toContain('\nCapabilityBoundingSet=CAP_NET_ADMIN CAP_NET_RAW\n');
    expect(text).toContain('\nRestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK\n');
    // What compiles can't do without.
    expect(text).not.toContain('MemoryDenyWriteExecute');
  }
  expect(agentUnitText()).toContain('\nType=notify\n');
  expect(agentUnitText()).toContain('\nKillMode=process\n');
  expect(bootUnitText()).toMatch(/\nBefore=network-pre\.target .*\n/);
});
