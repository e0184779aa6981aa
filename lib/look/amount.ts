/** Numbers as people read them: `999`, `1.2K`, `34M`. Thousands, as iptables has them. */
const UNITS = ['', 'K', 'M', 'G', 'T', 'P', 'E'];

export function amount(value: bigint | number): string {
  let number = Number(value);
  let unit = 0;
  for (; number >= 999.5 && unit < UNITS.length - 1; unit++) number /= 1000;
  if (unit === 0) return Number.isInteger(number) ? `${number}` : number.toFixed(number < 9.95 ? 1 : 0);
  return `${number.toFixed(number < 9.95 ? 1 : 0)}${UNITS[unit]}`;
}
