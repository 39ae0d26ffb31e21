// A request as a command for a shell.

const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`;
const kept = /^(host|content-length|connection|accept-encoding|transfer-encoding)$/i;

/** A body in base64, which is no text, goes in by a pipe. */
export function curlCommand(request: { method: string; url: string; headers: { name: string; value: string }[]; body: string; encoding?: 'text' | 'base64' }): string {
    const isPiped = request.encoding === 'base64' && request.body !== '';
    const lines = [`${isPiped ? `printf %s ${quoted(request.body)} | base64 -d | ` : ''}curl -i -X ${request.method} ${quoted(request.url)}`];
    for (const { name, value } of request.headers) if (!kept.test(name)) lines.push(`-H ${quoted(`${name}: ${value}`)}`);
    if (isPiped) lines.push('--data-binary @-');
    else if (request.body) lines.push(`--data-binary ${quoted(request.body)}`);
    return lines.join(' \\\n  ');
}
