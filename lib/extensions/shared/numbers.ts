/** The programs by which u32 finds numbers in a packet. */

export const operators = ['&', '<<', '>>', '@'];

export interface Test {
  /** A number, then operators and numbers. */
  readonly location: readonly { readonly nextop: number; readonly number: number }[];
  readonly value: readonly (readonly [min: number, max: number])[];
}

/** Whether the number that a location leads to is one of the values; none is outside the packet. */
export function holds({ location, value }: Test, data: Uint8Array): boolean {
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  const [first, ...steps] = location;
  let [at, position] = [0, first!.number];
  if (position > data.length - 4) return false;
  let number = view.getUint32(position);
  for (const { nextop, number: operand } of steps) {
    const operator = operators[nextop];
    if (operator === '&') number = (number & operand) >>> 0;
    else if (operator === '<<') number = operand > 31 ? 0 : (number << operand) >>> 0;
    else if (operator === '>>') number = operand > 31 ? 0 : number >>> operand;
    else {
      [at, position] = [at + number, operand];
      if (position + at > data.length - 4) return false;
      number = view.getUint32(at + position);
    }
  }
  return value.some(([min, max]) => number >= min && number <= max);
}
