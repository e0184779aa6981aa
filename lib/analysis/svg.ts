/** A packet's way as a picture: a box for each step, from top to bottom. */
import type { Family } from '../net/family';
import { formatRule } from '../text/rule';
import type { Packet } from './packet';
import type { Branch } from './simulate';
import type { PathStep } from './walk';
import { formatPacket } from './words';

const [WIDTH, HEIGHT, GAP, LEFT] = [760, 46, 18, 20];
const LONGEST = 104;
const COLOURS: Readonly<Record<string, string>> = { ACCEPT: '#2e7d32', DROP: '#c62828', REJECT: '#c62828' };

/** Names and comments are anybody's. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};
const escaped = (text: string): string =>
  text.replace(/[&<>"']|\p{Cc}|[\ufffe\uffff]/gu, (c) => ENTITIES[c] ?? '\ufffd');
const cut = (text: string): string => (text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text);

/** What a step says: its rule as iptables-save prints it, or how its chain ends. */
export function textOf({ kind, chain, rule }: PathStep, family: Family): string {
  if (!rule) return kind === 'policy' ? `the policy of ${chain}` : `back from ${chain}`;
  try {
    return `-A ${chain} ${formatRule(rule as never, { family })}`.trimEnd();
  } catch {
    return `-A ${chain} [a rule that can't be printed]`;
  }
}

/**
 * The way of a packet as an SVG picture.
 *
 * @example writeFileSync('path.svg', pathSvg(packet, simulate(ruleset, packet), 'ipv4'))
 */
export function pathSvg(packet: Packet, { path, verdict }: Branch, family: Family): string {
  const boxes = [
    { title: 'packet', text: formatPacket(packet), colour: '#1565c0' },
    ...path.map((step) => ({
      title: step.step,
      text: textOf(step, family),
      colour: step.packet ? '#ef6c00' : '#546e7a',
    })),
    { title: verdict, text: '', colour: COLOURS[verdict] ?? '#6a1b9a' },
  ];
  const height = boxes.length * (HEIGHT + GAP) + GAP;
  const drawn = boxes.map(({ title, text, colour }, i) => {
    const y = GAP + i * (HEIGHT + GAP);
    const arrow = i === 0 ? '' : `<path d="M${WIDTH / 2} ${y - GAP}V${y}" stroke="#90a4ae" marker-end="url(#to)"/>`;
    return `${arrow}<rect x="${LEFT}" y="${y}" width="${WIDTH - 2 * LEFT}" height="${HEIGHT}" rx="5" fill="#fff" stroke="${colour}"/>
<text x="${LEFT + 12}" y="${y + 19}" fill="${colour}" font-weight="bold">${escaped(cut(title))}</text>
<text x="${LEFT + 12}" y="${y + 37}" fill="#263238">${escaped(cut(text))}</text>`;
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" font-family="monospace" font-size="11">
<defs><marker id="to" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#90a4ae"/></marker></defs>
${drawn.join('\n')}
</svg>
`;
}
