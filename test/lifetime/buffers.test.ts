import { describeWith, expect, test } from '../harness';
import { programOf } from '../harness/program';
import { Child, hex } from './child';

// Each way in which JavaScript can take a buffer's memory away, or change it, while a thread may still be reading it.
describeWith(['netns', 'addon'], 'bytes that are handed in', () => {
  const values = {
    append: hex(programOf('ipv4', ['-A INPUT -s 192.0.2.1 -j DROP'])),
    flush: hex(programOf('ipv4', ['-F INPUT'])),
  };
  /** Found by a child's lines: ways to make a program, each with a way to spoil it. */
  const WAYS = `
    const source = Buffer.concat(Array(500).fill(bytes(append)));
    const into = (buffer) => { const view = new Uint8Array(buffer); view.set(source); return view; };
    const resizable = () => new ArrayBuffer(source.length, { maxByteLength: 2 * source.length });
    const detach = (program) => new MessageChannel().port1.postMessage(program.buffer, [program.buffer]);
    const ways = {
      detached: [() => into(new ArrayBuffer(source.length)), detach],
      posted: [() => into(new ArrayBuffer(source.length)), (program) => {
        const { port1, port2 } = new MessageChannel();
        port2.on('message', (buffer) => { new Uint8Array(buffer).fill(255); port1.close(); });
        port1.postMessage(program.buffer, [program.buffer]);
      }],
      shrunk: [() => into(resizable()), (program) => program.buffer.resize(0)],
      grown: [() => into(resizable()), (program) => program.buffer.resize(2 * source.length)],
      changed: [() => into(new ArrayBuffer(source.length)), (program) => program.fill(255)],
      moved: [() => {
        const memory = new WebAssembly.Memory({ initial: 2 });
        const program = new Uint8Array(memory.buffer, 8, source.length);
        program.set(source);
        return Object.assign(program, { memory });
      }, (program) => program.memory.grow(100)],
    };
    const resizes = 'resize' in ArrayBuffer.prototype; // not before Node 20
    if (!resizes) for (const name of ['shrunk', 'grown']) delete ways[name];
  `;

  test('are those of the moment of the call', async () => {
    const child = new Child(
      `${WAYS}
       (async () => {
         const session = open({ namespace: 'new' });
         const results = {};
         for (const [name, [make, spoil]] of Object.entries(ways)) {
           const counts = [];
           const count = async () => {
             counts.push(new DataView(await session.snapshot('filter')).getUint32(12, true));
             session.applySync('filter', bytes(flush), options);
           };
           for (let i = 0; i < 5; i++) {
             const program = make();
             const applied = session.apply('filter', program, options);
             spoil(program);
             await applied;
             await count();
           }
           const stream = session.begin('filter', { ...options, idle: 1000 });
           for (let i = 0; i < 5; i++) {
             const program = make();
             stream.write(program);
             spoil(program);
           }
           await stream.end();
           await count();
           // While the arguments are being looked at.
           for (const call of [
             (program, options) => session.apply('filter', program, options),
             (program, options) => session.applySync('filter', program, options),
           ]) {
             const program = make();
             await call(program, { ...options, get wait() { spoil(program); return 0; } });
             await count();
           }
           results[name] = counts.join();
         }
         console.log(JSON.stringify(results));
         await session.close();
       })();`,
      values,
    );
    const results = await child.json<Record<string, string>>();
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
    for (const [name, counts] of Object.entries(results)) {
      expect(counts, name).toBe('500,500,500,500,500,2500,500,500');
    }
    expect(Object.keys(results)).toHaveLength('resize' in ArrayBuffer.prototype ? 6 : 4);
  });

  test('are none, where the memory is gone before the call', async () => {
    const child = new Child(
      `${WAYS}
       const session = open({ namespace: 'new' });
       (async () => {
         for (const [make, spoil] of [ways.detached, ways.moved, ...(resizes ? [ways.shrunk] : [])]) {
           const program = make();
           spoil(program);
           await session.apply('filter', program, options);
           session.applySync('filter', program, options);
         }
         // A view of the whole follows its buffer, one of a part is out of bounds.
         for (const length of resizes ? [undefined, 800] : []) {
           const buffer = resizable();
           const program = new Uint8Array(buffer, 0, length);
           program.set(source.subarray(0, length));
           buffer.resize(8);
           session.applySync('filter', program.subarray(8), options);
           await session.apply('filter', new Uint8Array(buffer, 8), options);
         }
         console.log(new DataView(session.snapshotSync('filter')).getUint32(12, true));
         await session.close();
       })();`,
      values,
    );
    expect(await child.line()).toBe('0');
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
  });

  test('are refused if other threads may write to them', async () => {
    const child = new Child(
      `const session = open({ namespace: 'new' });
       const socket = new Netlink({ protocol: 12, namespace: 'new' });
       const shared = [
         new Uint8Array(new SharedArrayBuffer(64)),
         new Uint8Array(new SharedArrayBuffer(64, { maxByteLength: 128 })),
         new Uint8Array(new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }).buffer),
       ];
       const stream = session.begin('filter', { ...options, idle: 1000 });
       const told = [];
       for (const program of shared) {
         for (const call of [
           () => session.apply('filter', program, options),
           () => session.applySync('filter', program, options),
           () => stream.write(program),
           () => socket.request(program),
           () => socket.transactSync([program], 1),
         ]) try { call(); } catch (error) { told.push(String(error)); }
       }
       console.log(told.length, [...new Set(told)].join());
       stream.abort();`,
      values,
    );
    expect(await child.line()).toBe("15 TypeError: Expected a Uint8Array that isn't shared");
    expect(await child.ending).toMatchObject({ status: 0, stderr: '' });
  });
});
