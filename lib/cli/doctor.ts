/** `iptc doctor`: what stands in the way of rules, now and at the next boot. */
import { FAMILY } from '../net/family';
import { doctor as examine } from '../services/doctor';
import type { FindingLevel } from '../services/findings';
import { asked } from './asked';
import { toJson } from './json';
import { print, printStyled } from './output';
import { EXIT, failed, type Program } from './program';
import { namespaceOf } from './tables';

const MARKS: Readonly<Record<FindingLevel, readonly [string, string]>> = {
  ok: ['ok     ', '32'],
  note: ['note   ', '36'],
  warning: ['WARNING', '33'],
  error: ['ERROR  ', '31'],
};

export async function doctor(program: Program, words: readonly string[]): Promise<number> {
  const flags = [{ name: 'json' }, { name: 'netns', argument: true }, { name: 'root', argument: true }] as const;
  const usage = `Usage: ${program.name} doctor [--json] [--netns NAME|PATH] [--root FOLDER]`;
  const { given } = asked(
    program.name,
    words,
    flags,
    usage,
    'Looks at all that decides whether rules come into force and stay. Exit code 1 if something would bite.',
  );
  const netns = given.get('netns');
  const root = given.get('root');
  try {
    const report = await examine({
      ...(netns !== undefined && { namespace: namespaceOf(netns) }),
      ...(root !== undefined && { root }),
    });
    if (given.has('json')) print(toJson(report));
    else {
      const colour = process.stdout.isTTY === true && !process.env.NO_COLOR;
      for (const { level, message, hint, family } of report.findings) {
        const [mark, code] = MARKS[level];
        printStyled(colour ? `\u001b[${code}m${mark}\u001b[0m` : mark);
        print(` ${family === undefined ? '' : `${FAMILY[family].name}: `}${message}\n`);
        if (hint !== undefined) print(`        ${hint}\n`);
      }
      print(report.ok ? '\nNothing would bite.\n' : '\nSomething would bite: see above.\n');
    }
    return report.ok ? 0 : EXIT.OTHER;
  } catch (error) {
    return failed(program, error);
  }
}
