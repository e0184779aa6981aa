/** Points -> SVG files, by vega-lite. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { Point } from './rig.mjs';

const axis = (title: string, type: 'linear' | 'log') => ({ title, type: 'quantitative', scale: { type } }) as const;
const lines = (x: string, y: string, yScale: 'linear' | 'log' = 'log') =>
  ({
    mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'x', ...axis(x, 'log') },
      y: { field: 'y', ...axis(y, yScale) },
      color: { field: 'who', title: null },
    },
  }) as const;
const bars = (y: string) =>
  ({
    mark: 'bar',
    encoding: {
      y: { field: 'who', title: null, sort: 'x' },
      x: { field: 'y', ...axis(y, 'log') },
      color: { field: 'who', legend: null },
    },
  }) as const;

const PLOTS: Readonly<Record<string, { readonly title: string; readonly spec: object }>> = {
  append: { title: 'Appending rules, each awaited', spec: lines('rules', 'seconds') },
  replace: { title: 'Replacing a table', spec: lines('rules', 'milliseconds') },
  chains: { title: 'Restoring chains of two rules and a jump', spec: lines('chains', 'milliseconds') },
  'cost-per-rule': {
    title: 'Cost of a rule, by the size of the table',
    spec: lines('rules', 'microseconds a rule', 'linear'),
  },
  ban: { title: 'Banning addresses', spec: bars('milliseconds') },
};

/** Without what says nothing: attributes with the values that they have anyway, hints for screen readers of an image, hundredths. */
const slim = (svg: string): string =>
  svg
    .replace(/ (?:aria-[a-z]+|role|pointer-events)="[^"]*"| (?:stroke-width|opacity)="1"| [xy]2="0"/g, '')
    .replace(/\d+\.\d{2,}/g, (number) => String(Math.round(Number(number) * 10) / 10));

export async function draw(points: readonly Point[], folder: string): Promise<void> {
  for (const [name, { title, spec }] of Object.entries(PLOTS)) {
    const values = points.filter(({ plot }) => plot === name);
    if (values.length === 0) continue;
    const whole = {
      title,
      width: 480,
      height: 280,
      background: 'white',
      data: { values },
      ...spec,
    } as unknown as TopLevelSpec;
    const view = new View(parse(compile(whole).spec), { renderer: 'none' });
    writeFileSync(join(folder, `${name}.svg`), `${slim(await view.toSVG())}\n`);
  }
}
