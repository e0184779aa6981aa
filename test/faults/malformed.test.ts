import { constants } from 'node:os';
import type { Backend } from '../../lib/backend/backend';
import { openNative } from '../../lib/backend/legacy/backend';
import { OP } from '../../lib/backend/program';
import { afterAll, beforeAll, describeWith, expect, test } from '../harness';
import { entryOf, programOf } from '../harness/program';
import { Child, hex } from '../lifetime/child';

const SEED = Number(process.env.SEED ?? Date.now() % 2 ** 32);
const PROGRAMS = Number(process.env.PROGRAMS ?? 20_000);

const { EEXIST, EINVAL, ENOENT } = constants.errno;

const FAMILIES = ['ipv4', 'ipv6'] as const;
const HEAD = { ipv4: 112, ipv6: 168 } as const;
/** Where target_offset and next_offset are. */
const OFFSETS = { ipv4: 88, ipv6: 140 } as const;

/** Programs that work, with everything in them. */
const programs = (family: 'ipv4' | 'ipv6') =>
  [
    ['-N a', '-N b', '-A a -p tcp --dport 1:2 -m comment --comment x -j b', '-A INPUT -j a', '-A INPUT -g b', '-E a c'],
    ['-A INPUT -i eth+ -j ACCEPT', '-I INPUT 1 -p udp -m udp --sport 5', '-R INPUT 2 -j DROP', '-D INPUT 1'],
    ['-A OUTPUT -m limit --limit 1/s -j LOG --log-prefix x', '-C OUTPUT -m limit --limit 1/s -j LOG --log-prefix x'],
    ['-A OUTPUT -m mark --mark 1/2 -j RETURN', '-D OUTPUT -m mark --mark 1/2 -j RETURN', '-R OUTPUT 1 -c 5 6'],
    ['-A FORWARD -j REJECT', '--expect FORWARD 1 -j REJECT', '-Z FORWARD', '-Z FORWARD 1', '-P FORWARD DROP 3 4'],
    ['-N d', '-F d', '-X d', '-P FORWARD ACCEPT', '-F INPUT', '-F OUTPUT', '-F FORWARD'],
  ].map((lines) => hex(programOf(family, lines)));

describeWith(['netns', 'addon'], 'a malformed program', () => {
  for (const family of FAMILIES) {
    test(`of ${family} never breaks the process (SEED=${SEED})`, async () => {
      const child = new Child(
        `let state = seed;
         const below = (n) => { // mulberry32
           state = (state + 0x6d2b79f5) | 0;
           let t = Math.imul(state ^ (state >>> 15), 1 | state);
           t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
           return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
         };
         const originals = programs.map(bytes);
         const values = [0, 1, 2, 7, 8, 24, 31, 32, 33, 39, 40, 41, 48, 96, 112, 144, 152, 168, 208, 255, 32767, 65528, 65535, 2 ** 31, 2 ** 32 - 8, 2 ** 32 - 1];
         const mutate = (program) => {
           for (let n = below(4); n >= 0; n--) {
             const at = below(program.length);
             switch (below(8)) {
               case 0: program[at] ^= 1 << below(8); break;
               case 1: program[at] = below(256); break;
               case 2: if (at + 2 <= program.length) program.writeUInt16LE(values[below(21)] & 65535, at & ~1); break;
               case 3: if (at + 4 <= program.length) program.writeUInt32LE(values[below(values.length)], at & ~3); break;
               case 4: program = program.subarray(0, below(2) ? at : at & ~7); break;
               case 5: program = Buffer.concat([program.subarray(0, at & ~7), originals[below(originals.length)]]); break;
               case 6: program.fill(below(2) ? 65 : 0, at, Math.min(at + below(40), program.length)); break;
               case 7: program.copyWithin(below(program.length) & ~7, at & ~7, (at & ~7) + 8 * below(30)); break;
             }
             if (program.length === 0) break;
           }
           return program;
         };
         (async () => {
           const session = open({ family, namespace: 'new' });
           const outcomes = {};
           for (let i = 0; i < count; i++) {
             let program = mutate(Buffer.from(originals[below(originals.length)]));
             if (i % 100 === 0) program = bytes(clear);
             const apply = { ...options, chainsCapture: below(2) === 1 };
             try {
               if (below(4)) {
                 await session.apply('filter', program, apply);
               } else {
                 const stream = session.begin('filter', { ...apply, idle: 1000 });
                 stream.write(program.subarray(0, below(program.length + 1)));
                 stream.write(program);
                 await stream.end();
               }
               outcomes.fine = (outcomes.fine ?? 0) + 1;
             } catch (error) {
               outcomes[error.stage] = (outcomes[error.stage] ?? 0) + 1;
             }
             if (i % 50 === 0) await session.snapshot('filter');
           }
           console.log(JSON.stringify(outcomes));
         })();`,
        {
          seed: SEED,
          family: family === 'ipv4' ? 4 : 6,
          programs: programs(family),
          clear: hex(Uint8Array.of(OP.FLUSH_ALL, 0, 0, 0, 8, 0, 0, 0, OP.DELETE_CHAINS, 0, 0, 0, 8, 0, 0, 0)),
          count: PROGRAMS,
        },
      );
      const outcomes = await child.json<Record<string, number>>();
      expect(await child.ending).toMatchObject({ status: 0, signal: null, stderr: '' });
      // All of it has been reached: what is refused here, by the kernel, and what works all the same.
      expect(Object.keys(outcomes).sort()).toEqual(['commit', 'edit', 'fine']);
    }, 120_000);

    describeWith([], `of ${family}`, () => {
      let backend: Backend;
      beforeAll(() => {
        backend = openNative({ family, namespace: 'new' });
      });
      afterAll(() => backend.close());

      const refused = (program: Uint8Array, failure: object) =>
        expect(backend.apply('filter', program, { wait: 0 })).rejects.toMatchObject({ stage: 'edit', ...failure });

      /** One append of an entry, changed. */
      function append(rule: string, change: (entry: DataView, target: number) => void): Uint8Array {
        const { entry } = entryOf(family, rule);
        const view = new DataView(entry.buffer, entry.byteOffset, entry.byteLength);
        change(view, view.getUint16(OFFSETS[family], true));
        const program = new Uint8Array(40 + 8 + entry.length);
        program.set(programOf(family, ['-F INPUT']).subarray(0, 40));
        new DataView(program.buffer).setUint32(40, OP.APPEND, true);
        new DataView(program.buffer).setUint32(44, 8 + entry.length, true);
        program.set(entry, 48);
        return program;
      }

      const offsets = OFFSETS[family];
      const match = HEAD[family];
      const bad: [string, string, (entry: DataView, target: number) => void][] = [
        ['a target_offset inside the head', '-p tcp', (e) => e.setUint16(offsets, match - 8, true)],
        ['a target_offset beyond the end', '-p tcp', (e) => e.setUint16(offsets, 60_000, true)],
        ['an odd target_offset', '-p tcp', (e, at) => e.setUint16(offsets, at + 4, true)],
        ['a next_offset other than its size', '-p tcp', (e) => e.setUint16(offsets + 2, 8 + e.byteLength, true)],
        ['a match of no size', '-p tcp -m tcp', (e) => e.setUint16(match, 0, true)],
        ['a match that ends in the target', '-p tcp -m tcp', (e) => e.setUint16(match, 80, true)],
        [
          'a match without end of its name',
          '-p tcp -m tcp',
          (e) => new Uint8Array(e.buffer, e.byteOffset + match + 2, 29).fill(65),
        ],
        ['a match without name', '-p tcp -m tcp', (e) => e.setUint8(match + 2, 0)],
        [
          'a target without end of its name',
          '-j REJECT',
          (e, at) => new Uint8Array(e.buffer, e.byteOffset + at + 2, 29).fill(65),
        ],
        ['a target of another size', '-j REJECT', (e, at) => e.setUint16(at, 32, true)],
        ['a verdict with a number', '-j ACCEPT', (e, at) => e.setInt32(at + 32, -2, true)],
        ['a verdict that claims to be an extension', '-j ACCEPT', (e, at) => e.setUint8(at + 31, 0)],
        ['an extension without name', '-j REJECT', (e, at) => e.setUint8(at + 2, 0)],
        ['an extension that claims to be a verdict', '-j CONNMARK --set-mark 1', (e, at) => e.setUint8(at + 31, 255)],
        ['a verdict to go to', '-j ACCEPT', (e) => (family === 'ipv4' ? e.setUint8(82, 2) : e.setUint8(131, 4))],
        [
          'the target that marks the beginning of a chain',
          '-j REJECT',
          (e, at) => [...'ERROR\0'].forEach((c, i) => void e.setUint8(at + 2 + i, c.charCodeAt(0))),
        ],
      ];
      for (const [what, rule, change] of bad) {
        test(`with ${what} is refused`, () =>
          refused(append(rule, change), { errno: EINVAL, refused: [{ operation: 1 }] }));
      }

      test('is refused with the number of its operation', async () => {
        await refused(programOf(family, ['-A INPUT', '-A INPUT -j nowhere']), {
          errno: ENOENT,
          refused: [{ operation: 2 }],
          reason: 'No chain/target by that name',
        });
        await refused(programOf(family, ['-A INPUT -j OUTPUT']), { errno: EINVAL });
        await refused(programOf(family, [`-N ${'x'.repeat(29)}`]), { errno: EINVAL });
        await refused(programOf(family, ['-N a', `-E a ${'x'.repeat(29)}`]), { errno: EINVAL });
        await refused(programOf(family, ['-N a', '-N a']), { errno: EEXIST });
        await refused(programOf(family, ['-A nowhere']), { errno: ENOENT, refused: [{ operation: 1 }] });
        await refused(Uint8Array.of(99, 0, 0, 0, 8, 0, 0, 0), { errno: EINVAL, refused: [{ operation: 0 }] });
        await refused(Uint8Array.of(OP.FLUSH, 0, 0, 0, 8, 0, 0), { errno: EINVAL, refused: [{ operation: 0 }] });
        // INPUT, a zero, and something behind it.
        for (const index of [14, 39]) {
          const program = new Uint8Array(programOf(family, ['-F INPUT']));
          program[index] = 65;
          await refused(program, { errno: EINVAL, refused: [{ operation: 0 }] });
        }
      });
    });
  }
});
