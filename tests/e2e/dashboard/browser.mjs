// Debian's chromium, driven by playwright-core; a page that breaks its own rules fails the check that opened it.
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import process from 'node:process';
import { chromium } from 'playwright-core';
import { at_end, until } from '../kit/checks.mjs';

const axe_source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export const wide = { width: 1360, height: 820 };
export const narrow = { width: 360, height: 740 };

export async function launch() {
    const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
        // Chromium's sandbox needs rights that a container, where CI and many developers run this as root, does not
        // give. What is opened here is only our own page.
        args: ['--no-sandbox', '--disable-dev-shm-usage'],
    });
    at_end(() => browser.close());
    return browser;
}

/** A window of its own. `faults` collects what a page must never do; `allowed` are patterns of what a check provokes. */
export class Window {
    static async open(browser, server, { viewport = wide, dark = false, headers, allowed = [], ...options } = {}) {
        const context = await browser.newContext({
            viewport, colorScheme: dark ? 'dark' : 'light', baseURL: server.url.replace('127.0.0.1', 'localhost'), extraHTTPHeaders: headers, locale: 'en-GB',
            timezoneId: 'UTC', reducedMotion: 'reduce', ...options,
        });
        context.setDefaultTimeout(10_000);
        const window = new Window();
        window.context = context;
        window.faults = [];
        window.requests = [];
        window.page = await context.newPage();
        const fault = (text) => {
            if (!allowed.some((pattern) => pattern.test(text))) window.faults.push(text);
        };
        window.page.on('pageerror', (error) => fault(`error: ${error.stack}`));
        window.page.on('console', (line) => {
            if (line.type() === 'error' || line.type() === 'warning') fault(`${line.type()}: ${line.text()}`);
        });
        window.page.on('dialog', (dialog) => {
            fault(`a dialog opened: ${dialog.message()}`);
            void dialog.dismiss();
        });
        window.page.on('request', (request) => {
            const host = new URL(request.url()).host;
            window.requests.push(request.url());
            if (host !== new URL(context._options.baseURL).host && !request.url().startsWith('blob:')) fault(`a request to ${host}`);
        });
        return window;
    }

    async goto(path) {
        await this.page.goto(path, { waitUntil: 'load' });
        return this.page;
    }

    /** Ends it; throws what the page did wrong meanwhile. */
    async close() {
        await this.context.close();
        if (this.faults.length > 0) throw new Error(`the page was not clean:\n${[...new Set(this.faults)].slice(0, 10).join('\n')}`);
    }
}

/** Opens a window for `body` and closes it, whatever happens. */
export async function with_window(browser, server, options, body) {
    const window = await Window.open(browser, server, options);
    try {
        await body(window.page, window);
    } catch (error) {
        await window.context.close();
        throw window.faults.length > 0 ? new Error(`${error.stack}\nand the page said:\n${window.faults.slice(0, 5).join('\n')}`) : error;
    }
    await window.close();
}

/** What axe-core finds against WCAG 2.2 AA, in words; empty is what we want. */
export async function axe_findings(page) {
    // By the debugger's own door, for the page's Content-Security-Policy lets no foreign script in.
    await page.evaluate(axe_source);
    const { violations } = await page.evaluate(() =>
        window.axe.run(document, { runOnly: { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] } }),
    );
    return violations.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map(({ html, failureSummary }) => `${html.slice(0, 160)} (${failureSummary.split('\n').slice(1, 2).join('').trim()})`).join(' | ')}`);
}

/** Nothing of the page may stand out to the right: at 360 px that would be a scroll bar. */
export async function assert_fits(page, what) {
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (over > 0) throw new Error(`${what} is ${over} px wider than the window`);
    const cut = await page.evaluate(() =>
        [...document.querySelectorAll('button, a, h1, h2, input, select')]
            .filter((element) => {
                const box = element.getBoundingClientRect();
                return box.width > 0 && element.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && (box.right > window.innerWidth + 1 || box.left < -1) && !element.closest('.scroll, [role="tablist"], .skip, table');
            })
            .map((element) => element.outerHTML.slice(0, 120)),
    );
    if (cut.length > 0) throw new Error(`${what}: outside the window: ${cut.slice(0, 3).join(' | ')}`);
}

export async function until_text(page, text, { seconds = 10 } = {}) {
    await until(() => `the text ${text} on ${page.url()}`, async () => (await page.locator('body').innerText()).match(text), { seconds });
}
