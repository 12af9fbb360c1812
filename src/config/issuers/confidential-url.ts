/** Keys that anyone on the way could replace are worth nothing; on loopback nobody is on the way. */
export function isConfidential(url: URL): boolean {
  if (url.protocol === 'https:') return true;
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  return url.protocol === 'http:' && loopback;
}
