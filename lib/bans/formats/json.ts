/** Bans as data: what `iptc bans --json` prints. */
import { argument, type Check, fields, listOf, oneOf, string } from '../../arguments';
import { IptcError, Mismatch } from '../../errors';
import { counterToJson } from '../../net/number';
import { placesOf } from '../address';
import { type Ban, portsGiven } from '../ban';
import type { Format, Listed } from './format';

const time: Check<number> = (value) => {
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0)
    throw new Mismatch('milliseconds since 1970', value);
  return value;
};
const address: Check<string> = (value) => {
  placesOf(value);
  return value as string;
};
const times: Check<number> = (value) => {
  if (!Number.isSafeInteger(value) || (value as number) < 1) throw new Mismatch('an integer from 1 on', value);
  return value as number;
};
/** What is listed says more than what is kept. */
const anything: Check<null> = () => null;
type Given = Partial<Omit<Ban, 'hits'>> & Pick<Ban, 'address'> & { readonly hits?: null };

const shared = {
  address,
  since: time,
  until: time,
  reason: string(),
  ports: portsGiven,
  protocol: oneOf('tcp', 'udp'),
};
const ban = fields<Given>({ ...shared, hits: anything, direction: oneOf('in', 'out', 'both'), times }, 'address');
const allowance = fields<Omit<Given, 'direction' | 'times' | 'hits'>>(shared, 'address');
const all = fields<{ bans?: readonly Given[]; allowed?: readonly Given[] }>({
  bans: listOf(ban, 'a list of bans'),
  allowed: listOf(allowance, 'a list of who is allowed'),
});

/** Where it breaks off or is wrong, as V8 tells it. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const { message } = error as Error;
    const at = Number(/position (\d+)/.exec(message)?.[1] ?? text.length);
    const line = text.slice(0, at).split('\n').length;
    throw new IptcError('ERR_BAD_TEXT', `Expected JSON but received what is none: ${message}`, { line, cause: error });
  }
}

function* listed(what: Listed['what'], each: Given): Generator<Listed> {
  const { hits: _, until = null, ...rest } = each;
  yield { what, ...rest, until };
}

export const json: Format = {
  is: (line) => /^[[{]/.test(line),
  *read(text, { as }) {
    const value = parsed(text.replace(/^\uFEFF/, ''));
    // A list alone is of bans, or of whom it is said to be.
    const { bans = [], allowed = [] } = argument(
      'import',
      'text',
      Array.isArray(value) ? { [as === 'ban' ? 'bans' : 'allowed']: value } : value,
      all,
    );
    for (const each of bans) yield* listed('ban', each);
    for (const each of allowed) yield* listed('allow', each);
  },
  *write({ bans, allowed }) {
    const text = (value: unknown) => JSON.stringify(value, counterToJson);
    const commas = function* (values: Iterable<unknown>) {
      let before: string | undefined;
      for (const value of values) {
        if (before !== undefined) yield `    ${before},`;
        before = text(value);
      }
      if (before !== undefined) yield `    ${before}`;
    };
    yield '{';
    yield '  "bans": [';
    yield* commas(bans);
    yield '  ],';
    yield '  "allowed": [';
    yield* commas(allowed);
    yield '  ]';
    yield '}';
  },
};
