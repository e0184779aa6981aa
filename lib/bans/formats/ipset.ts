/** Sets as `ipset save` prints them: of addresses and networks, and of those with ports. */
import { IptcError } from '../../errors';
import { type Allowance, type Ban, type Ports, type Protocol, portText, secondsLeft } from '../ban';
import { commentOf, partsOf } from '../barrier';
import { addressIn, badLine, type Format, type Listed, numbered, type Reading } from './format';

/** `add NAME ELEMENT`, and what stands behind it. */
const ADD = /^(?:add|-A)\s+(\S+)\s+(\S+)(.*)$/;
const OPTION = /^\s*(timeout|packets|bytes|comment|nomatch|skbmark|skbprio|skbqueue)(?:\s+("[^"]*"|\S+))?/;

function* read(text: string, { as, skip }: Reading): Generator<Listed> {
  const now = Date.now();
  for (const [whole, line] of numbered(text)) {
    if (/^(#|COMMIT$|(create|-N|flush|-F|destroy|-X)\s)/.test(whole)) continue;
    const [, set, element, rest] = ADD.exec(whole) ?? [];
    if (set === undefined) throw badLine('a line of ipset save', whole, line);
    const options = optionsIn(rest!, line);
    const comment = options.get('comment')?.replace(/^"|"$/g, '');
    const timeout = options.has('timeout') ? Number(options.get('timeout')) : undefined;
    if (timeout !== undefined && !(Number.isSafeInteger(timeout) && timeout >= 0))
      throw badLine('seconds as timeout', options.get('timeout')!, line);
    const [address, port, ...more] = element!.split(',');
    if (more.length > 0 || (port !== undefined && !/^(?:(?:tcp|udp):)?\d/.test(port))) {
      skip(
        new IptcError('ERR_BAD_TEXT', `Cannot keep ${element} of set ${set}: it is no address, nor one with a port`, {
          line,
          hint: 'Bans are of addresses, and of TCP and UDP ports: pass it over (skip, --skip).',
        }),
      );
      continue;
    }
    // Our own sets say by their names what they are for; an exception is let pass.
    const allowed = options.has('nomatch') || /-allow(-ports)?[46]$/.test(set);
    const outgoing = /-out(-ports)?[46]$/.test(set);
    yield {
      what: allowed ? 'allow' : as,
      address: addressIn(address!, line),
      ...(timeout !== undefined && { until: timeout === 0 ? null : now + 1000 * timeout }),
      ...(comment !== undefined && comment !== '' && { reason: comment }),
      ...(port !== undefined && portOf(port, line)),
      ...(outgoing && !allowed && { direction: 'out' as const }),
      line,
    };
  }
}
function optionsIn(text: string, line: number): Map<string, string | undefined> {
  const options = new Map<string, string | undefined>();
  for (let rest = text; rest.trim() !== ''; ) {
    const found = OPTION.exec(rest);
    if (!found) throw badLine('options as ipset save prints them', rest.trim(), line);
    const flag = found[1] === 'nomatch';
    options.set(found[1]!, flag ? undefined : found[2]);
    rest = rest.slice(flag ? rest.indexOf('nomatch') + 'nomatch'.length : found[0].length);
  }
  return options;
}
function portOf(word: string, line: number): { readonly ports: readonly Ports[]; readonly protocol: Protocol } {
  const [, protocol = 'tcp', first, last = first] = /^(?:(tcp|udp):)?(\d{1,5})(?:-(\d{1,5}))?$/.exec(word) ?? [];
  const [from, to] = [Number(first), Number(last)];
  if (first === undefined || to > 65535 || from > to) throw badLine('a port', word, line);
  return { ports: [last === first ? from : [from, to]], protocol: protocol as Protocol };
}

function* elements(what: string, { address, reason, ...rest }: Ban | Allowance, digit: number, name: string) {
  const comment = commentOf(reason);
  const beside = ` timeout ${secondsLeft(rest)}${comment === undefined ? '' : ` comment "${comment}"`}`;
  for (const { direction, port, protocol } of partsOf({ direction: 'in', ...rest })) {
    const kind = `${what === 'allow' ? '-allow' : direction === 'out' ? '-out' : ''}${port === undefined ? '' : '-ports'}`;
    yield `add ${name}${kind}${digit} ${address}${port === undefined ? '' : `,${protocol}:${portText(port)}`}${beside}`;
  }
}

export const ipset: Format = {
  is: (line) => /^(create|add)\s+\S+\s+\S+/.test(line),
  read,
  *write({ bans, allowed, name }) {
    const made = new Set<string>();
    for (const [what, list] of [
      ['ban', bans],
      ['allow', allowed],
    ] as const)
      for (const each of list) {
        const digit = each.address.includes(':') ? 6 : 4;
        for (const line of elements(what, each, digit, name)) {
          const set = line.split(' ')[1]!;
          if (!made.has(set)) {
            const type = `hash:net${/-ports[46]$/.test(set) ? ',port' : ''}`;
            yield `create ${set} ${type} family ${digit === 4 ? 'inet' : 'inet6'} maxelem 1065536 timeout 0 counters comment`;
            made.add(set);
          }
          yield line;
        }
      }
  },
};
