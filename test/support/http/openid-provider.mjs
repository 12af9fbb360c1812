/**
 * A real OpenID provider (oidc-provider) in a process of its own. It sends its issuer to its parent
 * once it listens. Each message from the parent is a list of private JWKs that replaces its keys,
 * confirmed by a message; the first key signs.
 */
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

const server = createServer((request, response) => handle(request, response));
let handle;

function useKeys(keys) {
  const provider = new Provider(issuer, {
    jwks: { keys },
    scopes: ['tasks:read', 'tasks:write'],
    clients: [
      {
        client_id: '9b2d1c74-5b0e-4f6a-8a43-0d6f3c5e7a11',
        client_secret: 'test-client-secret',
        grant_types: ['client_credentials'],
        response_types: [],
        redirect_uris: [],
        scope: 'tasks:read tasks:write',
      },
    ],
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: (_context, resource) => ({
          audience: resource,
          scope: 'tasks:read tasks:write',
          accessTokenFormat: 'jwt',
          accessTokenTTL: 86_400,
          jwt: { sign: { alg: keys[0].alg, kid: keys[0].kid } },
        }),
      },
    },
  });
  handle = provider.callback();
}

let issuer;
server.listen(0, '127.0.0.1', () => {
  issuer = `http://127.0.0.1:${server.address().port}`;
  process.send(issuer);
});
process.on('message', (keys) => {
  useKeys(keys);
  process.send('ready');
});
process.on('disconnect', () => process.exit());
