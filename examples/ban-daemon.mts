/**
 * A daemon that bans by HTTP, and what web servers hand over to it: express and others by a middleware, fastify by a hook.
 * Who is answered 401 or 403 too often is banned; packets from there don't reach the server any more.
 *
 *     npm run demo -- ban-daemon
 */
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Firewall } from 'libiptc';
import { type Ban, Bans } from 'libiptc/bans';

interface Limits {
  /** So many refusals within so many milliseconds. */
  readonly most: number;
  readonly within: number;
}

/** Who has been refused how often. */
class Refusals {
  private readonly times = new Map<string, number[]>();
  constructor(
    private readonly bans: Bans,
    private readonly limits: Limits,
  ) {}
  async add(address: string, status: number): Promise<void> {
    if (status !== 401 && status !== 403) return;
    const now = Date.now();
    const times = [...(this.times.get(address) ?? []).filter((time) => time > now - this.limits.within), now];
    this.times.set(address, times);
    if (times.length < this.limits.most) return;
    this.times.delete(address);
    await this.bans.ban(address, { for: '1h', reason: `http: ${times.length} refusals` });
  }
}

/** `app.use(middleware(refusals))`, of express, connect and polka. */
const middleware =
  (refusals: Refusals) =>
  (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const address = request.socket.remoteAddress ?? '';
    response.on('finish', () => refusals.add(address, response.statusCode).catch(console.error));
    next();
  };

/** `fastify.addHook('onResponse', hook(refusals))` */
const hook =
  (refusals: Refusals) =>
  (request: { readonly ip: string }, reply: { readonly statusCode: number }): Promise<void> =>
    refusals.add(request.ip, reply.statusCode);

/** `GET /bans`, `PUT /bans/192.0.2.1` with `{ "for": "2h", "reason": "…" }`, `DELETE /bans/192.0.2.1` */
function daemon(bans: Bans) {
  const answer = (response: ServerResponse, status: number, value?: unknown): void => {
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(
      value === undefined
        ? undefined
        : JSON.stringify(value, (_, each) => (typeof each === 'bigint' ? String(each) : each)),
    );
  };
  return createServer(async (request, response) => {
    try {
      const [, address] = /^\/bans(?:\/(.+))?$/.exec(decodeURIComponent(request.url ?? '')) ?? [];
      if (request.method === 'GET' && address === undefined) {
        const all: Ban[] = [];
        for await (const ban of bans) all.push(ban);
        return answer(response, 200, all);
      }
      if (request.method === 'PUT' && address !== undefined) {
        let body = '';
        for await (const piece of request) {
          body += piece;
          if (body.length > 1000) return answer(response, 413);
        }
        return answer(response, 200, await bans.ban(address, JSON.parse(body || '{}')));
      }
      if (request.method === 'DELETE' && address !== undefined)
        return answer(response, (await bans.unban(address)) ? 204 : 404);
      answer(response, 405);
    } catch (error) {
      // What is wrong is said in a sentence, and what to do.
      const { message, hint } = error as Error & { hint?: string };
      answer(response, 400, { message, hint });
    }
  });
}

const firewall = await Firewall.open({ family: 'ipv4' });
const bans = await Bans.open(firewall, { recidive: { factor: 2 } });
bans.on('ban', ({ address, reason }) => console.log(`${address} is banned: ${reason}`));
await bans.allow('127.0.0.1', { reason: 'this machine' });

const listening = async (server: ReturnType<typeof createServer>): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};
const asked = (
  port: number,
  method: string,
  path: string,
  body = '',
): Promise<readonly [status: number, text: string]> =>
  new Promise((resolve, reject) => {
    const sent = request({ port, method, path, host: '127.0.0.1', agent: false }, async (response) => {
      let text = '';
      for await (const piece of response) text += piece;
      resolve([response.statusCode ?? 0, text]);
    });
    sent.on('error', reject);
    sent.end(body);
  });

const control = daemon(bans);
const port = await listening(control);
assert.equal((await asked(port, 'PUT', '/bans/192.0.2.1', '{ "for": "2h", "reason": "by hand" }'))[0], 200);
assert.match((await asked(port, 'GET', '/bans'))[1], /"address":"192\.0\.2\.1".*"reason":"by hand"/);
assert.match((await asked(port, 'PUT', '/bans/nobody'))[1], /Expected an address, or a network/);
assert.equal((await asked(port, 'DELETE', '/bans/192.0.2.1'))[0], 204);
assert.equal((await asked(port, 'DELETE', '/bans/192.0.2.1'))[0], 404);
control.close();

// A server that refuses everybody, with what express does to it.
const refusals = new Refusals(bans, { most: 3, within: 60_000 });
const use = middleware(refusals);
const web = createServer((request, response) =>
  use(request, response, () => {
    response.statusCode = 401;
    response.end();
  }),
);
const site = await listening(web);
const banned = new Promise<Ban>((resolve) => bans.on('ban', resolve));
for (let i = 0; i < 3; i++) assert.equal((await asked(site, 'GET', '/'))[0], 401);
assert.equal((await banned).address, '127.0.0.1');
// It is allowed, so it gets through all the same.
assert.equal((await asked(site, 'GET', '/'))[0], 401);
web.close();

// The same by fastify's hook.
for (let i = 0; i < 3; i++) await hook(refusals)({ ip: '198.51.100.7' }, { statusCode: 403 });
assert.equal((await bans.isBanned('198.51.100.7')).banned, true);

await bans.remove();
await firewall.close();
