/** Asks all questions, or those whose names begin with an argument; prints a line a figure. */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, release } from 'node:os';
import { join } from 'node:path';
import { draw } from './plots.mjs';
import { type Answer, type Figure, median, quantile, quick, ROOT } from './rig.mjs';

const here = join(ROOT, 'bench', 'build');
const wanted = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));
const questions = readdirSync(join(here, 'questions'))
  .filter((name) => name.endsWith('.mjs'))
  .map((name) => name.slice(0, -4))
  .filter((name) => wanted.length === 0 || wanted.some((start) => name.startsWith(start)));

const answers: Record<string, Answer> = {};
let short = 0;
let failed = 0;
for (const name of questions) {
  const answer = await ask(name);
  if (!answer) {
    failed++;
    continue;
  }
  answers[name] = answer;
  let shown = '';
  for (const figure of answer.figures) {
    const isShort = falls(figure);
    if (isShort) short++;
    const goal =
      figure.atMost !== undefined ? `<=${figure.atMost}` : figure.atLeast !== undefined ? `>=${figure.atLeast}` : '-';
    const verdict = figure.ratio === null ? 'not measured' : isShort ? 'short' : 'ok';
    console.log([figure.name, figure.ratio?.toPrecision(3) ?? '-', goal, verdict].join('\t'));
    if (shown === JSON.stringify(figure.samples)) continue;
    shown = JSON.stringify(figure.samples);
    for (const [who, samples] of Object.entries(figure.samples))
      console.error(
        `    ${who}: ${text(median(samples))} ${figure.unit} (quartiles ${text(quantile(samples, 0.25))} to ${text(quantile(samples, 0.75))}, ${samples.length})`,
      );
  }
}

const machine = {
  cpu: cpus()[0]?.model,
  cpus: cpus().length,
  kernel: release(),
  node: process.version,
  load: loadavg(),
};
const results = join(here, 'results');
mkdirSync(results, { recursive: true });
writeFileSync(join(results, quick ? 'quick.json' : 'full.json'), `${JSON.stringify({ machine, answers }, null, 1)}\n`);
const plots = quick || wanted.length > 0 ? results : join(ROOT, 'docs', 'plots');
mkdirSync(plots, { recursive: true });
await draw(
  Object.values(answers).flatMap(({ points = [] }) => points),
  plots,
);

if (failed > 0) process.exitCode = 2;
else if (short > 0 && !quick) process.exitCode = 1;

/** A rival that isn't there gives no ratio: that is short, where there is a goal. */
function falls({ ratio, atMost = Number.POSITIVE_INFINITY, atLeast = Number.NEGATIVE_INFINITY }: Figure): boolean {
  if (ratio === null) return Number.isFinite(atMost) || Number.isFinite(atLeast);
  return !(ratio <= atMost && ratio >= atLeast);
}
function text(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function ask(name: string): Promise<Answer | undefined> {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      ['--expose-gc', join(here, 'question.mjs'), name, ...(quick ? ['--quick'] : [])],
      {
        stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
      },
    );
    let json = '';
    child.stdio[3]!.on('data', (chunk: Buffer) => {
      json += chunk.toString();
    });
    child.on('close', (status) => {
      if (status === 0 && json !== '') return resolve(JSON.parse(json));
      console.error(`${name}: no answer (${status})`);
      resolve(undefined);
    });
  });
}
