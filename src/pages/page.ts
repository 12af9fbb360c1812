/** The pages that are not the explorer's look alike, and like it: its letters and colours. */
const STYLE = `
body { font: 16px/1.5 sans-serif; color: #3b4151; max-width: 40rem; margin: 3rem auto; padding: 0 1rem; overflow-wrap: anywhere }
h1 { font-size: 28px }
a { color: #2f6fb7 }
li { margin: 4px 0 }
`;

/** @param root the path of the API as the client sees it; a proxy may have added one */
export function htmlPage(title: string, body: string, root: string): string {
  return (
    `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>` +
    `<meta name="viewport" content="width=device-width"><style>${STYLE}</style>` +
    '<link rel="icon" href="data:,">' + // or the browser asks for /favicon.ico
    `<body><h1>${title}</h1>${body}` +
    `<p><a href="${root}/docs">Docs</a> · <a href="${root}/problems">All problems</a></p>`
  );
}
