import { encodeText, Firewall, metricsText } from '../../../lib';
import { MemoryBackend } from '../../../lib/backend/memory/backend';
import { describe, expect, test } from '../../harness';

describe('metricsText', () => {
  const opened = async (text: string) => {
    const backend = new MemoryBackend('ipv4');
    const firewall = await Firewall.open({ backend });
    await firewall.restore(text, { counters: true });
    return firewall;
  };
  /** The samples of a metric, by their labels. */
  const samples = (text: string, name: string): Record<string, string> =>
    Object.fromEntries(
      text
        .split('\n')
        .filter((line) => line.startsWith(`${name}{`))
        .map((line) => {
          const [, labels, value] = /^\w+\{(.*)\} (\S+)$/.exec(line)!;
          return [labels!, value!];
        }),
    );

  test('tells what rules count, by their comments, and what policies do', async () => {
    const firewall = await opened(`*filter
:INPUT DROP [7:70]
:web - [0:0]
[1:10] -A INPUT -p tcp -m comment --comment ssh -j ACCEPT
[2:20] -A INPUT -p udp -m comment --comment ssh -j ACCEPT
[3:30] -A INPUT -s 10.0.0.1 -j DROP
[18446744073709551615:5] -A web -j DROP
[4:40] -A web -j DROP
COMMIT
`);
    const text = await metricsText(firewall, { tables: ['filter'] });
    expect(samples(text, 'libiptc_rule_packets_total')).toEqual({
      'family="ipv4",table="filter",chain="INPUT",comment="ssh"': '3',
      'family="ipv4",table="filter",chain="INPUT"': '3',
      'family="ipv4",table="filter",chain="web"': '18446744073709551619',
    });
    expect(samples(text, 'libiptc_rule_bytes_total')['family="ipv4",table="filter",chain="INPUT",comment="ssh"']).toBe(
      '30',
    );
    expect(samples(text, 'libiptc_policy_packets_total')).toMatchObject({
      'family="ipv4",table="filter",chain="INPUT",policy="DROP"': '7',
    });
    expect(Object.keys(samples(text, 'libiptc_policy_bytes_total'))).toHaveLength(3);
  });

  test('tells what the firewall has done, times in seconds', async () => {
    const firewall = await opened('*filter\nCOMMIT\n');
    await firewall.table('filter').chain('INPUT').append('-j DROP');
    firewall.metrics.lockWait = 1_500_000;
    const text = await metricsText(firewall);
    expect(samples(text, 'libiptc_commits_total')).toEqual({ 'family="ipv4"': '2' });
    expect(samples(text, 'libiptc_lock_wait_seconds_total')).toEqual({ 'family="ipv4"': '1.5' });
    expect(text).toContain('# TYPE libiptc_restoring gauge\n');
  });

  test.each([
    ['a "b"', 'a \\"b\\"'],
    ['a\\b', 'a\\\\b'],
    ['a\nb', 'a\\nb'],
    ['ä€😀', 'ä€😀'],
    ['a\udcffb', 'a\\\\xffb'],
  ])('escapes the comment %j', async (comment, escaped) => {
    const firewall = await opened('*filter\nCOMMIT\n');
    // As bytes: other programs write what no text of ours may say.
    const data = Buffer.alloc(256);
    data.set(encodeText(comment));
    await firewall
      .table('filter')
      .chain('INPUT')
      .append({ match: [{ comment: { revision: 0, data: data.toString('hex') } }] });
    const text = await metricsText(firewall);
    expect(text).toContain(`chain="INPUT",comment="${escaped}"} 0\n`);
    expect(text).toBe(Buffer.from(text).toString());
  });

  test('names each metric once, with its type, whatever the families, and each series once', async () => {
    const both = await Firewall.openBoth({
      backend: { ipv4: new MemoryBackend('ipv4'), ipv6: new MemoryBackend('ipv6') },
    });
    await both.both.table('filter').chain('INPUT').append('-j DROP');
    const lines = (await metricsText(both)).trimEnd().split('\n');
    expect(new Set(lines.map((line) => line.replace(/ \S+$/, ''))).size).toBe(lines.length);
    expect(lines).toContain('libiptc_rule_packets_total{family="ipv6",table="filter",chain="INPUT"} 0');
    let metric = '';
    for (const line of lines) {
      const head = /^# (HELP|TYPE) (\w+) ./.exec(line);
      if (head) metric = head[2]!;
      else expect(line).toMatch(new RegExp(`^${metric}\\{(\\w+="[^"]*",?)+\\} [\\d.e-]+$`));
    }
  });
});
