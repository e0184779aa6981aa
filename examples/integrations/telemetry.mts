/**
 * OpenTelemetry, without a word of it in the program that edits: whatever firewalls of the process commit is told by
 * diagnostics_channel.
 *
 *     node telemetry.mjs
 */
import { subscribe } from 'node:diagnostics_channel';
import { metrics } from '@opentelemetry/api';
import { ConsoleMetricExporter, MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { type CommitEvent, type ConflictEvent, Firewall } from 'libiptc';

const provider = new MeterProvider({
  readers: [new PeriodicExportingMetricReader({ exporter: new ConsoleMetricExporter() })],
});
metrics.setGlobalMeterProvider(provider);

const meter = metrics.getMeter('libiptc');
const edits = meter.createCounter('iptables.edits');
const commit = meter.createHistogram('iptables.commit', { unit: 'us' });
const conflicts = meter.createCounter('iptables.conflicts');
subscribe('libiptc:commit', (event) => {
  const { family, table, edits: count, timing } = event as CommitEvent;
  edits.add(count, { family, table });
  commit.record(timing.commit, { family, table });
});
subscribe('libiptc:conflict', (event) => conflicts.add(1, { table: (event as ConflictEvent).table }));

const firewall = await Firewall.open();
await firewall.table('filter').chain('INPUT').ensure('-i lo -j ACCEPT');
await firewall.close();
await provider.shutdown(); // what hasn't been exported yet is
