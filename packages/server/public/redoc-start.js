/* global Redoc */
Redoc.init('openapi.json', { hideDownloadButton: false, nativeScrollbars: true }, document.getElementById('reference'));
