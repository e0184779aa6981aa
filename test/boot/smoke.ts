/**
 * Every extension that the running kernel has, once in each family and in each kind of tables: `node smoke.js`, on a machine of
 * its own, as scripts/test-kernels boots one. The example of each definition is appended, listed, checked and deleted; the revision
 * is the kernel's newest that we know. What the kernel lacks has to be refused with a sentence that says so.
 */
import { strict as assert } from 'node:assert';
import { spawnSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type Family, Firewall, IptcError } from '../../lib';
import type { KernelBackend } from '../../lib/backend/open';
import { openKernel } from '../../lib/backend/open';
import type { AnyExtension } from '../../lib/codec/extension';
import { anyKernel } from '../../lib/codec/kernel';
import { matches, targets } from '../../lib/extensions/registry';
import type { Rule } from '../../lib/rule/rule';
import { formatRule } from '../../lib/text/rule';
import { temporaryFolder } from '../harness/temporary';
import { ruleOf } from '../oracle/generate';

/** What an example speaks of and the machine has no tool to make. */
const NEEDS_MORE: Readonly<Record<string, string>> = {
  CLUSTERIP: 'an interface',
  CT: 'the helper for ftp',
  cgroup: 'a control group',
  nfacct: 'an accounting object',
  rateest: 'an estimator',
  SECMARK: 'SELinux',
};
const count = { passed: 0, failed: 0, absent: 0, needy: 0 };

function fail(what: string, error: unknown): void {
  count.failed++;
  console.log(
    `FAILED ${what}: ${error instanceof IptcError ? `${error.code}: ${error.message}` : (error as Error).stack}`,
  );
}

/** Without ip_tables, which nothing has asked for yet: the library says what to do, and the command does it. */
async function unloaded(family: Family): Promise<void> {
  const firewall = await Firewall.open({ family, backend: 'legacy' });
  try {
    await firewall.table('filter').chain('INPUT').append('-m addrtype --dst-type LOCAL -j ACCEPT');
    console.log(`${family}: iptables was there from the beginning`);
    await firewall.table('filter').flush();
  } catch (error) {
    assert(error instanceof IptcError && error.code === 'ERR_NO_SUPPORT', error as Error);
    assert.match(error.hint ?? '', /modprobe ip6?_tables/);
    console.log(`${family}: ${error.message}`);
    count.passed++;
  } finally {
    await firewall.close();
  }
  // One file is both commands: its name says which.
  const root = join(__dirname, '../..');
  const { bin } = require(join(root, 'package.json'));
  const name = family === 'ipv4' ? 'iptc' : 'ip6tc';
  const command = join(temporaryFolder('smoke'), name);
  symlinkSync(join(root, bin[name]), command);
  const { status, stderr } = spawnSync(process.execPath, [command, '--legacy', '-S'], { encoding: 'utf8' });
  const without = process.argv.includes('--without-tables');
  const right = without ? status === 3 && /no legacy ip6?tables support/.test(stderr) : status === 0;
  if (right) count.passed++;
  else fail(`${name} -S, status ${status}`, new Error(stderr));
}

async function tryOut(firewall: Firewall<Family>, extension: AnyExtension): Promise<void> {
  const { family } = firewall;
  const backend = openKernel({ family, backend: firewall.backend as KernelBackend });
  const known = backend.revision(extension.kind, extension.kernelName, extension.revisions[0].number);
  await backend.close();
  const oldest = extension.revisions[extension.revisions.length - 1]?.number ?? 0;
  const what = `${family} ${firewall.backend} ${extension.kind} ${extension.name}`;
  const placed = ruleOf(
    extension,
    (extension.definition.example ?? {}) as Record<string, unknown>,
    family,
    anyKernel(family),
  );
  assert(placed, `${what}: no place for its example`);
  const chain = firewall.table(placed.table).chain(placed.chain);
  const rule = placed.rule as Rule<Family>;
  const line = formatRule(rule, { family });
  try {
    await chain.append(rule);
  } catch (error) {
    assert(error instanceof IptcError, error as Error);
    if (error.code === 'ERR_UNSUPPORTED_BY_KERNEL' && (known === undefined || known < oldest)) {
      console.log(`  ${what}: not in this kernel`);
      count.absent++;
    } else if (error.code === 'ERR_BAD_RULE' && /nf_tables/.test(error.message)) {
      console.log(`  ${what}: ${error.message}`); // it has no words for it
      count.absent++;
    } else if (extension.name in NEEDS_MORE) {
      console.log(`  ${what}: needs ${NEEDS_MORE[extension.name]}`);
      count.needy++;
    } else throw error;
    return;
  }
  const listed = await chain.list();
  assert.equal(listed.length, 1);
  assert.equal(formatRule(listed[0] as Rule<Family>, { family }), line);
  assert.equal(await chain.check(rule), true);
  await chain.delete(rule);
  assert.equal((await chain.list()).length, 0);
  console.log(`  ${what}: ${line} (revision ${known})`);
  count.passed++;
}

/** What depends on handles, generations and offsets of errors, which kernels tell otherwise. */
async function edits(firewall: Firewall<Family>): Promise<void> {
  const what = `${firewall.family} ${firewall.backend} edits`;
  try {
    const filter = firewall.table('filter');
    const input = filter.chain('INPUT');
    await input.appendAll(['-p 1', '-p 2', '-p 3']);
    await input.replace(2, '-p 4');
    await input.insert('-p 5', 2);
    await input.delete(1);
    await input.delete('-p 4');
    await filter.createChain('one');
    await filter.chain('one').append('-j RETURN');
    await input.append('-j one');
    await filter.renameChain('one', 'two');
    const guilty = await input.appendAll(['-p 6', '-m limit --limit 1/sec -j QUEUE']).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (firewall.backend === 'nft') assert(guilty instanceof IptcError && guilty.applied === 'no', guilty as Error);
    else await input.delete('-p 6');
    if (firewall.backend !== 'nft') await input.delete('-m limit --limit 1/sec -j QUEUE');
    await input.zero();
    const other = (await Firewall.open({
      family: firewall.family,
      backend: firewall.backend as 'nft',
    })) as Firewall<Family>;
    await other.table('filter').chain('INPUT').insert('-p 7');
    await other.close();
    await input.append('-p 8');
    const rules = (await input.list()).map((rule) => formatRule(rule as Rule<Family>, { family: firewall.family }));
    assert.deepEqual(rules, ['-p 7', '-p 5', '-p 3', '-j two', '-p 8']);
    await firewall.restore('*filter\nCOMMIT\n');
    assert.deepEqual(await input.list(), []);
    console.log(`  ${what}: as told`);
    count.passed++;
  } catch (error) {
    fail(what, error);
  }
}

async function main(): Promise<void> {
  const machine = process.report?.getReport() as { header: Record<string, string> } | undefined;
  console.log(
    `Linux ${machine?.header.osRelease}, glibc ${machine?.header.glibcVersionRuntime}, Node ${process.versions.node}`,
  );
  for (const family of ['ipv4', 'ipv6'] as const) {
    try {
      await unloaded(family);
    } catch (error) {
      fail(`${family} before its modules are loaded`, error);
    }
    for (const [command, ...args] of [
      ['ipset', '-exist', 'create', 'banned', 'hash:ip', 'family', family === 'ipv4' ? 'inet' : 'inet6'],
      ['ipset', '-exist', 'create', 'seen', 'hash:ip', 'family', family === 'ipv4' ? 'inet' : 'inet6'],
      ['modprobe', 'nf_conntrack_ftp'],
    ] as const) {
      const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
      if (status !== 0) console.log(`  ${command} ${args.join(' ')}: ${stderr?.trim() ?? 'no such command'}`);
    }
    for (const backend of process.argv.includes('--without-tables')
      ? (['nft'] as const)
      : (['legacy', 'nft'] as const)) {
      const firewall = (await Firewall.open({ family, backend })) as Firewall<Family>;
      await edits(firewall);
      for (const extension of [...matches, ...targets] as readonly unknown[] as AnyExtension[]) {
        if (!extension.families.includes(family)) continue;
        try {
          await tryOut(firewall, extension);
        } catch (error) {
          fail(`${family} ${backend} ${extension.kind} ${extension.name}`, error);
          for (const table of ['raw', 'mangle', 'nat', 'filter'] as const) await firewall.table(table).flush();
        }
      }
      await firewall.close();
    }
    spawnSync('ipset', ['destroy']);
  }
  const { passed, failed, absent, needy } = count;
  console.log(
    `${passed} passed, ${failed} failed, ${absent + needy} skipped (${absent} not in this kernel, ${needy} need more)`,
  );
}

main()
  .catch((error) => fail('the run', error))
  .finally(() => {
    process.exitCode = count.failed > 0 || count.passed === 0 ? 1 : 0;
  });
