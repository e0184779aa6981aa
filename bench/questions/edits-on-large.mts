/** Many edits of a large table issued together, against one alone: they share a commit. */
import { type Answer, fill, input, interleaved, median, rule, scaled, time } from '../rig.mjs';

const COUNT = scaled(100_000);

export default async function (): Promise<Answer> {
  await fill(COUNT);
  const samples = await interleaved({
    '100 together': () => time(() => Promise.all(Array.from({ length: 100 }, (_, i) => input.append(rule(COUNT + i))))),
    'one alone': () => time(() => input.append(rule(COUNT))),
  });
  const ratio = median(samples['100 together']) / median(samples['one alone']);
  return { figures: [{ name: `100 edits on ${COUNT} rules / one`, ratio, atMost: 1.3, unit: 'ms', samples }] };
}
