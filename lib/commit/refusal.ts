/** Why the kernel refuses a table: which rule, as far as that is known, and for what. */
import { constants } from 'node:os';
import type { BackendFailure, Misplaced } from '../backend/backend';
import { alternatives, show } from '../errors';
import { type NamedObject, objectsOf } from '../rule/objects';
import type { Attempt, Cause } from './failure';

const { EINVAL, ELOOP, ENOENT } = constants.errno;

export function refusal(failure: BackendFailure, attempt: Attempt): Cause | undefined {
  const { errno } = failure;
  const [refused] = failure.refused;
  switch (errno) {
    case ELOOP:
      return {
        code: 'ERR_BAD_RULE',
        why: `the jumps between chains make a loop${refused?.circle ? `: ${circle(refused.circle)}` : ''}`,
        hint: 'No chain may lead back to itself.',
      };
    case ENOENT:
      return missing(failure, attempt);
    case EINVAL:
      return refused?.misplaced ? misplaced(refused.misplaced) : invalid(failure, attempt);
    default:
      return undefined;
  }
}

function circle([first, ...others]: readonly string[]): string {
  if (others.length === 0) return `chain ${first} jumps to itself`;
  const jumps = others.map((name) => `jumps to ${name}`);
  const shown = jumps.length > 6 ? [...jumps.slice(0, 3), '…', ...jumps.slice(-2)] : jumps;
  return `chain ${first} ${shown.join(', which ')}, which jumps back to ${first}`;
}

function misplaced({ kind, name, hooks, from, through }: Misplaced): Cause {
  const way = `${through.length === 1 ? 'chain' : 'chains'} ${through.join(', ')}`;
  return {
    code: 'ERR_BAD_RULE',
    why: `${kind} ${name} works in ${alternatives(hooks)}, and is ${through.length === 0 ? `in ${from}` : `reached from ${from} through ${way}`}`,
    hint: `Put it into a chain that is reached from nowhere else than ${alternatives(hooks)}.`,
  };
}

/** The extension is there, or the rule would have been refused before: what isn't there is what it names. */
function missing({ refused: [refused] }: BackendFailure, { family }: Attempt): Cause {
  const objects = objectsIn(refused?.entry, family).filter(({ errno }) => errno === undefined);
  const [only, another] = objects;
  if (!only)
    return {
      code: 'ERR_UNSUPPORTED_BY_KERNEL',
      why: refused
        ? 'the kernel lacks an extension that the rule uses'
        : 'the kernel lacks an extension that the rules use, or something that they name',
      hint: `See the kernel log (dmesg). An extension needs its module${refused ? '.' : '; a conntrack helper, an accounting object or the like has to be made first.'}`,
    };
  if (!another) {
    const { option, path, name, make } = only;
    return { code: 'ERR_NO_OBJECT', why: `the kernel has no ${said(only)}`, hint: make(name, family), option, path };
  }
  return {
    code: 'ERR_NO_OBJECT',
    why: `the kernel lacks something that the rule names, ${alternatives(objects.map(said))}`,
    hint: objects.map(({ make, name }) => make(name, family)).join(' '),
  };
}

function invalid({ refused: [refused] }: BackendFailure, { family, chain = refused?.chain, table }: Attempt): Cause {
  const [object] = objectsIn(refused?.entry, family).filter(({ errno }) => errno !== undefined);
  const lacking = object ? `There may be no ${said(object)}. ${object.make(object.name, family)} ` : '';
  return {
    code: 'ERR_BAD_RULE',
    why: `the kernel refused the ${refused?.entry ? 'rule' : 'rules'}`,
    hint: `${lacking}The kernel log (dmesg) may say which extension it was; it may not be allowed in ${chain ? `chain ${chain}` : `table ${table}`}.`,
  };
}

/** What a rule names, each once. */
function objectsIn(entry: Uint8Array | undefined, family: Attempt['family']): NamedObject[] {
  const found = new Map<string, NamedObject>();
  if (entry) for (const object of objectsOf(family, entry)) found.set(`${object.kind} ${object.name}`, object);
  return [...found.values()];
}
const said = ({ kind, name }: NamedObject) => `${kind} ${show(name)}`;
