/**
 * The tutorial's rules, straight into the namespace in which this runs: what a container with NET_ADMIN and NET_RAW may
 * do. `iptc -S` has to print them.
 */
import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { Firewall } from '../../lib';

const RULES = [
  '-i lo -j ACCEPT',
  '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
  '-p tcp -m tcp --dport 22 -j ACCEPT',
  '-p tcp -m tcp --dport 80 -j ACCEPT',
  '-p tcp -m tcp --dport 443 -j ACCEPT',
] as const;
const EXPECTED = ['-P INPUT DROP', '-P FORWARD DROP', '-P OUTPUT ACCEPT', ...RULES.map((rule) => `-A INPUT ${rule}`)];

async function main(): Promise<void> {
  const firewall = await Firewall.open({ family: 'ipv4' });
  const filter = firewall.table('filter');
  const input = filter.chain('INPUT');
  await input.setPolicy('ACCEPT');
  await filter.flush();
  for (const rule of RULES) await input.append(rule);
  await input.setPolicy('DROP');
  await filter.chain('FORWARD').setPolicy('DROP');
  await firewall.close();

  const root = join(__dirname, '../..');
  const { bin } = require(join(root, 'package.json'));
  const printed = execFileSync(process.execPath, [join(root, bin.iptc), '-S'], { encoding: 'utf8' });
  console.log(`$ iptc -S\n${printed}`);
  assert.deepEqual(printed.trim().split('\n'), EXPECTED);
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
