// Made once for each key; what failed is tried again when it is next asked for.
const once = (make) => {
    const made = {};
    return (key) => made[key] ??= make(key).catch((error) => {
        delete made[key];
        throw error;
    });
};

const UPDATED = 'Tandem was updated, and what you opened is part of the new version. Reload this page now?';

// The program would end where a part is not had: it is asked for until the server is reached again, and what the server
// no longer has is of an older version than the server's.
const bytes = once(async (name) => {
    for (let wait = 500; ; wait = Math.min(2 * wait, 8_000)) {
        const answer = await fetch(new URL(`./${name}.wasm`, import.meta.url)).catch(() => undefined);
        const body = answer?.ok && await answer.arrayBuffer().catch(() => undefined);
        if (body) return new Uint8Array(body);
        if (answer?.status === 404) {
            if (confirm(UPDATED)) location.reload();
            return new Promise(() => {});
        }
        await new Promise((go) => setTimeout(go, wait));
    }
});

const without = (ids, had) => ids.filter((id) => !had.includes(id));
const brings = (name) => {
    const more = bare.includes(name) ? [] : name === fullest ? core : [...core, ...ahead];
    return [...new Set([...pages[name], ...more])].sort((one, other) => one - other);
};

// A file with these chunks, one behind another.
const file = (name, ids) => {
    let end = 0;
    return { name, at: new Map(ids.map((id) => [id, [end, end += sizes[id]]])) };
};

// The files that are here or on their way. The document names the one of its page.
const files = [];
const holding = (id) => files.find((file) => file.at.has(id));
const page = document.querySelector('link[href*="/page_"]')?.href.match(/page_(\w+)/)[1];
if (page in pages) files.push(file(`page_${page}`, brings(page)));

const chunk = once(async (id) => {
    const { name, at } = holding(id);
    return WebAssembly.instantiate((await bytes(name)).subarray(...at.get(id)), getSharedImports());
});

const load = (name) => wrapAsyncCb(() => {
    const own = pages[name];
    const missing = own.filter((id) => !holding(id));
    if (missing.length > 0) {
        const had = name in hosts ? brings(hosts[name]) : [...core, ...ahead];
        const ways = [[`next_${name}`, without(own, had)], [`later_${name}`, without(own, brings(fullest))], [`page_${name}`, brings(name)]];
        files.push(file(...ways.find(([, ids]) => missing.every((id) => ids.includes(id)))));
    }
    return Promise.all(own.map(chunk));
});
