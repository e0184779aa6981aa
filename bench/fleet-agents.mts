/** Many agents in one process, each with tables in memory and a connection of its own. For fleet.mts, over the channel. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Firewall } from 'libiptc';
import { Agent, etcdStore } from 'libiptc/fleet';
import { MemoryBackend } from 'libiptc/testing';

const [url, folder, from, count, key] = process.argv.slice(2) as [string, string, string, string, string];
const agents: Agent[] = [];
const seqs = new Map<string, number>();

/** Told together, a few times a second. */
let commits = 0;
let changed = false;
setInterval(() => {
  if (!changed) return;
  changed = false;
  process.send?.({ commits, seqs: [...seqs.values()] });
}, 20);
process.on('message', (word) => {
  if (word === 'cpu') process.send?.({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss() });
  else process.exit();
});

for (let i = Number(from); i < Number(from) + Number(count); i++) {
  const host = `host-${i}`;
  const onCommit = () => {
    commits++;
    changed = true;
  };
  const firewall = await Firewall.open({ backend: new MemoryBackend('ipv4', { onCommit }) });
  const state = join(folder, host);
  mkdirSync(state, { recursive: true });
  const agent = await Agent.open(firewall, etcdStore({ endpoints: [url] }), {
    host,
    state,
    groups: ['web'],
    keys: [key],
  });
  agent.on('status', ({ policies, trying }) => {
    if (trying) return;
    seqs.set(host, policies.web?.seq ?? 0);
    changed = true;
  });
  agents.push(agent);
}
process.send?.({ ready: agents.length });
