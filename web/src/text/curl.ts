// A request as a command for a shell.

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const kept = /^(host|content-length|connection|accept-encoding|transfer-encoding)$/i;

export function curlCommand(request: { method: string; url: string; headers: { name: string; value: string }[]; body: string }): string {
    const lines = [`curl -i -X ${request.method} ${quoted(request.url)}`];
    for (const { name, value } of request.headers) if (!kept.test(name)) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
    if (request.body) lines.push(`--data-binary ${quoted(request.body)}`);
    return lines.join(' \\\n  ');
}
