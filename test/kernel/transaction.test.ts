import { Firewall, type IptcError } from '../../lib';
import { afterAll, beforeAll, beforeEach, describeWith, expect, test } from '../harness';

describeWith(['netns', 'addon'], 'a transaction', () => {
  let firewall: Firewall<'ipv4'>;
  let rival: Firewall<'ipv4'>;
  const filter = () => firewall.table('filter');
  const rules = async () => (await filter().save()).split('\n').filter((line) => line.startsWith('-A'));

  beforeAll(async () => {
    firewall = await Firewall.open({ namespace: 'new' });
    rival = await Firewall.open({ namespace: firewall.namespace });
  });
  afterAll(() => Promise.all([firewall.close(), rival.close()]));
  beforeEach(async () => {
    await filter().flush();
    await filter().deleteChains();
  });

  test('comes into force together, and sees its own edits', async () => {
    const { commits } = firewall.metrics;
    const seen = await filter().transaction(async (tx) => {
      await tx.createChain('web');
      await tx.chain('web').append('-p tcp --dport 80 -j ACCEPT');
      tx.chain('INPUT').appendSync({ target: 'web' });
      await tx.chain('INPUT').setPolicy('DROP');
      expect(await rules()).toEqual([]);
      return (await tx.state()).save();
    });
    expect(firewall.metrics.commits - commits).toBe(1);
    expect(await filter().save()).toBe(seen);
    expect(await rules()).toEqual(['-A INPUT -j web', '-A web -p tcp -m tcp --dport 80 -j ACCEPT']);
    await filter().chain('INPUT').setPolicy('ACCEPT');
  });

  test('leaves nothing when its work throws', async () => {
    const failing = filter().transaction(async (tx) => {
      await tx.chain('INPUT').append('-j DROP');
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await rules()).toEqual([]);
  });

  test('rejects a wrong edit at once, inside', async () => {
    const codes: string[] = [];
    await filter().transaction(async (tx) => {
      for (const edit of [
        () => tx.chain('nowhere').append('-j DROP'),
        () => tx.chain('INPUT').delete(1),
        () => tx.chain('INPUT').append('-j nowhere'),
        () => tx.chain('INPUT').append('-p tcp --dport 70000'),
        () => tx.createChain('REJECT'),
      ]) {
        await edit().catch((error: IptcError) => codes.push(error.code));
      }
      await tx.chain('INPUT').append('-j ACCEPT');
    });
    expect(codes).toEqual(['ERR_NO_CHAIN', 'ERR_NO_RULE', 'ERR_NO_CHAIN', 'ERR_BAD_RULE', 'ERR_BAD_CHAIN']);
    expect(await rules()).toEqual(['-A INPUT -j ACCEPT']);
  });

  test('runs again when somebody else changes the table, and loses nobody’s rule', async () => {
    let runs = 0;
    await filter().transaction(async (tx) => {
      runs++;
      if (runs <= 2)
        await rival
          .table('filter')
          .chain('INPUT')
          .append({ protocol: 200 + runs });
      const { length } = await tx.chain('INPUT').list();
      await tx.chain('INPUT').append({ protocol: 100 + length });
    });
    expect(runs).toBe(3);
    expect(await rules()).toEqual(['-A INPUT -p 201', '-A INPUT -p 202', '-A INPUT -p 102']);
  });

  test('gives up after its attempts', async () => {
    let runs = 0;
    const failing = filter().transaction(
      async (tx) => {
        await rival.table('filter').chain('INPUT').append('-j ACCEPT');
        await tx.chain('INPUT').append(`-p ${100 + runs++}`);
      },
      { attempts: 2 },
    );
    await expect(failing).rejects.toMatchObject({ code: 'ERR_CONFLICT', applied: 'no', table: 'filter' });
    expect(await rules()).toEqual(['-A INPUT -j ACCEPT', '-A INPUT -j ACCEPT']);
  });

  test('does not run again because of counters', async () => {
    const input = filter().chain('INPUT');
    await input.append('-j ACCEPT');
    let runs = 0;
    await filter().transaction(async (tx) => {
      runs++;
      await rival.table('filter').chain('INPUT').zero();
      await tx.chain('INPUT').append('-j DROP');
    });
    expect(runs).toBe(1);
  });

  test('makes other edits of the table wait for their turn', async () => {
    const begun = filter().transaction(async (tx) => {
      await tx.chain('INPUT').append('-p 201');
      await new Promise((resolve) => setTimeout(resolve, 20));
      await tx.chain('INPUT').append('-p 203');
      expect(() => filter().chain('INPUT').appendSync('-p 204')).toThrow('a transaction of table filter is open');
      await expect(filter().chain('INPUT').append('-p 205')).rejects.toMatchObject({ code: 'ERR_DEADLOCK' });
    });
    const behind = filter().chain('INPUT').append('-p 202');
    await Promise.all([begun, behind]);
    expect(await rules()).toEqual(['-A INPUT -p 201', '-A INPUT -p 203', '-A INPUT -p 202']);
  });

  test('is all or nothing when the kernel refuses it', async () => {
    await filter().chain('INPUT').append('-p 200 -j ACCEPT');
    const failing = filter().transaction(async (tx) => {
      await tx.createChain('a');
      await tx.createChain('b');
      await tx.chain('a').append({ target: 'b' });
      await tx.chain('b').append({ target: 'a' });
      await tx.chain('INPUT').append({ target: 'a' });
    });
    await expect(failing).rejects.toMatchObject({ code: 'ERR_BAD_RULE', errno: 40 });
    expect(await rules()).toEqual(['-A INPUT -p 200 -j ACCEPT']);
  });
});
