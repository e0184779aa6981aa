/** Each system call of the addon's fails, for each reason: it is tried again, or the error tells what is in the kernel. */
import { join } from 'node:path';
import { describeWith, expect, test } from '../harness';
import { lacksCommands } from '../harness/commands';
import { Netns } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';

const ALL = {
  backend: ['legacy', 'nft'],
  call: ['socket', 'bind', 'getsockname', 'getsockopt', 'setsockopt', 'flock', 'sendmsg', 'recvmsg', 'poll'],
  errno: ['ENOMEM', 'EAGAIN', 'EINTR', 'EPERM', 'EBUSY', 'ENOBUFS'],
  /** Of each thread's. */
  when: ['1', '2', '1+'],
};
/** A part of them, another one each time; FAULTS=1: all. */
const SHARE = Number(process.env.FAULTS ?? 0.06);
const SEED = Number(process.env.SEED ?? Date.now() % 1000);

const CASES = ALL.backend.flatMap((backend) =>
  ALL.call.flatMap((call) => ALL.errno.flatMap((errno) => ALL.when.map((when) => ({ backend, call, errno, when })))),
);
/** What no kernel says for ever, and is asked again for. */
const passing = new Set(['EINTR', 'EAGAIN', 'ENOBUFS']);
const real = CASES.filter(
  ({ call, errno, when }) => when !== '1+' || !/^(sendmsg|recvmsg|flock)$/.test(call) || !passing.has(errno),
);
const step = 1 / SHARE;
const some = Array.from(
  { length: Math.ceil(real.length * SHARE) },
  (_, i) => real[Math.floor(i * step + (SEED % step)) % real.length]!,
);

const WORK = `
  const { Firewall } = require(${JSON.stringify(join(__dirname, '../../dist/index.js'))});
  const [backend, path] = process.argv.slice(1);
  (async () => {
    const results = [];
    const told = ({ code, applied, message }) => ({ code, applied, message });
    const attempt = (edit) => Promise.resolve().then(edit).then(() => ({ applied: 'yes' }), told);
    const firewall = Firewall.openSync({ backend, lock: { path, wait: 2000 } });
    const input = firewall.table('filter').chain('INPUT');
    results.push(await attempt(() => input.append('-p 200')));
    results.push(await attempt(() => firewall.table('filter').transaction((tx) => tx.chain('INPUT').append('-p 201'))));
    results.push(await attempt(() => firewall.restore('*filter\\n-A INPUT -p 202\\nCOMMIT\\n', { noflush: true })));
    results.push(await attempt(() => input.appendSync('-p 203')));
    await firewall.close();
    return results;
  })().catch(({ code, message }) => [{ code, applied: 'no', message }]).then((results) => require('node:fs').writeSync(1, JSON.stringify(results)));
`;

describeWith(lacksCommands() ? [] : ['netns', 'addon', 'iptables', 'nft', 'strace'], 'a system call that fails', () => {
  const path = join(temporaryFolder('syscalls'), 'lock');
  for (const { backend, call, errno, when } of some)
    test(`${call} (${when}) by ${errno} on ${backend} is told as it is (SEED=${SEED})`, () => {
      const netns = new Netns();
      const inject = `inject=${call}:error=${errno}:when=${when}`;
      const words = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', inject];
      const { stdout, stderr, status } = netns.execSync('strace', [
        ...words,
        process.execPath,
        '-e',
        WORK,
        backend,
        path,
      ]);
      // Node itself may find that it can't do without.
      if (status !== 0 && /node::|Assertion|uv_|libuv|node:internal/.test(stderr)) return netns.close();
      expect([status, stderr]).toEqual([0, '']);
      const results = JSON.parse(stdout) as { code?: string; applied: string; message?: string }[];
      const saved = netns.execSync(`iptables-${backend}-save`).stdout;
      results.forEach(({ code, applied, message }, i) => {
        const isThere = saved.includes(`-A INPUT -p ${200 + i}\n`);
        if (code !== undefined) expect(code).toMatch(/^ERR_/);
        if (applied !== 'unknown') expect([message, applied]).toEqual([message, isThere ? 'yes' : 'no']);
      });
      netns.close();
    });
});
