/** What hosts and fleets say to Prometheus, in its text format. */
import type { AgentStatus } from './agent/status';
import type { FleetStatus } from './report';

type Labels = Readonly<Record<string, string>>;
type Sample = readonly [value: number, labels?: Labels];

/** `\`, `"` and newlines are escaped, and nothing else. */
const escaped = (text: string): string => text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n');

class Page {
  text = '';
  add(name: string, kind: 'gauge' | 'counter', help: string, samples: readonly Sample[]): void {
    if (samples.length === 0) return;
    this.text += `# HELP iptc_fleet_${name} ${help}\n# TYPE iptc_fleet_${name} ${kind}\n`;
    for (const [value, labels = {}] of samples) {
      const shown = Object.entries(labels).map(([key, each]) => `${key}="${escaped(each)}"`);
      this.text += `iptc_fleet_${name}${shown.length > 0 ? `{${shown.join(',')}}` : ''} ${value}\n`;
    }
  }
}
const seconds = (milliseconds: number): number => milliseconds / 1000;

/** What an agent says of its host. */
export function agentMetrics(status: AgentStatus): string {
  const { unreachable, policies, since, problems, drift, counters = {} } = status;
  const page = new Page();
  page.add('up', 'gauge', 'Whether the store can be reached', [[unreachable ? 0 : 1]]);
  if (unreachable)
    page.add('unreachable_since_seconds', 'gauge', 'When it was reached last', [[seconds(unreachable.since)]]);
  const applied = Object.entries(policies).map(([group, { seq }]): Sample => [seq, { group }]);
  page.add('policy_seq', 'gauge', 'Number of the policy that holds', applied);
  if (since !== undefined)
    page.add('policy_since_seconds', 'gauge', 'Since when the policies hold', [[seconds(since)]]);
  const expired = Object.entries(policies).map(([group, each]): Sample => [each.expired ? 1 : 0, { group }]);
  page.add('policy_expired', 'gauge', 'Whether it should have been replaced by now', expired);
  const wrong = Object.entries(problems).map(([what, { kind, code }]): Sample => [1, { what, kind, code }]);
  page.add('problem', 'gauge', 'Why a policy is not what holds', wrong);
  page.add('drift_total', 'counter', 'How often others had changed what is owned', [[drift.times]]);
  page.add('drift_rules', 'gauge', 'How many rules are wrong now', [[drift.now]]);
  const rules = Object.entries(counters).flatMap(([group, of]) =>
    Object.entries(of).map(([rule, count]) => ({ labels: { group, rule }, count })),
  );
  page.add(
    'rule_packets_total',
    'counter',
    'Packets of a rule, by its comment',
    rules.map(({ labels, count }) => [count.packets, labels]),
  );
  page.add(
    'rule_bytes_total',
    'counter',
    'Bytes of a rule, by its comment',
    rules.map(({ labels, count }) => [count.bytes, labels]),
  );
  return page.text;
}

/** What a publisher sees of the whole fleet. */
export function fleetMetrics({ groups, hosts }: FleetStatus): string {
  const page = new Page();
  const each = (value: (of: (typeof groups)[number]) => number): Sample[] =>
    groups.map((of) => [value(of), { group: of.group }]);
  page.add(
    'group_seq',
    'gauge',
    'Number of the newest policy',
    each(({ seq }) => seq),
  );
  page.add(
    'group_published_seconds',
    'gauge',
    'When it was published',
    each(({ at }) => seconds(at)),
  );
  const counts = groups.flatMap(({ group, good, newest, failed, dead, hosts: all }) =>
    Object.entries({ all, good, newest, failed, dead }).map(([state, n]): Sample => [n, { group, state }]),
  );
  page.add('group_hosts', 'gauge', 'How many hosts are how', counts);
  page.add(
    'rollout_wave',
    'gauge',
    'Which wave a roll-out has come to, from 1 on',
    groups.flatMap(({ group, rollout }): Sample[] =>
      rollout ? [[rollout.wave + 1, { group, state: rollout.state }]] : [],
    ),
  );
  page.add('hosts_alive', 'gauge', 'How many hosts live', [[hosts.filter(({ alive }) => alive).length]]);
  page.add('hosts', 'gauge', 'How many hosts have ever been here', [[hosts.length]]);
  return page.text;
}
