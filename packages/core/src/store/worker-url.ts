/** The worker file `name` beside the module `importer`: `.ts` among the sources, `.js` in a bundle. */
export function workerUrl(name: string, importer: string): URL {
  return new URL(`./${name}${importer.slice(importer.lastIndexOf('.'))}`, importer);
}
