/**
 * An exporter by prom-client: beside the process's own metrics, what each rule with a comment has counted.
 *
 *     node prometheus.mjs 9100    # http://127.0.0.1:9100/metrics
 */
import { createServer } from 'node:http';
import { Firewall, matchOf } from 'libiptc';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';

const input = (await Firewall.open()).table('filter').chain('INPUT');
const registry = new Registry();
collectDefaultMetrics({ register: registry });
new Gauge({
  name: 'firewall_rule_packets',
  help: 'Packets that a rule of INPUT has seen, by its comment',
  labelNames: ['comment'],
  registers: [registry],
  async collect() {
    this.reset();
    for (const rule of await input.list()) {
      const comment = matchOf(rule, 'comment')?.comment;
      if (comment !== undefined) this.inc({ comment }, Number(rule.counters.packets));
    }
  },
});

createServer((_request, response) => {
  registry.metrics().then(
    (text) => response.setHeader('content-type', registry.contentType).end(text),
    (error: Error) => response.writeHead(500).end(`${error.message}\n`),
  );
}).listen(Number(process.argv[2] ?? 9100), '127.0.0.1', () => console.log('listening'));
