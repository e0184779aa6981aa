/**
 * An accounting exporter: what each address has sent and received, for Prometheus.
 *
 *     node accounting.mjs 9100 10.0.0.2 10.0.0.3    # http://127.0.0.1:9100/metrics
 */
import { createServer } from 'node:http';
import { Firewall, metricsText, type Rule } from 'libiptc';
import { watch } from 'libiptc/policy';

const [, , port = '9100', ...addresses] = process.argv;
const firewall = await Firewall.open();

/** Rules without a target count, and let everything go on. */
const counted = (direction: 'source' | 'destination', address: string): Rule<'ipv4'> => ({
  [direction]: address,
  match: [{ comment: { comment: `${direction === 'source' ? 'from' : 'to'} ${address}` } }],
});
const desired = {
  filter: {
    accounting: {
      rules: addresses.flatMap((address) => [counted('source', address), counted('destination', address)]),
    },
    INPUT: { rules: ['-j accounting'] },
    FORWARD: { rules: ['-j accounting'] },
    OUTPUT: { rules: ['-j accounting'] },
  },
} as const;

// Whoever flushes the tables takes away what was counted, but not the counting.
watch(firewall, desired, { own: { chains: 'accounting' }, repair: true })
  .on('drift', ({ plan, by }) => console.log(`${plan.changes.length} edits to be made`, by))
  .on('error', (error) => {
    console.error(error.message);
    process.exitCode = 1;
  });

createServer((request, response) => {
  if (request.url !== '/metrics') return void response.writeHead(404).end();
  metricsText(firewall, { tables: ['filter'] }).then(
    (text) => response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' }).end(text),
    (error: Error) => response.writeHead(500).end(`${error.message}\n`),
  );
}).listen(Number(port), '127.0.0.1', () => console.log('listening'));
