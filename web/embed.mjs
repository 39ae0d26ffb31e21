// Packs the files of a built page into page_files.bin and writes page_files.inc, the table that says what lies where.
// Usage: node embed.mjs DIST OUT
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { extname, join, relative } from 'node:path';
import { argv } from 'node:process';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const [dist, out] = argv.slice(2);
const types = {
    '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
    '.svg': 'image/svg+xml', '.woff2': 'font/woff2', '.png': 'image/png', '.json': 'application/json', '.txt': 'text/plain; charset=utf-8',
};

const files_of = (folder) =>
    readdirSync(folder).sort().flatMap((name) => {
        const path = join(folder, name);
        return statSync(path).isDirectory() ? files_of(path) : [path];
    });

const pieces = [];
let size = 0;
const put = (bytes) => {
    const at = size;
    pieces.push(bytes);
    size += bytes.length;
    return `{${at}, ${bytes.length}}`;
};

const rows = files_of(dist).map((path) => {
    const bytes = readFileSync(path);
    const type = types[extname(path)];
    if (!type) throw new Error(`${path}: say in embed.mjs of what type this is`);
    const url = `/${relative(dist, path).split('\\').join('/')}`;
    const etag = createHash('sha256').update(bytes).digest('hex').slice(0, 20);
    // A font is compressed already.
    const packed = extname(path) !== '.woff2';
    const gzip = packed ? gzipSync(bytes, { level: 9 }) : Buffer.alloc(0);
    const brotli = packed ? brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } }) : Buffer.alloc(0);
    return `{"${url}", "${type}", "${etag}", ${put(bytes)}, ${put(gzip)}, ${put(brotli)}},\n`;
});

writeFileSync(join(out, 'page_files.bin'), Buffer.concat(pieces));
writeFileSync(join(out, 'page_files.inc'), rows.join(''));
