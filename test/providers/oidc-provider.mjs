import { once } from 'node:events';
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const CLIENT = { id: '9b2d1c74-5b0e-4f6a-8a43-0d6f3c5e7a11', secret: 'test-client-secret' };

/** A real OpenID provider whose client gets tokens for the resource that it names. */
export async function startOidcProvider() {
  const server = createServer((request, response) => handle(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(url, {
    scopes: ['tasks:read', 'tasks:write', 'users:read'],
    clients: [
      {
        client_id: CLIENT.id,
        client_secret: CLIENT.secret,
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
        scope: 'tasks:read tasks:write users:read',
      },
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource) => ({
          audience: resource,
          scope: 'tasks:read tasks:write users:read',
          accessTokenFormat: 'jwt',
        }),
      },
    },
  });
  const handle = provider.callback();
  return {
    url,
    subject: CLIENT.id,
    async tokenFor(resource, scope) {
      const basic = Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64');
      const response = await fetch(`${url}/token`, {
        method: 'POST',
        headers: { Authorization: `Basic ${basic}` },
        body: new URLSearchParams({
          grant_type: 'client_credentials',
          resource,
          ...(scope && { scope }),
        }),
      });
      return (await response.json()).access_token;
    },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
