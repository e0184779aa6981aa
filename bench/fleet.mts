/**
 * A thousand agents with tables in memory against one real etcd: how soon a change is everywhere, and what it costs when
 * nothing happens. Figures are of one machine that does all of it. `--agents 100` for fewer.
 */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { etcdStore, newKeys, Publisher, parsePolicy } from 'libiptc/fleet';

const at = process.argv.indexOf('--agents');
const AGENTS = at < 0 ? 1_000 : Number(process.argv[at + 1]);
const PROCESSES = 4;
const IDLE = 30_000;
const URL = 'http://127.0.0.1:2379';
const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

// Hosts have disks of their own; these share one, so they have memory instead.
const folder = mkdtempSync(join('/dev/shm', 'iptc-bench-'));
const data = mkdtempSync(join(tmpdir(), 'iptc-etcd-'));
const etcd = spawn(process.env.ETCD ?? 'etcd', ['--data-dir', data, '--log-level', 'error'], { stdio: 'inherit' });
const children: ChildProcess[] = [];
process.on('exit', () => {
  for (const child of [etcd, ...children]) child.kill('SIGKILL');
  for (const each of [folder, data]) rmSync(each, { recursive: true, force: true });
});

const keys = newKeys();
const store = etcdStore({ endpoints: [URL] });
for (;;)
  try {
    await store.reach(1_000);
    break;
  } catch {
    await pause(100);
  }
const publisher = await Publisher.open(store, { key: keys.private });
const policy = (third: number) =>
  parsePolicy(
    {
      ipv4: `*filter\n:web - [0:0]\n-A INPUT -j web\n${Array.from({ length: 50 }, (_, i) => `-A web -s 10.1.${third}.${i} -p tcp --dport 443 -j ACCEPT\n`).join('')}COMMIT\n`,
    },
    { group: 'web' },
  );

/** What each process has said last. */
const told = new Map<ChildProcess, { commits: number; seqs: number[] }>();
const sum = (of: (each: { commits: number; seqs: number[] }) => number) =>
  [...told.values()].reduce((n, each) => n + of(each), 0);
const have = (seq: number) => sum(({ seqs }) => seqs.filter((each) => each === seq).length);
async function until(so: () => boolean): Promise<number> {
  const begun = performance.now();
  while (!so()) {
    await pause(10);
    if (performance.now() - begun > 240_000)
      throw new Error(`It takes too long: ${sum(({ commits }) => commits)} commits`);
  }
  return (performance.now() - begun) / 1000;
}

await publisher.publish('web', policy(0));
const started = performance.now();
let ready = 0;
for (let i = 0; i < PROCESSES; i++) {
  const share = Math.ceil(AGENTS / PROCESSES);
  mkdirSync(folder, { recursive: true });
  const child = fork(fileURLToPath(new globalThis.URL('./fleet-agents.mjs', import.meta.url)), [
    URL,
    folder,
    `${i * share}`,
    `${share}`,
    keys.public,
  ]);
  told.set(child, { commits: 0, seqs: [] });
  child.on('message', (message: { ready?: number; commits: number; seqs: number[] }) => {
    if (message.ready !== undefined) ready += message.ready;
    else if ('commits' in message) told.set(child, message);
  });
  children.push(child);
}
await until(() => have(1) >= AGENTS);
console.log(`agents\t${ready}`);
console.log(`from nothing to all good\t${((performance.now() - started) / 1000).toFixed(1)} s`);

/** Seconds of CPU that a process has used. */
const cpuOf = (pid: number): number => {
  const line = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = line.slice(line.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
};
const rssOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))![1]) / 1024;
const pids = () => children.map(({ pid }) => pid!);
const total = (of: (pid: number) => number) => pids().reduce((n, pid) => n + of(pid), 0);

await pause(5_000);
for (let seq = 2; seq <= 4; seq++) {
  const spent = () => [cpuOf(etcd.pid!), total(cpuOf)] as const;
  const cpu = spent();
  const before = sum(({ commits }) => commits);
  const begun = performance.now();
  await publisher.publish('web', policy(seq));
  await until(() => sum(({ commits }) => commits) >= before + AGENTS);
  const inTables = (performance.now() - begun) / 1000;
  await until(() => have(seq) >= AGENTS);
  const confirmed = (performance.now() - begun) / 1000;
  const [ofEtcd, ofAgents] = spent().map((each, i) => `${(((each - cpu[i]!) / AGENTS) * 1000).toFixed(1)} ms`);
  console.log(
    `in all tables, and confirmed\t${inTables.toFixed(2)} s\t${confirmed.toFixed(2)} s\tCPU a host: etcd ${ofEtcd}, agent ${ofAgents}`,
  );
}
await pause(20_000);
const [etcdBefore, agentsBefore] = [cpuOf(etcd.pid!), total(cpuOf)];
await pause(IDLE);
const share = (seconds: number) => `${((seconds / IDLE) * 100_000).toFixed(1)} % of a core`;
console.log(`idle\tetcd ${share(cpuOf(etcd.pid!) - etcdBefore)}\tagents ${share(total(cpuOf) - agentsBefore)}`);
console.log(`memory\tetcd ${rssOf(etcd.pid!).toFixed(0)} MB\tagents ${total(rssOf).toFixed(0)} MB`);
console.log(`etcd's file\t${(statSync(join(data, 'member/snap/db')).size / 1e6).toFixed(1)} MB`);
process.exit();
