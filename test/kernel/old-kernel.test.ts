/** What CentOS 7's kernel, Linux 3.10, does otherwise (old-kernel.c), under the package as it is published. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { AnyExtension, Family } from '../../lib/codec/extension';
import { anyKernel } from '../../lib/codec/kernel';
import { matches, targets } from '../../lib/extensions/registry';
import { formatRule } from '../../lib/text/rule';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { Netns } from '../harness/netns';
import { temporaryFolder } from '../harness/temporary';
import { ruleOf } from '../oracle/generate';

/** The newest revision that Linux 3.10 has, where we know newer ones; -1 for what came later. */
const NEWEST = {
  match: { bpf: 0, cgroup: -1, hashlimit: 1, set: 2, socket: 1, srh: -1 },
  target: { CONNMARK: 1, IDLETIMER: 0, SECMARK: 0, SET: 2, SYNPROXY: -1 },
} as const;

/** Their examples speak of what isn't here: sets, helpers, estimators, SELinux, LEDs, users in a user namespace … */
const NEEDS_MORE = ['CLUSTERIP', 'CT', 'LED', 'SECMARK', 'SET', 'ULOG', 'ipvs', 'nfacct', 'owner', 'rateest', 'set'];

const all = [...matches, ...targets] as readonly unknown[] as AnyExtension[];
const newestOf = ({ kind, kernelName }: AnyExtension) => (NEWEST[kind] as Record<string, number>)[kernelName];

function shim(): string {
  const built = join(__dirname, 'old-kernel.so'); // where there is no compiler, it comes along
  if (existsSync(built)) return built;
  const output = join(temporaryFolder('old-kernel'), 'old-kernel.so');
  execFileSync('cc', ['-shared', '-fPIC', '-Wall', '-Werror', '-o', output, join(__dirname, 'old-kernel.c'), '-ldl']);
  return output;
}

function environment(): Record<string, string> {
  const letter = { match: 'm', target: 't' } as const;
  const tails = all.flatMap(({ kind, kernelName, revisions }) =>
    revisions
      .filter(({ layout }) => layout.$userspaceSize < layout.$size)
      .map(({ number, layout: l }) => [letter[kind], kernelName, number, l.$userspaceSize, l.$size].join(':')),
  );
  const newest = (['match', 'target'] as const).flatMap((kind) =>
    Object.entries(NEWEST[kind]).map(([name, revision]) => [letter[kind], name, revision].join(':')),
  );
  const LD_PRELOAD = [process.env.LD_PRELOAD, shim()].filter(Boolean).join(' ');
  return { LD_PRELOAD, OLD_KERNEL_TAILS: tails.join(), OLD_KERNEL_NEWEST: newest.join() };
}

interface Placed {
  readonly table: string;
  readonly chain: string;
  readonly rule: object;
}

/** What a process that sees the old kernel finds: appends every rule, lists, checks, deletes, with others around it. */
const PROGRAM = `
  const { Firewall, formatRule } = require(root);
  (async () => {
    const firewall = await Firewall.open({ family });
    const results = [];
    for (const { table, chain: name, rule } of placed) {
      const chain = firewall.table(table).chain(name);
      const result = { listed: [], present: [], left: [] };
      results.push(result);
      try {
        const others = [1, 2].map((n) => ({ match: [{ comment: { comment: 'other ' + n } }] }));
        await chain.appendAll([others[0], rule, rule, others[1]]);
        const texts = async () => (await chain.list()).map((each) => formatRule(each, { family }));
        result.listed = await texts();
        result.data = (await chain.list())[1];
        delete result.data.counters;
        result.present = [await chain.check(rule), await chain.check({ ...rule, source: family === 'ipv4' ? '9.9.9.9' : '9::9' })];
        await chain.delete(rule);
        await chain.delete(2, { expect: rule });
        result.left = await texts();
      } catch (error) {
        result.refused = error.code + ': ' + error.message;
      }
      await chain.flush();
    }
    console.log(JSON.stringify(results, (_, value) => (typeof value === 'bigint' ? Number(value) : value)));
    await firewall.close();
  })();`;

function run(netns: Netns, family: Family, placed: readonly Placed[]): Record<string, unknown>[] {
  const values = { root: join(__dirname, '../../dist'), family, placed };
  const constants = Object.entries(values).map(([name, value]) => `const ${name} = ${JSON.stringify(value)};`);
  const command = [`--net=${netns.path}`, '--', process.execPath, '-e', `${constants.join('\n')}${PROGRAM}`];
  const { stdout, stderr } = spawnSync('nsenter', command, {
    env: { ...process.env, ...environment() },
    encoding: 'utf8',
    maxBuffer: 64 << 20,
  });
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`The process says: ${stdout}${stderr}`);
  }
}

describeWith(['netns', 'addon', 'legacy'], 'on a kernel like Linux 3.10', () => {
  let netns: Netns;
  beforeAll(() => {
    netns = new Netns();
  });
  afterAll(() => netns.close());

  for (const family of ['ipv4', 'ipv6'] as const) {
    const place = (extension: AnyExtension): Placed => {
      const settings = (extension.definition.example ?? {}) as Record<string, unknown>;
      const placed = ruleOf(extension, settings, family, anyKernel(family));
      if (!placed) throw new Error(`There is no place for ${extension.name}`);
      return placed;
    };
    const here = all.filter(({ families, name }) => families.includes(family) && !NEEDS_MORE.includes(name));

    test(`what the kernel keeps for itself says nothing in ${family}: lists, checks and deletes`, () => {
      const old = here.filter((extension) => newestOf(extension) !== -1);
      const placed = old.map(place);
      const results = run(netns, family, placed);
      const other = (n: number) => `-m comment --comment "other ${n}"`;
      for (const [i, { rule }] of placed.entries()) {
        const line = formatRule(rule, { family });
        expect(results[i], old[i]!.name).toMatchObject({
          listed: [other(1), line, line, other(2)],
          present: [true, false],
          left: [other(1), other(2)],
        });
        // Decoded, not kept as bytes.
        expect(JSON.stringify(results[i]!.data), old[i]!.name).not.toMatch(/"(?:entry|data)":"/);
      }
      expect(old.filter(({ revisions: [{ layout }] }) => layout.$userspaceSize < layout.$size).length).toBeGreaterThan(
        5,
      );
    });

    test(`what came later is refused in ${family}`, () => {
      const late = here.filter((extension) => newestOf(extension) === -1);
      expect(late.length).toBeGreaterThan(0);
      for (const [i, result] of run(netns, family, late.map(place)).entries())
        expect(result.refused, late[i]!.name).toMatch(/^ERR_UNSUPPORTED_BY_KERNEL: /);
    });

    test(`options that came later are refused in ${family}, those before are written in the older form`, () => {
      const hashlimit = (more: object) => ({
        table: 'filter',
        chain: 'INPUT',
        rule: { match: [{ hashlimit: { hashlimitUpto: '10/sec', hashlimitName: 'h', ...more } }] },
      });
      const [older, newer] = run(netns, family, [hashlimit({}), hashlimit({ hashlimitRateMatch: true })]);
      expect(older).toMatchObject({ present: [true, false] });
      expect(newer!.refused).toMatch(/^ERR_(UNSUPPORTED_BY_KERNEL|BAD_RULE): .*hashlimit/);
    });

    test(`sets are found by their names in ${family}, of whichever family they are`, () => {
      const set = `of-${family}`;
      if (netns.execSync('ipset', ['create', set, 'hash:ip', 'family', 'inet6']).status !== 0) return;
      const named = (setname: string) => ({
        table: 'filter',
        chain: 'INPUT',
        rule: { match: [{ set: { matchSet: { setname, flags: ['src'] } } }] },
      });
      const [found, missing] = run(netns, family, [named(set), named('none')]);
      expect(found).toMatchObject({ present: [true, false] });
      expect(missing!.refused).toMatch(/^ERR_NO_OBJECT: .* that exists /);
    });
  }
});
