/** Rules in a row that differ in one address or port alone, as one. */
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from '../net/address';
import type { Cells } from './cells';

export interface Row {
  readonly cells: Cells;
  /** Numbers of the first and the last rule. */
  readonly first: number;
  readonly last: number;
  readonly packets: bigint;
  readonly bytes: bigint;
}

/** Fewer are quickly read. */
const AT_LEAST = 4;
/** Ranges that are told one by one. */
const SHOWN = 2;
const PORT = /(?<=--[ds]port )(\d+)(?= |$)/;

interface Vary {
  readonly of: (cells: Cells) => string | undefined;
  readonly with: (cells: Cells, value: string) => Cells;
}
const VARIES: readonly Vary[] = [
  {
    of: ({ source }) => source || undefined,
    with: (cells, source) => ({ ...cells, source }),
  },
  {
    of: ({ destination }) => destination || undefined,
    with: (cells, destination) => ({ ...cells, destination }),
  },
  {
    of: ({ conditions }) => PORT.exec(conditions)?.[0],
    with: (cells, port) => ({ ...cells, conditions: cells.conditions.replace(PORT, () => port) }),
  },
];

export function folded(rows: readonly Row[]): Row[] {
  const out: Row[] = [];
  for (let i = 0; i < rows.length; ) {
    const [length, vary] = longest(rows, i);
    if (!vary) out.push(rows[i]!);
    else {
      const run = rows.slice(i, i + length);
      const values = run.map(({ cells }) => vary.of(cells)!);
      out.push({
        cells: vary.with(run[0]!.cells, ranges(values)),
        first: run[0]!.first,
        last: run[length - 1]!.last,
        packets: run.reduce((sum, row) => sum + row.packets, 0n),
        bytes: run.reduce((sum, row) => sum + row.bytes, 0n),
      });
    }
    i += length;
  }
  return out;
}

function longest(rows: readonly Row[], from: number): [number, Vary | undefined] {
  let best: [number, Vary | undefined] = [1, undefined];
  for (const vary of VARIES) {
    const same = shape(rows[from]!, vary);
    if (same === undefined) continue;
    let end = from + 1;
    while (end < rows.length && shape(rows[end]!, vary) === same) end++;
    if (end - from >= AT_LEAST && end - from > best[0]) best = [end - from, vary];
  }
  return best;
}

function shape({ cells }: Row, vary: Vary): string | undefined {
  return vary.of(cells) === undefined ? undefined : Object.values(vary.with(cells, '')).join('\0');
}

/** `10.0.0.1-10.0.0.9, 10.0.1.7 +12`: those that follow each other as ranges, and how many more there are. */
export function ranges(values: readonly string[]): string {
  const runs: { first: string; last: string; length: number }[] = [];
  for (const value of values) {
    const run = runs[runs.length - 1];
    if (run && following(run.last) === value) {
      run.last = value;
      run.length++;
    } else runs.push({ first: value, last: value, length: 1 });
  }
  const told = runs.slice(0, SHOWN).map(({ first, last, length }) => (length === 1 ? first : `${first}-${last}`));
  const rest = runs.slice(SHOWN).reduce((sum, { length }) => sum + length, 0);
  return `${told.join(', ')}${rest === 0 ? '' : ` +${rest}`}`;
}

/** The next port or address. */
function following(value: string): string | undefined {
  if (/^\d+$/.test(value)) return `${Number(value) + 1}`;
  const bytes = parseIpv4(value) ?? parseIpv6(value);
  if (!bytes) return undefined;
  let i = bytes.length - 1;
  while (i >= 0 && bytes[i] === 255) bytes[i--] = 0;
  if (i < 0) return undefined;
  bytes[i]!++;
  return bytes.length === 4 ? formatIpv4(bytes) : formatIpv6(bytes);
}
