/**
 * A real OpenID provider (oidc-provider) whose users sign in with any name and password. Its first
 * message from the parent names the page that they return to; it sends its issuer once it listens.
 */
import { createServer } from 'node:http';
import Provider from 'oidc-provider';

process.once('message', ({ clientId, redirectUri }) => {
  let handle;
  const server = createServer((request, response) => handle(request, response));
  server.listen(0, '127.0.0.1', () => {
    const issuer = `http://127.0.0.1:${server.address().port}`;
    const provider = new Provider(issuer, {
      scopes: ['openid', 'tasks:read', 'tasks:write'],
      clients: [
        {
          client_id: clientId,
          // A public client, whose page may be at an address of this machine.
          application_type: 'native',
          token_endpoint_auth_method: 'none',
          redirect_uris: [redirectUri],
        },
      ],
      clientBasedCORS: () => true,
      features: {
        devInteractions: { enabled: true },
        resourceIndicators: {
          enabled: true,
          useGrantedResource: () => true,
          getResourceServerInfo: (_context, resource) => ({
            audience: resource,
            scope: 'tasks:read tasks:write',
            accessTokenFormat: 'jwt',
          }),
        },
      },
    });
    handle = provider.callback();
    process.send(issuer);
  });
});
process.on('disconnect', () => process.exit());
