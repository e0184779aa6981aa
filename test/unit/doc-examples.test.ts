import { afterEach, describe, expect, test, vi } from '../harness';
import { type ExampleContext, exampleContext } from '../harness/example';
import { examples } from '../types/examples';

/** What of a table an example says: `-A INPUT …`, `-I INPUT 1 …`, `-N web` are there then, what is deleted isn't. */
function said(code: string): { readonly there: readonly string[]; readonly gone: readonly string[] } {
  const lines = [...code.matchAll(/^\s*\/\/ (-[AIDNX] .*)$/gm)]
    .map(([, line]) => line!)
    .filter((line) => !line.includes('…'));
  const rule = (line: string) => line.replace(/^-[AID] (\S+)(?: \d+)?/, '-A $1').replace(/^-[NX] (.*)$/, ':$1 - [0:0]');
  return {
    there: lines.filter((line) => /^-[AIN]/.test(line)).map(rule),
    gone: lines.filter((line) => /^-[DX]/.test(line)).map(rule),
  };
}

/** An example that goes on for ever ends with its firewall. */
async function run(example: (context: ExampleContext) => Promise<unknown>, context: ExampleContext): Promise<unknown> {
  const ran = example(context);
  let timer: NodeJS.Timeout | undefined;
  const long = new Promise<'long'>((resolve) => {
    timer = setTimeout(resolve, 200, 'long');
  });
  const first = await Promise.race([ran, long]);
  clearTimeout(timer);
  if (first !== 'long') return first;
  await context.firewall.close();
  return ran.catch((error) => expect(error).toMatchObject({ code: 'ERR_CLOSED' }));
}

describe('the example of', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });
  test.each(examples)('%s does what it says', async (name, example, code) => {
    vi.spyOn(console, 'log').mockImplementation(() => {});
    const context = await exampleContext();
    const result = await run(example, context);
    if (result !== null && typeof result === 'object' && 'on' in result) await context.firewall.close();
    // What functions give is their own tests' affair.
    const { there, gone } = name.includes('.') || name === 'apply' ? said(code) : said('');
    if (there.length + gone.length === 0) return;
    const lines = (await context.firewall.save()).split('\n');
    for (const line of there) expect(lines).toContain(line);
    for (const line of gone) expect(lines).not.toContain(line);
  });
  test('each public name is there', () => {
    const names = new Set(examples.map(([name]) => name));
    for (const name of ['apply', 'plan', 'watch', 'metricsText', 'expandRule', 'Chain.ensure', 'Firewall.openBoth'])
      expect(names).toContain(name);
  });
});
