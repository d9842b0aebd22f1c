/* global SwaggerUIBundle */
// The login link carries the token behind '#', which browsers never send. It is kept for this tab and this port only.
const storageKey = 'juqueue.token';
const tokenInLink = new URLSearchParams(location.hash.slice(1)).get('token');
if (tokenInLink !== null) {
  sessionStorage.setItem(storageKey, tokenInLink);
  history.replaceState(null, '', location.pathname + location.search);
}

SwaggerUIBundle({
  url: 'openapi.json',
  dom_id: '#docs',
  deepLinking: true,
  validatorUrl: null,
  requestInterceptor(request) {
    const token = sessionStorage.getItem(storageKey);
    const isOurs = new URL(request.url, location.href).origin === location.origin;
    if (token !== null && isOurs && request.headers.Authorization === undefined) request.headers.Authorization = `Bearer ${token}`;
    return request;
  },
});
