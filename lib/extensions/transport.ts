/** What the matches of transport protocols share: two ports, each maybe a range, printed only if they say something. */
import { negatable, type Not, type Operand, portName, portRange, type Range } from '../codec/operand';
import { Option } from '../codec/option';
import type { ListContext } from '../codec/extension';
import { isNot } from '../codec/operand';
import { element, type Member, type Place } from '../codec/struct';

const everything = (value: Range | Not<Range>): boolean => {
  const range = isNot(value) ? value.not : value;
  return typeof range === 'object' && range[0] === 0 && range[1] === 65535;
};

/** `--sport 1024:65535` in a pair of ports; all ports if it isn't given. iptables-save says nothing about `! 0:65535`. */
export function ports(pair: Member<number[]>, inverted: Place<boolean>): Option<Range | Not<Range>, false> {
  const inner = portRange(element(pair, 0), element(pair, 1));
  const quiet: Operand<Range> = { ...inner, print: (value, context) => (everything(value) ? undefined : inner.print(value, context)) };
  const operand = negatable(inverted, quiet);
  return new Option(
    operand,
    false,
    (m) => {
      const value = operand.read(m);
      return everything(value) && !isNot(value) ? undefined : value;
    },
    (m, value) => operand.write(m, value),
    (m) => pair.write(m, [0, 65535]),
  );
}

/** ` dpt:ssh`, ` spts:!1024:65535` */
export function listPorts(label: string, value: Range | Not<Range> | undefined, protocol: string | undefined, { numeric }: ListContext): string {
  if (value === undefined) return '';
  const range = isNot(value) ? value.not : value;
  const name = (port: number) => (numeric ? String(port) : portName(port, protocol));
  const words = typeof range === 'number' ? name(range) : range.map(name).join(':');
  return ` ${label}${typeof range === 'number' ? '' : 's'}:${isNot(value) ? '!' : ''}${words}`;
}
