/** Every worker thread listens to the streams of the process, and eleven of them are no leak. */
export function allowManyWorkers(): void {
  const workersMax = 50;
  process.stdout.setMaxListeners(workersMax);
  process.stderr.setMaxListeners(workersMax);
}
