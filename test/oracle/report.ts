/**
 * What the oracles say of each extension, as text: run by scripts/oracle.
 *
 *     scripts/oracle                    all extensions, in short
 *     scripts/oracle conntrack set      these (by file: conntrack is libxt_conntrack.t), with every line
 */
import type { AnyExtension, Family } from '../../lib/codec/extension';
import { matches, registry, targets } from '../../lib/extensions/registry';
import { tFiles } from './cases';
import { compare, type Finding, Ours, type Result } from './compare';
import { ruleOf, SETS, settingsToTry } from './generate';
import { judge } from './generated';
import { ACCEPTED, lossy, OLDER } from './known';
import { Legacy } from './legacy';
import { upstreamExtensions } from './upstream';
import { disagreements } from './words';

const wanted = process.argv.slice(2);
const files = tFiles(upstreamExtensions()).filter(
  (file) => wanted.length === 0 || wanted.includes(file.extension) || wanted.includes(file.name.replace(/\.t$/, '')),
);
const known = (extension: string) =>
  (['ipv4', 'ipv6'] as Family[]).some(
    (family) => registry.match.find(family, extension) ?? registry.target.find(family, extension),
  );

const totals = { compared: 0, clean: 0, refused: 0, accepted: 0, none: 0, missing: 0 };
const out: string[] = [];
for (const on of ['paper', 'kernel'] as const) {
  const legacy = new Legacy(on);
  try {
    for (const file of files) {
      if (file.extension !== 'iptables' && file.extension !== 'standard' && !known(file.extension)) {
        if (on === 'paper') {
          totals.missing++;
          out.push(`== ${file.name}: no such extension yet`);
        }
        continue;
      }
      const results = file.families
        .flatMap((family) => compare(file, family, legacy))
        .filter((r) => !ACCEPTED[r.case.at]);
      out.push(...section(`${file.name} (${on})`, results));
    }
  } finally {
    legacy.close();
  }
}

// Older revisions, by iptables on a kernel that knows nothing newer: bytes and text.
for (const extension of [...matches, ...targets] as readonly AnyExtension[]) {
  const file = files.find(
    (f) => f.extension === extension.name && f.families.some((family) => extension.families.includes(family)),
  );
  for (const { number } of file ? extension.revisions.slice(1) : []) {
    const legacy = new Legacy('paper', { revisions: [`${extension.kind} ${extension.kernelName} ${number}`] });
    try {
      const results = extension.families.flatMap((family) =>
        compare(file!, family, legacy, (c) => c.verdict === 'OK' && !OLDER[`${c.at} revision ${number}`]),
      );
      out.push(
        ...section(
          `${file!.name} revision ${number}`,
          results.map((r) => ({ ...r, findings: r.findings.filter((f) => f.aspect !== 'list') })),
        ),
      ); // prettier-ignore
    } finally {
      legacy.close();
    }
  }
}

// Generated rules: what generated.test.ts tries, for one extension each.
{
  const legacy = new Legacy('paper', { sets: SETS });
  try {
    for (const extension of [...matches, ...targets] as readonly AnyExtension[]) {
      if (wanted.length > 0 && !wanted.includes(extension.name)) continue;
      for (const family of extension.families) {
        const kernel = legacy.kernel(family);
        let wrong: string[];
        let tried = 0;
        try {
          const toTry = settingsToTry(extension, family, kernel, 1, 40);
          const placed = toTry.tried.map((s) => ruleOf(extension, s, family, kernel)).filter((p) => p !== undefined);
          tried = placed.length;
          wrong = judge(placed, family, legacy, new Ours(kernel), lossy);
        } catch (error) {
          wrong = [(error as Error).stack?.split('\n').slice(0, 6).join('\n    ') ?? ''];
        }
        for (const { line, ours, theirs } of disagreements(extension, family, legacy, 1, 40))
          if (ours === '' || wanted.length > 0)
            wrong.push(`${line}\n       ours   ${ours || 'take it'}\n       theirs ${theirs || 'takes it'}`);
        if (wrong.length > 0 || wanted.length > 0)
          out.push(`== ${extension.name} ${family}, generated: ${wrong.length} differences in ${tried} rules`);
        out.push(...wrong.slice(0, wanted.length > 0 ? 40 : 6).map((text) => `   ${text}`));
      }
    }
  } finally {
    legacy.close();
  }
}

function section(title: string, results: readonly Result[]): string[] {
  const ok = results.filter((r) => r.case.verdict === 'OK');
  const fail = results.filter((r) => r.case.verdict === 'FAIL');
  const compared = ok.filter((r) => r.outcome === 'compared');
  const clean = compared.filter((r) => r.findings.length === 0);
  const accepted = fail.filter((r) => r.findings.length > 0);
  totals.compared += compared.length;
  totals.clean += clean.length;
  totals.none += ok.length - compared.length;
  totals.refused += fail.length - accepted.length;
  totals.accepted += accepted.length;
  const findings = results.flatMap((r) => r.findings);
  if (findings.length === 0 && wanted.length === 0) return [];
  const untold = ok.filter((r) => r.outcome !== 'compared' && !(r.family === 'ipv6' && r.case.at.startsWith('libxt_')));
  return [
    `== ${title}: ${clean.length} of ${compared.length} OK lines equal, ${fail.length - accepted.length} of ${fail.length} FAIL lines refused`,
    ...untold.map((r) => `   ${r.case.at} ${r.family} not compared, iptables refuses it: ${r.legacy}`),
    ...findings.flatMap(lines),
  ];
}

function lines(f: Finding): string[] {
  return [
    `   ${f.at} ${f.family} ${f.aspect.toUpperCase()}: ${f.line}`,
    `       ours   ${f.ours}`,
    `       theirs ${f.theirs}`,
  ];
}

console.log(
  [
    "Where we differ from iptables-legacy 1.8.9, by upstream's .t files. Run it again for yours: scripts/oracle NAME... (as conntrack, LOG).",
    `OK lines compared ${totals.compared}, equal ${totals.clean} (refused by iptables here: ${totals.none}); FAIL lines refused ${totals.refused}, taken ${totals.accepted}; files without their extension ${totals.missing}`,
    '(each line counts once on paper and once in the kernel, and for each family that takes it)',
    '',
    ...out,
  ].join('\n'),
);
