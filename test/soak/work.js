/**
 * `work.js PART TIMES [NAMESPACE]`: does a part of the work so many times, after a warm-up of half of it, and prints
 * what the process has used meanwhile, as JSON. Then it has nothing to do any more, and has to end by itself.
 */
'use strict';
const { execFileSync } = require('node:child_process');
const { readdirSync } = require('node:fs');
const { join } = require('node:path');
const { setTimeout: sleep } = require('node:timers/promises');
const { Worker } = require('node:worker_threads');

const DIST = join(__dirname, '../../dist/index.js');
const { Firewall } = require(DIST);

const [part, times, given] = process.argv.slice(2);
const backend = process.env.LIBIPTC_BACKEND;
const quiet = () => {};
const until = async (holds) => {
  while (!(await holds())) await sleep(20);
};

/** What each part works with, and how it does so many times what it does. */
const PARTS = {
  /** Edits of every kind, issued together. */
  async edits() {
    const firewall = await Firewall.open({ namespace: 'new', backend });
    const filter = firewall.table('filter');
    const input = filter.chain('INPUT');
    return {
      async run(count) {
        for (let done = 0; done < count; done += 100) {
          const edits = [];
          for (let i = 0; i < 45; i++) edits.push(input.append(`-s 192.0.2.${i} -p tcp --dport ${i + 1} -j DROP`));
          edits.push(input.insert({ source: '192.0.2.200', target: 'ACCEPT' }, 1), input.replace(2, '-j LOG'));
          edits.push(input.delete('-s 198.51.100.1').catch(quiet)); // there is no such rule
          edits.push(filter.createChain('web'), filter.chain('web').append('-j RETURN'));
          edits.push(filter.chain('web').flush(), filter.deleteChain('web'));
          edits.push(input.setPolicy('ACCEPT'));
          for (let i = 0; i < 45; i++) edits.push(input.delete(1));
          edits.push(input.append('-j nowhere').catch(quiet), input.flush());
          await Promise.all(edits);
        }
      },
      end: () => firewall.close(),
    };
  },

  /** A chain's rules, as data. */
  async lists() {
    const firewall = await Firewall.open({ namespace: 'new', backend });
    const input = firewall.table('filter').chain('INPUT');
    await input.appendAll(Array.from({ length: 10 }, (_, i) => `-s 192.0.2.${i} -p tcp --dport 80 -j DROP`));
    return {
      async run(count) {
        for (let done = 0; done < count; done += 10)
          await Promise.all(Array.from({ length: 10 }, async () => JSON.stringify((await input.list()).length)));
      },
      end: () => firewall.close(),
    };
  },

  /** Each has a namespace of its own, which ends with it: that of one in each piece is waited for. */
  async opens() {
    return {
      async run(count) {
        for (let done = 0; done < count; done++) {
          const firewall = await Firewall.open({ namespace: 'new', family: done % 2 ? 'ipv4' : 'ipv6', backend });
          await firewall.table('filter').chain('INPUT').append('-p 99');
          const last = done === count - 1;
          // A cable into the namespace goes with it.
          const ip = (...args) => execFileSync('ip', args, { stdio: ['ignore', 'pipe', 'ignore'] });
          if (last) {
            const [, pid, thread] = /^\/proc\/(\w+)\/(?:task\/(\d+))?/.exec(firewall.namespace);
            const peer = thread ?? (pid === 'self' ? process.pid : pid);
            ip('link', 'add', 'near', 'type', 'veth', 'peer', 'name', 'far', 'netns', String(peer));
          }
          await firewall.close();
          const isThere = () => readdirSync('/sys/class/net').includes('near') || linkIsThere(ip);
          if (last) await until(() => !isThere());
        }
      },
      end: quiet,
    };
  },

  /** Edits that don't get the lock, restores that are given up, and others whose input fails. */
  async failures() {
    const lock = { path: `${process.env.XTABLES_LOCKFILE}-soak` };
    const options = { namespace: given, backend };
    const [holder, firewall] = await Promise.all([
      Firewall.open({ ...options, lock }),
      Firewall.open({ ...options, lock: { ...lock, wait: 0 } }),
    ]);
    const input = firewall.table('filter').chain('INPUT');
    async function* lines(end) {
      yield '*filter\n-A INPUT -s 192.0.2.1 -j DROP\n';
      await end;
      throw new Error('The input has failed');
    }
    const restores = async () => {
      const controller = new AbortController();
      const aborted = firewall.restore(lines(new Promise(quiet)), { signal: controller.signal }).catch(quiet);
      setTimeout(() => controller.abort(), 1);
      await Promise.all([aborted, firewall.restore(lines()).catch(quiet)]);
    };
    return {
      async run(count) {
        for (let done = 0; done < count; done += 10) {
          let letGo;
          const held = holder.restore(
            (async function* () {
              yield '*filter\n';
              await new Promise((resolve) => (letGo = resolve));
              yield 'COMMIT\n';
            })(),
            { noflush: true },
          );
          await until(() => letGo);
          await Promise.all([1, 2, 3, 4].map((i) => input.append(`-s 192.0.2.${i}`).catch(quiet)));
          await Promise.all(
            [1, 2, 3, 4].map((i) => firewall.restore(`*raw\n-A OUTPUT -s 192.0.2.${i}\nCOMMIT\n`).catch(quiet)),
          );
          letGo();
          await held;
          await restores();
        }
      },
      end: () => Promise.all([holder.close(), firewall.close()]),
    };
  },

  /** Threads that are ended while they commit, read and stream. */
  async workers() {
    const code = `
      const { parentPort } = require('node:worker_threads');
      const { Firewall } = require(${JSON.stringify(DIST)});
      const firewall = Firewall.openSync({ namespace: 'new', lock: false, backend: ${JSON.stringify(backend)} });
      const input = firewall.table('filter').chain('INPUT');
      const next = () => input.append('-j DROP').then(next);
      next();
      input.list();
      firewall.restore((async function* () { yield '*mangle\\n'; await new Promise(() => {}); })());
      parentPort.postMessage('started');
    `;
    return {
      async run(count) {
        for (let done = 0; done < count; done++) {
          const worker = new Worker(code, { eval: true });
          await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
          await sleep(done % 4);
          await worker.terminate();
        }
      },
      end: quiet,
    };
  },
};

function linkIsThere(ip) {
  try {
    return ip('link', 'show', 'near').length > 0;
  } catch {
    return false;
  }
}

async function use() {
  for (let i = 0; i < 3; i++) {
    gc();
    await sleep(5);
  }
  return {
    kilobytes: process.memoryUsage().rss / 1024,
    descriptors: readdirSync('/proc/self/fd').length,
    threads: readdirSync('/proc/self/task').length,
  };
}

(async () => {
  const { run, end } = await PARTS[part]();
  const [warm, pieces] = [5, 10];
  const piece = Math.ceil(Number(times) / pieces);
  const uses = [];
  for (let i = 0; i < warm + pieces; i++) {
    await run(piece);
    if (i >= warm) uses.push(await use());
  }
  process.stdout.write(`${JSON.stringify(uses)}\n`);
  await end();
})();
