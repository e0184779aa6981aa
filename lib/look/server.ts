/** The page while one looks: on loopback, for who has the token that is in the address behind the #. */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type PageFiles, pageHtml, policyOf } from './page';
import type { PageCounters, PageData, PageMore } from './page-data';

/** Why a question can't be answered, in a sentence. */
export class Unanswerable extends Error {}

export interface Answers {
  readonly data: () => Promise<PageData>;
  readonly counters: () => Promise<PageCounters>;
  /** What becomes of a packet. Throws Unanswerable. */
  readonly packet: (asked: unknown) => Promise<unknown>;
  readonly more: () => Promise<PageMore>;
  /** Tells of live packets until the signal ends it; undefined where that isn't allowed. Throws Unanswerable. */
  readonly trace?: ((asked: unknown, tell: (line: object) => void, signal: AbortSignal) => Promise<void>) | undefined;
}
export interface Served {
  readonly url: string;
  close(): Promise<void>;
}

const LOOPBACK = '127.0.0.1';
const MOST = 64 << 10;

export async function serve(title: string, files: PageFiles, answers: Answers): Promise<Served> {
  const token = randomBytes(24).toString('base64url');
  const html = pageHtml(title, files, undefined);
  const headers = {
    'content-security-policy': `${policyOf(files, true)}; frame-ancestors 'none'`,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-resource-policy': 'same-origin',
    'cache-control': 'no-store',
  };
  const server = createServer((request, response) => {
    void answer(request, response).then(
      (answered) => {
        if (!answered) return;
        response.writeHead(answered.status, { ...headers, 'content-type': `${answered.type}; charset=utf-8` });
        response.end(answered.body);
      },
      (error: unknown) => broken(response, error),
    );
  });
  const answer = async (
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<{ status: number; type: string; body: string } | undefined> => {
    const text = (status: number, body: string) => ({ status, type: 'text/plain', body });
    // A name that leads here is not us: another site's page would be asking.
    const { port } = server.address() as AddressInfo;
    if (request.headers.host !== `${LOOPBACK}:${port}`) return text(421, 'Not this host.\n');
    const path = request.url ?? '';
    if (path === '/' && request.method === 'GET') return { status: 200, type: 'text/html', body: html };
    if (!isToken(request, token))
      return text(403, 'The address lacks its token: take the one that iptc view printed.\n');
    const json = (value: unknown) => ({ status: 200, type: 'application/json', body: JSON.stringify(value) });
    if (path === '/data' && request.method === 'GET') return json(await answers.data());
    if (path === '/counters' && request.method === 'GET') return json(await answers.counters());
    if (path === '/more' && request.method === 'GET') return json(await answers.more());
    if (request.method === 'POST')
      try {
        if (path === '/packet') return json(await answers.packet(JSON.parse(await bodyOf(request))));
        if (path === '/trace' && answers.trace)
          return await streamed(response, headers, JSON.parse(await bodyOf(request)), answers.trace);
      } catch (error) {
        if (error instanceof Unanswerable || error instanceof SyntaxError) return text(400, error.message);
        throw error;
      }
    return text(404, 'There is no such thing.\n');
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, LOOPBACK, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { url: `http://${LOOPBACK}:${port}/#token=${token}`, close: () => closed(server) };
}

/** Line by line, until it is over or nobody listens any more. */
async function streamed(
  response: ServerResponse,
  headers: Readonly<Record<string, string>>,
  asked: unknown,
  trace: NonNullable<Answers['trace']>,
): Promise<undefined> {
  const ending = new AbortController();
  response.on('close', () => ending.abort());
  const tell = (line: object) => void response.write(`${JSON.stringify(line)}\n`);
  response.writeHead(200, { ...headers, 'content-type': 'application/x-ndjson; charset=utf-8' });
  response.flushHeaders();
  try {
    await trace(asked, tell, ending.signal);
  } catch (error) {
    tell({ error: error instanceof Error ? error.message : String(error) });
  }
  response.end();
}

function isToken(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '');
  const wanted = Buffer.from(`Bearer ${token}`);
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = '';
  for await (const piece of request) {
    body += piece;
    if (body.length > MOST) throw new Unanswerable('That is too much for a packet.');
  }
  return body;
}

function broken(response: ServerResponse, error: unknown): void {
  response.writeHead(500, { 'content-type': 'text/plain; charset=utf-8' });
  response.end(error instanceof Error ? error.message : String(error));
}

const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.close(() => resolve());
    (server as { closeAllConnections?(): void }).closeAllConnections?.();
  });
