/** What a user's first program does, in TypeScript: checked and compiled as an ES module and as CommonJS. */
import { type Family, Firewall, IptcError, type Rule } from 'libiptc';
import { MemoryBackend } from 'libiptc/testing';

export async function commit(): Promise<string> {
  const rule: Rule<'ipv4'> = { protocol: 'tcp', match: [{ tcp: { dport: 22 } }], target: 'ACCEPT' };
  // @ts-expect-error: a port isn't a truth
  const wrong: Rule<'ipv4'> = { match: [{ tcp: { dport: true } }] };
  const saved: string[] = [];
  for (const backend of [undefined, new MemoryBackend('ipv4')]) {
    const firewall = await Firewall.open<'ipv4'>({ family: 'ipv4' satisfies Family, backend });
    const filter = firewall.table('filter');
    await filter.flush();
    await filter.chain('INPUT').append(rule);
    const refused = await filter
      .chain('INPUT')
      .append(wrong)
      .catch((error: unknown) => error instanceof IptcError && error.code);
    // What is read needs no cast.
    for (const { match, target } of await filter.chain('INPUT').list())
      if (match?.[0]?.tcp?.dport !== 22 || target !== 'ACCEPT') throw new Error('Another rule was read');
    saved.push(`${await filter.save()} ${String(refused)}`);
    await firewall.close();
  }
  if (saved[0] !== saved[1]) throw new Error(`The kernel has ${saved[0]}, the memory ${saved[1]}`);
  return saved[0] ?? '';
}
