/** `iptc fleet status`: how groups and hosts are, at a glance. */
import type { FleetStatus, HostReport } from '../../fleet';
import { Follower } from '../../fleet/follow';
import { fleetMetrics } from '../../fleet/metrics';
import { STATUS_NAMES, statusIn, statusOf } from '../../fleet/report';
import type { Flag } from '../getopt';
import { complain, print, printStyled } from '../output';
import { EXIT, type Program } from '../program';
import { Given, STORE, STORE_USAGE } from './given';

const FLAGS: readonly Flag[] = [
  ...STORE,
  { name: 'group', argument: true },
  { name: 'watch', letter: 'w' },
  { name: 'json' },
  { name: 'metrics' },
];

/** Exit code 0: all hosts are good; 1: some aren't. */
export async function status(program: Program, words: readonly string[]): Promise<number> {
  const usage = `Usage: ${program.name} fleet status [--group name] [--watch] [--json|--metrics] ${STORE_USAGE}`;
  const given = Given.of(`${program.name} fleet status`, words, FLAGS, usage);
  if (given.rest.length > 0) {
    complain(usage);
    return EXIT.USAGE;
  }
  const store = given.store();
  const show = (of: FleetStatus) => {
    const wanted = only(of, given.one('group'));
    if (given.has('json')) return `${JSON.stringify(wanted, undefined, given.has('watch') ? undefined : 2)}\n`;
    return given.has('metrics') ? fleetMetrics(wanted) : table(wanted, Date.now());
  };
  try {
    if (!given.has('watch')) {
      const found = await statusOf(store);
      print(show(found));
      return only(found, given.one('group')).hosts.every((host) => stateOf(host) === 'good') ? 0 : 1;
    }
    const clear = process.stdout.isTTY === true && !given.has('json') ? '\u001b[H\u001b[2J' : '';
    await new Promise<void>((resolve) => {
      let last = '';
      const follower = new Follower(store, STATUS_NAMES, {
        found: (items) => {
          const text = show(statusIn(items));
          if (text !== last) {
            printStyled(clear);
            print(text);
          }
          last = text;
        },
        lost: ({ message }) => complain(`${program.name}: ${message}`),
      });
      for (const signal of ['SIGINT', 'SIGTERM'] as const)
        process.once(signal, () => void follower.close().then(resolve));
    });
    return 0;
  } finally {
    await store.close();
  }
}

const only = (found: FleetStatus, group: string | undefined): FleetStatus => {
  const { groups, hosts } = found;
  return group === undefined
    ? found
    : {
        groups: groups.filter((each) => each.group === group),
        hosts: hosts.filter((each) => each.groups.includes(group)),
      };
};

export function stateOf({ alive, problems, trying, policies, drift }: HostReport): string {
  if (!alive) return 'dead';
  const [problem] = Object.values(problems);
  if (problem) return problem.kind;
  if (trying) return 'applying';
  if (drift.now > 0) return 'changed';
  if (Object.values(policies).some(({ expired }) => expired)) return 'expired';
  return Object.keys(policies).length === 0 ? 'none' : 'good';
}

/** How long ago, roughly. */
export function ago(milliseconds: number): string {
  const units = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1_000],
  ] as const;
  const [unit, size] = units.find(([, each]) => milliseconds >= 2 * each) ?? units[3];
  return `${Math.max(0, Math.floor(milliseconds / size))} ${unit}`;
}

/** What others have written may hold anything, and is shown on a terminal. */
export const plain = (text: string): string => text.replace(/[\p{Cc}\p{Cf}]/gu, '?');
/** Characters of a cell. */
const WIDEST = 160;

function columns(given: readonly (readonly string[])[]): string {
  const rows = given.map((row) => row.map((cell) => plain(cell).slice(0, WIDEST)));
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, i) => cell.padEnd(widths[i]!))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}

export function table({ groups, hosts, unreadable = [], warnings = [] }: FleetStatus, now: number): string {
  const ofGroups = groups.map(({ group, seq, hosts: all, good, failed, dead, rollout, ended, at, author, message }) => [
    group,
    `#${seq}`,
    String(all),
    String(good),
    String(failed),
    String(dead),
    rollout
      ? `${rollout.waves[rollout.wave]} (${rollout.wave + 1}/${rollout.waves.length})${rollout.state === 'paused' ? ' paused' : ''}`
      : ended
        ? `#${ended.seq} taken back: ${ended.reason}`
        : 'all',
    `${ago(now - at)} ago by ${author}${message === undefined ? '' : `: ${message}`}`,
  ]);
  const ofHosts = hosts.map((host) => {
    const { policies, problems, since, drift } = host;
    const [problem] = Object.entries(problems);
    return [
      host.host,
      stateOf(host),
      Object.entries(policies)
        .map(([group, { seq }]) => `${group} #${seq}`)
        .join(', ') || '-',
      since === undefined ? '-' : ago(now - since),
      String(drift.times),
      problem ? `${problem[0]}${problem[1].seq === undefined ? '' : ` #${problem[1].seq}`}: ${problem[1].message}` : '',
    ];
  });
  const parts = [
    columns([['GROUP', 'POLICY', 'HOSTS', 'GOOD', 'FAILED', 'DEAD', 'ROLLED OUT TO', 'PUBLISHED'], ...ofGroups]),
  ];
  if (hosts.length > 0) parts.push(columns([['HOST', 'STATE', 'POLICIES', 'FOR', 'DRIFT', 'PROBLEM'], ...ofHosts]));
  const notes = [...unreadable, ...warnings];
  if (notes.length > 0) parts.push(notes.map((line) => `${plain(line)}\n`).join(''));
  return parts.join('\n');
}
