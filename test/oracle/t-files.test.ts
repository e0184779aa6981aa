import type { AnyExtension } from '../../lib/codec/extension';
import { matches, targets } from '../../lib/extensions/registry';
import { afterAll, beforeAll, describe, expect, test } from '../harness';
import { lacksNetns } from '../harness/netns';
import { tFiles } from './cases';
import { compare, type Finding, type Result } from './compare';
import { ACCEPTED, NOT_COMPARED, OLDER } from './known';
import { Legacy } from './legacy';
import { lacksCompiler, lacksLegacy } from './programs';
import { lacksUpstream, upstreamExtensions } from './upstream';

/**
 * Upstream's own cases, every line of every .t file. For each OK line: the entry that iptables-legacy leaves behind is
 * what we encode, byte for byte, and we print and list it as iptables does. Each FAIL line is refused by us, before
 * any kernel is asked. Once in the running kernel, and once on paper (paper.c), where nothing is missing; there in
 * every older revision too.
 */
const lacking = [lacksLegacy(), lacksCompiler(), lacksUpstream()].filter(Boolean).join(', ');
const describeOracle = (more: string | undefined, name: string, body: () => void) => {
  const reasons = [lacking, more].filter(Boolean).join(', ');
  (reasons ? describe.skip : describe)(reasons ? `${name} [skipped: ${reasons}]` : name, body);
};
const files = lacking ? [] : tFiles(upstreamExtensions());

const told = ({ at, family, aspect, line, ours, theirs }: Finding) =>
  `${at} ${family} ${aspect}: ${line}\n  ours   ${ours}\n  theirs ${theirs}`;
const findingsOf = (results: readonly Result[]) =>
  results
    .filter((r) => !ACCEPTED[r.case.at])
    .flatMap((r) => r.findings)
    .map(told)
    .join('\n'); // prettier-ignore

/** Upstream runs libxt_ files for IPv4 only; what IPv6 can't say in them, iptables refuses. */
const untried = (results: readonly Result[], name: string) =>
  results
    .filter(
      (r) =>
        r.case.verdict === 'OK' && r.outcome !== 'compared' && (r.family === 'ipv4' || name.startsWith('libip6t_')),
    )
    .map((r) => `${r.case.at} ${r.legacy}`);

for (const on of ['paper', 'kernel'] as const) {
  describeOracle(
    on === 'kernel' ? lacksNetns() : undefined,
    on === 'paper' ? 'upstream, on paper' : 'upstream, in the kernel',
    () => {
      let legacy: Legacy;
      beforeAll(() => {
        legacy = new Legacy(on);
      });
      afterAll(() => legacy.close());

      for (const file of files)
        for (const family of file.families)
          test(`${file.name} ${family}`, () => {
            const results = compare(file, family, legacy);
            expect(findingsOf(results)).toBe('');
            // Nothing is left out silently: the kernel here may lack extensions, paper has all.
            if (on === 'paper')
              expect(untried(results, file.name).filter((line) => !NOT_COMPARED[line.split(' ')[0]!])).toEqual([]);
          });

      if (on === 'paper')
        test('every FAIL line that is known to be taken, still is', () => {
          const taken = files
            .filter((file) => Object.keys(ACCEPTED).some((at) => at.startsWith(`${file.name}:`)))
            .flatMap((file) => compare(file, file.families[0]!, legacy, (c) => ACCEPTED[c.at] !== undefined))
            .filter((r) => r.findings.length > 0)
            .map((r) => r.case.at);
          expect(Object.keys(ACCEPTED).filter((at) => !taken.includes(at))).toEqual([]);
        });
    },
  );
}

describeOracle(undefined, 'upstream, in older revisions', () => {
  for (const extension of [...matches, ...targets] as readonly AnyExtension[]) {
    const file = files.find(
      (f) => f.extension === extension.name && f.families.some((family) => extension.families.includes(family)),
    );
    if (!file) continue;
    for (const { number } of extension.revisions.slice(1))
      for (const family of extension.families)
        test(`${file.name} ${family}, revision ${number}`, () => {
          const legacy = new Legacy('paper', { revisions: [`${extension.kind} ${extension.kernelName} ${number}`] });
          try {
            // What -L prints for them isn't compared: that of the iptables of their time was another.
            const results = compare(
              file,
              family,
              legacy,
              (c) => c.verdict === 'OK' && OLDER[`${c.at} revision ${number}`] === undefined,
            );
            expect(
              findingsOf(results.map((r) => ({ ...r, findings: r.findings.filter((f) => f.aspect !== 'list') }))),
            ).toBe('');
          } finally {
            legacy.close();
          }
        });
  }
});
