/** What the matches of ICMP and ICMPv6 share: a type with one code, some codes or all, by numbers or by a name. */
import type { ListContext } from '../../codec/extension';
import { COLON, type Hole, holeOf, REGULAR, SLASH } from '../../codec/hole';
import { fact, given, inTransport, type Test, Unknown } from '../../codec/meaning';
import { abbreviation, isNot, type Not, type Operand, operand, phrased } from '../../codec/operand';
import { element, type Member } from '../../codec/struct';
import type { PacketSet, Symbols } from '../../codec/symbol';
import { Mismatch } from '../../errors';
import { parseNumber } from '../../net/number';

/** A name's type and code; all of its codes if none is said. */
export type IcmpNames<N extends string> = Readonly<Record<N, readonly [type: number, code?: number]>>;
/** `8`, `'3/1'`, `'host-unreachable'`; decoding gives numbers, as iptables-save prints them. */
export type IcmpType<N extends string> = N | number | `${number}/${number}` | `${number}/${number}:${number}`;

interface Codes {
  readonly type: number;
  readonly first: number;
  readonly last: number;
}
const codesOf = ([type, code]: readonly [number, number?]): Codes => ({ type, first: code ?? 0, last: code ?? 255 });

function resolve<N extends string>(value: unknown, names: IcmpNames<N>): Codes {
  const byte = (word: string | undefined) => (word === undefined ? undefined : parseNumber(word, 255));
  if (typeof value !== 'string' && typeof value !== 'number') throw new Mismatch('a type by number or name', value);
  const word = String(value);
  const name = abbreviation(word, Object.keys(names) as N[], true);
  if (name !== undefined) return codesOf(names[name]);
  const [, typeWord, firstWord, lastWord] = /^([^/:]+)(?:\/([^/:]+)(?::([^/:]+))?)?$/.exec(word) ?? [];
  const [type, first, last] = [byte(typeWord), byte(firstWord ?? '0'), byte(lastWord ?? firstWord ?? '255')];
  if (type === undefined || first === undefined || last === undefined) {
    throw new Mismatch('a type (0 to 255), type/code, or the name of a type', value);
  }
  return { type, first, last };
}

const isAll = ({ first, last }: Omit<Codes, 'type'>): boolean => first === 0 && last === 255;

/** `--icmp-type 3/1` */
export function icmpType<const N extends string>(
  type: Member<number>,
  code: Member<number[]>,
  names: IcmpNames<N>,
  /** What iptables says before a word that it doesn't know. */
  unknown: string,
): Operand<IcmpType<N>> {
  const [low, high] = [element(code, 0), element(code, 1)];
  const any = 'any' in names ? ('any' as N) : undefined;
  const canonical = (codes: Codes): IcmpType<N> => {
    if (isAll(codes)) return codes.type === 255 && any ? any : codes.type;
    return codes.first === codes.last ? `${codes.type}/${codes.first}` : `${codes.type}/${codes.first}:${codes.last}`;
  };
  return phrased(
    operand<IcmpType<N>>(
      'type[/code]|name',
      `number | string | ${Object.keys(names)
        .map((name) => `'${name}'`)
        .join(' | ')}`,
      {
        read: (m) => canonical({ type: type.read(m), first: low.read(m), last: high.read(m) }),
        write(m, value) {
          const codes = resolve(value, names);
          type.write(m, codes.type);
          low.write(m, codes.first);
          high.write(m, codes.last);
        },
      },
      (value) => {
        const codes = resolve(value, names);
        // Of several codes, which no option of iptables gives, iptables-save says the first alone.
        return isAll(codes) && codes.type === 255 && any ? any : String(canonical(codes));
      },
      (word) => canonical(resolve(word, names)),
      icmpHole(type, code, any),
    ),
    (word) => `${unknown} \`${word}'`,
  );
}

/** `any`; a type by its number, with one code, some or all. */
const icmpHole = (type: Member<number>, code: Member<number[]>, any: string | undefined): Hole | undefined =>
  holeOf([type, code] as const, ({ offset }, { offset: low }) => ({
    formOf: () => REGULAR,
    write({ at, bytes }, out) {
      const [number, first, last] = [bytes[at + offset]!, bytes[at + low]!, bytes[at + low + 1]!];
      const whole = isAll({ first, last });
      if (any && whole && number === 255) return out.text(any);
      out.number(number);
      if (whole) return;
      out.byte(SLASH);
      out.number(first);
      if (first === last) return;
      out.byte(COLON);
      out.number(last);
    },
    read({ at, bytes }, words) {
      const number = words.number(255);
      let [first, last] = [0, 255];
      if (words.byte(SLASH)) {
        first = words.number(255);
        last = words.byte(COLON) ? words.number(255) : first;
      }
      if (number < 0 || first < 0 || last < 0) return false;
      bytes[at + offset] = number;
      bytes[at + low] = first;
      bytes[at + low + 1] = last;
      return true;
    },
  }));

/** Of a type as it is read again: by its number, with one code, some or all. */
export function icmpMatches(value: IcmpType<string> | Not<IcmpType<string>>): Test {
  return inTransport(
    given(value, (wanted) => {
      if (wanted === 'any') return () => true;
      const [, type, first = '0', last = type === String(wanted) ? '255' : first] =
        /^(\d+)(?:\/(\d+)(?::(\d+))?)?$/.exec(String(wanted)) ?? [];
      const [low, high] = [Number(first), Number(last)];
      const sameType = fact('icmpType', (number) => number === Number(type));
      return (facts) => {
        const same = sameType(facts);
        if (same !== true || (low === 0 && high === 255)) return same;
        const { icmpCode } = facts;
        return icmpCode === undefined ? new Unknown('its ICMP code') : icmpCode >= low && icmpCode <= high;
      };
    }),
  );
}
/** Type and code are where others have their destination port. IPv4 takes type 255 for any. */
export const icmpSet = <N extends string>(
  value: IcmpType<N> | Not<IcmpType<N>>,
  names: IcmpNames<N>,
  space: Symbols,
): PacketSet =>
  space.and(
    space.whole,
    space.given(value, (of) => {
      const { type, first, last } = resolve(of, names);
      if (type === 255 && 'any' in names) return space.all;
      return space.range('dport', [256 * type + first, 256 * type + last]);
    }),
  );

/** `icmp echo-request`, `icmptype 3 code 1` */
export function listIcmp<N extends string>(
  label: string,
  value: IcmpType<N> | Not<IcmpType<N>>,
  names: IcmpNames<N>,
  { numeric }: ListContext,
): string {
  const { type, first, last } = resolve(isNot(value) ? value.not : value, names);
  const same = (name: N) => {
    const codes = codesOf(names[name]);
    return codes.type === type && codes.first === first && codes.last === last;
  };
  const name = numeric ? undefined : (Object.keys(names) as N[]).find(same);
  if (name !== undefined) return `${label} ${isNot(value) ? '!' : ''}${name}`;
  const codes = first === last ? ` code ${first}` : first === 0 && last === 255 ? '' : ` codes ${first}-${last}`;
  return `${label}${isNot(value) ? ' !' : ''}type ${type}${codes}`;
}
