/**
 * Who logs in wrongly too often can't come back for an hour: a middleware of express.
 *
 *     node express.mjs 8080
 */
import express, { type RequestHandler } from 'express';
import { Firewall } from 'libiptc';
import { Bans } from 'libiptc/bans';

/** Bans addresses that are answered 401 or 403 so often within a minute. */
function banRefused(bans: Bans, most: number): RequestHandler {
  const refused = new Map<string, number>();
  setInterval(() => refused.clear(), 60_000).unref();
  return (request, response, next) => {
    response.on('finish', () => {
      const address = request.ip;
      if (address === undefined || (response.statusCode !== 401 && response.statusCode !== 403)) return;
      const times = (refused.get(address) ?? 0) + 1;
      refused.set(address, times);
      if (times >= most) bans.ban(address, { for: '1h', reason: 'login' }).catch(console.error);
    });
    next();
  };
}

const firewall = await Firewall.open();
const bans = await Bans.open(firewall);
bans.on('ban', ({ address, reason }) => console.log(`${address} is banned: ${reason}`));

const app = express();
app.use(banRefused(bans, 3));
app.get('/login', (_request, response) => void response.status(401).send('no\n'));
app.listen(Number(process.argv[2] ?? 8080), '0.0.0.0', () => console.log('listening'));
