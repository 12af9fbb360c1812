/**
 * Options for npm where a script reads its answer. On the command line they outrank whatever a user
 * has configured; the registry, proxy and certificates stay the user's. Offline, npm would ask
 * nobody and report no vulnerability.
 */
export const NPM_SETTINGS =
  '--no-offline --no-update-notifier --no-global --package-lock --no-color --loglevel=error';
