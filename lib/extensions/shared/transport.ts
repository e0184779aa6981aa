/** What the matches of transport protocols share: two ports, each maybe a range, printed only if they say something. */
import type { ListContext } from '../../codec/extension';
import { type Operand, parseAnyPort, portName, portRange, type Range } from '../../codec/operand';
import type { Option } from '../../codec/option';
import { element, type Member, type Place } from '../../codec/struct';
import { listSpan, type Span, span } from './span';

/**
 * `--sport 1024:65535` in a pair of ports; all ports if it isn't given. Services are of any protocol unless `inner` says
 * otherwise.
 */
export const ports = (
  pair: Member<number[]>,
  inverted: Place<boolean>,
  inner: Operand<Range> = portRange(element(pair, 0), element(pair, 1), parseAnyPort),
): Option<Span, false> => span(pair, inverted, 65535, inner);

/** ` dpt:ssh`, ` spts:!1024:65535` */
export function listPorts(
  label: string,
  value: Span | undefined,
  protocol: string | undefined,
  { numeric }: ListContext,
): string {
  const text = listSpan(label, value, 65535, (port) => (numeric ? String(port) : portName(port, protocol)));
  return text === '' ? '' : ` ${text}`;
}
