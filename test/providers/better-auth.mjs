import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { betterAuth } from 'better-auth';
import { memoryAdapter } from 'better-auth/adapters/memory';
import { toNodeHandler } from 'better-auth/node';
import { jwt } from 'better-auth/plugins';

/** A real Better Auth with its defaults and the plugin jwt(), but for what is given. */
export async function startBetterAuth(options = {}) {
  const server = createServer((request, response) => handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  const database = { user: [], session: [], account: [], verification: [], jwks: [] };
  const handle = toNodeHandler(
    betterAuth({
      baseURL: url,
      secret: randomBytes(32).toString('base64'),
      database: memoryAdapter(database),
      emailAndPassword: { enabled: true },
      telemetry: { enabled: false },
      plugins: [jwt()],
      ...options,
    }),
  );
  return {
    url,
    /** Signs up with a password. The address is not verified yet. */
    async signUp(email) {
      const response = await fetch(`${url}/api/auth/sign-up/email`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', Origin: url },
        body: JSON.stringify({ name: 'Ada', email, password: randomBytes(12).toString('hex') }),
      });
      const { token, user } = await response.json();
      const cookie = response.headers
        .getSetCookie()
        .map((line) => line.split(';')[0])
        .join('; ');
      return { id: user.id, sessionToken: token, cookie };
    },
    /** What the user's click on the link in the mail does. */
    verifyAddress(id) {
      database.user.find((user) => user.id === id).emailVerified = true;
    },
    /** A token for an API, as `authClient.token()` gets it. */
    async tokenOf({ cookie }) {
      const response = await fetch(`${url}/api/auth/token`, { headers: { cookie } });
      return (await response.json()).token;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
