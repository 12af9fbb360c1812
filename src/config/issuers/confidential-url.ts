/** Keys are worthless if an attacker in the network could replace them; loopback is safe. */
export function isConfidential(url: URL): boolean {
  if (url.protocol === 'https:') return true;
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return url.protocol === 'http:' && loopback;
}
