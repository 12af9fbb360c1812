/** The pages that are not the explorer's look alike, and like it. */
const STYLE =
  'font:16px/1.5 system-ui,sans-serif;color:#3b4151;max-width:40rem;margin:3rem auto;padding:0 1rem;overflow-wrap:anywhere';

/** @param root the path of the API as the client sees it; a proxy may have added one */
export function htmlPage(title: string, body: string, root: string): string {
  return (
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>` +
    '<meta name="viewport" content="width=device-width">' +
    `<body style="${STYLE}"><h1 style="font-size:1.75rem">${title}</h1>${body}` +
    `<p><a href="${root}/docs">API</a> · <a href="${root}/problems">All problems</a></p>`
  );
}
