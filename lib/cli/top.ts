/** `iptc top`: what rules count, and how fast, while one looks. */
import type { Family, Firewall } from '../index';
import { Terminal } from '../look/terminal';
import { FIRST_VIEW, ORDERS, pressed, rowsOf, type TopView, topRows, topScreen } from '../look/top';
import { type Reading, Watch } from '../look/watch';
import { asked } from './asked';
import { toJson } from './json';
import { isColourful, openBoth } from './look';
import { complain, printStyled } from './output';
import { EXIT, failed, type Program } from './program';
import { loadedTables, namespaceOf } from './tables';

const FLAGS = [
  { name: 'once' },
  { name: 'json' },
  { name: 'interval', letter: 'i', argument: true },
  { name: 'sort', letter: 's', argument: true },
  { name: 'table', letter: 't', argument: true },
  { name: 'search', argument: true },
  { name: 'color', argument: 'maybe' },
  { name: 'netns', argument: true },
] as const;
/** Lines of `--once`, where there is no terminal that says how many fit. */
const ONCE = 40;
const DAY = 86_400;

export async function top(program: Program, words: readonly string[]): Promise<number> {
  const usage = `Usage: ${program.name} top [--once [--json]] [-i seconds] [-s ${ORDERS.join('|')}] [-t table] [--search words] [--color always|never] [--netns name|path]`;
  const { given, rest } = asked(
    `${program.name} top`,
    words,
    FLAGS,
    usage,
    `Shows what the rules of both families count, and how fast, those that count most first; h is for help there.\n--once: one screen, by what was counted in one interval (1 second unless -i says); --json: all rules, sets and connections.`,
  );
  const seconds = Number(given.get('interval') ?? '1');
  const order = ORDERS.find((name) => name === (given.get('sort') ?? ORDERS[0]));
  const once = given.has('once');
  if (rest.length > 0 || !(seconds >= 0.1 && seconds <= DAY) || order === undefined || (given.has('json') && !once)) {
    complain(usage);
    return EXIT.USAGE;
  }
  if (!once && !(process.stdin.isTTY && process.stdout.isTTY)) {
    complain(
      `${program.name} top: there is no terminal to draw on. --once prints it once, --once --json for programs.`,
    );
    return EXIT.USAGE;
  }
  const view: TopView = {
    ...FIRST_VIEW,
    order,
    table: given.get('table') ?? '',
    search: given.get('search') ?? '',
  };
  const netns = given.get('netns');
  const firewalls: Firewall<Family>[] = [];
  let watch: Watch | undefined;
  try {
    firewalls.push(...openBoth(netns));
    watch = await Watch.open(firewalls, netns === undefined ? undefined : namespaceOf(netns), loadedTables);
    const reading = await watch.read();
    if (!once) await live(watch, reading, view, seconds, isColourful(given.get('color')));
    else {
      await passed(seconds);
      const now = await watch.read();
      printStyled(
        given.has('json') ? toJson(jsonOf(now, seconds)) : screenOnce(now, view, isColourful(given.get('color'))),
      );
    }
    return 0;
  } catch (error) {
    return failed(program, error);
  } finally {
    await (watch ?? { close: () => Promise.all(firewalls.map((firewall) => firewall.close())) }).close();
  }
}

const passed = (seconds: number): Promise<void> => new Promise((done) => void setTimeout(done, seconds * 1000));
const clock = (): string => new Date().toTimeString().slice(0, 8);

function screenOnce(reading: Reading, view: TopView, colour: boolean): string {
  const all = topRows(reading, view, ONCE).rows.length;
  const columns = process.stdout.columns || Number.POSITIVE_INFINITY;
  const lines = topScreen(reading, view, { columns, lines: all + 4, colour, time: clock() });
  return lines
    .slice(0, -1)
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

/** Until a key ends it. */
async function live(watch: Watch, first: Reading, from: TopView, seconds: number, colour: boolean): Promise<void> {
  let [view, reading] = [from, first];
  await new Promise<void>((resolve, reject) => {
    let timer: NodeJS.Timeout | undefined;
    const draw = () => {
      const { columns, lines } = terminal;
      terminal.draw(topScreen(reading, view, { columns, lines, colour, time: clock() }));
    };
    const end = (error?: unknown) => {
      clearTimeout(timer);
      for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, ended);
      terminal.close();
      timer = undefined;
      ending = true;
      if (error === undefined) resolve();
      else reject(error);
    };
    const ended = () => end();
    let ending = false;
    const terminal = new Terminal(
      process.stdin,
      process.stdout,
      (key) => {
        if (ending) return;
        const next = pressed(view, key, reading, rowsOf(terminal.lines));
        if (!next) return end();
        const { all } = topRows(reading, next, 0);
        view = { ...next, above: Math.min(next.above, Math.max(0, all - 1)) };
        draw();
      },
      draw,
    );
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, ended);
    const step = async () => {
      const begun = performance.now();
      try {
        if (!view.paused) {
          reading = await watch.read();
          if (!ending) draw();
        }
      } catch (error) {
        if (!ending) end(error);
      }
      // A reading that takes long isn't to take all the time.
      const took = performance.now() - begun;
      if (!ending) timer = setTimeout(() => void step(), Math.max(seconds * 1000 - took, took * 4));
    };
    draw();
    timer = setTimeout(() => void step(), seconds * 1000);
  });
}

function jsonOf({ tables, sets, connections }: Reading, seconds: number): object {
  return {
    time: new Date().toISOString(),
    interval: seconds,
    tables: tables.map(({ family, name, counting }) => {
      const { rules, policies, state, firsts } = counting;
      const texts = counting.allTexts();
      const of = ({ packets, bytes, packetRate, byteRate }: typeof rules, i: number) => ({
        packets: packets[i],
        bytes: bytes[i],
        packetRate: packetRate[i],
        byteRate: byteRate[i],
      });
      return {
        family,
        name,
        chains: state.chains.map((chain, c) => ({
          name: chain.name,
          ...(chain.policy !== undefined && { policy: chain.policy, ...of(policies, c) }),
          rules: Array.from({ length: chain.length }, (_, i) => ({
            text: texts[firsts[c]! + i],
            ...of(rules, firsts[c]! + i),
          })),
        })),
      };
    }),
    sets: sets ?? null,
    connections: connections ?? null,
  };
}
