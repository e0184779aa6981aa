/** The program that scripts/fuzz runs. */
import { Worker } from 'node:worker_threads';
import { fuzz, type Progress } from './fuzz';

// Where an error comes from costs more than the parsing that ends in it.
Error.stackTraceLimit = 0;

const argument = (name: string, otherwise: number): number => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};

/** Who never comes back can't say so: a second thread looks whether the first one goes on. */
const watched = new Uint32Array(new SharedArrayBuffer(8));
new Worker(
  `const { workerData } = require('node:worker_threads');
  let last;
  setInterval(() => {
    if (workerData[0] === last) {
      require('node:fs').writeSync(2, \`--seed \${workerData[1]} --inputs 1 does not end\\n\`);
      process.kill(process.pid, 'SIGKILL');
    }
    last = workerData[0];
  }, 60_000);`,
  { eval: true, workerData: watched },
).unref();

const start = Date.now();
const say = ({ inputs, refused, slowest }: Progress) =>
  console.log(
    `${inputs} inputs, ${refused} refused, slowest ${slowest.toFixed(1)} ms, ${Math.round(process.memoryUsage.rss() / 1e6)} MB, ${Math.round((Date.now() - start) / 1000)} s`,
  );
fuzz(argument('seed', 1), argument('inputs', 10_000_000), (seed, progress) => {
  watched[0] = progress.inputs;
  watched[1] = seed;
  if (progress.inputs % 1_000_000 === 0 && progress.inputs > 0) say(progress);
}).then(
  (progress) => {
    say(progress);
    process.exit();
  },
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
