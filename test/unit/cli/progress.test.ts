import { Progress } from '../../../lib/cli/progress';
import { afterEach, beforeEach, describe, expect, test } from '../../harness';

/** A terminal of one line; what it shows. */
function terminal(columns = 80) {
  let shown = '';
  const stream = {
    isTTY: true,
    columns,
    cursorTo: () => true,
    write: (text: string) => {
      shown = text;
      return true;
    },
    clearLine: (direction?: number) => {
      if (direction !== 1) shown = '';
      return true;
    },
  };
  return { stream: stream as unknown as NodeJS.WriteStream, shown: () => shown };
}

describe('the progress of a restore', () => {
  const { now } = Date;
  let time = 0;
  beforeEach(() => {
    time = 1_000_000;
    Date.now = () => time;
  });
  afterEach(() => {
    Date.now = now;
  });

  test('is a bar where the size is known, after half a second', () => {
    const { stream, shown } = terminal();
    const progress = new Progress(4000, stream);
    time += 499;
    progress.at(100, 500);
    expect(shown()).toBe('');
    time += 1;
    progress.at(1000, 1000);
    expect(shown()).toBe(`[${'='.repeat(7)}${' '.repeat(23)}] 24%  1,000 lines, 2,000 a second`);
    time += 1500;
    progress.at(5000, 4000);
    expect(shown()).toBe(`[${'='.repeat(30)}] 99%  5,000 lines, 2,500 a second`);
    progress.end();
    expect(shown()).toBe('');
  });

  test('is lines alone where it is not', () => {
    const { stream, shown } = terminal();
    const progress = new Progress(undefined, stream);
    time += 2000;
    progress.at(3000, 0);
    expect(shown()).toBe('3,000 lines, 1,500 a second');
    progress.end();
    expect(shown()).toBe('');
  });

  test('stays within a narrow terminal', () => {
    const { stream, shown } = terminal(30);
    const progress = new Progress(100, stream);
    time += 1000;
    progress.at(1_000_000, 50);
    expect(shown()).toBe(`[${'='.repeat(12)}${' '.repeat(12)}] 49%`);
  });

  test('writes nothing at all if it is over before', () => {
    const { stream, shown } = terminal();
    stream.write('$ ');
    const progress = new Progress(100, stream);
    progress.at(1, 50);
    progress.end();
    expect(shown()).toBe('$ ');
  });
});
