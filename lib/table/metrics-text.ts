/** What firewalls and their rules count, as Prometheus reads it. */
import { argument, fields, instance, optionsOf } from '../arguments';
import type { TableName } from '../codec/extension';
import { called } from '../commit/call';
import { READING, type ReadOptions } from '../commit/waiting';
import { decodeText } from '../net/text';
import { ELEMENT_HEADER } from '../rule/layout';
import type { Counters } from '../rule/rule';
import { EntryView } from '../rule/view';
import { Slice } from '../slice';
import { BothFamilies } from './both/both';
import { Firewall } from './firewall';
import { tables } from './options';
import type { ChainState } from './state';

export interface MetricsTextOptions extends ReadOptions {
  /** Whose rules; those of all loaded tables unless told. */
  readonly tables?: readonly TableName[];
}
const metricsOptions = fields<MetricsTextOptions>({ ...READING, tables });

type Labels = Readonly<Record<string, string>>;

/** Rules looked at between two looks at the clock. */
const STRETCH = 256;

/** Lines, one metric after the other. */
class Exposition {
  private readonly metrics = new Map<
    string,
    { readonly head: string; readonly values: Map<string, bigint | number> }
  >();

  /** Adds to what the same labels have. */
  add(name: string, type: 'counter' | 'gauge', help: string, labels: Labels, value: bigint | number): void {
    let metric = this.metrics.get(name);
    if (!metric) {
      metric = { head: `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`, values: new Map() };
      this.metrics.set(name, metric);
    }
    const key = Object.entries(labels)
      .map(([label, text]) => `${label}="${escaped(text)}"`)
      .join(',');
    const before = metric.values.get(key);
    metric.values.set(key, before === undefined ? value : (before as never) + (value as never));
  }
  toString(): string {
    let text = '';
    for (const [name, { head, values }] of this.metrics) {
      text += head;
      for (const [labels, value] of values) text += `${name}{${labels}} ${value}\n`;
    }
    return text;
  }
}

/** Bytes that aren't UTF-8 are said as `\xff`. */
const escaped = (text: string): string =>
  text
    .replace(
      /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g,
      (lone) => `\\x${(lone.charCodeAt(0) & 0xff).toString(16)}`,
    )
    .replace(/\\/g, '\\\\')
    .replace(/"/g, '\\"')
    .replace(/\n/g, '\\n');

/**
 * Everything that a firewall counts in the text format of Prometheus: `firewall.metrics`, and the packets and bytes of
 * rules and policies. Rules of a chain that have the same comment are one series, and so are those that have none, without
 * the label.
 *
 * @example
 * console.log(await metricsText(firewall));
 * // libiptc_commits_total{family="ipv4"} 1
 * // libiptc_rule_packets_total{family="ipv4",table="filter",chain="INPUT",comment="ssh"} 12
 */
export function metricsText(firewall: Firewall | BothFamilies, options?: MetricsTextOptions): Promise<string> {
  return called(async () => {
    const on = argument('metricsText', 'firewall', firewall, (value) =>
      value instanceof BothFamilies ? value : instance(Firewall, 'a firewall')(value),
    );
    const { tables, ...reading } = optionsOf('metricsText', options, metricsOptions);
    const text = new Exposition();
    for (const each of on instanceof BothFamilies ? [on.ipv4, on.ipv6] : [on]) {
      addMetrics(text, each as unknown as Firewall);
      await addRules(text, each as unknown as Firewall, tables, reading);
    }
    return text.toString();
  });
}

function addMetrics(text: Exposition, { family, metrics }: Firewall): void {
  const add = (name: string, help: string, value: number, type: 'counter' | 'gauge' = 'counter') =>
    text.add(`libiptc_${name}`, type, help, { family }, value);
  add('edits_total', 'Edits issued.', metrics.edits);
  add('commits_total', 'Commits that reached the tables.', metrics.commits);
  add('committed_edits_total', 'Edits that were in them.', metrics.committedEdits);
  add('splits_total', 'Times that a refused batch of edits was divided.', metrics.splits);
  add('restoring', 'Restores that are under way.', metrics.restoring, 'gauge');
  add('lock_wait_seconds_total', 'Waiting for the xtables lock.', metrics.lockWait / 1e6);
  add('read_seconds_total', 'Reading tables.', metrics.read / 1e6);
  add('edit_seconds_total', 'Editing copies of tables.', metrics.edit / 1e6);
  add('commit_seconds_total', 'Writing tables.', metrics.commit / 1e6);
}

async function addRules(
  text: Exposition,
  firewall: Firewall,
  tables: readonly TableName[] | undefined,
  reading: ReadOptions,
): Promise<void> {
  const slice = new Slice();
  let looked = 0;
  const count = (of: 'rule' | 'policy', labels: Labels, { packets, bytes }: Counters) => {
    text.add(`libiptc_${of}_packets_total`, 'counter', `Packets that came to a ${of}.`, labels, packets);
    text.add(`libiptc_${of}_bytes_total`, 'counter', `Their bytes.`, labels, bytes);
  };
  for (const table of tables ?? (firewall.loadedTables() as TableName[])) {
    const { codec } = firewall.table(table);
    const view = new EntryView(codec.shape);
    for (const chain of (await firewall.table(table).state(reading)).each()) {
      const labels = { family: firewall.family, table, chain: chain.name };
      if (chain.policy !== undefined) count('policy', { ...labels, policy: chain.policy }, chain.counters);
      for (const at of chain.entries()) {
        const comment = commentOf(view, chain, at);
        count('rule', comment === undefined ? labels : { ...labels, comment }, view.on(chain.memory, at).counters);
        if (++looked % STRETCH === 0 && slice.over) await slice.next();
      }
    }
  }
}

/** Its first one; what is empty is none. */
function commentOf(entry: EntryView, { memory }: ChainState, at: number): string | undefined {
  const view = entry.on(memory, at);
  for (let i = view.matches; i < view.target; i = view.behind(i))
    if (view.kernelName(i) === 'comment')
      return decodeText(memory.bytes, i + ELEMENT_HEADER, view.behind(i)) || undefined;
  return undefined;
}
