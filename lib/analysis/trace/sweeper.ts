/** A process that takes back what a trace has changed, should the one that traces end without doing so. */
import { openSync } from 'node:fs';
import { type Traced, untrace } from './traced';

let traced: Traced | undefined;
let namespace = '';

for (const signal of ['SIGHUP', 'SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGPIPE'] as const) process.on(signal, () => {});
process.on('message', (order: { readonly traced: Traced; readonly namespace: string } | 'done') => {
  if (order === 'done') process.exit();
  traced = order.traced;
  // Held open: its path goes with the other process.
  namespace = `/proc/${process.pid}/fd/${openSync(order.namespace, 'r')}`;
  process.send!('ready');
});
process.on('disconnect', () => {
  if (!traced) process.exit();
  untrace(traced, namespace).then(
    () => process.exit(),
    () => process.exit(1),
  );
});
