/**
 * Who logs in wrongly too often can't come back for an hour: a hook of fastify.
 *
 *     node fastify.mjs 8080
 */
import { fastify } from 'fastify';
import { Firewall } from 'libiptc';
import { Bans } from 'libiptc/bans';

const firewall = await Firewall.open();
const bans = await Bans.open(firewall);
bans.on('ban', ({ address, reason }) => console.log(`${address} is banned: ${reason}`));

const app = fastify();
const refused = new Map<string, number>();
setInterval(() => refused.clear(), 60_000).unref();
app.addHook('onResponse', async ({ ip }, { statusCode }) => {
  if (statusCode !== 401 && statusCode !== 403) return;
  const times = (refused.get(ip) ?? 0) + 1;
  refused.set(ip, times);
  if (times >= 3) await bans.ban(ip, { for: '1h', reason: 'login' });
});

app.get('/login', (_request, reply) => reply.code(401).send('no\n'));
await app.listen({ port: Number(process.argv[2] ?? 8080), host: '0.0.0.0' });
console.log('listening');
