{% autoescape off %}// Without a connection a navigation shows one page that is the same for everybody. Nothing else is stored.
const NAME = {{ name }};
const PAGE = {{ page }};
const FILES = {{ files }};
const kept = async (address) => (await (await caches.open(NAME)).match(address)) || Response.error();

addEventListener("install", (event) => event.waitUntil((async () => {
  // A form that is sent does not wait for this worker to wake, where a browser knows how.
  try { await event.addRoutes?.({ condition: { requestMethod: "POST" }, source: "network" }); } catch { /* then it waits */ }
  const cache = await caches.open(NAME);
  await cache.addAll(FILES.map((file) => new Request(file, { credentials: "omit", cache: "reload" }))); // as nobody in particular
  await skipWaiting();
})()));

addEventListener("activate", (event) => event.waitUntil((async () => {
  for (const name of await caches.keys()) if (name !== NAME) await caches.delete(name);
  await clients.claim();
})()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && request.destination === "document") event.respondWith(fetch(request).catch(() => kept(PAGE)));
  else if (FILES.includes(pathname)) event.respondWith(fetch(request).catch(() => kept(pathname)));
});
{% endautoescape %}
