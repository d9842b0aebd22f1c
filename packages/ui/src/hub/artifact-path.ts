/** Address of a file of an artifact, relative to the page. Slashes of the path stay. */
export function filePath(artifact: string, path: string): string {
  return `api/v1/artifacts/${encodeURIComponent(artifact)}/files/${path.split('/').map(encodeURIComponent).join('/')}`;
}
