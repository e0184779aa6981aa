import type { AnyExtension } from '../../lib/codec/extension';
import { matches, targets } from '../../lib/extensions/registry';
import { afterAll, beforeAll, describe, expect, test } from '../harness';
import { lacksNetns } from '../harness/netns';
import { tFiles } from './cases';
import { type Aspect, compare, type Finding, type Result } from './compare';
import { ACCEPTED, NOT_COMPARED, OLDER, OTHERWISE } from './known';
import { Legacy } from './legacy';
import { lacksCompiler, lacksLegacy, type Version } from './programs';
import { lacksUpstream, upstreamExtensions } from './upstream';

/**
 * Upstream's own cases, every line of every .t file of 1.8.11, and of 1.8.9 on paper. For each OK line: the entry that
 * iptables-legacy leaves behind, of either version, is what we encode, byte for byte, and we print and list it as 1.8.11
 * does. Each FAIL line is refused by us, before any kernel is asked. Once in the running kernel, and once on paper
 * (paper.c), where nothing is missing; there in every older revision too.
 */
const lacking = (version: Version) =>
  [lacksLegacy(), lacksLegacy(version), lacksCompiler(), lacksUpstream(version)].filter(Boolean).join(', ');
const describeOracle = (version: Version, more: string | undefined, name: string, body: () => void) => {
  const reasons = [lacking(version), more].filter(Boolean).join(', ');
  (reasons ? describe.skip : describe)(reasons ? `${name} [skipped: ${reasons}]` : name, body);
};
const filesOf = (version: Version) => (lacking(version) ? [] : tFiles(upstreamExtensions(version)));

const told = ({ at, family, aspect, line, ours, theirs }: Finding) =>
  `${at} ${family} ${aspect}: ${line}\n  ours   ${ours}\n  theirs ${theirs}`;
const findingsOf = (results: readonly Result[], aspects?: readonly Aspect[]) =>
  results
    .filter((r) => !ACCEPTED[r.case.at])
    .flatMap((r) => r.findings)
    .filter((f) => aspects === undefined || aspects.includes(f.aspect))
    .map(told)
    .join('\n'); // prettier-ignore

/** What IPv6 can't say in a libxt_ file, iptables refuses. */
const untried = (results: readonly Result[], name: string) =>
  results
    .filter(
      (r) =>
        r.case.verdict === 'OK' && r.outcome !== 'compared' && (r.family === 'ipv4' || name.startsWith('libip6t_')),
    )
    .map((r) => `${r.case.at} ${r.legacy}`);

for (const [version, on] of [
  ['1.8.11', 'paper'],
  ['1.8.11', 'kernel'],
  ['1.8.9', 'paper'],
] as const)
  describeOracle(
    version,
    on === 'kernel' ? lacksNetns() : undefined,
    `upstream's lines of ${version}, ${on === 'paper' ? 'on paper' : 'in the kernel'}`,
    () => {
      let [newest, older]: [Legacy, Legacy] = [undefined as never, undefined as never];
      beforeAll(() => {
        [newest, older] = [new Legacy(on), new Legacy(on, { version: '1.8.9' })];
      });
      afterAll(() => {
        for (const legacy of [newest, older]) legacy?.close();
      });

      for (const file of filesOf(version))
        for (const family of file.families)
          test(`${file.name} ${family}`, () => {
            const results = compare(file, family, newest);
            expect(findingsOf(results)).toBe('');
            // Nothing is left out silently: the kernel here may lack extensions, paper has all.
            if (on === 'paper')
              expect(untried(results, file.name).filter((line) => !NOT_COMPARED[line.split(' ')[0]!])).toEqual([]);
            const compared = new Set(results.filter((r) => r.outcome === 'compared').map((r) => r.case));
            const before = compare(file, family, older, (c) => compared.has(c) && OTHERWISE[c.at] === undefined);
            expect(findingsOf(before, ['bytes', 'data', 'crash'])).toBe('');
          });
    },
  );

(lacking('1.8.9') ? test.skip : test)('every FAIL line that is known to be taken, still is', () => {
  const legacy = new Legacy('paper');
  try {
    const taken = (['1.8.11', '1.8.9'] as const)
      .flatMap(filesOf)
      .filter((file) => Object.keys(ACCEPTED).some((at) => at.startsWith(`${file.name}:`)))
      .flatMap((file) => compare(file, file.families[0]!, legacy, (c) => ACCEPTED[c.at] !== undefined))
      .filter((r) => r.findings.length > 0)
      .map((r) => r.case.at);
    expect(Object.keys(ACCEPTED).filter((at) => !taken.includes(at))).toEqual([]);
  } finally {
    legacy.close();
  }
});

describeOracle('1.8.11', undefined, "upstream's lines of 1.8.11, in older revisions", () => {
  for (const extension of [...matches, ...targets] as readonly AnyExtension[])
    for (const file of filesOf('1.8.11').filter((f) => f.extension === extension.name))
      for (const { number } of extension.revisions.slice(1))
        for (const family of extension.families.filter((one) => file.families.includes(one)))
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
              expect(findingsOf(results, ['parse', 'bytes', 'text', 'data', 'accepted', 'crash'])).toBe('');
            } finally {
              legacy.close();
            }
          });
});
